// What a manager who is bound to one clinic may change.
#include <array>

#include "absl/strings/str_cat.h"
#include "common/rpc/reach_testing.h"
#include "services/booking/edge/catalog_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

class CatalogAccessTest : public CatalogServiceTest {
 protected:
  void SetUp() override {
    CatalogServiceTest::SetUp();
    for (const char* clinic : {"north", "south"}) {
      ASSERT_EQ(CreateClinic(clinic, "America/Edmonton"), "");
      ASSERT_EQ(SetHours("owner", clinic), "");
    }
    ASSERT_EQ(CreatePractitioner("nell"), "");
    ASSERT_EQ(CreatePractitioner("sol"), "");
    ASSERT_EQ(SetWorkingHours("owner", "nell", "north"), "");
    ASSERT_EQ(SetWorkingHours("owner", "sol", "south"), "");
  }

  std::string SetHours(const std::string& caller, const std::string& clinic) {
    pb::SetOpeningHoursRequest request;
    request.set_clinic("organizations/calm/clinics/" + clinic);
    type::WeeklyRange* range = request.add_opening_hours();
    range->set_day_of_week(type::DAY_OF_WEEK_MONDAY);
    range->set_start_minute(540);
    range->set_end_minute(1020);
    pb::SetOpeningHoursResponse response;
    return Call(caller, &Stub::SetOpeningHours, request, &response);
  }
  std::string CreateRoom(const std::string& clinic, const std::string& room,
                         const std::string& caller = "north") {
    pb::CreateRoomRequest request;
    request.set_parent("organizations/calm/clinics/" + clinic);
    request.set_room_id(room);
    request.mutable_room()->set_display_name("Room");
    request.mutable_room()->set_kind("treatment");
    pb::CreateRoomResponse response;
    return Call(caller, &Stub::CreateRoom, request, &response);
  }
  std::string SetWorkingHours(const std::string& caller, const std::string& practitioner,
                              const std::string& clinic) {
    pb::SetWorkingHoursRequest request;
    request.set_practitioner("organizations/calm/practitioners/" + practitioner);
    Add(request, clinic, 540, 1020);
    pb::SetWorkingHoursResponse response;
    return Call(caller, &Stub::SetWorkingHours, request, &response);
  }
  void CreateDevice(const std::string& clinic) {
    pb::CreateDeviceRequest request;
    request.set_parent("organizations/calm/clinics/" + clinic);
    request.set_device_id("d1");
    request.mutable_device()->set_display_name("Device");
    request.mutable_device()->set_kind("ultrasound");
    pb::CreateDeviceResponse response;
    ASSERT_EQ(Call("owner", &Stub::CreateDevice, request, &response), "") << last_;
  }
  std::string AddTimeOff(const std::string& practitioner, const std::string& caller = "north") {
    pb::AddTimeOffRequest request;
    request.set_practitioner("organizations/calm/practitioners/" + practitioner);
    const int64_t start = 1804500000 + 86400 * days_++;
    request.mutable_time_off()->mutable_range()->mutable_start_time()->set_seconds(start);
    request.mutable_time_off()->mutable_range()->mutable_end_time()->set_seconds(start + 3600);
    request.mutable_time_off()->set_reason(pb::TIME_OFF_REASON_VACATION);
    return Call(caller, &Stub::AddTimeOff, request, &added_);
  }
  std::string Close(const std::string& clinic) {
    pb::SetDateOverrideRequest request;
    request.set_parent("organizations/calm/clinics/" + clinic);
    pb::DateOverride& day = *request.mutable_date_override();
    day.mutable_date()->set_year(2027);
    day.mutable_date()->set_month(3);
    day.mutable_date()->set_day(8);
    day.set_kind(pb::DateOverride::KIND_CLOSED);
    pb::SetDateOverrideResponse response;
    return Call("north", &Stub::SetDateOverride, request, &response);
  }

  // By the owner: `parent` is closed on kDate, in `clinic` if it is somebody.
  void CloseOn(const std::string& parent, const std::string& clinic) {
    pb::SetDateOverrideRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("parent: '", parent, "' date_override { ", kDate, " clinic: '", clinic,
                     "' kind: KIND_CLOSED }"),
        &request));
    pb::SetDateOverrideResponse response;
    EXPECT_EQ(Call("owner", &Stub::SetDateOverride, request, &response), "") << last_;
  }

  static rpc::SideNames NamesOf(const std::string& clinic, const std::string& practitioner) {
    const std::string calm = "organizations/calm/";
    return {{"clinic", absl::StrCat(calm, "clinics/", clinic)},
            {"room", absl::StrCat(calm, "clinics/", clinic, "/rooms/r1")},
            {"device", absl::StrCat(calm, "clinics/", clinic, "/devices/d1")},
            {"practitioner", absl::StrCat(calm, "practitioners/", practitioner)},
            {"time off", absl::StrCat(calm, "practitioners/", practitioner, "/timeOffs/none")}};
  }

  static constexpr char kDate[] = "date { year: 2106 month: 6 day: 8 }";
  int64_t days_ = 0;  // Each time off is on a day of its own.
  pb::AddTimeOffResponse added_;
};

TEST_P(CatalogAccessTest, EveryRoleHasItsPlaceInTheMatrix) {
  ASSERT_EQ(CreateRoom("north", "r1"), "");
  CreateDevice("north");
  ASSERT_EQ(AddTimeOff("nell"), "");
  pb::CreateOfferingRequest offering;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "parent: 'organizations/calm' offering_id: 'visit' offering { display_name: 'Visit' "
      "modality: MODALITY_SWEDISH duration_minutes: 60 step_minutes: 15 credential_kind: 'cst-1' "
      "horizon_days: 90 price { currency_code: 'CAD' cents: 9000 } }",
      &offering));
  pb::CreateOfferingResponse offered;
  ASSERT_EQ(Call("owner", &Stub::CreateOffering, offering, &offered), "") << last_;
  pb::SetBookingPolicyRequest policy;
  policy.set_parent("organizations/calm");
  policy.mutable_booking_policy()->set_horizon_days(30);
  pb::SetBookingPolicyResponse set;
  ASSERT_EQ(Call("owner", &Stub::SetBookingPolicy, policy, &set), "") << last_;
  const std::string time_off = added_.time_off().name();
  rpc::AccessMatrix(channel_, CatalogAccess(), "calm",
                    {"/clinics/north", "/clinics/north/rooms/r1", "/clinics/north/devices/d1",
                     "/practitioners/nell", "/offerings/visit",
                     time_off.substr(std::string("organizations/calm").size())})
      .Check({"stillpoint.booking.v1.CatalogService"});
  EXPECT_EQ("\n" + rpc::AccessGuide(AccessTable()),
            rpc::GuideSection(STILLPOINT_SOURCE_DIR, "Booking"));
}

TEST_P(CatalogAccessTest, WhatIsOutOfReachLooksMissing) {
  for (const char* clinic : {"north", "south"}) ASSERT_EQ(CreateRoom(clinic, "r1", "owner"), "");
  for (const char* clinic : {"north", "south"}) CreateDevice(clinic);
  const std::string people[] = {"nell", "sol"};
  const auto add_time_off = [&](std::array<rpc::SideNames, 2>& sides) {
    for (const size_t side : {0, 1}) {
      EXPECT_EQ(AddTimeOff(people[side], "owner"), "") << last_;
      sides[side]["time off"] = added_.time_off().name();
    }
  };
  const auto close_clinics = [&](std::array<rpc::SideNames, 2>& sides) {
    for (rpc::SideNames& side : sides) CloseOn(side["clinic"], "");
  };
  const auto close_people = [&](std::array<rpc::SideNames, 2>& sides) {
    for (rpc::SideNames& side : sides) CloseOn(side["practitioner"], side["clinic"]);
  };
  const std::string monday =
      " range { day_of_week: DAY_OF_WEEK_MONDAY start_minute: 540 end_minute: 1020 } }";
  const std::string closed = absl::StrCat("date_override { ", kDate, " kind: KIND_CLOSED ");
  const auto removal = [&](const std::string& method_request, const auto& prepare) {
    return rpc::ReachCase{.method = "CatalogService.RemoveDateOverride",
                          .request = absl::StrCat(method_request, " ", kDate),
                          .prepare = prepare};
  };
  const std::vector<rpc::ReachCase> cases = {
      {"CatalogService.UpdateClinic",
       "clinic { name: '<clinic>' display_name: 'N' etag: 'stale' } "
       "update_mask { paths: 'display_name' }"},
      {"CatalogService.SetOpeningHours", "clinic: '<clinic>' etag: 'stale'"},
      {"CatalogService.CreateRoom",
       "parent: '<clinic>' room_id: 'new' room { display_name: 'R' kind: 'treatment' }"},
      {"CatalogService.UpdateRoom",
       "room { name: '<room>' display_name: 'N' etag: 'stale' } "
       "update_mask { paths: 'display_name' }"},
      {"CatalogService.CreateDevice",
       "parent: '<clinic>' device_id: 'new' device { display_name: 'D' kind: 'ultrasound' }"},
      {"CatalogService.UpdateDevice",
       "device { name: '<device>' display_name: 'N' etag: 'stale' } "
       "update_mask { paths: 'display_name' }"},
      {"CatalogService.SetWorkingHours",
       "practitioner: '<practitioner>' etag: 'stale' working_hours { clinic: '<own clinic>'" +
           monday},
      {"CatalogService.SetWorkingHours",
       "practitioner: '<own practitioner>' working_hours { clinic: '<clinic>'" + monday},
      {"CatalogService.AddTimeOff",
       "practitioner: '<practitioner>' time_off { range { start_time { seconds: 1804400000 } "
       "end_time { seconds: 1804403600 } } reason: TIME_OFF_REASON_VACATION }"},
      {.method = "CatalogService.RemoveTimeOff",
       .request = "name: '<time off>'",
       .prepare = add_time_off},
      {"CatalogService.SetDateOverride", "parent: '<clinic>' " + closed + "}"},
      {"CatalogService.SetDateOverride",
       "parent: '<practitioner>' " + closed + "clinic: '<own clinic>' }"},
      {"CatalogService.SetDateOverride",
       "parent: '<own practitioner>' " + closed + "clinic: '<clinic>' }"},
      removal("parent: '<clinic>'", close_clinics),
      removal("parent: '<practitioner>' clinic: '<own clinic>'", close_people),
      removal("parent: '<own practitioner>' clinic: '<clinic>'", close_people),
      {"CatalogService.SetBookingPolicy", "parent: '<clinic>' booking_policy { horizon_days: 30 }"},
      // An organization's own policy is kept by those who reach all of it.
      {.method = "CatalogService.SetBookingPolicy",
       .request = "parent: '<clinic>' booking_policy { horizon_days: 30 }",
       .foreign = "parent: 'organizations/calm' booking_policy { horizon_days: 30 }"},
  };
  rpc::ReachMatrix(channel_, CatalogAccess(), {NamesOf("north", "nell"), NamesOf("south", "sol")},
                   NamesOf("none", "none"), [](Role, absl::string_view) { return true; })
      .Check({"stillpoint.booking.v1.CatalogService"}, cases);
}

TEST_P(CatalogAccessTest, OwnClinicIsKeptAnothersLooksMissing) {
  EXPECT_EQ(SetHours("north", "north"), "") << last_;
  EXPECT_EQ(CreateRoom("north", "r1"), "") << last_;
  EXPECT_EQ(Close("north"), "") << last_;
  EXPECT_EQ(SetHours("north", "nowhere"), "NOT_FOUND");
  const absl::Status missing = last_;
  for (const char* clinic : {"south", "nowhere"}) {
    EXPECT_EQ(SetHours("north", clinic), "NOT_FOUND") << clinic;
    EXPECT_EQ(last_, missing);
    EXPECT_EQ(CreateRoom(clinic, "r1"), "NOT_FOUND") << clinic;
    EXPECT_EQ(last_, missing);
    EXPECT_EQ(Close(clinic), "NOT_FOUND") << clinic;
    EXPECT_EQ(last_, missing);
  }
}

TEST_P(CatalogAccessTest, PeopleOfTheClinicAndNoOthers) {
  EXPECT_EQ(AddTimeOff("nell"), "") << last_;
  EXPECT_EQ(SetWorkingHours("north", "nell", "north"), "") << last_;
  // Nobody is moved into a clinic that the manager does not reach, and nobody out of it.
  EXPECT_EQ(SetWorkingHours("north", "nell", "south"), "REFERENCE_UNKNOWN");
  EXPECT_EQ(SetWorkingHours("north", "sol", "north"), "NOT_FOUND");
  EXPECT_EQ(AddTimeOff("sol"), "NOT_FOUND");
  const absl::Status forbidden = last_;
  EXPECT_EQ(AddTimeOff("nobody"), "NOT_FOUND");
  EXPECT_EQ(last_, forbidden);
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogAccessTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
