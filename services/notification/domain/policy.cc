#include "services/notification/domain/policy.h"

namespace stillpoint::notification::domain {
namespace {

constexpr bool kQuiet = true;
constexpr bool kAtOnce = false;
constexpr bool kService = true;
constexpr bool kOptional = false;

// Why each row is as it is:
// - A confirmation by mail answers the client's own act and rings no phone, so it goes at any hour;
// a
//   change must reach the client before the trip to the old time. Everything else waits for
//   daytime, and so does every text, because it rings.
// - Mail programs fold two mails with one Message-ID into one, so a second copy of what the client
//   needs (confirmation, change, reminder) costs less than none. Texts have no such id: a second
//   copy is seen, so only the reminder and the change, whose loss costs a visit, are repeated.
// - Aftercare and follow-up are kind, not needed: at most once, and with a way to unsubscribe.
// - Eight attempts with backoff (backoff.h) span about four hours: longer than a mail server's
//   usual maintenance. Texts are dearer and sooner stale: five.
constexpr Policy kPolicies[] = {
    {Kind::kConfirmation, Channel::kEmail, kAtOnce, kService, Delivery::kAtLeastOnce, 8},
    {Kind::kConfirmation, Channel::kSms, kQuiet, kService, Delivery::kAtMostOnce, 5},
    {Kind::kReminder, Channel::kEmail, kQuiet, kService, Delivery::kAtLeastOnce, 8},
    {Kind::kReminder, Channel::kSms, kQuiet, kService, Delivery::kAtLeastOnce, 5},
    {Kind::kAftercare, Channel::kEmail, kQuiet, kOptional, Delivery::kAtMostOnce, 8},
    {Kind::kAftercare, Channel::kSms, kQuiet, kOptional, Delivery::kAtMostOnce, 5},
    {Kind::kFollowUp, Channel::kEmail, kQuiet, kOptional, Delivery::kAtMostOnce, 8},
    {Kind::kFollowUp, Channel::kSms, kQuiet, kOptional, Delivery::kAtMostOnce, 5},
    {Kind::kChange, Channel::kEmail, kAtOnce, kService, Delivery::kAtLeastOnce, 8},
    {Kind::kChange, Channel::kSms, kQuiet, kService, Delivery::kAtLeastOnce, 5},
};

}  // namespace

const Policy& PolicyFor(Kind kind, Channel channel) {
  for (const Policy& policy : kPolicies) {
    if (policy.kind == kind && policy.channel == channel) return policy;
  }
  return kPolicies[0];  // Not reached: the table is complete.
}

}  // namespace stillpoint::notification::domain
