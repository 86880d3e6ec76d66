#include "services/notification/domain/notification.h"

#include "absl/strings/str_cat.h"

namespace stillpoint::notification::domain {

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kConfirmation:
      return "confirmation";
    case Kind::kReminder:
      return "reminder";
    case Kind::kAftercare:
      return "aftercare";
    case Kind::kFollowUp:
      return "follow-up";
    case Kind::kChange:
      return "change";
  }
  return "unknown";
}

absl::string_view ChannelName(Channel channel) {
  return channel == Channel::kEmail ? "email" : "sms";
}

absl::string_view StateName(State state) {
  static constexpr absl::string_view kNames[] = {
      "NONE",       "SCHEDULED",       "LEASED",   "CHECKED", "SUBMITTING",
      "ACCEPTED",   "OUTCOME_UNKNOWN", "REJECTED", "RETRY",   "SUPPRESSED",
      "SUPERSEDED", "EXPIRED",         "DEAD"};
  return kNames[static_cast<int>(state)];
}

bool IsKind(int64_t number) { return number >= 1 && number <= 5; }
bool IsChannel(int64_t number) { return number == 1 || number == 2; }

bool SameVisit(const BookingFacts& a, const BookingFacts& b) {
  return a.start == b.start && a.end == b.end && a.clinic == b.clinic &&
         a.practitioner == b.practitioner;
}

std::string NameOf(const Notification& notification) {
  return absl::StrCat("organizations/", notification.organization, "/notifications/",
                      notification.id);
}

std::string MessageIdOf(const Notification& notification, absl::string_view domain) {
  return absl::StrCat(notification.id, ".", notification.organization, "@", domain);
}

}  // namespace stillpoint::notification::domain
