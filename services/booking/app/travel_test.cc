// The way between clinics that searching, booking and explaining keep, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/app/search_slots.h"

namespace stillpoint::booking::app {
namespace {

using ::testing::ElementsAre;

// Monday, 7 June 2027: p1 is in Campbellton 9-12 (12-15Z) and from 11 on in Pointe-a-la-Croix
// (15-21Z), which is half an hour away, in the next zone.
class TravelTest : public LedgerTest {
 protected:
  TravelTest() {
    domain::Catalogue both = SmallClinic();
    AddClinic("m", "America/Moncton", both);
    AddClinic("t", "America/Toronto", both);
    domain::Practitioner& who = both.practitioners["p1"];
    who.hours = {{.clinic = "m", .week = {absl::Weekday::monday, 9 * 60, 12 * 60}},
                 {.clinic = "t", .week = {absl::Weekday::monday, 11 * 60, 17 * 60}}};
    for (const char* id : {"massage", "buffered"}) {
      both.offerings[id].credential_kind = "";
      both.offerings[id].horizon_days = 200;
    }
    both.travel = {{"m", {{"t", 30}}}, {"t", {{"m", 30}}}};
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(both);
    search_.emplace(*database_, catalogues_, facts_, ledger_, clock_);
  }

  static void AddClinic(const std::string& id, const char* zone, domain::Catalogue& catalogue) {
    domain::Clinic clinic = catalogue.clinics["c"];
    clinic.id = id;
    clinic.zone_name = zone;
    EXPECT_TRUE(absl::LoadTimeZone(zone, &clinic.zone));
    catalogue.clinics[id] = clinic;
    for (domain::Room room : {catalogue.rooms["clinics/c/rooms/r1"]}) {
      room.clinic = id;
      catalogue.rooms[room.resource()] = room;
    }
  }

  template <typename Change>
  void ChangeCatalogue(Change change) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    change(changed);
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
    search_.emplace(*database_, catalogues_, facts_, ledger_, clock_);  // Knows of no older one.
  }

  static absl::Time Utc(int hour, int minute = 0) {
    return absl::FromCivil(absl::CivilMinute(2027, 6, 7, hour, minute), absl::UTCTimeZone());
  }
  static domain::SlotRequest Visit(const std::string& clinic, absl::Time start,
                                   const std::string& offering = "massage",
                                   const std::string& practitioner = "p1") {
    return {.clinic = clinic,
            .offering = offering,
            .minutes = 60,
            .practitioner = practitioner,
            .start = start};
  }

  // The first and the last start that a search for an hour with p1 offers there, and their number.
  std::string Offered(const std::string& clinic, const std::string& offering = "massage",
                      const std::string& own = "") {
    domain::SlotQuery query;
    query.offering = offering;
    query.length_minutes = 60;
    query.clinics = {clinic};
    query.practitioners = {"p1"};
    query.own_booking = own;
    query.begin = domain::TickFloor(Utc(0));
    query.end = query.begin + 288;
    const auto found = search_->Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(10)));
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok()) return "";
    const auto slots = domain::ListSlots(found->plan, std::nullopt, 1000);
    if (slots.empty()) return "none";
    const auto text = [](domain::Tick tick) {
      return absl::FormatTime("%H:%M", domain::TimeOf(tick), absl::UTCTimeZone());
    };
    return absl::StrCat(text(slots.front().start), "..", text(slots.back().start), " ",
                        slots.size());
  }

  Metrics metrics_;
  adapters::CachedFacts facts_{*database_, nullptr, crypto::Key::Random(), metrics_, {}, nullptr};
  std::optional<SearchSlots> search_;
};

TEST_P(TravelTest, Scenario11TheFirstOfferInTheNextClinicIsHalfAnHourAfterTheVisit) {
  EXPECT_EQ(Offered("t"), "15:00..20:00 21");
  ASSERT_EQ(Book(Visit("m", Utc(14))), "DONE");
  const std::string morning = last_;
  EXPECT_EQ(Offered("t"), "15:30..20:00 19");
  EXPECT_EQ(Book(Visit("t", Utc(15))), "PRACTITIONER_TRAVELS");
  EXPECT_EQ(ReasonOf(Hold(Visit("t", Utc(15, 25))).status()), "PRACTITIONER_TRAVELS");
  EXPECT_EQ(Book(Visit("t", Utc(15, 30))), "DONE");
  // With the morning empty again, it may begin at once.
  ASSERT_TRUE(Move(last_, domain::BookingMove::kCancel).ok());
  ASSERT_TRUE(Move(morning, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(Offered("t"), "15:00..20:00 21");
  EXPECT_EQ(Book(Visit("t", Utc(15))), "DONE");
  // And the way lies before the visit as well as after it.
  EXPECT_EQ(Offered("m"), "12:00..13:30 7");
  EXPECT_EQ(Book(Visit("m", Utc(13, 45))), "PRACTITIONER_TRAVELS");
  EXPECT_EQ(Book(Visit("m", Utc(13, 30))), "DONE");
}

TEST_P(TravelTest, WithinOneClinicNothingChangesNorForOthers) {
  ASSERT_EQ(Book(Visit("t", Utc(16))), "DONE");
  EXPECT_EQ(Book(Visit("t", Utc(17))), "DONE");
  EXPECT_EQ(Book(Visit("t", Utc(15))), "DONE");
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.practitioners["p2"].hours = catalogue.practitioners["p1"].hours;
  });
  EXPECT_EQ(Book(Visit("m", Utc(14), "massage", "p2")), "DONE");
  // For anybody it falls to whoever is there.
  EXPECT_EQ(Book(Visit("m", Utc(12), "massage", "")), "DONE");
  EXPECT_EQ(Book(Visit("t", Utc(18), "massage", "")), "DONE");
}

TEST_P(TravelTest, BuffersAreSpentAtTheClinics) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.practitioners["p1"].hours[0].week.end_minute = 13 * 60;
    catalogue.practitioners["p1"].hours[1].week.start_minute = 12 * 60;
  });
  ASSERT_EQ(Book(Visit("m", Utc(14), "buffered")), "DONE");  // Until 15:15.
  // 15:15, the way, 15 minutes before the visit; and 16:00 is when the hours begin.
  EXPECT_EQ(Offered("t", "buffered"), "16:15..19:45 15");
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.travel = {{"m", {{"t", 60}}}, {"t", {{"m", 60}}}};
  });
  EXPECT_EQ(Offered("t", "buffered"), "16:30..19:45 14");
  EXPECT_EQ(Book(Visit("t", Utc(16, 25), "buffered")), "PRACTITIONER_TRAVELS");
  EXPECT_EQ(Book(Visit("t", Utc(16, 30), "buffered")), "DONE");
}

TEST_P(TravelTest, AHoldCountsWhileItLasts) {
  ASSERT_TRUE(Hold(Visit("m", Utc(14))).ok());
  EXPECT_EQ(Offered("t"), "15:30..20:00 19");
  EXPECT_EQ(Book(Visit("t", Utc(15))), "PRACTITIONER_TRAVELS");
  clock_.Advance(domain::kHoldDefault);
  EXPECT_EQ(Offered("t"), "15:00..20:00 21");
  EXPECT_EQ(Book(Visit("t", Utc(15))), "DONE");
}

TEST_P(TravelTest, AVisitThatMovesIsNotInItsOwnWay) {
  ASSERT_EQ(Book(Visit("m", Utc(14))), "DONE");
  EXPECT_EQ(Offered("t", "massage", last_), "15:00..20:00 21");
  ASSERT_TRUE(Reschedule(last_, Visit("t", Utc(15))).ok());
  EXPECT_EQ(Offered("m"), "12:00..13:30 7");
  const std::string moved = last_;
  ASSERT_EQ(Book(Visit("m", Utc(13))), "DONE");
  EXPECT_EQ(ReasonOf(Reschedule(last_, Visit("m", Utc(14))).status()), "PRACTITIONER_TRAVELS");
  EXPECT_TRUE(Reschedule(last_, Visit("m", Utc(13, 30))).ok());
  EXPECT_EQ(Get(moved).start, Utc(15));
}

TEST_P(TravelTest, TheExplanationNamesTheWay) {
  ASSERT_EQ(Book(Visit("m", Utc(14))), "DONE");
  const auto why =
      explain_.Run(Tenant("o"), Visit("t", Utc(15, 15)), "", Deadline::After(absl::Seconds(10)));
  ASSERT_TRUE(why.ok());
  ASSERT_EQ(why->explanation.practitioners.size(), 1u);
  const auto& obstacles = why->explanation.practitioners[0].obstacles;
  ASSERT_EQ(obstacles.size(), 1u);
  EXPECT_EQ(obstacles[0].code, domain::ObstacleCode::kTravel);
  EXPECT_EQ(obstacles[0].booking, last_);
  EXPECT_EQ(
      obstacles[0].text,
      "has booking " + last_ + " at clinic m from 10:00 to 11:00, and the way takes 30 minutes");
  EXPECT_EQ(obstacles[0].end, Utc(15));
}

TEST_P(TravelTest, ANewWayCountsForWhatIsBookedAfterIt) {
  ChangeCatalogue([](domain::Catalogue& catalogue) { catalogue.travel.clear(); });
  ASSERT_EQ(Book(Visit("m", Utc(14))), "DONE");
  EXPECT_EQ(Offered("t"), "15:00..20:00 21");
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.travel = {{"m", {{"t", 480}}}, {"t", {{"m", 480}}}};
  });
  EXPECT_EQ(Offered("t"), "none");
  EXPECT_EQ(Book(Visit("t", Utc(20))), "PRACTITIONER_TRAVELS");
}

// One at each clinic, an hour apart by the clock and too near by the way: the lock decides, since
// no constraint of the schema does.
TEST_P(TravelTest, OfTwoWhoRaceForBothEndsOfTheWayOneIsRefused) {
  for (int week = 0; week < 5; ++week) {
    std::vector<domain::SlotRequest> slots = {Visit("m", Utc(14)), Visit("t", Utc(15))};
    for (domain::SlotRequest& slot : slots) slot.start += week * absl::Hours(24 * 7);
    EXPECT_THAT(CreateAtOnce(slots), ElementsAre("DONE", "PRACTITIONER_TRAVELS"));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, TravelTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
