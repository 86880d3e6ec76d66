// What lies between two visits of one practitioner, by the sum of buffers or by the longer one, on
// both engines. The clinic of the ledger's tests is open 09:00-17:00, local time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/app/search_slots.h"

namespace stillpoint::booking::app {
namespace {

using ::testing::ElementsAre;

using domain::BufferPolicy;

// Visits of an hour by p1: `after` has a buffer of 15 minutes after it, `before` one of 10 before
// it, `both` 10 before and 15 after; each may start every five minutes.
class BuffersTest : public LedgerTest {
 protected:
  BuffersTest() {
    ChangeCatalogue([](domain::Catalogue& catalogue) {
      AddOffering("after", 0, 15, catalogue);
      AddOffering("before", 10, 0, catalogue);
      AddOffering("both", 10, 15, catalogue);
    });
  }

  static void AddOffering(const std::string& id, int before, int after,
                          domain::Catalogue& catalogue) {
    domain::Offering offering = catalogue.offerings["massage"];
    offering.id = id;
    offering.variants = {15, 60};
    offering.step_minutes = 5;
    offering.buffer_before_minutes = before;
    offering.buffer_after_minutes = after;
    catalogue.offerings[id] = offering;
  }
  template <typename Change>
  void ChangeCatalogue(Change change) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    change(changed);
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
    search_.emplace(*database_, catalogues_, facts_, ledger_, clock_);  // Knows of no older one.
  }
  // What counts from now on is one more version.
  void Keep(BufferPolicy buffers) {
    ChangeCatalogue([&](domain::Catalogue& catalogue) {
      domain::PolicyVersions& versions = catalogue.policies[""];
      versions.push_back({.version = static_cast<int64_t>(versions.size()) + 1,
                          .effective = clock_.TimeNow(),
                          .buffers = buffers});
    });
  }

  static domain::SlotRequest Visit(const std::string& offering, absl::Time start,
                                   const std::string& practitioner = "p1", int minutes = 60) {
    domain::SlotRequest slot = Slot(start, practitioner, "");
    slot.offering = offering;
    slot.minutes = minutes;
    return slot;
  }
  std::vector<std::string> Starts(const std::string& offering, absl::Time from, absl::Time until,
                                  const std::string& practitioner = "p1") {
    domain::SlotQuery query;
    query.offering = offering;
    query.length_minutes = 60;
    query.practitioners = {practitioner};
    query.begin = domain::TickFloor(from);
    query.end = domain::TickFloor(until);
    const auto found = search_->Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(10)));
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> starts;
    if (!found.ok()) return starts;
    for (const domain::FreeSlot& slot : domain::ListSlots(found->plan, std::nullopt, 1000)) {
      starts.push_back(absl::FormatTime("%H:%M", domain::TimeOf(slot.start), slot.clinic->zone));
    }
    return starts;
  }
  // The first start that a search offers at or after that time; the last one before it.
  std::string First(const std::string& offering, absl::Time from) {
    const std::vector<std::string> starts = Starts(offering, from, At(17));
    return starts.empty() ? "none" : starts.front();
  }
  std::string Last(const std::string& offering, absl::Time until) {
    const std::vector<std::string> starts = Starts(offering, At(0), until);
    return starts.empty() ? "none" : starts.back();
  }

  Metrics metrics_;
  adapters::CachedFacts facts_{*database_, nullptr, crypto::Key::Random(), metrics_, {}, nullptr};
  std::optional<SearchSlots> search_;
};

TEST_P(BuffersTest, Scenario19OfTheSumOrTheLongerOne) {
  ASSERT_EQ(Book(Visit("after", At(10))), "DONE");
  EXPECT_EQ(First("before", At(10)), "11:25");
  EXPECT_EQ(Book(Visit("before", At(11, 20))), "SLOT_TAKEN");
  Keep(BufferPolicy::kMax);
  EXPECT_EQ(First("before", At(10)), "11:15");
  EXPECT_EQ(Book(Visit("before", At(11, 10))), "SLOT_TAKEN");
  Keep(BufferPolicy::kSum);
  EXPECT_EQ(First("before", At(10)), "11:25");
  Keep(BufferPolicy::kMax);
  EXPECT_EQ(Book(Visit("before", At(11, 15))), "DONE");
  EXPECT_EQ(Get(last_).buffers, BufferPolicy::kMax);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(BuffersTest, TheLongerOneCountsInBothDirections) {
  Keep(BufferPolicy::kMax);
  ASSERT_EQ(Book(Visit("both", At(13))), "DONE");
  // Before it: the longer one is the new visit's own, or that of 10 minutes that was booked.
  EXPECT_EQ(Last("both", At(13)), "11:45");
  EXPECT_EQ(Last("before", At(13)), "11:50");
  EXPECT_EQ(Last("massage", At(13)), "11:45");  // Which starts every quarter of an hour.
  EXPECT_EQ(Book(Visit("both", At(11, 50))), "SLOT_TAKEN");
  EXPECT_EQ(Book(Visit("before", At(11, 55))), "SLOT_TAKEN");
  // After it.
  EXPECT_EQ(First("both", At(13)), "14:15");
  EXPECT_EQ(Book(Visit("both", At(14, 10))), "SLOT_TAKEN");
  EXPECT_EQ(Book(Visit("both", At(14, 15))), "DONE");
  EXPECT_EQ(Book(Visit("before", At(11, 50))), "DONE");
  EXPECT_EQ(Overlaps(), 0);
}

// A long buffer before may not reach back over the buffer after and into the visit itself.
TEST_P(BuffersTest, ALongLeadStopsAtTheVisit) {
  Keep(BufferPolicy::kMax);
  ChangeCatalogue([](domain::Catalogue& catalogue) { AddOffering("long", 40, 0, catalogue); });
  ASSERT_EQ(Book(Visit("after", At(10))), "DONE");
  EXPECT_EQ(First("long", At(10)), "11:40");
  EXPECT_EQ(Book(Visit("long", At(11, 35))), "SLOT_TAKEN");
  EXPECT_EQ(Book(Visit("long", At(11, 40))), "DONE");
  // Nor may another visit begin in it; one's buffer after may lie there.
  EXPECT_EQ(Book(Visit("after", At(11, 15), "p1", 15)), "SLOT_TAKEN");
  ASSERT_TRUE(Move(last_, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(Book(Visit("after", At(11, 15), "p1", 15)), "DONE");
}

TEST_P(BuffersTest, Scenario20BuffersOfTwoPeopleAreIndependent) {
  for (const BufferPolicy buffers : {BufferPolicy::kSum, BufferPolicy::kMax}) {
    Keep(buffers);
    const absl::Duration day =
        buffers == BufferPolicy::kSum ? absl::ZeroDuration() : absl::Hours(24);
    ChangeCatalogue([](domain::Catalogue& catalogue) {
      AddOffering("a", 30, 0, catalogue);
      AddOffering("b", 0, 30, catalogue);
      AddOffering("plain", 0, 0, catalogue);
      for (const char* id : {"a", "b"}) catalogue.offerings[id].step_minutes = 60;
      catalogue.offerings["plain"].variants = {15, 20};
      for (const char* id : {"p1", "p2"}) {
        for (auto& hours : catalogue.practitioners[id].hours) hours.week.end_minute = 15 * 60;
      }
    });
    ASSERT_EQ(Book(Visit("plain", At(11, 40) + day, "p1", 15)), "DONE");
    const std::vector<std::string> a = Starts("a", At(0) + day, At(24) + day, "p1");
    const std::vector<std::string> b = Starts("b", At(0) + day, At(24) + day, "p2");
    EXPECT_EQ(absl::StrJoin(a, " "), "10:00 13:00 14:00");
    EXPECT_EQ(absl::StrJoin(b, " "), "09:00 10:00 11:00 12:00 13:00");
    std::vector<std::string> together;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(together));
    EXPECT_EQ(absl::StrJoin(together, " "), "10:00 13:00");
  }
}

TEST_P(BuffersTest, Scenario21WhatWasBookedKeepsItsBuffersAndTheirPolicy) {
  Keep(BufferPolicy::kMax);
  ASSERT_EQ(Book(Visit("both", At(13))), "DONE");
  const std::string old = last_;
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    AddOffering("both", 60, 60, catalogue);
    AddOffering("after", 0, 30, catalogue);
  });
  Keep(BufferPolicy::kSum);
  EXPECT_EQ(Get(old).buffer_before, absl::Minutes(10));
  EXPECT_EQ(Get(old).buffer_after, absl::Minutes(15));
  EXPECT_EQ(Get(old).buffers, BufferPolicy::kMax);
  // Between it and the visit before it its own policy counts; after it that of the next one.
  EXPECT_EQ(Last("after", At(13)), "11:30");
  EXPECT_EQ(First("before", At(13)), "14:25");
  // A change of the room or a step of its life leaves it alone, another time does not.
  ASSERT_TRUE(Move(old, domain::BookingMove::kCheckIn).ok());
  EXPECT_EQ(Get(old).buffers, BufferPolicy::kMax);
  ASSERT_EQ(Book(Visit("before", At(15))), "DONE");
  Keep(BufferPolicy::kMax);
  ASSERT_TRUE(Reschedule(last_, Visit("before", At(14, 15))).ok());
  EXPECT_EQ(Get(last_).buffers, BufferPolicy::kMax);
  EXPECT_EQ(Overlaps(), 0);
}

// They do not overlap in what the schema forbids: the lock decides.
TEST_P(BuffersTest, OfTwoWhoRaceForOneLeadOneIsRefused) {
  Keep(BufferPolicy::kMax);
  for (int day = 0; day < 5; ++day) {
    std::vector<domain::SlotRequest> slots = {Visit("massage", At(10)), Visit("before", At(11, 5))};
    for (domain::SlotRequest& slot : slots) slot.start += day * absl::Hours(24);
    EXPECT_THAT(CreateAtOnce(slots), ElementsAre("DONE", "SLOT_TAKEN"));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, BuffersTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
