#include "services/booking/app/edit_policies.h"

#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> EditPolicies::Set(const Call& call, domain::BookingPolicy policy,
                                              std::optional<absl::Time> effective,
                                              const std::string& etag,
                                              EncodePart<domain::BookingPolicy> encode) {
  return changes_.Run(call, {}, [&](CatalogueChanges::Edit& edit) -> absl::StatusOr<std::string> {
    // The organization's own is kept by those who reach all of its clinics.
    const bool in_reach =
        policy.clinic.empty()
            ? call.reach.clinics.empty()
            : InReach(call.reach, edit.catalogue.FindClinic(policy.clinic)) != nullptr;
    if (!in_reach) return error::NotFound();
    const auto known = edit.catalogue.policies.find(policy.clinic);
    const size_t versions = known == edit.catalogue.policies.end() ? 0 : known->second.size();
    RETURN_IF_ERROR(CheckEtag(etag, static_cast<int64_t>(versions)));
    if (versions >= domain::kPolicyVersionsMax) return error::CatalogueFull();
    ASSIGN_OR_RETURN(const absl::Time now, edit.tx.Now());
    policy.version = static_cast<int64_t>(versions) + 1;
    policy.effective = effective.value_or(now);
    RETURN_IF_ERROR(domain::CheckPolicy(policy, now, "booking_policy"));
    // Nobody's time is locked for this: bookings look at the catalogue's version under their locks,
    // so those that begin after the answer keep to it.
    RETURN_IF_ERROR(edit.store.AddPolicy(edit.tx, edit.tenant, policy));
    return encode(policy);
  });
}

}  // namespace stillpoint::booking::app
