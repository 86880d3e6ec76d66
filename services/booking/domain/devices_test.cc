// Devices beside rooms: what they may be, who may take them, and when they are free.
#include <algorithm>

#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/explain.h"
#include "services/booking/domain/slot.h"
#include "services/booking/domain/slots.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {
namespace {

using Texts = std::vector<std::string>;

// On Monday 2027-03-08, in UTC.
absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, 8, hour, minute), absl::UTCTimeZone());
}

Device NewDevice(const std::string& id, const std::string& clinic = "c") {
  Device device;
  device.id = id;
  device.clinic = clinic;
  device.display_name = id;
  device.kind = "ultrasound";
  return device;
}

// Clinic `c`, Mondays 09:00-12:00, with rooms r1 and r2 and devices plain and deep, the second with
// a feature and 15 minutes of turnover; p1 and p2 work there. `treatment`: 60 minutes every 30,
// with any ultrasound.
struct World {
  World() {
    Clinic clinic;
    clinic.id = "c";
    clinic.zone_name = "UTC";
    clinic.zone = absl::UTCTimeZone();
    clinic.opening_hours.push_back({absl::Weekday::monday, 9 * 60, 12 * 60});
    catalogue.clinics["c"] = clinic;
    for (const char* id : {"r1", "r2"}) {
      const Room room{.id = id, .clinic = "c", .kind = "treatment"};
      catalogue.rooms[room.resource()] = room;
    }
    Device deep = NewDevice("deep");
    deep.features = {"deep-head"};
    deep.turnover_minutes = 15;
    for (const Device& device : {NewDevice("plain"), deep}) {
      catalogue.devices[device.resource()] = device;
    }
    for (const char* id : {"p1", "p2"}) {
      Practitioner who;
      who.id = id;
      who.hours.push_back({.clinic = "c", .week = clinic.opening_hours[0]});
      catalogue.practitioners[id] = who;
    }
    Offering offering;
    offering.id = "treatment";
    offering.display_name = "Treatment";
    offering.modality = Modality::kSwedish;
    offering.variants = {60};
    offering.step_minutes = 30;
    offering.device_kind = "ultrasound";
    offering.horizon_days = 30;
    offering.currency = "CAD";
    catalogue.offerings["treatment"] = offering;
  }

  Offering& offering() { return catalogue.offerings["treatment"]; }
  Device& device(const char* id) { return catalogue.devices[DeviceResource("c", id)]; }
  void Claim(const ResourceId& resource, absl::Time start, absl::Time end) {
    claims.push_back({resource, start, end});
  }
  void ClaimDevice(const char* id, absl::Time start, absl::Time end) {
    Claim(DeviceResource("c", id), start, end);
  }

  // "09:00 room device" of what p1 is offered.
  Texts Offered() const {
    SlotQuery query;
    query.offering = "treatment";
    query.length_minutes = 60;
    query.practitioners = {"p1", "p2"};
    query.begin = TickFloor(At(0));
    query.end = TickFloor(At(24));
    SlotPlan plan = MakePlan(catalogue, query);
    FillPlan(query, claims, plan);
    FindSlots(query, At(0), plan);
    Texts offered;
    for (const FreeSlot& slot : ListSlots(plan, std::nullopt, 1000)) {
      if (slot.practitioner->id != "p1") continue;
      offered.push_back(absl::FormatTime("%H:%M ", TimeOf(slot.start), absl::UTCTimeZone()) +
                        slot.room->id + " " + (slot.device == nullptr ? "-" : slot.device->id));
    }
    return offered;
  }

  SlotRequest Wanted(absl::Time start) const {
    return {.clinic = "c", .offering = "treatment", .minutes = 60, .start = start};
  }

  Explanation Why(absl::Time start) const {
    const auto question = AskExplanation(catalogue, Wanted(start));
    EXPECT_TRUE(question.ok()) << question.status();
    std::vector<domain::Claim> stored;
    for (const TestClaim& claim : claims) {
      domain::Claim each;
      each.resource = claim.resource;
      each.start = claim.start;
      each.end = claim.end;
      each.booking = "b";
      stored.push_back(each);
    }
    return Explain(*question, stored, {}, At(0));
  }

  Catalogue catalogue;
  std::vector<TestClaim> claims;
};

TEST(DevicesTest, SearchTakesThePlainestThatIsFreeThroughout) {
  World world;
  world.ClaimDevice("plain", At(10, 30), At(10, 45));
  EXPECT_EQ(world.Offered(), (Texts{"09:00 r1 plain", "09:30 r1 plain", "10:00 r1 deep",
                                    "10:30 r1 deep", "11:00 r1 plain"}));
}

TEST(DevicesTest, NoTimeIsPatchedTogetherFromTwoDevices) {
  World world;
  world.ClaimDevice("plain", At(9), At(9, 30));
  world.ClaimDevice("deep", At(9, 30), At(12));
  EXPECT_EQ(world.Offered(),
            (Texts{"09:30 r1 plain", "10:00 r1 plain", "10:30 r1 plain", "11:00 r1 plain"}));
}

TEST(DevicesTest, TurnoverIsTheDevicesOwn) {
  World world;
  world.offering().device_features = {"deep-head"};
  world.ClaimDevice("deep", At(10, 10), At(11));
  EXPECT_EQ(world.Offered(), (Texts{"11:00 r1 deep"}));
  world.device("deep").turnover_minutes = 10;
  EXPECT_EQ(world.Offered(), (Texts{"09:00 r1 deep", "11:00 r1 deep"}));
}

TEST(DevicesTest, RoomAndDeviceNeedNotBeFreeForTheSameReason) {
  World world;
  world.device("deep").archived = true;
  world.Claim(RoomResource("c", "r1"), At(9), At(10));
  world.ClaimDevice("plain", At(11), At(12));
  EXPECT_EQ(world.Offered(), (Texts{"09:00 r2 plain", "09:30 r2 plain", "10:00 r1 plain"}));
}

TEST(DevicesTest, OfferingsWithoutOneAskForNone) {
  World world;
  world.offering().device_kind = "";
  world.ClaimDevice("plain", At(9), At(12));
  world.ClaimDevice("deep", At(9), At(12));
  EXPECT_EQ(world.Offered().front(), "09:00 r1 -");
  SlotQuery query;
  query.offering = "treatment";
  query.length_minutes = 60;
  query.end = query.begin + 10;
  EXPECT_TRUE(MakePlan(world.catalogue, query).places[0].devices.empty());
  const auto candidates = FindCandidates(world.catalogue, world.Wanted(At(9)));
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  EXPECT_TRUE(candidates->devices.empty());
}

TEST(DevicesTest, BookingIsRefusedWhereNoDeviceWillDo) {
  World world;
  world.device("plain").archived = world.device("deep").archived = true;
  EXPECT_EQ(ReasonOf(FindCandidates(world.catalogue, world.Wanted(At(9))).status()),
            "DEVICE_UNSUITABLE");
  EXPECT_TRUE(world.Offered().empty());
}

TEST(DevicesTest, ABookingClaimsItsDeviceWithTheTurnoverOfThatDay) {
  World world;
  world.offering().device_features = {"deep-head"};
  const auto candidates = FindCandidates(world.catalogue, world.Wanted(At(9)));
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  EXPECT_EQ(candidates->busy_end(), At(10, 15));
  Booking booking;
  booking.id = "b";
  PlaceAt(*candidates, {candidates->practitioners[0], candidates->rooms[0], candidates->devices[0]},
          booking);
  world.device("deep").turnover_minutes = 60;
  std::vector<Claim> claims = ClaimsOf(booking);
  ASSERT_EQ(claims.size(), 3u);
  EXPECT_EQ(claims[2].resource, "clinics/c/devices/deep");
  EXPECT_EQ(claims[2].start, At(9));
  EXPECT_EQ(claims[2].end, At(10, 15));
  EXPECT_FALSE(DeviceIsFree(*candidates, *candidates->devices[0], claims, nullptr));
  EXPECT_TRUE(DeviceIsFree(*candidates, *candidates->devices[0], claims, &booking));
  // Moved to something that takes none, it has none.
  PlaceAt(*candidates, {candidates->practitioners[0], candidates->rooms[0], nullptr}, booking);
  EXPECT_EQ(ClaimsOf(booking).size(), 2u);
}

TEST(DevicesTest, ExplanationNamesWhatStandsInTheWayOfEach) {
  World world;
  world.device("deep").archived = true;
  world.device("deep").kind = "tens";
  world.offering().device_features = {"deep-head"};
  world.ClaimDevice("plain", At(9), At(9, 30));
  const Explanation why = world.Why(At(9));
  ASSERT_EQ(why.devices.size(), 2u);
  const auto codes = [](const ResourceObstacles& of) {
    std::vector<ObstacleCode> found;
    for (const Obstacle& each : of.obstacles) found.push_back(each.code);
    return found;
  };
  EXPECT_EQ(why.devices[0].resource, "clinics/c/devices/plain");
  EXPECT_EQ(codes(why.devices[0]),
            (std::vector<ObstacleCode>{ObstacleCode::kDeviceFeatures, ObstacleCode::kBusy}));
  EXPECT_EQ(why.devices[0].obstacles[1].booking, "b");
  EXPECT_EQ(codes(why.devices[1]),
            (std::vector<ObstacleCode>{ObstacleCode::kDeviceArchived, ObstacleCode::kDeviceKind}));
  EXPECT_FALSE(why.Bookable());
  EXPECT_TRUE(why.rooms[0].obstacles.empty());
  world.offering().device_features.clear();
  EXPECT_TRUE(world.Why(At(9, 30)).Offered());
  world.catalogue.devices.clear();
  const Explanation none = world.Why(At(9, 30));
  EXPECT_FALSE(none.Bookable());
  EXPECT_EQ(none.obstacles.back().code, ObstacleCode::kNoDeviceHere);
  world.offering().device_kind = "";
  EXPECT_TRUE(world.Why(At(9, 30)).Offered());
}

TEST(DevicesTest, AnOfferingNeedsOneDeviceThatHasItAll) {
  World world;
  world.device("plain").features = {"other"};
  EXPECT_TRUE(CheckOffering(world.offering(), world.catalogue, "offering").ok());
  // An offering can still be changed while its device is being repaired.
  for (const char* id : {"plain", "deep"}) world.device(id).archived = true;
  EXPECT_TRUE(CheckOffering(world.offering(), world.catalogue, "offering").ok());
  world.offering().device_features = {"deep-head", "other"};
  const absl::Status features = CheckOffering(world.offering(), world.catalogue, "offering");
  EXPECT_EQ(ReasonOf(features), "REFERENCE_UNKNOWN");
  EXPECT_NE(features.message().find("offering.device_features"), absl::string_view::npos);
  world.offering().device_kind = "laser";
  EXPECT_NE(CheckOffering(world.offering(), world.catalogue, "offering")
                .message()
                .find("offering.device_kind"),
            absl::string_view::npos);
}

TEST(DevicesTest, IsJudgedAsARoomIs) {
  Device device = NewDevice("d");
  EXPECT_TRUE(CheckDevice(device, "device").ok());
  device.turnover_minutes = 7;
  EXPECT_EQ(ReasonOf(CheckDevice(device, "device")), "OFF_GRID");
  device = NewDevice("d");
  device.kind = "Not A Code";
  EXPECT_EQ(ReasonOf(CheckDevice(device, "device")), "INVALID_FIELD");
  device = NewDevice("d");
  device.display_name = "";
  EXPECT_EQ(ReasonOf(CheckDevice(device, "device")), "INVALID_FIELD");
}

}  // namespace
}  // namespace stillpoint::booking::domain
