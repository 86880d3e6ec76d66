// Breaks that searching, booking and explaining keep, on both engines. The clinic of the ledger's
// tests is open 09:00-17:00, local time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/app/search_slots.h"

namespace stillpoint::booking::app {
namespace {

using ::testing::ElementsAre;

using domain::PolicyRule;

// Half an hour between 12:00 and 14:00.
constexpr domain::MealBreak kLunch{
    .minutes = 30, .from_minute = 12 * 60, .until_minute = 14 * 60, .shift_minutes = 0};

class MealBreakTest : public LedgerTest {
 protected:
  MealBreakTest() { Keep(kLunch); }

  template <typename Change>
  void ChangeCatalogue(Change change) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    change(changed);
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
  void Keep(const domain::MealBreak& rule, domain::DayLimits limits = {}) {
    ChangeCatalogue([&](domain::Catalogue& catalogue) {
      catalogue.policies[""] = {{.practitioner = limits, .meal_break = rule}};
    });
  }
  static domain::SlotRequest Visit(absl::Time start, int minutes, std::string who = "p1",
                                   std::string room = "") {
    domain::SlotRequest slot = Slot(start, std::move(who), std::move(room));
    slot.minutes = minutes;
    return slot;
  }
  // The starts that a search for `minutes` with p1 offers from 11:00 to 15:00, local time.
  std::string Offered(int minutes, const std::string& offering = "massage") {
    domain::SlotQuery query;
    query.offering = offering;
    query.length_minutes = minutes;
    query.practitioners = {"p1"};
    query.begin = domain::TickFloor(At(11));
    query.end = domain::TickFloor(At(15));
    const auto found = search_.Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(10)));
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok()) return "";
    std::vector<std::string> starts;
    for (const domain::FreeSlot& slot : domain::ListSlots(found->plan, std::nullopt, 1000)) {
      starts.push_back(absl::FormatTime("%H:%M", domain::TimeOf(slot.start), slot.clinic->zone));
    }
    return absl::StrJoin(starts, " ");
  }

  Metrics metrics_;
  adapters::CachedFacts facts_{*database_, nullptr, crypto::Key::Random(), metrics_, {}, nullptr};
  SearchSlots search_{*database_, catalogues_, facts_, ledger_, clock_};
};

TEST_P(MealBreakTest, TheLastOfferLeavesIt) {
  // 90 minutes fit at both ends of the window and not in its middle.
  EXPECT_EQ(Offered(90),
            "11:00 11:15 11:30 11:45 12:00 12:30 12:45 13:00 13:15 13:30 13:45 14:00"
            " 14:15 14:30 14:45");
  ASSERT_EQ(Book(Visit(At(12), 60)), "DONE");
  // Of 13:00 to 14:00 one half stays.
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 13:00 13:30 13:45 14:00 14:15 14:30 14:45");
  EXPECT_EQ(Book(Visit(At(13, 15), 30)), "PRACTITIONER_BREAK");
  ASSERT_EQ(Book(Visit(At(13), 30)), "DONE");
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 14:00 14:15 14:30 14:45");
  EXPECT_EQ(Book(Visit(At(13, 30), 30)), "PRACTITIONER_BREAK");
  EXPECT_EQ(Book(Visit(At(13, 55), 30)), "PRACTITIONER_BREAK");
  EXPECT_EQ(Book(Visit(At(14), 30)), "DONE");
  // Another practitioner, another day; and for anybody whoever keeps theirs.
  EXPECT_EQ(Book(Visit(At(13, 30), 30, "p2")), "DONE");
  EXPECT_EQ(Book(Visit(At(13, 30) + absl::Hours(24), 30)), "DONE");
  EXPECT_EQ(Get(IdOf(Create(Visit(At(12), 90, "")))).practitioner, "p3");
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(MealBreakTest, BuffersAndHoldsTakeItAndWhatRanOutDoesNot) {
  domain::SlotRequest buffered = Slot(At(12, 15));
  buffered.offering = "buffered";
  const auto held = Hold(buffered);  // Takes 12:00 to 13:30.
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(Book(Visit(At(13, 30), 30)), "PRACTITIONER_BREAK");
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 14:00 14:15 14:30 14:45");
  clock_.Advance(domain::kHoldDefault);
  EXPECT_EQ(Offered(60, "buffered"),
            "11:00 11:15 11:30 11:45 12:00 12:15 12:45 13:00 13:15 13:30"
            " 13:45 14:00 14:15 14:30 14:45");
  EXPECT_EQ(Book(Visit(At(13, 30), 30)), "DONE");
}

// Where the longer of two buffers is enough, the one before a visit is not a part of its claim, and
// still no time for a meal.
TEST_P(MealBreakTest, NobodyEatsInTheBufferBeforeAVisit) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.policies[""].front().buffers = domain::BufferPolicy::kMax;
  });
  domain::SlotRequest buffered = Slot(At(13));
  buffered.offering = "buffered";
  ASSERT_EQ(Book(buffered), "DONE");  // From 12:45 on.
  // 12:30 to 13:00 would be half an hour.
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 11:45 14:15 14:30 14:45");
  EXPECT_EQ(Book(Visit(At(12), 30)), "PRACTITIONER_BREAK");
  EXPECT_EQ(Book(Visit(At(11, 45), 30)), "DONE");
  // The same the other way round: the buffer is that of who comes.
  ASSERT_EQ(Book(Visit(At(12), 30, "p2")), "DONE");
  buffered.practitioner = "p2";
  buffered.room = "r2";
  EXPECT_EQ(Book(buffered), "PRACTITIONER_BREAK");
  buffered.start = At(13, 15);
  EXPECT_EQ(Book(buffered), "DONE");
}

TEST_P(MealBreakTest, TwoHalvesAreNoBreak) {
  Keep({.minutes = 60, .from_minute = 12 * 60, .until_minute = 14 * 60});
  ASSERT_EQ(Book(Visit(At(12, 15), 30)), "DONE");
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 11:45 13:45 14:00 14:15 14:30 14:45");
}

TEST_P(MealBreakTest, WhoIsNotAtWorkHasOne) {
  // p1 leaves at 13:00, or is off from then on; p2 works only four hours.
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    for (auto& hours : catalogue.practitioners["p1"].hours) hours.week.end_minute = 13 * 60;
    catalogue.practitioners["p2"].time_off = {
        {.id = "t", .start = At(13), .end = At(17), .reason = {}}};
  });
  EXPECT_EQ(Book(Visit(At(12), 60)), "DONE");
  EXPECT_EQ(Book(Visit(At(12), 60, "p2")), "DONE");
  Keep({.minutes = 30, .from_minute = 9 * 60, .until_minute = 13 * 60, .shift_minutes = 4 * 60});
  EXPECT_EQ(Book(Visit(At(9), 90)), "DONE");
  EXPECT_EQ(Book(Visit(At(10, 30), 90)), "DONE");
  EXPECT_EQ(Book(Visit(At(9), 90, "p3")), "DONE");
  EXPECT_EQ(Book(Visit(At(10, 30), 90, "p3")), "DONE");
  EXPECT_EQ(Book(Visit(At(12), 60, "p3")), "PRACTITIONER_BREAK");
}

TEST_P(MealBreakTest, WhatIsBookedElsewhereCounts) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    domain::Clinic other = catalogue.clinics["c"];
    other.id = "d";
    catalogue.clinics["d"] = other;
    domain::Room room = catalogue.rooms.begin()->second;
    room.clinic = "d";
    catalogue.rooms[room.resource()] = room;
    // In the morning there, from noon on here.
    for (auto& hours : catalogue.practitioners["p1"].hours) hours.week.start_minute = 13 * 60;
    for (const auto& hours : std::vector(catalogue.practitioners["p1"].hours)) {
      domain::WorkingHours morning = hours;
      morning.clinic = "d";
      morning.week.start_minute = 9 * 60;
      morning.week.end_minute = 13 * 60;
      catalogue.practitioners["p1"].hours.push_back(morning);
    }
  });
  domain::SlotRequest there = Visit(At(12), 60);
  there.clinic = "d";
  ASSERT_EQ(Book(there), "DONE");
  EXPECT_EQ(Book(Visit(At(13), 60)), "PRACTITIONER_BREAK");
  EXPECT_EQ(Book(Visit(At(13), 30)), "DONE");
}

TEST_P(MealBreakTest, StaffSetItAsideAndThenNothingOfItIsGivenAway) {
  domain::SlotRequest slot = Visit(At(12), 90);
  ASSERT_EQ(Book(slot), "DONE");
  slot = Visit(At(13, 30), 30);
  slot.override_of = {{PolicyRule::kPractitionerDay}, domain::OverrideReason::kUrgent, "desk"};
  EXPECT_EQ(ReasonOf(Create(slot).status()), "PRACTITIONER_BREAK");
  slot.override_of.rules.insert({PolicyRule::kMealBreak, PolicyRule::kNotice});
  slot.minutes = 30;
  slot.start = At(13, 35);
  const std::string id = IdOf(Create(slot));
  EXPECT_EQ(Get(id).override_of.rules, domain::PolicyRules{PolicyRule::kMealBreak});
  // 13:30 to 13:35 cannot be booked anyway; nor can what would begin within the window.
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 14:15 14:30 14:45");
  // Moving within it is no worse, and out of it brings it back.
  EXPECT_EQ(ReasonOf(Reschedule(id, Visit(At(13, 40), 30)).status()), "PRACTITIONER_BREAK");
  ASSERT_TRUE(Reschedule(id, Visit(At(15), 30)).ok());
  EXPECT_EQ(Get(id).override_of, domain::PolicyOverride());
  EXPECT_EQ(Offered(30), "11:00 11:15 11:30 14:00 14:15 14:30");
}

TEST_P(MealBreakTest, OfSeveralRulesTheOnesBrokenAreKept) {
  Keep(kLunch, {.visits = 1});
  ASSERT_EQ(Book(Visit(At(12), 90)), "DONE");
  EXPECT_EQ(Book(Visit(At(13, 30), 30)), "PRACTITIONER_DAY_FULL");
  domain::SlotRequest slot = Visit(At(15), 30);
  slot.override_of = {{PolicyRule::kPractitionerDay, PolicyRule::kMealBreak},
                      domain::OverrideReason::kUrgent,
                      "desk"};
  EXPECT_EQ(Get(IdOf(Create(slot))).override_of.rules,
            domain::PolicyRules{PolicyRule::kPractitionerDay});
  slot.start = At(13, 30);
  EXPECT_EQ(Get(IdOf(Create(slot))).override_of.rules,
            (domain::PolicyRules{PolicyRule::kPractitionerDay, PolicyRule::kMealBreak}));
}

TEST_P(MealBreakTest, AVisitDoesNotStandInItsOwnWay) {
  const std::string id = IdOf(Create(Visit(At(12), 90)));
  EXPECT_TRUE(Reschedule(id, Visit(At(12, 30), 90)).ok());
  EXPECT_EQ(ReasonOf(Reschedule(id, Visit(At(12, 15), 90)).status()), "PRACTITIONER_BREAK");
}

TEST_P(MealBreakTest, OfTwoWhoRaceForTheLastGapOneIsRefused) {
  for (int day = 0; day < 5; ++day) {
    const absl::Duration later = day * absl::Hours(24);
    ASSERT_EQ(Book(Visit(At(12, 30) + later, 60)), "DONE");
    EXPECT_THAT(CreateAtOnce({Visit(At(12) + later, 30), Visit(At(13, 30) + later, 30)}),
                ElementsAre("DONE", "PRACTITIONER_BREAK"));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, MealBreakTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
