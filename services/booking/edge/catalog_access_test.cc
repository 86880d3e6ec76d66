// What a manager who is bound to one clinic may change.
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
  std::string CreateRoom(const std::string& clinic, const std::string& room) {
    pb::CreateRoomRequest request;
    request.set_parent("organizations/calm/clinics/" + clinic);
    request.set_room_id(room);
    request.mutable_room()->set_display_name("Room");
    request.mutable_room()->set_kind("treatment");
    pb::CreateRoomResponse response;
    return Call("north", &Stub::CreateRoom, request, &response);
  }
  std::string SetWorkingHours(const std::string& caller, const std::string& practitioner,
                              const std::string& clinic) {
    pb::SetWorkingHoursRequest request;
    request.set_practitioner("organizations/calm/practitioners/" + practitioner);
    Add(request, clinic, 540, 1020);
    pb::SetWorkingHoursResponse response;
    return Call(caller, &Stub::SetWorkingHours, request, &response);
  }
  std::string AddTimeOff(const std::string& practitioner) {
    pb::AddTimeOffRequest request;
    request.set_practitioner("organizations/calm/practitioners/" + practitioner);
    request.mutable_time_off()->mutable_range()->mutable_start_time()->set_seconds(1804500000);
    request.mutable_time_off()->mutable_range()->mutable_end_time()->set_seconds(1804503600);
    request.mutable_time_off()->set_reason(pb::TIME_OFF_REASON_VACATION);
    pb::AddTimeOffResponse response;
    return Call("north", &Stub::AddTimeOff, request, &response);
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
};

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
