#include "services/booking/domain/start_bounds.h"

#include <algorithm>

#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {
namespace {

// As the API names them.
const char* NameOf(BoundRule rule) {
  switch (rule) {
    case BoundRule::kOffering:
      return "offering";
    case BoundRule::kPolicy:
      return "policy";
    case BoundRule::kPolicyDayBefore:
      return "policy_day_before";
  }
  return "offering";
}

}  // namespace

StartBounds BoundsOf(const Catalogue& catalogue, const Clinic& clinic, const Offering& offering,
                     absl::Time now) {
  StartBounds bounds{.earliest = now + absl::Minutes(offering.notice_minutes),
                     .latest = now + absl::Hours(24) * offering.horizon_days};
  const BookingPolicy* policy = catalogue.PolicyAt(clinic.id, now);
  if (policy == nullptr) return bounds;
  const LeadTime& notice = policy->notice;
  if (notice.minutes > offering.notice_minutes) {
    bounds.earliest = now + absl::Minutes(notice.minutes);
    bounds.earliest_rule = BoundRule::kPolicy;
  }
  if (notice.day_before_minute > 0) {
    const absl::Time date = FirstDateInTime(notice.day_before_minute, now, clinic.zone);
    if (date > bounds.earliest) {
      bounds.earliest = date;
      bounds.earliest_rule = BoundRule::kPolicyDayBefore;
    }
  }
  if (policy->horizon_days > 0 && policy->horizon_days < offering.horizon_days) {
    bounds.latest = now + absl::Hours(24) * policy->horizon_days;
    bounds.latest_rule = BoundRule::kPolicy;
  }
  return bounds;
}

absl::Status CheckLeadTime(const Catalogue& catalogue, const Clinic& clinic,
                           const Offering& offering, absl::Time start, absl::Time now) {
  PolicyRules none;
  return CheckLeadTime(catalogue, clinic, offering, start, now, {}, none);
}

absl::Status CheckLeadTime(const Catalogue& catalogue, const Clinic& clinic,
                           const Offering& offering, absl::Time start, absl::Time now,
                           const PolicyOverride& override_of, PolicyRules& used) {
  if (start < now) return error::StartInPast();
  const StartBounds bounds = BoundsOf(catalogue, clinic, offering, now);
  if (start < bounds.earliest && !override_of.SetsAside(PolicyRule::kNotice, used)) {
    return error::NoticeTooShort(NameOf(bounds.earliest_rule), bounds.earliest);
  }
  if (start > bounds.latest && !override_of.SetsAside(PolicyRule::kHorizon, used)) {
    return error::BeyondHorizon(NameOf(bounds.latest_rule), bounds.latest);
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::domain
