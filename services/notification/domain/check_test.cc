#include "services/notification/domain/check.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/notification/domain/quiet_hours.h"

namespace stillpoint::notification::domain {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone));
  return zone;
}

absl::Time Edmonton(int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, day, hour, minute), Zone("America/Edmonton"));
}

struct World {
  Notification notification;
  BookingFacts booking;
  Contact contact;
  bool booking_exists = true;
  bool client_exists = true;
  CheckInput Input() {
    CheckInput input{notification, booking_exists ? &booking : nullptr,
                     client_exists ? &contact : nullptr, Zone("America/Edmonton"), true};
    return input;
  }
};

// A reminder of a visit on the 10th at 14:00, due a day earlier; all is well.
World Fine(Kind kind = Kind::kReminder, Channel channel = Channel::kEmail) {
  World world;
  world.booking.name = "organizations/o/bookings/b";
  world.booking.clinic = "organizations/o/clinics/c";
  world.booking.revision = 2;
  world.booking.state = BookingState::kConfirmed;
  world.booking.start = Edmonton(10, 14);
  world.booking.end = Edmonton(10, 15);
  world.notification.told = world.booking;
  world.notification.key = Key{world.booking.name, 1, 2, kind, channel};
  world.notification.not_after = world.booking.start;
  world.contact.email = "a@example.com";
  world.contact.phone = "+15550001111";
  world.contact.email_allowed = true;
  return world;
}

struct Case {
  const char* name;
  std::function<void(World&)> change;
  State to;
  const char* reason;
};

class CheckTest : public ::testing::TestWithParam<Case> {};

TEST_P(CheckTest, Judges) {
  World world = Fine();
  GetParam().change(world);
  const Verdict verdict = CheckBeforeSend(world.Input(), Edmonton(9, 14));
  EXPECT_EQ(verdict.to, GetParam().to) << verdict.reason;
  EXPECT_EQ(verdict.reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Reminder, CheckTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"AllIsWell", [](World&) {}, State::kChecked, "STILL_TRUE"},
        {"NewerRevisionSameVisit", [](World& w) { w.booking.revision = 3; }, State::kChecked,
         "STILL_TRUE"},
        {"Moved", [](World& w) { w.booking.start += absl::Hours(1); }, State::kSuperseded,
         "BOOKING_MOVED"},
        {"OtherClinic", [](World& w) { w.booking.clinic = "organizations/o/clinics/d"; },
         State::kSuperseded, "BOOKING_MOVED"},
        {"Cancelled", [](World& w) { w.booking.state = BookingState::kCancelled; },
         State::kSuppressed, "BOOKING_CANCELLED"},
        {"NoShow", [](World& w) { w.booking.state = BookingState::kNoShow; }, State::kSuppressed,
         "BOOKING_NO_SHOW"},
        {"InSession", [](World& w) { w.booking.state = BookingState::kInSession; },
         State::kSuppressed, "BOOKING_NOT_CONFIRMED"},
        {"BookingGone", [](World& w) { w.booking_exists = false; }, State::kSuppressed,
         "BOOKING_NOT_FOUND"},
        {"ClientGone", [](World& w) { w.client_exists = false; }, State::kSuppressed,
         "CLIENT_NOT_FOUND"},
        {"ErasedBeatsAll",
         [](World& w) {
           w.contact.erased = true;
           w.booking.state = BookingState::kCancelled;
         },
         State::kSuppressed, "CLIENT_ERASED"},
        {"Late", [](World& w) { w.notification.not_after = Edmonton(9, 14); }, State::kExpired,
         "TOO_LATE"},
        {"NoConsent", [](World& w) { w.contact.email_allowed = false; }, State::kSuppressed,
         "NO_EMAIL_CONSENT"},
        {"NoAddress", [](World& w) { w.contact.email = ""; }, State::kSuppressed,
         "NO_EMAIL_ADDRESS"},
    }),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CheckTest, AftercareNeedsACompletedVisit) {
  World world = Fine(Kind::kAftercare);
  EXPECT_EQ(CheckBeforeSend(world.Input(), Edmonton(9, 14)).reason, "BOOKING_NOT_COMPLETED");
  world.booking.state = BookingState::kCompleted;
  EXPECT_EQ(CheckBeforeSend(world.Input(), Edmonton(9, 14)).to, State::kChecked);
}

TEST(CheckTest, WithoutMailATextIsMadeOnlyWhereTheClientAllowsIt) {
  World world = Fine();
  world.contact.email_allowed = false;
  EXPECT_FALSE(CheckBeforeSend(world.Input(), Edmonton(9, 14)).fall_back_to_sms);
  world.contact.sms_allowed = true;
  EXPECT_TRUE(CheckBeforeSend(world.Input(), Edmonton(9, 14)).fall_back_to_sms);
  CheckInput without_gateway = world.Input();
  without_gateway.sms_possible = false;
  EXPECT_FALSE(CheckBeforeSend(without_gateway, Edmonton(9, 14)).fall_back_to_sms);
}

// N14, in the recipient's zone.
TEST(CheckTest, QuietHoursHoldUntilEightOrExpire) {
  World world = Fine();
  Verdict verdict = CheckBeforeSend(world.Input(), Edmonton(8, 22, 57));
  EXPECT_EQ(verdict.to, State::kScheduled);
  EXPECT_EQ(verdict.reason, "QUIET_HOURS");
  EXPECT_EQ(verdict.due, Edmonton(9, 8));

  world.notification.not_after = Edmonton(9, 8);
  EXPECT_EQ(CheckBeforeSend(world.Input(), Edmonton(8, 22, 57)).to, State::kExpired);
}

TEST(CheckTest, ConfirmationByMailGoesAtNightButATextDoesNot) {
  World mail = Fine(Kind::kConfirmation);
  EXPECT_EQ(CheckBeforeSend(mail.Input(), Edmonton(8, 23)).to, State::kChecked);
  World text = Fine(Kind::kConfirmation, Channel::kSms);
  text.contact.sms_allowed = true;
  EXPECT_EQ(CheckBeforeSend(text.Input(), Edmonton(8, 23)).to, State::kScheduled);
}

TEST(CheckTest, WithoutAnyZoneNothingIsSent) {
  World world = Fine();
  CheckInput input = world.Input();
  input.zone = std::nullopt;
  const Verdict verdict = CheckBeforeSend(input, Edmonton(9, 14));
  EXPECT_EQ(verdict.to, State::kScheduled);
  EXPECT_EQ(verdict.reason, "ZONE_UNKNOWN");
  EXPECT_GT(verdict.due, Edmonton(9, 14));
}

TEST(QuietHoursTest, EightIsAllowedAndNineInTheEveningIsNot) {
  const absl::TimeZone zone = Zone("America/Edmonton");
  EXPECT_EQ(NextAllowed(Edmonton(9, 8), zone), Edmonton(9, 8));
  EXPECT_EQ(NextAllowed(Edmonton(9, 7, 59), zone), Edmonton(9, 8));
  EXPECT_EQ(NextAllowed(Edmonton(9, 20, 59), zone), Edmonton(9, 20, 59));
  EXPECT_EQ(NextAllowed(Edmonton(9, 21), zone), Edmonton(10, 8));
  EXPECT_EQ(NextAllowed(Edmonton(9, 0), zone), Edmonton(9, 8));
  // The night of the clock change is an hour shorter; eight is still eight.
  EXPECT_EQ(NextAllowed(Edmonton(13, 23), zone), Edmonton(14, 8));
}

}  // namespace
}  // namespace stillpoint::notification::domain
