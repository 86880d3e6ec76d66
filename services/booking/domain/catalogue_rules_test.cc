#include "services/booking/domain/catalogue_rules.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/error/error.h"

namespace stillpoint::booking::domain {
namespace {

constexpr absl::Weekday kMon = absl::Weekday::monday;
constexpr absl::Weekday kFri = absl::Weekday::friday;
constexpr absl::Weekday kSat = absl::Weekday::saturday;
constexpr absl::Weekday kSun = absl::Weekday::sunday;
const absl::CivilDay kToday(2027, 3, 8);

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// Moncton is an hour ahead of Toronto all year; Phoenix has no daylight saving time, Denver has.
Catalogue FourClinics() {
  Catalogue catalogue;
  for (const auto& [id, zone] :
       {std::pair("moncton", "America/Moncton"), std::pair("toronto", "America/Toronto"),
        std::pair("denver", "America/Denver"), std::pair("phoenix", "America/Phoenix")}) {
    catalogue.clinics[id] = {.id = id, .zone_name = zone, .zone = Zone(zone)};
  }
  return catalogue;
}

struct HoursCase {
  const char* name;
  std::vector<WorkingHours> hours;
  const char* reason;  // "" for fine.
  const char* field;
};

class WorkingHoursTest : public testing::TestWithParam<HoursCase> {};

TEST_P(WorkingHoursTest, Judges) {
  const absl::Status status = CheckWorkingHours(GetParam().hours, FourClinics(), kToday, "hours");
  EXPECT_EQ(ReasonOf(status), GetParam().reason) << status;
  EXPECT_EQ(status.ok(), *GetParam().reason == 0);
  if (!status.ok()) {
    EXPECT_EQ(FieldsOf(status).count(GetParam().field), 1u) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Week, WorkingHoursTest,
    testing::ValuesIn(std::vector<HoursCase>{
        {"None", {}, "", ""},
        {"HalfOpen", {{"moncton", {kMon, 540, 720}}, {"moncton", {kMon, 720, 900}}}, "", ""},
        {"FiveMinutes",
         {{"moncton", {kMon, 540, 720}}, {"moncton", {kMon, 715, 900}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"SameTimeTwoClinicsOneZone",
         {{"moncton", {kMon, 540, 720}}, {"moncton", {kMon, 540, 720}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        // 12:00 in Moncton is 11:00 in Toronto.
        {"ZonesFollow", {{"moncton", {kMon, 540, 720}}, {"toronto", {kMon, 660, 1020}}}, "", ""},
        {"ZonesMeet",
         {{"moncton", {kMon, 540, 725}}, {"toronto", {kMon, 660, 1020}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        // In winter they share one time; from 14 March on Denver is an hour ahead of Phoenix.
        {"ZonesTouchInSummer",
         {{"phoenix", {kMon, 540, 720}}, {"denver", {kMon, 780, 900}}},
         "",
         ""},
        {"ZonesMeetAfterTheChange",
         {{"phoenix", {kMon, 540, 720}}, {"denver", {kMon, 720, 780}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"PastMidnightMeetsNextDay",
         {{"toronto", {kFri, 1320, 1560}}, {"toronto", {kSat, 60, 240}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"PastMidnightTouches",
         {{"toronto", {kFri, 1320, 1560}}, {"toronto", {kSat, 120, 240}}},
         "",
         ""},
        {"SundayNightMeetsMonday",
         {{"toronto", {kSun, 1320, 1500}}, {"toronto", {kMon, 0, 240}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"ValidityApart",
         {{"toronto", {kMon, 540, 720, {}, {}, absl::CivilDay(2027, 5, 3)}},
          {"toronto", {kMon, 540, 720, {}, absl::CivilDay(2027, 5, 4), {}}}},
         "",
         ""},
        {"ValidityShares",
         {{"toronto", {kMon, 540, 720, {}, {}, absl::CivilDay(2030, 5, 6)}},
          {"toronto", {kMon, 540, 720, {}, absl::CivilDay(2030, 5, 6), {}}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        // The last Sunday range reaches into the first Monday one.
        {"ValidityMeetsAtMidnight",
         {{"toronto", {kSun, 1320, 1500, {}, {}, absl::CivilDay(2027, 5, 2)}},
          {"toronto", {kMon, 0, 240, {}, absl::CivilDay(2027, 5, 3), {}}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"FortnightsAlternate",
         {{"toronto", {kMon, 540, 720, {2, absl::CivilDay(2027, 3, 8)}}},
          {"toronto", {kMon, 540, 720, {2, absl::CivilDay(2027, 3, 15)}}}},
         "",
         ""},
        {"FortnightsMeet",
         {{"toronto", {kMon, 540, 720, {2, absl::CivilDay(2027, 3, 8)}}},
          {"toronto", {kMon, 540, 720, {2, absl::CivilDay(2020, 3, 2)}}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        // Twelve weeks and thirteen meet once in three years.
        {"LongCountsMeet",
         {{"toronto", {kMon, 540, 720, {12, absl::CivilDay(2027, 3, 8)}}},
          {"toronto", {kMon, 540, 720, {13, absl::CivilDay(2027, 3, 15)}}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"FirstAndThird",
         {{"toronto", {kMon, 540, 720, {.of_month = 1}}},
          {"moncton", {kMon, 540, 720, {.of_month = 3}}}},
         "",
         ""},
        {"FourthIsSometimesTheLast",
         {{"toronto", {kMon, 540, 720, {.of_month = 4}}},
          {"moncton", {kMon, 600, 780, {.of_month = kLastOfMonth}}}},
         "HOURS_OVERLAP",
         "hours[1]"},
        {"CountTooLarge",
         {{"toronto", {kMon, 540, 720, {.every = 53}}}},
         "INVALID_FIELD",
         "hours[0].range.every_weeks"},
        {"CountNegative",
         {{"toronto", {kMon, 540, 720, {.every = -1}}}},
         "INVALID_FIELD",
         "hours[0].range.every_weeks"},
        {"TwoPatterns",
         {{"toronto", {kMon, 540, 720, {.every = 2, .of_month = 1}}}},
         "INVALID_FIELD",
         "hours[0].range.week_of_month"},
        {"WholeDay", {{"toronto", {kMon, 0, 1440}}}, "", ""},
        {"Reversed",
         {{"toronto", {kMon, 720, 720}}},
         "RANGE_REVERSED",
         "hours[0].range.end_minute"},
        {"OffGrid", {{"toronto", {kMon, 541, 720}}}, "OFF_GRID", "hours[0].range.start_minute"},
        {"EndOffGrid", {{"toronto", {kMon, 540, 722}}}, "OFF_GRID", "hours[0].range.end_minute"},
        {"StartsTomorrow",
         {{"toronto", {kMon, 1440, 1500}}},
         "INVALID_FIELD",
         "hours[0].range.start_minute"},
        {"Negative", {{"toronto", {kMon, -5, 60}}}, "INVALID_FIELD", "hours[0].range.start_minute"},
        {"TooLong", {{"toronto", {kMon, 60, 1505}}}, "INVALID_FIELD", "hours[0].range.end_minute"},
        {"ClinicUnknown", {{"paris", {kMon, 540, 720}}}, "REFERENCE_UNKNOWN", "hours[0].clinic"},
        {"ValidityReversed",
         {{"toronto",
           {kMon, 540, 720, {}, absl::CivilDay(2027, 5, 4), absl::CivilDay(2027, 5, 3)}}},
         "RANGE_REVERSED",
         "hours[0].valid_until"},
        {"TooMany", std::vector<WorkingHours>(101, {"toronto", {kMon, 540, 720}}), "INVALID_FIELD",
         "hours"},
    }),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OpeningHoursTest, MayNotOverlapAroundTheWeek) {
  EXPECT_TRUE(CheckOpeningHours({{kMon, 540, 1020}, {kMon, 1020, 1200}}, kToday, "hours").ok());
  EXPECT_EQ(ReasonOf(CheckOpeningHours({{kMon, 0, 60}, {kSun, 1380, 1445}}, kToday, "hours")),
            "HOURS_OVERLAP");
}

TEST(ClinicTest, KeepsTheHolidaysOfAKnownRegion) {
  Clinic clinic{.id = "c", .display_name = "Clinic"};
  EXPECT_TRUE(CheckClinic(clinic, kToday, "clinic").ok());
  clinic.holiday_region = "CA-NB";
  clinic.holidays = FindHolidayCalendar("CA-NB");
  EXPECT_TRUE(CheckClinic(clinic, kToday, "clinic").ok());
  clinic.holiday_region = "CA-XX";
  clinic.holidays = FindHolidayCalendar("CA-XX");
  const absl::Status status = CheckClinic(clinic, kToday, "clinic");
  EXPECT_EQ(ReasonOf(status), "HOLIDAY_REGION_UNKNOWN");
  EXPECT_EQ(FieldsOf(status).count("clinic.holiday_region"), 1u) << status;
}

TEST(OpeningHoursTest, MayTakeTurns) {
  const absl::CivilDay may(2027, 5, 1);
  EXPECT_TRUE(
      CheckOpeningHours({{kMon, 540, 1020, {}, {}, may - 1}, {kMon, 480, 1020, {}, may, {}}},
                        kToday, "hours")
          .ok());
  EXPECT_EQ(ReasonOf(CheckOpeningHours(
                {{kMon, 540, 1020, {}, {}, may + 2}, {kMon, 480, 1020, {}, may, {}}}, kToday, "h")),
            "HOURS_OVERLAP");
  EXPECT_EQ(ReasonOf(CheckOpeningHours({{kMon, 540, 720, {}, may, may - 1}}, kToday, "hours")),
            "RANGE_REVERSED");
}

TEST(OverrideTest, Judges) {
  const auto reason = [](OverrideKind kind, std::vector<DayRange> ranges) {
    return ReasonOf(CheckOverride({absl::CivilDay(2027, 6, 7), "c", kind, std::move(ranges)}, "d"));
  };
  EXPECT_EQ(reason(OverrideKind::kClosed, {}), "");
  EXPECT_EQ(reason(OverrideKind::kClosed, {{540, 600}}), "INVALID_FIELD");
  EXPECT_EQ(reason(OverrideKind::kExtraHours, {}), "INVALID_FIELD");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {}), "INVALID_FIELD");
  EXPECT_EQ(reason(OverrideKind::kUnspecified, {{540, 600}}), "INVALID_FIELD");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {{540, 600}, {600, 1500}}), "");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {{540, 600}, {595, 700}}), "HOURS_OVERLAP");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {{540, 540}}), "RANGE_REVERSED");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {{541, 600}}), "OFF_GRID");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, {{1440, 1500}}), "INVALID_FIELD");
  EXPECT_EQ(reason(OverrideKind::kOtherHours, std::vector<DayRange>(21, {540, 600})),
            "INVALID_FIELD");
}

TEST(OverrideTest, NobodyIsAtTwoClinicsAtOnce) {
  const Catalogue catalogue = FourClinics();
  Practitioner ana{.id = "ana", .hours = {{"toronto", {kMon, 540, 1020}}}};
  const absl::CivilDay monday(2027, 6, 7);
  const auto reason = [&] {
    return ReasonOf(CheckOverridesApart(ana, catalogue, kToday, "date_override"));
  };
  // Moncton is an hour ahead: 7-10 there is 6-9 in Toronto.
  ana.overrides = {{monday, "moncton", OverrideKind::kExtraHours, {{420, 600}}}};
  EXPECT_EQ(reason(), "");
  ana.overrides[0].ranges = {{420, 605}};
  EXPECT_EQ(reason(), "HOURS_OVERLAP");
  ana.overrides.push_back({monday, "toronto", OverrideKind::kClosed, {}});
  EXPECT_EQ(reason(), "");
  ana.overrides[1] = {monday, "toronto", OverrideKind::kExtraHours, {{480, 540}}};
  EXPECT_EQ(reason(), "HOURS_OVERLAP");
  ana.overrides.pop_back();
  ana.overrides[0].date = absl::CivilDay(2027, 3, 1);  // A Monday that is over.
  EXPECT_EQ(reason(), "");
}

Catalogue WithRoomAndPractitioner() {
  Catalogue catalogue = FourClinics();
  const Room room{
      .id = "r1", .clinic = "moncton", .display_name = "One", .kind = "quiet", .features = {"mat"}};
  catalogue.rooms[room.resource()] = room;
  catalogue.practitioners["ana"] = {
      .id = "ana", .display_name = "Ana", .credentials = {{.kind = "cst-1", .issuer = "UI"}}};
  return catalogue;
}

Offering GoodOffering() {
  return {.id = "cst",
          .display_name = "Craniosacral session",
          .modality = Modality::kCraniosacral,
          .variants = {60, 90},
          .buffer_before_minutes = 5,
          .buffer_after_minutes = 15,
          .step_minutes = 15,
          .credential_kind = "cst-1",
          .room_kind = "quiet",
          .room_features = {"mat"},
          .notice_minutes = 120,
          .horizon_days = 90,
          .price_cents = 12000,
          .currency = "CAD",
          .clinics = {"moncton"}};
}

struct OfferingCase {
  const char* name;
  std::function<void(Offering&)> spoil;
  const char* reason;
  const char* field;
};

class OfferingTest : public testing::TestWithParam<OfferingCase> {};

TEST_P(OfferingTest, Judges) {
  Offering offering = GoodOffering();
  GetParam().spoil(offering);
  const absl::Status status = CheckOffering(offering, WithRoomAndPractitioner(), "offering");
  EXPECT_EQ(ReasonOf(status), GetParam().reason) << status;
  if (*GetParam().reason != 0) {
    EXPECT_EQ(FieldsOf(status).count(GetParam().field), 1u) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(Fields, OfferingTest,
                         testing::ValuesIn(std::vector<OfferingCase>{
                             {"Good", [](Offering&) {}, "", ""},
                             {"Everywhere", [](Offering& o) { o.clinics.clear(); }, "", ""},
                             {"NoName", [](Offering& o) { o.display_name = ""; }, "INVALID_FIELD",
                              "offering.display_name"},
                             {"ControlCharacter", [](Offering& o) { o.display_name = "a\nb"; },
                              "INVALID_FIELD", "offering.display_name"},
                             {"NoVariant", [](Offering& o) { o.variants.clear(); }, "INVALID_FIELD",
                              "offering.duration_minutes"},
                             {"ShortVariant", [](Offering& o) { o.variants = {0}; },
                              "INVALID_FIELD", "offering.duration_minutes"},
                             {"LongVariant", [](Offering& o) { o.variants = {485}; },
                              "INVALID_FIELD", "offering.duration_minutes"},
                             {"VariantOffGrid", [](Offering& o) { o.variants = {62}; }, "OFF_GRID",
                              "offering.duration_minutes"},
                             {"BufferTooLong", [](Offering& o) { o.buffer_after_minutes = 245; },
                              "INVALID_FIELD", "offering.buffer_after_minutes"},
                             {"BufferNegative", [](Offering& o) { o.buffer_before_minutes = -5; },
                              "INVALID_FIELD", "offering.buffer_before_minutes"},
                             {"NoStep", [](Offering& o) { o.step_minutes = 0; }, "INVALID_FIELD",
                              "offering.step_minutes"},
                             {"NoModality",
                              [](Offering& o) { o.modality = Modality::kUnspecified; },
                              "INVALID_FIELD", "offering.modality"},
                             {"NoHorizon", [](Offering& o) { o.horizon_days = 0; }, "INVALID_FIELD",
                              "offering.horizon_days"},
                             {"BadCurrency", [](Offering& o) { o.currency = "cad"; },
                              "INVALID_FIELD", "offering.price.currency_code"},
                             {"UnknownClinic", [](Offering& o) { o.clinics = {"paris"}; },
                              "REFERENCE_UNKNOWN", "offering.clinics"},
                             {"UnknownCredential", [](Offering& o) { o.credential_kind = "rmt"; },
                              "REFERENCE_UNKNOWN", "offering.credential_kind"},
                             {"UnknownRoomKind", [](Offering& o) { o.room_kind = "double"; },
                              "REFERENCE_UNKNOWN", "offering.room_kind"},
                             {"KindOnlyElsewhere", [](Offering& o) { o.clinics = {"toronto"}; },
                              "REFERENCE_UNKNOWN", "offering.room_kind"},
                             {"UnknownFeature",
                              [](Offering& o) {
                                o.room_features = {"mat", "pool"};
                              },
                              "REFERENCE_UNKNOWN", "offering.room_features"},
                         }),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(PractitionerTest, CredentialsMustNotEndBeforeTheyBegin) {
  Practitioner ana{.id = "ana", .display_name = "Ana", .languages = {"en", "fr-CA"}};
  ana.credentials = {{.kind = "cst-1",
                      .issuer = "UI",
                      .valid_from = absl::CivilDay(2027, 1, 1),
                      .valid_until = absl::CivilDay(2027, 1, 1)}};
  EXPECT_TRUE(CheckPractitioner(ana, "p").ok());
  ana.credentials[0].valid_until = absl::CivilDay(2026, 12, 31);
  EXPECT_EQ(ReasonOf(CheckPractitioner(ana, "p")), "RANGE_REVERSED");
  ana.credentials.clear();
  ana.languages = {"English, French"};
  EXPECT_EQ(ReasonOf(CheckPractitioner(ana, "p")), "INVALID_FIELD");
}

TEST(PractitionerTest, CredentialHoldsOnItsFirstAndLastDay) {
  const Practitioner ana{.credentials = {{.kind = "cst-1",
                                          .valid_from = absl::CivilDay(2027, 1, 1),
                                          .valid_until = absl::CivilDay(2027, 5, 31)}}};
  EXPECT_FALSE(ana.HasCredential("cst-1", absl::CivilDay(2026, 12, 31)));
  EXPECT_TRUE(ana.HasCredential("cst-1", absl::CivilDay(2027, 1, 1)));
  EXPECT_TRUE(ana.HasCredential("cst-1", absl::CivilDay(2027, 5, 31)));
  EXPECT_FALSE(ana.HasCredential("cst-1", absl::CivilDay(2027, 6, 1)));
  EXPECT_TRUE(ana.HasCredential("", absl::CivilDay(2027, 6, 1)));
  EXPECT_FALSE(ana.HasCredential("rmt", absl::CivilDay(2027, 1, 1)));
}

TEST(TimeOffTest, IsOnTheGridAndForward) {
  const absl::Time nine = absl::FromUnixSeconds(1804500000);  // A whole hour.
  const auto reason = [&](absl::Duration start, absl::Duration end) {
    return ReasonOf(CheckTimeOff({.start = nine + start, .end = nine + end}, "time_off"));
  };
  EXPECT_EQ(reason(absl::ZeroDuration(), absl::Minutes(5)), "");
  EXPECT_EQ(reason(absl::ZeroDuration(), absl::ZeroDuration()), "RANGE_REVERSED");
  EXPECT_EQ(reason(absl::Minutes(5), absl::ZeroDuration()), "RANGE_REVERSED");
  EXPECT_EQ(reason(absl::Minutes(1), absl::Minutes(5)), "OFF_GRID");
  EXPECT_EQ(reason(absl::ZeroDuration(), absl::Milliseconds(1)), "OFF_GRID");
  EXPECT_EQ(reason(absl::ZeroDuration(), absl::Hours(24 * 366)), "");
  EXPECT_EQ(reason(absl::ZeroDuration(), absl::Hours(24 * 366) + absl::Minutes(5)),
            "INVALID_FIELD");
}

TEST(CatalogueTest, RoomsAtFindsOneClinicOnly) {
  Catalogue catalogue;
  for (const char* clinic : {"a", "ab", "a-b"}) {
    const Room room{.id = "r", .clinic = clinic};
    catalogue.rooms[room.resource()] = room;
  }
  ASSERT_EQ(catalogue.RoomsAt("a").size(), 1u);
  EXPECT_EQ(catalogue.RoomsAt("a")[0]->clinic, "a");
  EXPECT_NE(catalogue.FindRoom("ab", "r"), nullptr);
  EXPECT_EQ(catalogue.FindRoom("b", "r"), nullptr);
}

}  // namespace
}  // namespace stillpoint::booking::domain
