#include "services/booking/app/read_catalogue.h"

#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::shared_ptr<const domain::Catalogue>> ReadCatalogue::Run(const Tenant& tenant,
                                                                            Deadline deadline) {
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
    return absl::OkStatus();
  }));
  return catalogue;
}

absl::StatusOr<domain::BookingPolicy> ReadCatalogue::PolicyAt(const Tenant& tenant,
                                                              const std::string& clinic,
                                                              std::optional<absl::Time> time,
                                                              Deadline deadline) {
  std::shared_ptr<const domain::Catalogue> catalogue;
  absl::Time now;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
    ASSIGN_OR_RETURN(now, tx.Now());
    return absl::OkStatus();
  }));
  if (!clinic.empty() && catalogue->FindClinic(clinic) == nullptr) return error::NotFound();
  const domain::BookingPolicy* policy = catalogue->PolicyAt(clinic, time.value_or(now));
  if (policy == nullptr) return error::NotFound();
  return *policy;
}

}  // namespace stillpoint::booking::app
