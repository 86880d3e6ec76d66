// The part of CatalogService about hours of some weeks and about single dates, on both engines.
#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/edge/catalog_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

const char kOrg[] = "organizations/calm";
// Overrides are compared from today on. The 7th of June is a Monday.
constexpr int kYear = 2106;

template <typename Message>
Message Read(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class CatalogDatesTest : public CatalogServiceTest {
 protected:
  void SetUp() override {
    CatalogServiceTest::SetUp();
    ASSERT_EQ(CreateClinic("moncton", "America/Moncton"), "");
    ASSERT_EQ(CreateClinic("toronto", "America/Toronto"), "");
    ASSERT_EQ(CreatePractitioner("ana"), "");
  }

  // `parent` and `clinic` are tails of names.
  std::string Set(const std::string& parent, const std::string& override_text,
                  const std::string& caller = "owner") {
    pb::SetDateOverrideRequest request;
    request.set_parent(absl::StrCat(kOrg, "/", parent));
    *request.mutable_date_override() = Read<pb::DateOverride>(override_text);
    return Call(caller, &Stub::SetDateOverride, request, &set_);
  }

  std::string Remove(const std::string& parent, int day, const std::string& clinic = "",
                     const std::string& request_id = "",
                     pb::RemoveDateOverrideResponse* response = nullptr) {
    pb::RemoveDateOverrideRequest request;
    request.set_parent(absl::StrCat(kOrg, "/", parent));
    request.mutable_date()->set_year(kYear);
    request.mutable_date()->set_month(6);
    request.mutable_date()->set_day(day);
    if (!clinic.empty()) request.set_clinic(absl::StrCat(kOrg, "/clinics/", clinic));
    request.set_request_id(request_id);
    pb::RemoveDateOverrideResponse ignored;
    return Call("owner", &Stub::RemoveDateOverride, request,
                response == nullptr ? &ignored : response);
  }

  pb::ListDateOverridesResponse List(const std::string& parent, int page_size = 0,
                                     const std::string& page_token = "") {
    pb::ListDateOverridesRequest request;
    request.set_parent(absl::StrCat(kOrg, "/", parent));
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    pb::ListDateOverridesResponse response;
    EXPECT_EQ(Call("partner", &Stub::ListDateOverrides, request, &response), "") << last_;
    return response;
  }

  pb::SetDateOverrideResponse set_;
};

std::string Day(int day, const std::string& rest) {
  return absl::StrCat("date { year: ", kYear, " month: 6 day: ", day, " } ", rest);
}

std::string At(const std::string& clinic) {
  return absl::StrCat("clinic: 'organizations/calm/clinics/", clinic, "' ");
}

TEST_P(CatalogDatesTest, AClinicsDatesAreSetListedAndRemoved) {
  const std::string two =
      "kind: KIND_OTHER_HOURS ranges { start_minute: 780 end_minute: 840 } "
      "ranges { start_minute: 600 end_minute: 720 }";
  ASSERT_EQ(Set("clinics/moncton", Day(8, "kind: KIND_CLOSED")), "") << last_;
  ASSERT_EQ(Set("clinics/moncton", Day(7, "kind: KIND_CLOSED")), "");
  ASSERT_EQ(Set("clinics/moncton", Day(7, two)), "") << last_;
  EXPECT_EQ(set_.date_override().clinic(), "organizations/calm/clinics/moncton");
  EXPECT_EQ(set_.date_override().ranges(0).start_minute(), 600);  // By start.

  const pb::ListDateOverridesResponse first = List("clinics/moncton", 1);
  ASSERT_EQ(first.date_overrides_size(), 1);
  EXPECT_EQ(first.date_overrides(0).SerializeAsString(), set_.date_override().SerializeAsString());
  const auto second = List("clinics/moncton", 1, first.next_page_token());
  ASSERT_EQ(second.date_overrides_size(), 1);
  EXPECT_EQ(second.date_overrides(0).date().day(), 8);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_EQ(List("clinics/toronto").date_overrides_size(), 0);

  EXPECT_EQ(Remove("clinics/moncton", 7, "", "r-1"), "");
  EXPECT_EQ(Remove("clinics/moncton", 7, "", "r-1"), "");  // A replay.
  EXPECT_EQ(Remove("clinics/moncton", 7, "", "r-2"), "NOT_FOUND");
  EXPECT_EQ(List("clinics/moncton").date_overrides_size(), 1);
}

// What a day's end means for a booking of it, over the wire; booking itself is served elsewhere.
TEST_P(CatalogDatesTest, WhatIsOrphanedIsNamed) {
  const std::string late =
      Day(7, "kind: KIND_EXTRA_HOURS ranges { start_minute: 600 end_minute: 720 } ");
  ASSERT_EQ(Set("clinics/moncton", late), "") << last_;
  ASSERT_EQ(Set("practitioners/ana", late + At("moncton")), "") << last_;
  domain::Booking booking;
  booking.id = "b1";
  booking.clinic = "moncton";
  booking.practitioner = "ana";
  booking.offering = "cst";
  booking.room = "quiet";
  booking.zone = "America/Moncton";
  booking.state = domain::BookingState::kConfirmed;
  absl::TimeZone moncton;
  ASSERT_TRUE(absl::LoadTimeZone(booking.zone, &moncton));
  booking.start = absl::FromCivil(absl::CivilHour(kYear, 6, 7, 10), moncton);
  booking.end = booking.start + absl::Hours(1);
  ports::RaisedVersions raised;  // Outlives the transaction.
  ASSERT_TRUE(database_
                  ->Write(Tenant("calm"), Deadline::After(absl::Seconds(10)),
                          [&](sql::Transaction& tx) -> absl::Status {
                            domain::Offering offering;
                            offering.id = "cst";
                            offering.variants = {60};
                            offering.currency = "CAD";
                            domain::Room room;
                            room.id = "quiet";
                            room.clinic = "moncton";
                            RETURN_IF_ERROR(store_.LockCatalogue(tx, Tenant("calm")));
                            RETURN_IF_ERROR(store_.Save(tx, Tenant("calm"), room));
                            RETURN_IF_ERROR(store_.Save(tx, Tenant("calm"), offering));
                            return ledger_.Store(tx, Tenant("calm"),
                                                 {.before = std::nullopt,
                                                  .after = booking,
                                                  .kind = domain::BookingEventKind::kConfirmed},
                                                 {}, raised);
                          })
                  .ok());

  pb::RemoveDateOverrideResponse removed;
  ASSERT_EQ(Remove("clinics/moncton", 7, "", "once", &removed), "") << last_;
  ASSERT_EQ(removed.affected_bookings_size(), 1);
  EXPECT_EQ(removed.affected_bookings(0), "organizations/calm/bookings/b1");
  EXPECT_EQ(removed.affected_count(), 1);
  pb::RemoveDateOverrideResponse again;
  ASSERT_EQ(Remove("clinics/moncton", 7, "", "once", &again), "") << last_;
  EXPECT_EQ(again.SerializeAsString(), removed.SerializeAsString());
  ASSERT_EQ(Set("clinics/moncton", late), "") << last_;
  EXPECT_EQ(set_.affected_count(), 0);
  ASSERT_EQ(Set("practitioners/ana", Day(7, "kind: KIND_CLOSED " + At("moncton"))), "") << last_;
  ASSERT_EQ(set_.affected_bookings_size(), 1);
  EXPECT_EQ(set_.affected_bookings(0), "organizations/calm/bookings/b1");
}

TEST_P(CatalogDatesTest, NoHoursAtAllIsClosed) {
  for (const char* rest :
       {"kind: KIND_OTHER_HOURS", "kind: KIND_OTHER_HOURS ranges { }", "kind: KIND_CLOSED"}) {
    ASSERT_EQ(Set("practitioners/ana", Day(7, absl::StrCat(rest, " ", At("moncton")))), "")
        << last_;
    EXPECT_EQ(set_.date_override().kind(), pb::DateOverride::KIND_CLOSED);
    EXPECT_EQ(set_.date_override().ranges_size(), 0);
  }
  EXPECT_EQ(List("practitioners/ana").date_overrides_size(), 1);
}

TEST_P(CatalogDatesTest, APractitionerIsNotAtTwoClinicsAtOnce) {
  pb::SetWorkingHoursRequest hours;
  hours.set_practitioner("organizations/calm/practitioners/ana");
  Add(hours, "toronto", 540, 1020);
  pb::SetWorkingHoursResponse hours_set;
  ASSERT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &hours_set), "");
  const std::string morning = Day(
      7, "kind: KIND_EXTRA_HOURS ranges { start_minute: 600 end_minute: 720 } " + At("moncton"));
  EXPECT_EQ(Set("practitioners/ana", morning), "HOURS_OVERLAP");
  EXPECT_EQ(FieldsOf(last_).count("date_override"), 1u) << last_;
  ASSERT_EQ(Set("practitioners/ana", Day(7, "kind: KIND_CLOSED " + At("toronto"))), "");
  ASSERT_EQ(Set("practitioners/ana", morning), "") << last_;
  EXPECT_EQ(Remove("practitioners/ana", 7, "toronto"), "HOURS_OVERLAP");
  // Nor by new weekly hours.
  hours.mutable_working_hours(0)->mutable_range()->set_end_minute(600);
  Add(hours, "edmonton", 540, 1020);
  ASSERT_EQ(CreateClinic("edmonton", "America/Edmonton"), "");
  hours.mutable_working_hours(1)->mutable_range()->set_start_minute(480);
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &hours_set), "HOURS_OVERLAP");
  hours.mutable_working_hours()->RemoveLast();
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &hours_set), "") << last_;
  EXPECT_EQ(Remove("practitioners/ana", 7, "moncton"), "");
  EXPECT_EQ(Remove("practitioners/ana", 7, "toronto"), "");
}

TEST_P(CatalogDatesTest, RefusesByReason) {
  EXPECT_EQ(Set("practitioners/ana", Day(7, "kind: KIND_CLOSED")), "REFERENCE_UNKNOWN");
  EXPECT_EQ(Set("practitioners/ana", Day(7, "kind: KIND_CLOSED " + At("paris"))),
            "REFERENCE_UNKNOWN");
  EXPECT_EQ(Set("practitioners/nobody", Day(7, "kind: KIND_CLOSED " + At("moncton"))), "NOT_FOUND");
  EXPECT_EQ(Set("clinics/paris", Day(7, "kind: KIND_CLOSED")), "NOT_FOUND");
  EXPECT_EQ(Set("offerings/cst", Day(7, "kind: KIND_CLOSED")), "INVALID_FIELD");
  EXPECT_EQ(Set("clinics/moncton", Day(31, "kind: KIND_CLOSED")), "INVALID_FIELD");
  EXPECT_EQ(Set("clinics/moncton", "kind: KIND_CLOSED"), "INVALID_FIELD");
  EXPECT_EQ(Set("clinics/moncton", Day(7, "")), "INVALID_FIELD");
  EXPECT_EQ(Set("clinics/moncton", Day(7, "kind: KIND_CLOSED"), "partner"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Set("clinics/moncton", Day(7, "kind: KIND_CLOSED"), "stranger"), "NOT_FOUND");
  EXPECT_EQ(List("clinics/moncton").date_overrides_size(), 0);
}

TEST_P(CatalogDatesTest, HoursOfSomeWeeksComeBackAsTheyWere) {
  auto hours = Read<pb::SetWorkingHoursRequest>(R"(
    practitioner: 'organizations/calm/practitioners/ana'
    working_hours {
      clinic: 'organizations/calm/clinics/moncton'
      range { day_of_week: DAY_OF_WEEK_MONDAY start_minute: 540 end_minute: 720 every_weeks: 2
              anchor_date { year: 2027 month: 6 day: 7 } }
      valid_from { year: 2027 month: 1 day: 1 }
    }
    working_hours {
      clinic: 'organizations/calm/clinics/toronto'
      range { day_of_week: DAY_OF_WEEK_SATURDAY start_minute: 540 end_minute: 720
              week_of_month: WEEK_OF_MONTH_LAST }
    })");
  pb::SetWorkingHoursResponse set;
  ASSERT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &set), "") << last_;
  ASSERT_EQ(set.practitioner().working_hours_size(), 2);
  for (int i : {0, 1}) {
    EXPECT_EQ(set.practitioner().working_hours(i).SerializeAsString(),
              hours.working_hours(i).SerializeAsString());
  }
  type::WeeklyRange* range = hours.mutable_working_hours(0)->mutable_range();
  *range->mutable_valid_from() = hours.working_hours(0).valid_from();
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &set), "INVALID_FIELD");
  range->clear_valid_from();
  range->clear_anchor_date();
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &set), "INVALID_FIELD");
  EXPECT_EQ(FieldsOf(last_).count("working_hours[0].range.anchor_date"), 1u) << last_;

  auto opening = Read<pb::SetOpeningHoursRequest>(R"(
    clinic: 'organizations/calm/clinics/moncton'
    opening_hours { day_of_week: DAY_OF_WEEK_MONDAY start_minute: 540 end_minute: 720
                    week_of_month: WEEK_OF_MONTH_FIRST
                    valid_from { year: 2027 month: 5 day: 1 }
                    valid_until { year: 2027 month: 9 day: 30 } }
    opening_hours { day_of_week: DAY_OF_WEEK_MONDAY start_minute: 540 end_minute: 1020
                    week_of_month: WEEK_OF_MONTH_SECOND })");
  pb::SetOpeningHoursResponse opened;
  ASSERT_EQ(Call("owner", &Stub::SetOpeningHours, opening, &opened), "") << last_;
  for (int i : {0, 1}) {
    EXPECT_EQ(opened.clinic().opening_hours(i).SerializeAsString(),
              opening.opening_hours(i).SerializeAsString());
  }
}

TEST_P(CatalogDatesTest, AClinicKeepsTheHolidaysOfItsRegion) {
  const auto list = [&](const std::string& rest, const std::string& caller = "partner") {
    const auto request = Read<pb::ListHolidaysRequest>(At("moncton") + rest);
    pb::ListHolidaysResponse response;
    EXPECT_EQ(Call(caller, &Stub::ListHolidays, request, &response), "") << last_;
    return response;
  };
  EXPECT_EQ(list("").ByteSizeLong(), 0u);  // No region yet.

  auto update = Read<pb::UpdateClinicRequest>(
      "clinic { name: 'organizations/calm/clinics/moncton' holiday_region: 'NB' }"
      "update_mask { paths: 'holiday_region' }");
  pb::UpdateClinicResponse updated;
  EXPECT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "HOLIDAY_REGION_UNKNOWN");
  EXPECT_EQ(FieldsOf(last_).count("clinic.holiday_region"), 1u) << last_;
  update.mutable_clinic()->set_holiday_region("CA-NB");
  ASSERT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "") << last_;
  EXPECT_EQ(updated.clinic().holiday_region(), "CA-NB");
  EXPECT_EQ(updated.clinic().time_zone(), "America/Moncton");

  const auto all = list("");
  EXPECT_EQ(all.holidays_size(), 3 * 8);
  EXPECT_EQ(all.region(), "CA-NB");
  EXPECT_EQ(all.region_display_name(), "New Brunswick");
  EXPECT_EQ(all.known_from().year(), 2026);
  EXPECT_EQ(all.known_until().year(), 2028);
  const auto one = list(
      "first_date { year: 2027 month: 3 day: 26 } "
      "last_date { year: 2027 month: 6 day: 30 }");
  ASSERT_EQ(one.holidays_size(), 1);
  EXPECT_EQ(one.holidays(0).display_name(), "Good Friday");
  EXPECT_EQ(one.holidays(0).date().day(), 26);
  EXPECT_FALSE(one.holidays(0).source().empty());

  pb::ListHolidaysResponse response;
  const auto reason = [&](const std::string& request, const std::string& caller) {
    return Call(caller, &Stub::ListHolidays, Read<pb::ListHolidaysRequest>(request), &response);
  };
  EXPECT_EQ(reason(At("moncton") + "first_date { year: 2027 month: 3 day: 26 } "
                                   "last_date { year: 2027 month: 3 day: 25 }",
                   "owner"),
            "RANGE_REVERSED");
  EXPECT_EQ(reason(At("paris"), "owner"), "NOT_FOUND");
  EXPECT_EQ(reason(At("moncton"), "stranger"), "NOT_FOUND");
  EXPECT_EQ(response.holidays_size(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogDatesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& test) { return testing::EngineName(test.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
