// Random small catalogues and claims: a time has no obstacle exactly when the search offers it, the
// minute-by-minute oracle says the same, and no obstacle for everyone exactly when booking it by
// name would find a practitioner and a room.
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/explain.h"
#include "services/booking/domain/slots_oracle.h"
#include "services/booking/domain/start_bounds.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kCases = 400;
constexpr Tick kWindow = 36;                 // Three hours of starts in each.
constexpr absl::CivilDay kDay(2027, 3, 13);  // The eve of a change of clocks.

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool Chance(int percent) { return Below(100) < percent; }

 private:
  std::mt19937 random_;
};

WeeklyHours Hours(Random& random) {
  WeeklyHours hours;
  hours.weekday = absl::GetWeekday(kDay + (random.Below(3) - 1));
  hours.start_minute = random.Below(200) * 5;
  hours.end_minute = hours.start_minute + 60 + random.Below(250) * 5;
  return hours;
}

Practitioner MakePractitioner(Random& random, int index) {
  Practitioner who;
  who.id = absl::StrCat("p", index);
  for (int i = 0; i < 4; ++i) {
    WorkingHours hours;
    hours.clinic = random.Chance(80) ? "c0" : "c1";
    hours.week = Hours(random);
    who.hours.push_back(hours);
  }
  if (random.Chance(70)) {
    Credential held;
    held.kind = "cst";
    if (random.Chance(50)) held.valid_from = kDay + random.Below(2);
    if (random.Chance(50)) held.valid_until = kDay + random.Below(2);
    who.credentials.push_back(held);
  }
  if (random.Chance(40)) {
    TimeOff off;
    off.start = absl::FromCivil(kDay, absl::UTCTimeZone()) + absl::Minutes(random.Below(2880));
    off.end = off.start + absl::Minutes(1 + random.Below(300));
    who.time_off.push_back(off);
  }
  return who;
}

Catalogue MakeCatalogue(Random& random) {
  Catalogue catalogue;
  for (const char* id : {"c0", "c1"}) {
    Clinic clinic;
    clinic.id = id;
    clinic.zone_name = "America/Toronto";
    EXPECT_TRUE(absl::LoadTimeZone(clinic.zone_name, &clinic.zone));
    for (int i = 0; i < 4; ++i) clinic.opening_hours.push_back(Hours(random));
    for (int r = random.Below(3); r > 0; --r) {
      Room room;
      room.id = absl::StrCat("r", r);
      room.clinic = id;
      room.kind = random.Chance(70) ? "quiet" : "double";
      if (random.Chance(30)) room.features = {"table"};
      room.turnover_minutes = 5 * random.Below(4);
      catalogue.rooms[room.resource()] = room;
    }
    for (int d = random.Below(3); d > 0; --d) {
      Device device;
      device.id = absl::StrCat("d", d);
      device.clinic = id;
      device.kind = random.Chance(80) ? "ultrasound" : "tens";
      if (random.Chance(30)) device.features = {"deep"};
      device.turnover_minutes = 5 * random.Below(4);
      device.archived = random.Chance(10);
      catalogue.devices[device.resource()] = device;
    }
    catalogue.clinics[id] = clinic;
  }
  for (int p = random.Below(3); p >= 0; --p) {
    catalogue.practitioners[absl::StrCat("p", p)] = MakePractitioner(random, p);
  }
  Offering offering;
  offering.id = "o";
  offering.variants = {15, 60};
  offering.buffer_before_minutes = 5 * random.Below(4);
  offering.buffer_after_minutes = 5 * random.Below(4);
  offering.step_minutes = 5 * (1 + random.Below(4));
  if (random.Chance(30)) offering.credential_kind = "cst";
  if (random.Chance(40)) offering.room_kind = "quiet";
  if (random.Chance(20)) offering.room_features = {"table"};
  if (random.Chance(25)) offering.device_kind = "ultrasound";
  if (random.Chance(10)) offering.device_features = {"deep"};
  if (random.Chance(30)) offering.notice_minutes = random.Below(300);
  offering.horizon_days = 1 + random.Below(2);
  offering.online_bookable = random.Chance(80);
  if (random.Chance(20)) offering.clinics = {"c0"};
  catalogue.offerings["o"] = offering;
  return catalogue;
}

std::vector<TestClaim> MakeClaims(Random& random, const Catalogue& catalogue, Tick begin) {
  std::vector<TestClaim> claims;
  const auto add = [&](const ResourceId& resource) {
    for (int i = random.Below(4); i > 0; --i) {
      const Tick start = begin - 12 + random.Below(static_cast<int>(kWindow) + 24);
      TestClaim claim{resource, TimeOf(start), TimeOf(start + 1 + random.Below(12))};
      claim.clinic = random.Chance(50) ? "c0" : "c1";
      if (random.Chance(50)) claim.lead = absl::Minutes(5 * random.Below(6));
      claims.push_back(claim);
    }
  };
  for (const auto& [id, room] : catalogue.rooms) add(id);
  for (const auto& [id, device] : catalogue.devices) add(id);
  for (const auto& [id, who] : catalogue.practitioners) add(who.resource());
  return claims;
}

std::vector<Claim> AsStored(const std::vector<TestClaim>& claims) {
  std::vector<Claim> stored;
  for (const TestClaim& claim : claims) {
    Claim each;
    each.resource = claim.resource;
    each.start = claim.start;
    each.end = claim.end;
    each.booking = "b";
    each.visit_start = claim.visit_start;
    each.visit_end = claim.visit_end;
    each.clinic = claim.clinic;
    each.lead = claim.lead;
    stored.push_back(each);
  }
  return stored;
}

// "START practitioner clinic" of each slot that the search offers.
std::set<std::string> Offered(const Catalogue& catalogue, const SlotQuery& query,
                              const std::vector<TestClaim>& claims, absl::Time now) {
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, claims, plan);
  FindSlots(query, now, plan);
  std::set<std::string> found;
  for (const FreeSlot& slot : ListSlots(plan, std::nullopt, 1'000'000)) {
    found.insert(absl::StrCat(slot.start, " ", slot.practitioner->id, " ", slot.clinic->id));
  }
  return found;
}

std::set<std::string> OfferedByOracle(const Catalogue& catalogue, const SlotQuery& query,
                                      const std::vector<TestClaim>& claims, absl::Time now,
                                      const WallTable& table) {
  std::set<std::string> found;
  for (const std::string& slot :
       OracleSlots(catalogue, query, claims, now, {{"America/Toronto", &table}})) {
    const std::vector<std::string> parts = absl::StrSplit(slot, ' ');
    found.insert(absl::StrCat(std::stoll(parts[0]) / kTickMinutes, " ", parts[1], " ", parts[2]));
  }
  return found;
}

// Whether booking with that practitioner by name would succeed, by booking's own rules.
bool Accepted(const Catalogue& catalogue, const SlotRequest& request,
              const std::vector<TestClaim>& claims, absl::Time now) {
  auto candidates = FindCandidates(catalogue, request);
  if (!candidates.ok() ||
      !CheckLeadTime(catalogue, *candidates->clinic, *candidates->offering, request.start, now)
           .ok()) {
    return false;
  }
  const auto free = [&](const ResourceId& resource, const Margins& margins) {
    for (const TestClaim& claim : claims) {
      if (claim.resource == resource && claim.start < candidates->end + margins.after &&
          claim.end > candidates->start - margins.before) {
        return false;
      }
    }
    return true;
  };
  const BookingPolicy* policy = catalogue.PolicyAt(request.clinic, now);
  const DayRules rules = policy == nullptr ? DayRules() : policy->day_rules();
  candidates->buffers = catalogue.BuffersAt(request.clinic, now);
  if (!ChoosePractitioner(*candidates, AsStored(claims), rules, {}, /*moving=*/nullptr, "o").ok()) {
    return false;
  }
  const auto& rooms = candidates->rooms;
  const auto& devices = candidates->devices;
  const auto room_free = [&](const Room* room) {
    return free(room->resource(), RoomMargins(*room));
  };
  const auto device_free = [&](const Device* device) {
    return free(device->resource(), DeviceMargins(*device));
  };
  return std::any_of(rooms.begin(), rooms.end(), room_free) &&
         (devices.empty() || std::any_of(devices.begin(), devices.end(), device_free));
}

TEST(ExplainProperty, AgreesWithSearchAndBooking) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  RecordProperty("seed", absl::StrCat(seed));
  Random random(seed);
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("America/Toronto", &zone));
  const int64_t midnight = (kDay - absl::CivilDay(1970, 1, 1)) * 1440;
  const WallTable table(zone, midnight - 5 * 1440, midnight + 7 * 1440);
  const auto below = [&](int limit) { return random.Below(limit); };
  int64_t asked = 0;
  int64_t offered = 0;
  int64_t refused_by_step = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", case ", i));
    Catalogue catalogue = MakeCatalogue(random);
    SlotQuery query;
    query.offering = "o";
    query.length_minutes = random.Chance(50) ? 15 : 60;
    query.begin = midnight / kTickMinutes + random.Below(400);
    query.end = query.begin + kWindow;
    std::vector<TestClaim> claims = MakeClaims(random, catalogue, query.begin);
    const absl::Time now = TimeOf(query.begin) + absl::Seconds(random.Below(3600 * 26) - 3600 * 25);
    for (const char* owner : {"", "c0"}) {
      if (random.Chance(40)) catalogue.policies[owner] = AnyPolicies(owner, now, below);
    }
    if (random.Chance(40)) {
      const int way = 5 * (1 + random.Below(12));
      catalogue.travel = {{"c0", {{"c1", way}}}, {"c1", {{"c0", way}}}};
    }
    if (!catalogue.has_leads()) {
      for (TestClaim& claim : claims) claim.lead = absl::ZeroDuration();
    }
    const std::vector<Claim> stored = AsStored(claims);
    const std::set<std::string> search = Offered(catalogue, query, claims, now);
    // A search leaves out what has passed before it asks the engine.
    SlotQuery to_come = query;
    to_come.begin = std::max(query.begin, TickCeil(now));
    if (to_come.begin < to_come.end) {
      ASSERT_EQ(Offered(catalogue, to_come, claims, now),
                OfferedByOracle(catalogue, to_come, claims, now, table));
    }
    for (const auto& [clinic, unused] : catalogue.clinics) {
      for (const auto& [practitioner, also_unused] : catalogue.practitioners) {
        for (Tick start = query.begin; start < query.end; ++start) {
          const SlotRequest request = {.clinic = clinic,
                                       .offering = "o",
                                       .minutes = query.length_minutes,
                                       .practitioner = practitioner,
                                       .start = TimeOf(start)};
          const auto question = AskExplanation(catalogue, request);
          ASSERT_TRUE(question.ok());
          const Explanation why = Explain(*question, stored, {}, now);
          const std::string key = absl::StrCat(start, " ", practitioner, " ", clinic);
          ASSERT_EQ(why.Offered(), search.count(key) > 0) << key;
          ASSERT_EQ(why.Bookable(), Accepted(catalogue, request, claims, now)) << key;
          ++asked;
          offered += why.Offered() ? 1 : 0;
          refused_by_step += why.Bookable() && !why.Offered() ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(offered, kCases / 4) << "too few starts were free at all";
  EXPECT_GT(refused_by_step, 0);
  printf("seed %u: %lld starts explained, %lld of them offered\n", seed,
         static_cast<long long>(asked), static_cast<long long>(offered));
}

}  // namespace
}  // namespace stillpoint::booking::domain
