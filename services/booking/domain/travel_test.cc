#include "services/booking/domain/travel.h"

#include <gtest/gtest.h>

#include "common/error/error.h"
#include "services/booking/domain/claim.h"

namespace stillpoint::booking::domain {
namespace {

Catalogue ThreeClinics() {
  Catalogue catalogue;
  for (const char* id : {"a", "b", "c"}) catalogue.clinics[id].id = id;
  return catalogue;
}

std::string Refusal(std::vector<TravelTime> times) {
  const auto made = MakeTravelTimes(times, ThreeClinics(), "travel_times");
  return made.ok() ? "" : std::string(ReasonOf(made.status()));
}

TEST(Travel, AWayIsTheSameBothWays) {
  const auto made = MakeTravelTimes(std::vector<TravelTime>{{"c", "a", 30}, {"a", "b", 480}},
                                    ThreeClinics(), "travel_times");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(*made,
            (TravelTimes{{"a", {{"b", 480}, {"c", 30}}}, {"b", {{"a", 480}}}, {"c", {{"a", 30}}}}));
  const std::vector<TravelTime> listed = ListTravelTimes(*made);
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[1].clinic + listed[1].other, "ac");
  EXPECT_EQ(*MakeTravelTimes(listed, ThreeClinics(), ""), *made);
  EXPECT_EQ(WayTo(&made->at("b"), "a"), absl::Hours(8));
  EXPECT_EQ(WayTo(&made->at("b"), "c"), absl::ZeroDuration());
  EXPECT_EQ(WayTo(nullptr, "c"), absl::ZeroDuration());
  EXPECT_EQ(LongestWay(&made->at("a")), absl::Hours(8));
}

TEST(Travel, WhatCannotBeIsRefused) {
  EXPECT_EQ(Refusal({{"a", "b", 5}, {"a", "c", 10}, {"c", "b", 15}}), "");
  EXPECT_EQ(Refusal({{"a", "z", 5}}), "REFERENCE_UNKNOWN");
  EXPECT_EQ(Refusal({{"z", "a", 5}}), "REFERENCE_UNKNOWN");
  EXPECT_EQ(Refusal({{"a", "a", 5}}), "INVALID_FIELD");
  EXPECT_EQ(Refusal({{"a", "b", 0}}), "INVALID_FIELD");
  EXPECT_EQ(Refusal({{"a", "b", 485}}), "INVALID_FIELD");
  EXPECT_EQ(Refusal({{"a", "b", 7}}), "OFF_GRID");
  EXPECT_EQ(Refusal({{"a", "b", 5}, {"b", "a", 5}}), "INVALID_FIELD");
  EXPECT_EQ(Refusal(std::vector<TravelTime>(kTravelPairsMax + 1, {"a", "b", 5})), "INVALID_FIELD");
}

TEST(Travel, TheWayLiesBetweenTheBuffers) {
  const Tick day = 288 * 20'000;
  BusyMonth busy(MonthOf(day));
  const auto add = [&](Tick begin, const char* clinic) {
    busy.Add(TimeOf(day + begin - 1), TimeOf(day + begin + 14), std::nullopt, TimeOf(day + begin),
             TimeOf(day + begin + 12), clinic);
  };
  add(100, "b");
  add(200, "a");
  Bits free(day, day + 288);
  free.Set(day, day + 288);
  TakeTravel(busy, {{"b", 30}, {"c", 60}}, absl::InfinitePast(), free);
  EXPECT_EQ(free.NextClear(day), day + 100 - 1 - 6);
  EXPECT_EQ(free.NextSet(day + 100), day + 114 + 6);
  EXPECT_TRUE(free.AllSet(day + 120, day + 288));  // Here nothing is taken but by claims.
}

TEST(Travel, ALeadIsSpentAfterTheWay) {
  const Tick day = 288 * 20'000;
  BusyMonth busy(MonthOf(day));
  // An hour without a buffer after it, ten minutes of lead before.
  busy.Add(TimeOf(day + 100), TimeOf(day + 112), std::nullopt, TimeOf(day + 100), TimeOf(day + 112),
           "b", absl::Minutes(10));
  Bits for_visit(day, day + 288);
  for_visit.Set(day, day + 288);
  Bits for_lead = for_visit;
  const Ways ways = {{"b", 30}};
  TakeLeads(busy, &ways, absl::InfinitePast(), for_visit, for_lead);
  EXPECT_EQ(for_visit.NextClear(day), day + 100 - 2 - 6);
  EXPECT_TRUE(for_visit.AllSet(day + 100, day + 288));
  EXPECT_TRUE(for_lead.AllSet(day, day + 94));
  EXPECT_EQ(for_lead.NextSet(day + 100), day + 112 + 6);
}

// The claim of a visit of an hour from `start` minutes on.
Claim ClaimAt(int start, int before, int after, BufferPolicy buffers) {
  Booking booking;
  booking.state = BookingState::kConfirmed;
  booking.start = absl::UnixEpoch() + absl::Minutes(start);
  booking.end = booking.start + absl::Hours(1);
  booking.buffer_before = absl::Minutes(before);
  booking.buffer_after = absl::Minutes(after);
  booking.buffers = buffers;
  return ClaimsOf(booking).front();
}

// How long after a visit, with a buffer of 15 minutes after it, the next one may start soonest.
int Soonest(int before, BufferPolicy earlier, BufferPolicy later, int way) {
  const Claim first = ClaimAt(1000, 40, 15, earlier);
  for (int gap = 0; gap < 200; gap += 5) {
    const Claim next = ClaimAt(1060 + gap, before, 40, later);
    const bool clash = Clash(first, next, absl::Minutes(way));
    EXPECT_EQ(Clash(next, first, absl::Minutes(way)), clash);
    if (!clash) return gap;
  }
  return -1;
}

TEST(Travel, BetweenTwoVisitsThePolicyOfTheLaterOneCounts) {
  for (const BufferPolicy earlier : {BufferPolicy::kSum, BufferPolicy::kMax}) {
    EXPECT_EQ(Soonest(10, earlier, BufferPolicy::kSum, 0), 25);
    EXPECT_EQ(Soonest(10, earlier, BufferPolicy::kMax, 0), 15);
    EXPECT_EQ(Soonest(30, earlier, BufferPolicy::kSum, 0), 45);
    EXPECT_EQ(Soonest(30, earlier, BufferPolicy::kMax, 0), 30);
    EXPECT_EQ(Soonest(0, earlier, BufferPolicy::kMax, 0), 15);
    EXPECT_EQ(Soonest(10, earlier, BufferPolicy::kSum, 20), 45);
    EXPECT_EQ(Soonest(10, earlier, BufferPolicy::kMax, 20), 35);
    EXPECT_EQ(Soonest(30, earlier, BufferPolicy::kMax, 20), 50);
  }
}

}  // namespace
}  // namespace stillpoint::booking::domain
