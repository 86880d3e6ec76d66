// What staff set aside for one visit: rules of the policy, or that a practitioner has one visit at
// a time.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_OVERRIDE_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_OVERRIDE_H_

#include <set>
#include <string>

namespace stillpoint::booking::domain {

// Stored and sent as these numbers.
enum class PolicyRule {
  kNotice = 1,
  kHorizon = 2,
  kPractitionerDay = 3,
  kClientLimit = 4,
  kFirstVisit = 5,
  kMealBreak = 6,
  // The visit is given beside others of the practitioner at that clinic. Of the one who is asked
  // for by name alone; rooms and devices are never shared.
  kOneVisitAtATime = 7
};
using PolicyRules = std::set<PolicyRule>;

// Sent as these numbers.
enum class OverrideReason { kNone = 0, kClient = 1, kUrgent = 2, kPractitioner = 3, kOther = 4 };

struct PolicyOverride {
  PolicyRules rules{};  // Asked for: those that may be set aside. Of a booking: those that were.
  OverrideReason reason = OverrideReason::kNone;
  std::string by{};  // The subject of a key, never a client.
  friend bool operator==(const PolicyOverride&, const PolicyOverride&) = default;

  // True if `rule` may be set aside, which is noted in `used`.
  bool SetsAside(PolicyRule rule, PolicyRules& used) const {
    if (rules.count(rule) == 0) return false;
    used.insert(rule);
    return true;
  }
};

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_OVERRIDE_H_
