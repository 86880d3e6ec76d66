#include "services/booking/domain/travel.h"

#include <gtest/gtest.h>

#include "common/error/error.h"

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

}  // namespace
}  // namespace stillpoint::booking::domain
