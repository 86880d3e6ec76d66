// The words of this service as values: what a message is about, where it is in its life, what it
// tells.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_NOTIFICATION_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_NOTIFICATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::notification::domain {

// Numbers are those of the API and of the tables; they never change.
enum class Kind { kConfirmation = 1, kReminder = 2, kAftercare = 3, kFollowUp = 4, kChange = 5 };
inline constexpr std::array<Kind, 5> kAllKinds = {Kind::kConfirmation, Kind::kReminder,
                                                  Kind::kAftercare, Kind::kFollowUp, Kind::kChange};

enum class Channel { kEmail = 1, kSms = 2 };
inline constexpr std::array<Channel, 2> kAllChannels = {Channel::kEmail, Channel::kSms};

enum class State {
  kNone = 0,  // Before it existed: `from` of the first decision.
  kScheduled = 1,
  kLeased = 2,
  kChecked = 3,
  kSubmitting = 4,
  kAccepted = 5,
  kOutcomeUnknown = 6,
  kRejected = 7,
  kRetry = 8,
  kSuppressed = 9,
  kSuperseded = 10,
  kExpired = 11,
  kDead = 12,
};

// "confirmation", "follow-up", ...: the segment in template ids and the label of metrics.
absl::string_view KindName(Kind kind);
absl::string_view ChannelName(Channel channel);  // "email", "sms"
absl::string_view StateName(State state);        // "SCHEDULED", "OUTCOME_UNKNOWN", ...
bool IsKind(int64_t number);
bool IsChannel(int64_t number);

// States of a booking that matter to messages. Numbers are those of the booking API.
enum class BookingState {
  kOther = 0,
  kHeld = 1,
  kConfirmed = 2,
  kCheckedIn = 3,
  kInSession = 4,
  kCompleted = 5,
  kReleased = 6,
  kExpired = 7,
  kCancelled = 8,
  kNoShow = 9,
};

// What is known of one booking at one revision. No personal data.
struct BookingFacts {
  std::string name;  // organizations/{o}/bookings/{b}
  std::string client;
  std::string clinic;
  std::string practitioner;
  std::string clinic_name;  // As shown to clients.
  std::string zone;         // IANA; where the visit takes place.
  BookingState state = BookingState::kOther;
  int64_t revision = 0;
  absl::Time start;
  absl::Time end;
};

// True if a message about `a` is also true of `b`: same time, place and practitioner.
bool SameVisit(const BookingFacts& a, const BookingFacts& b);

// What makes a notification what it is; unique by the schema.
struct Key {
  std::string booking;
  int occurrence = 1;
  int64_t revision = 0;
  Kind kind = Kind::kConfirmation;
  Channel channel = Channel::kEmail;
};

struct Notification {
  std::string organization;
  std::string id;
  Key key;
  std::string client;
  State state = State::kScheduled;
  absl::Time due;        // Not sent earlier.
  absl::Time not_after;  // Not sent at this time or later.
  BookingFacts told;     // The visit as the message tells it; `state` is not kept.
  int64_t token = 0;     // Of the newest lease; grows with each.
  absl::Time lease_until;
  std::string worker;
  int attempts = 0;   // Begun.
  int failures = 0;   // In a row since it was made or redriven; bounded by Policy::attempts_max.
  int deferrals = 0;  // Checks that could not be made, in a row.
  int decisions = 0;  // Rows written; the next is decisions + 1.
  bool duplicate_risk = false;
  int64_t version = 1;  // Of the row; grows with each write. The etag.
  absl::Time created;
};

// One row of the decision log. `reason` is stable, UPPER_SNAKE_CASE; `detail` holds no personal
// data.
struct Decision {
  State from = State::kNone;
  State to = State::kNone;
  std::string reason;
  std::string detail;
  absl::Time time;
};

struct Attempt {
  int number = 0;
  int64_t token = 0;
  std::string worker;
  std::string template_id;
  int template_version = 0;
  std::string body_hash;  // Hexadecimal.
  absl::Time begun;
  std::optional<absl::Time> ended;
  State outcome = State::kSubmitting;
  std::string provider_code;
};

// "organizations/{o}/notifications/{n}"
std::string NameOf(const Notification& notification);
// The same for every attempt, different for every notification: `{id}.{organization}@{domain}`.
std::string MessageIdOf(const Notification& notification, absl::string_view domain);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_NOTIFICATION_H_
