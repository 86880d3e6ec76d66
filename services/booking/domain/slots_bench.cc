// The engine alone: 50 practitioners, 28 days, 60-minute visits with 10 minutes of buffer on both
// sides, a 15-minute grid, at three loads. Compare platform-facts, section 3: 7-15 us for one fused
// pass over 50 bitmaps; ours also asks 60 rooms and keeps the starts of each person.
#include <benchmark/benchmark.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/slots.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kPeople = 50;
constexpr int kRooms = 60;
constexpr int kDays = 28;

Catalogue MakeCatalogue() {
  Catalogue catalogue;
  Clinic clinic;
  clinic.id = "c";
  clinic.zone_name = "America/Edmonton";
  absl::LoadTimeZone(clinic.zone_name, &clinic.zone);
  std::vector<WorkingHours> hours;
  for (int day = 0; day < 5; ++day) {
    for (const int start : {8 * 60, 13 * 60}) {
      const WeeklyHours week{static_cast<absl::Weekday>(day), start, start + 4 * 60};
      clinic.opening_hours.push_back(week);
      hours.push_back({.clinic = "c", .week = week});
    }
  }
  catalogue.clinics["c"] = clinic;
  for (int i = 0; i < kRooms; ++i) {
    Room room;
    room.id = absl::StrCat("r", i);
    room.clinic = "c";
    catalogue.rooms[room.resource()] = room;
  }
  for (int i = 0; i < kPeople; ++i) {
    Practitioner who;
    who.id = absl::StrCat("p", i);
    who.hours = hours;
    catalogue.practitioners[who.id] = who;
  }
  Offering offering;
  offering.id = "o";
  offering.variants = {60};
  offering.buffer_before_minutes = offering.buffer_after_minutes = 10;
  offering.step_minutes = 15;
  offering.horizon_days = 365;
  catalogue.offerings["o"] = offering;
  return catalogue;
}

// Books `percent` of each person's half hours at random.
std::vector<TestClaim> MakeClaims(const SlotQuery& query, const Catalogue& catalogue, int percent) {
  std::mt19937 random(1);
  std::vector<TestClaim> claims;
  for (const auto& [id, who] : catalogue.practitioners) {
    for (Tick at = query.begin; at < query.end; at += 6) {
      if (static_cast<int>(random() % 100) >= percent) continue;
      claims.push_back({who.resource(), TimeOf(at), TimeOf(at + 6)});
    }
  }
  return claims;
}

void BM_FindSlots(benchmark::State& state) {
  const Catalogue catalogue = MakeCatalogue();
  SlotQuery query;
  query.offering = "o";
  query.length_minutes = 60;
  query.begin = TickFloor(absl::FromCivil(absl::CivilDay(2027, 3, 1), absl::UTCTimeZone()));
  query.end = query.begin + kDays * 288;
  const absl::Time now = TimeOf(query.begin);
  SlotPlan filled = MakePlan(catalogue, query);
  FillPlan(query, MakeClaims(query, catalogue, static_cast<int>(state.range(0))), filled);
  SlotPlan plan;
  for (auto _ : state) {
    plan = filled;  // FindSlots changes it; a search fills a new one each time, too.
    FindSlots(query, now, plan);
    benchmark::DoNotOptimize(plan);
  }
  int64_t slots = 0;
  for (const Candidate& candidate : plan.candidates) slots += candidate.starts.Count();
  state.counters["slots"] = static_cast<double>(slots);
}
BENCHMARK(BM_FindSlots)->Arg(30)->Arg(10)->Arg(3)->Unit(benchmark::kMicrosecond);

void BM_ListFirstPage(benchmark::State& state) {
  const Catalogue catalogue = MakeCatalogue();
  SlotQuery query;
  query.offering = "o";
  query.length_minutes = 60;
  query.begin = TickFloor(absl::FromCivil(absl::CivilDay(2027, 3, 1), absl::UTCTimeZone()));
  query.end = query.begin + kDays * 288;
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, MakeClaims(query, catalogue, 10), plan);
  FindSlots(query, TimeOf(query.begin), plan);
  for (auto _ : state) benchmark::DoNotOptimize(ListSlots(plan, std::nullopt, 50));
}
BENCHMARK(BM_ListFirstPage)->Unit(benchmark::kMicrosecond);

void BM_ExpandHours(benchmark::State& state) {
  const Catalogue catalogue = MakeCatalogue();
  const Clinic& clinic = catalogue.clinics.at("c");
  const Tick begin = TickFloor(absl::FromCivil(absl::CivilDay(2027, 3, 1), absl::UTCTimeZone()));
  for (auto _ : state) {
    for (const auto& [id, who] : catalogue.practitioners) {
      benchmark::DoNotOptimize(OpenTicks(who, clinic, begin, begin + kDays * 288));
    }
  }
}
BENCHMARK(BM_ExpandHours)->Unit(benchmark::kMicrosecond);

// What every booking transaction asks: one visit of 75 minutes; in a clinic with holidays and 100
// overrides of its own and of the practitioner's.
void BM_IsOpen(benchmark::State& state) {
  Catalogue catalogue = MakeCatalogue();
  Clinic& clinic = catalogue.clinics.at("c");
  clinic.holidays = FindHolidayCalendar("CA-NB");
  Practitioner& who = catalogue.practitioners.begin()->second;
  for (int day = 0; day < 100; ++day) {
    const DateOverride closed{absl::CivilDay(2027, 1, 2) + 7 * day, "c"};
    clinic.overrides.push_back(closed);
    who.overrides.push_back(closed);
  }
  const absl::Time start = InstantOf(absl::CivilDay(2027, 3, 10), 10 * 60, clinic.zone);
  for (auto _ : state) {
    benchmark::DoNotOptimize(IsOpen(catalogue, who.id, "c", start, start + absl::Minutes(75)));
  }
}
BENCHMARK(BM_IsOpen)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace stillpoint::booking::domain

BENCHMARK_MAIN();
