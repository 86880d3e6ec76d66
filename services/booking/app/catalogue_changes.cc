#include "services/booking/app/catalogue_changes.h"

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::Status CatalogueChanges::Edit::Touch(std::vector<domain::ResourceId> resources) {
  ASSIGN_OR_RETURN(touched, store.Touch(tx, tenant, std::move(resources)));
  return absl::OkStatus();
}

absl::Status CatalogueChanges::Edit::CheckSpace() {
  ASSIGN_OR_RETURN(const int64_t count, store.Count(tx, tenant, part.kind));
  return static_cast<size_t>(count) < domain::kThingsMax ? absl::OkStatus()
                                                         : error::CatalogueFull();
}

absl::StatusOr<absl::CivilDay> CatalogueChanges::Edit::Today() {
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  return absl::ToCivilDay(now, absl::UTCTimeZone());
}

absl::StatusOr<std::string> CatalogueChanges::Run(
    const Call& call, const ports::CataloguePart& part,
    absl::FunctionRef<absl::StatusOr<std::string>(Edit&)> change) {
  std::vector<domain::ResourceVersion> touched;
  const auto body = [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
    touched.clear();  // A run that was rolled back touched nothing.
    RETURN_IF_ERROR(store_.LockCatalogue(tx, call.tenant));
    std::shared_ptr<const domain::Catalogue> catalogue;
    if (part.kind == ports::CataloguePart::Kind::kWhole) {
      ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
    } else {
      ASSIGN_OR_RETURN(domain::Catalogue read, store_.Read(tx, call.tenant, part));
      catalogue = std::make_shared<const domain::Catalogue>(std::move(read));
    }
    Edit edit{tx, call.tenant, part, *catalogue, store_, {}};
    ASSIGN_OR_RETURN(std::string reply, change(edit));
    touched = std::move(edit.touched);
    ASSIGN_OR_RETURN(const int64_t version, store_.Version(tx, call.tenant));
    touched.push_back({domain::kCatalogueResource, version});
    return reply;
  };
  if (call.validate_only) return Validate(call, body);
  ASSIGN_OR_RETURN(std::string reply, RunOnce(database_, call, body));
  if (!touched.empty()) pointers_.Raise(call.tenant, touched);
  return reply;
}

absl::StatusOr<std::string> CatalogueChanges::Validate(
    const Call& call, absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body) {
  std::string reply;
  const absl::Status rolled_back =
      database_.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(reply, body(tx));
        RETURN_IF_ERROR(tx.Flush());  // The database too must have nothing against it.
        return absl::CancelledError("only asked");
      });
  if (absl::IsCancelled(rolled_back)) return reply;
  return rolled_back;
}

absl::StatusOr<std::string> CatalogueChanges::CreateOrganization(
    const Call& call, const std::string& display_name, EncodePart<domain::Catalogue> encode) {
  RETURN_IF_ERROR(domain::CheckDisplayName(display_name, "organization.display_name"));
  return RunOnce(database_, call, [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(store_.CreateOrganization(tx, call.tenant, display_name));
    return encode({.organization = call.tenant.organization(), .display_name = display_name});
  });
}

absl::Status CheckEtag(const std::string& etag, int64_t revision) {
  return etag.empty() || etag == domain::EtagOf(revision) ? absl::OkStatus()
                                                          : error::EtagMismatch();
}

}  // namespace stillpoint::booking::app
