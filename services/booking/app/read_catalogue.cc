#include "services/booking/app/read_catalogue.h"

#include "common/base/status_macros.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::shared_ptr<const domain::Catalogue>> ReadCatalogue::Run(const Tenant& tenant,
                                                                            Deadline deadline) {
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
    return absl::OkStatus();
  }));
  return catalogue;
}

}  // namespace stillpoint::booking::app
