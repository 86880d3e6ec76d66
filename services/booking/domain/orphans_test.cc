#include "services/booking/domain/orphans.h"

#include <algorithm>
#include <functional>
#include <string>

#include "gtest/gtest.h"

namespace stillpoint::booking::domain {
namespace {

using Reasons = std::vector<OrphanReason>;

// On Monday 2027-03-08, in UTC.
absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, 8, hour, minute), absl::UTCTimeZone());
}

// Open 09:00-17:00 on Mondays, with p there 10:00-16:00; the visit needs a licence, a quiet room
// and a deep device.
Catalogue OneOfEach() {
  Catalogue catalogue;
  Clinic& clinic = catalogue.clinics["c"];
  clinic.id = "c";
  clinic.zone = absl::UTCTimeZone();
  clinic.opening_hours = {{absl::Weekday::monday, 9 * 60, 17 * 60}};
  Practitioner& practitioner = catalogue.practitioners["p"];
  practitioner.id = "p";
  practitioner.hours = {{"c", {absl::Weekday::monday, 10 * 60, 16 * 60}}};
  practitioner.credentials = {
      {.kind = "rmt", .valid_from = {}, .valid_until = absl::CivilDay(2027, 3, 8)}};
  const Room room{.id = "r", .clinic = "c", .kind = "treatment", .features = {"quiet"}};
  catalogue.rooms[room.resource()] = room;
  const Device device{.id = "d", .clinic = "c", .kind = "ultrasound", .features = {"deep"}};
  catalogue.devices[device.resource()] = device;
  Offering& offering = catalogue.offerings["o"];
  offering.id = "o";
  offering.variants = {60};
  offering.credential_kind = "rmt";
  offering.room_features = {"quiet"};
  offering.device_features = {"deep"};
  return catalogue;
}

// 11:00-12:00 with a quarter of an hour before and after.
Booking OneVisit() {
  Booking booking;
  booking.id = "b";
  booking.clinic = "c";
  booking.practitioner = "p";
  booking.offering = "o";
  booking.room = "r";
  booking.device = "d";
  booking.start = At(11);
  booking.end = At(12);
  booking.buffer_before = booking.buffer_after = absl::Minutes(15);
  booking.state = BookingState::kConfirmed;
  return booking;
}

struct Case {
  const char* name;
  std::function<void(Catalogue&)> change;
  Reasons want;
};

class WhyOrphanedTest : public ::testing::TestWithParam<Case> {};

TEST_P(WhyOrphanedTest, SaysWhatTheChangeTookAway) {
  const Catalogue before = OneOfEach();
  EXPECT_EQ(WhyOrphaned(OneVisit(), before), Reasons());
  Catalogue after = before;
  GetParam().change(after);
  EXPECT_EQ(WhyOrphaned(OneVisit(), after), GetParam().want);
  // The same before the change is stored, when it is known part by part.
  if (after.offerings.at("o").credential_kind != "rmt") return;
  const ChangedPart changed{.clinic = after.FindClinic("c"),
                            .practitioner = after.FindPractitioner("p"),
                            .room = after.FindRoom("c", "r"),
                            .device = after.FindDevice("c", "d")};
  EXPECT_EQ(WhyOrphaned(OneVisit(), before, changed), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Changes, WhyOrphanedTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"OpensJustInTime",
         [](Catalogue& c) { c.clinics["c"].opening_hours[0].start_minute = 10 * 60 + 45; },
         {}},
        {"OpensInTheBufferBefore",
         [](Catalogue& c) { c.clinics["c"].opening_hours[0].start_minute = 10 * 60 + 50; },
         {OrphanReason::kOutsideHours}},
        {"ShiftEndsJustInTime",
         [](Catalogue& c) { c.practitioners["p"].hours[0].week.end_minute = 12 * 60 + 15; },
         {}},
        {"ShiftEndsInTheBufferAfter",
         [](Catalogue& c) { c.practitioners["p"].hours[0].week.end_minute = 12 * 60 + 10; },
         {OrphanReason::kOutsideHours}},
        {"Off",
         [](Catalogue& c) {
           c.practitioners["p"].time_off = {{.id = "t", .start = At(12, 10), .end = At(18)}};
         },
         {OrphanReason::kOutsideHours}},
        {"OffAfterwards",
         [](Catalogue& c) {
           c.practitioners["p"].time_off = {{.id = "t", .start = At(12, 15), .end = At(18)}};
         },
         {}},
        {"DayClosed",
         [](Catalogue& c) {
           c.clinics["c"].overrides = {{.date = absl::CivilDay(2027, 3, 8), .clinic = "c"}};
         },
         {OrphanReason::kOutsideHours}},
        {"LicenceEndsTheDayBefore",
         [](Catalogue& c) {
           c.practitioners["p"].credentials[0].valid_until = absl::CivilDay(2027, 3, 7);
         },
         {OrphanReason::kPractitionerUnqualified}},
        {"RoomIsNoLongerQuiet",
         [](Catalogue& c) { c.rooms.begin()->second.features.clear(); },
         {OrphanReason::kRoomUnsuitable}},
        {"DeviceIsNoLongerDeep",
         [](Catalogue& c) { c.devices.begin()->second.features.clear(); },
         {OrphanReason::kDeviceUnsuitable}},
        {"ArchivedDeviceStays",
         [](Catalogue& c) { c.devices.begin()->second.archived = true; },
         {}},
        {"BuffersOfTodayAreNotItsOwn",
         [](Catalogue& c) { c.offerings["o"].buffer_before_minutes = 120; },
         {}},
        {"OfferingIsGivenElsewhere", [](Catalogue& c) { c.offerings["o"].clinics = {"x"}; }, {}},
        {"OfferingNeedsAnotherLicence",
         [](Catalogue& c) { c.offerings["o"].credential_kind = "cst-1"; },
         {OrphanReason::kPractitionerUnqualified}},
        {"All",
         [](Catalogue& c) {
           c.practitioners["p"].hours.clear();
           c.practitioners["p"].credentials.clear();
           c.rooms.begin()->second.features.clear();
           c.devices.begin()->second.features.clear();
         },
         {OrphanReason::kOutsideHours, OrphanReason::kPractitionerUnqualified,
          OrphanReason::kRoomUnsuitable, OrphanReason::kDeviceUnsuitable}},
    }),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IsLiveTest, UntilItIsOverOrCalledOff) {
  Booking booking = OneVisit();
  EXPECT_TRUE(IsLive(booking, At(11, 59)));
  EXPECT_FALSE(IsLive(booking, At(12)));
  for (const BookingState state : {BookingState::kCheckedIn, BookingState::kInSession}) {
    booking.state = state;
    EXPECT_TRUE(IsLive(booking, At(11, 59)));
  }
  for (const BookingState state :
       {BookingState::kCompleted, BookingState::kReleased, BookingState::kExpired,
        BookingState::kCancelled, BookingState::kNoShow}) {
    booking.state = state;
    EXPECT_FALSE(IsLive(booking, At(8)));
  }
  booking.state = BookingState::kHeld;
  booking.hold_expires = At(9);
  EXPECT_TRUE(IsLive(booking, At(8, 59)));
  EXPECT_FALSE(IsLive(booking, At(9)));
}

}  // namespace
}  // namespace stillpoint::booking::domain
