#include "services/notification/domain/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/notification/domain/policy.h"
#include "services/notification/domain/quiet_hours.h"

namespace stillpoint::notification::domain {
namespace {

Verdict Stop(State to, absl::string_view reason) {
  Verdict verdict;
  verdict.to = to;
  verdict.reason = std::string(reason);
  return verdict;
}

bool IsAboutPastVisit(Kind kind) { return kind == Kind::kAftercare || kind == Kind::kFollowUp; }

// Empty if a message of this kind is right for a booking in this state.
absl::string_view WrongState(Kind kind, BookingState state) {
  if (state == BookingState::kCancelled) return "BOOKING_CANCELLED";
  if (state == BookingState::kNoShow) return "BOOKING_NO_SHOW";
  if (IsAboutPastVisit(kind)) {
    return state == BookingState::kCompleted ? "" : "BOOKING_NOT_COMPLETED";
  }
  if (state == BookingState::kCompleted) return "BOOKING_COMPLETED";
  const bool ahead = state == BookingState::kConfirmed || state == BookingState::kCheckedIn;
  return ahead ? "" : "BOOKING_NOT_CONFIRMED";
}

Verdict Unreachable(const CheckInput& input) {
  const Contact& contact = *input.contact;
  const bool sms = input.notification.key.channel == Channel::kSms;
  Verdict verdict = Stop(State::kSuppressed, "");
  if (sms) {
    verdict.reason = !contact.sms_allowed ? "NO_SMS_CONSENT" : "NO_PHONE";
    return verdict;
  }
  verdict.reason = !contact.email_allowed ? "NO_EMAIL_CONSENT" : "NO_EMAIL_ADDRESS";
  verdict.fall_back_to_sms = input.sms_possible && contact.sms_allowed && !contact.phone.empty();
  if (verdict.fall_back_to_sms) verdict.detail = "SMS_INSTEAD";
  return verdict;
}

}  // namespace

Verdict CheckBeforeSend(const CheckInput& input, absl::Time now) {
  const Notification& notification = input.notification;
  const Policy& policy = PolicyFor(notification.key.kind, notification.key.channel);
  if (input.contact == nullptr) return Stop(State::kSuppressed, "CLIENT_NOT_FOUND");
  if (input.contact->erased) return Stop(State::kSuppressed, "CLIENT_ERASED");
  if (input.booking == nullptr) return Stop(State::kSuppressed, "BOOKING_NOT_FOUND");
  const absl::string_view wrong = WrongState(notification.key.kind, input.booking->state);
  if (!wrong.empty()) return Stop(State::kSuppressed, wrong);
  // A newer revision alone is not a lie (a check-in also counts one up); another time or place is.
  // The relay makes, or has made, the notification of the new revision.
  if (!IsAboutPastVisit(notification.key.kind) && !SameVisit(notification.told, *input.booking)) {
    Verdict verdict = Stop(State::kSuperseded, "BOOKING_MOVED");
    verdict.detail = absl::StrCat("revision ", input.booking->revision);
    return verdict;
  }
  if (now >= notification.not_after) return Stop(State::kExpired, "TOO_LATE");
  const bool reachable = notification.key.channel == Channel::kEmail
                             ? input.contact->email_allowed && !input.contact->email.empty()
                             : input.contact->sms_allowed && !input.contact->phone.empty();
  if (!reachable) return Unreachable(input);

  Verdict verdict = Stop(State::kChecked, "STILL_TRUE");
  verdict.detail = absl::StrCat("revision ", input.booking->revision);
  if (!policy.quiet_hours) return verdict;
  absl::Time allowed = now + kUnknownZoneHold;
  if (input.zone.has_value()) {
    allowed = NextAllowed(now, *input.zone);
    if (allowed <= now) return verdict;
    verdict.reason = "QUIET_HOURS";
  } else {
    verdict.reason = "ZONE_UNKNOWN";  // Fail closed: better late than at night.
  }
  if (allowed >= notification.not_after) return Stop(State::kExpired, verdict.reason);
  verdict.to = State::kScheduled;
  verdict.due = allowed;
  verdict.detail =
      absl::StrCat("until ", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", allowed, absl::UTCTimeZone()));
  return verdict;
}

}  // namespace stillpoint::notification::domain
