#include "services/booking/domain/fragmentation.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {
namespace {

using Texts = std::vector<std::string>;

const absl::Time kLongAgo = absl::FromCivil(absl::CivilDay(2027, 3, 1), absl::UTCTimeZone());

absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, 8, hour, minute), absl::UTCTimeZone());
}

// p and q work on Mondays from 09:00 to 13:00, all UTC; two rooms; `o` lasts 30 or 60 minutes, with
// 15 after it, and starts every 15.
Catalogue TwoPeople() {
  Catalogue catalogue;
  Clinic clinic;
  clinic.id = "c";
  clinic.zone_name = "UTC";
  clinic.zone = absl::UTCTimeZone();
  clinic.opening_hours.push_back({absl::Weekday::monday, 9 * 60, 13 * 60});
  catalogue.clinics["c"] = clinic;
  for (const char* id : {"r1", "r2"}) {
    Room room;
    room.id = id;
    room.clinic = "c";
    catalogue.rooms[room.resource()] = room;
  }
  for (const char* id : {"p", "q"}) {
    Practitioner who;
    who.id = id;
    WorkingHours hours;
    hours.clinic = "c";
    hours.week = clinic.opening_hours[0];
    who.hours.push_back(hours);
    catalogue.practitioners[id] = who;
  }
  Offering offering;
  offering.id = "o";
  offering.variants = {30, 60};
  offering.buffer_after_minutes = 15;
  offering.step_minutes = 15;
  offering.horizon_days = 365;
  catalogue.offerings["o"] = offering;
  return catalogue;
}

SlotQuery Query() {
  SlotQuery query;
  query.offering = "o";
  query.length_minutes = 60;
  query.begin = TickFloor(At(0));
  query.end = query.begin + 288;
  query.gaps = true;
  return query;
}

SlotPlan Found(const Catalogue& catalogue, const SlotQuery& query,
               const std::vector<TestClaim>& claims, absl::Time now = kLongAgo) {
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, claims, plan);
  FindSlots(query, now, plan);
  return plan;
}

bool None(const FreeSlot&) { return false; }

// "HH:MM before+after=unusable" of each.
Texts Words(const std::vector<RankedSlot>& ranked) {
  Texts words;
  for (const RankedSlot& each : ranked) {
    words.push_back(
        absl::StrCat(absl::FormatTime("%H:%M ", TimeOf(each.slot.start), absl::UTCTimeZone()),
                     each.gaps.before, "+", each.gaps.after, "=", each.gaps.unusable));
  }
  return words;
}

TEST(RankSlots, TheEdgesOfOpenTimeComeFirst) {
  const Catalogue catalogue = TwoPeople();
  SlotQuery query = Query();
  query.practitioners = {"p"};
  // 45 minutes are the shortest that can be used: 30 and its buffer.
  EXPECT_EQ(Words(RankSlots(Found(catalogue, query, {}), None, 100)),
            (Texts{"09:00 0+165=0", "11:45 165+0=0", "09:45 45+120=0", "10:00 60+105=0",
                   "10:15 75+90=0", "10:30 90+75=0", "10:45 105+60=0", "11:00 120+45=0",
                   "09:15 15+150=15", "11:30 150+15=15", "09:30 30+135=30", "11:15 135+30=30"}));
}

TEST(RankSlots, AGapBetweenTwoVisitsIsFilledWhole) {
  const Catalogue catalogue = TwoPeople();
  SlotQuery query = Query();
  query.practitioners = {"p"};
  // Free from 09:30 to 11:00.
  const std::vector<TestClaim> claims = {{"practitioners/p", At(9), At(9, 30)},
                                         {"practitioners/p", At(11), At(13)}};
  EXPECT_EQ(Words(RankSlots(Found(catalogue, query, claims), None, 100)),
            (Texts{"09:30 0+15=15", "09:45 15+0=15"}));
}

TEST(RankSlots, WhatTheNoticeHasTakenIsNoGap) {
  Catalogue catalogue = TwoPeople();
  catalogue.offerings["o"].notice_minutes = 60;
  SlotQuery query = Query();
  query.practitioners = {"p"};
  const auto ranked = RankSlots(Found(catalogue, query, {}, At(10)), None, 1);
  EXPECT_EQ(Words(ranked), (Texts{"11:00 0+45=0"}));
}

TEST(RankSlots, StretchesAreLookedAtBeyondTheWindow) {
  const Catalogue catalogue = TwoPeople();
  SlotQuery query = Query();
  query.practitioners = {"p"};
  query.begin = TickFloor(At(10));
  query.end = query.begin + 1;
  EXPECT_EQ(Words(RankSlots(Found(catalogue, query, {}), None, 100)), (Texts{"10:00 60+105=0"}));
}

// Gaps by walking from the visit outwards, one tick at a time.
int Walk(const Catalogue& catalogue, const std::string& who, const std::vector<TestClaim>& claims,
         Tick from, int step) {
  const Bits open = OpenTicks(catalogue.practitioners.at(who), catalogue.clinics.at("c"),
                              TickFloor(At(0)) - 288, TickFloor(At(0)) + 576);
  int ticks = 0;
  for (Tick at = from; open.Test(at); at += step, ++ticks) {
    for (const TestClaim& claim : claims) {
      if (claim.resource == "practitioners/" + who && TimeOf(at) < claim.end &&
          claim.start < TimeOf(at + 1)) {
        return ticks * kTickMinutes;
      }
    }
  }
  return ticks * kTickMinutes;
}

TEST(RankSlots, PagesGiveEverySlotOnceWhileTheRankingChanges) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    const Catalogue catalogue = TwoPeople();
    const SlotQuery query = Query();
    std::vector<TestClaim> claims;
    std::set<std::string> given;
    const auto key = [](const FreeSlot& slot) {
      return absl::StrCat(slot.start, " ", slot.practitioner->id);
    };
    for (;;) {
      const SlotPlan plan = Found(catalogue, query, claims);
      const auto page = RankSlots(
          plan, [&](const FreeSlot& slot) { return given.count(key(slot)) > 0; }, 4);
      for (const RankedSlot& each : page) {
        ASSERT_TRUE(given.insert(key(each.slot)).second) << "given twice";
        ASSERT_NE(each.slot.room, nullptr);
        const Tick start = each.slot.start;
        const int before = Walk(catalogue, each.slot.practitioner->id, claims, start - 1, -1);
        const int after = Walk(catalogue, each.slot.practitioner->id, claims, start + 15, 1);
        EXPECT_EQ(each.gaps.before, before);
        EXPECT_EQ(each.gaps.after, after);
        EXPECT_EQ(each.gaps.unusable, (before < 45 ? before : 0) + (after < 45 ? after : 0));
      }
      if (page.size() < 4) {
        for (const FreeSlot& slot : ListSlots(plan, std::nullopt, 1000)) {
          ASSERT_EQ(given.count(key(slot)), 1u) << "passed over";
        }
        break;
      }
      const Tick start = query.begin + 108 + static_cast<Tick>(random() % 48);
      claims.push_back({random() % 2 == 0 ? "practitioners/p" : "practitioners/q", TimeOf(start),
                        TimeOf(start + 3)});
    }
  }
}

TEST(RankSlots, NothingIsFoundInNothing) {
  Catalogue catalogue = TwoPeople();
  catalogue.offerings.clear();
  EXPECT_TRUE(RankSlots(Found(catalogue, Query(), {}), None, 100).empty());
}

}  // namespace
}  // namespace stillpoint::booking::domain
