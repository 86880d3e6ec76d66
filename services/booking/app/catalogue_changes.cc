#include "services/booking/app/catalogue_changes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"

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

absl::StatusOr<Affected> CatalogueChanges::Edit::Orphans(const domain::ChangedPart& changed,
                                                         absl::Time start, absl::Time end) {
  Affected affected;
  if (touched.empty()) return affected;
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  std::vector<domain::ResourceId> resources;
  resources.reserve(touched.size());
  for (const domain::ResourceVersion& each : touched) resources.push_back(each.resource);
  // A claim may leave out a buffer that the hours must cover (Claim::lead): looked for further out,
  // as all of them are judged anyway.
  ASSIGN_OR_RETURN(
      const std::vector<domain::Booking> bookings,
      ledger.ClaimantsOf(tx, tenant, resources, std::max(start - domain::kClaimMax, now),
                         end + domain::kClaimMax));
  if (bookings.empty()) return affected;  // As in an import: what is judged by is not even read.
  ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> whole,
                   catalogues.Get(tx, tenant));
  for (const domain::Booking& booking : bookings) {
    if (!domain::IsLive(booking, now) || !reach.HasClinic(booking.clinic)) continue;
    if (domain::WhyOrphaned(booking, *whole, changed).empty()) continue;
    if (!domain::WhyOrphaned(booking, *whole).empty()) continue;  // It was one before.
    ++affected.count;
    if (affected.bookings.size() < Affected::kNamesMax) affected.bookings.push_back(booking.id);
  }
  return affected;
}

absl::StatusOr<Affected> CatalogueChanges::Edit::OrphansOf(absl::CivilDay date,
                                                           const absl::TimeZone& zone,
                                                           const domain::ChangedPart& changed) {
  // They end on the day after at the latest.
  return Orphans(changed, domain::InstantOf(date, 0, zone),
                 domain::InstantOf(date, 2 * 24 * 60, zone));
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
    Edit edit{tx, call.tenant, part, *catalogue, store_, catalogues_, ledger_, call.reach, {}};
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
