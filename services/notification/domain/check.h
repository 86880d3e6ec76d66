// The check before a send: is the message still true, allowed, and in time? Pure: what was read of
// the booking and the client comes as arguments.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_CHECK_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_CHECK_H_

#include <optional>
#include <string>

#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain {

// How the client may be reached, read at this moment. Personal data: never stored, never logged.
struct Contact {
  std::string given_name;
  std::string email;
  std::string phone;  // E.164
  std::string language;
  std::string zone;  // IANA; may be empty.
  bool email_allowed = false;
  bool sms_allowed = false;
  bool erased = false;
};

struct CheckInput {
  const Notification& notification;
  // The booking as it is now; null: it does not exist.
  const BookingFacts* booking;
  // Null: the client does not exist.
  const Contact* contact;
  // Where the recipient is: own zone, else the clinic's; none if neither can be loaded.
  std::optional<absl::TimeZone> zone;
  bool sms_possible = false;  // A text gateway is connected.
};

// What to do, in words of the lattice: kChecked (send), kScheduled (later, at `due`), or one of
// kSuppressed, kSuperseded, kExpired.
struct Verdict {
  State to = State::kChecked;
  std::string reason;
  std::string detail;
  absl::Time due;
  // Mail is not possible but a text is: make the same message for the text channel.
  bool fall_back_to_sms = false;
};

// Judged in this order, so that the log names the weightiest reason: erased, booking gone or ended
// otherwise, booking moved, expired, consent and address, quiet hours.
Verdict CheckBeforeSend(const CheckInput& input, absl::Time now);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_CHECK_H_
