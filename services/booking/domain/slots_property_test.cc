// Random catalogues, claims and questions, many of them across DST changes: the engine and the
// minute-by-minute oracle must agree on every slot.
#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/hours_testing.h"
#include "services/booking/domain/slots.h"
#include "services/booking/domain/slots_oracle.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kCases = 3000;
constexpr int kWindowDaysMax = 2;

class World : public RandomHours {
 public:
  using RandomHours::RandomHours;

  // The same table for every case of one place: building it is the slow part.
  const WallTable* Table(const Place2027& place, const char* zone) {
    auto& slot = tables_[absl::StrCat(zone, absl::FormatCivilTime(place.day))];
    if (slot == nullptr) {
      const int64_t begin = (place.day - absl::CivilDay(1970, 1, 1)) * 1440;
      absl::TimeZone loaded;
      EXPECT_TRUE(absl::LoadTimeZone(zone, &loaded));
      slot = std::make_unique<WallTable>(loaded, begin - 5 * 1440,
                                         begin + (kWindowDaysMax + 6) * 1440);
    }
    return slot.get();
  }

  Catalogue MakeCatalogue(const Place2027& place) {
    Catalogue catalogue;
    for (int c = 0; c < 2; ++c) {
      Clinic clinic;
      clinic.id = absl::StrCat("c", c);
      clinic.zone_name = c == 0 ? place.zone : "America/Toronto";
      EXPECT_TRUE(absl::LoadTimeZone(clinic.zone_name, &clinic.zone));
      for (int i = 0; i < 4; ++i) clinic.opening_hours.push_back(Weekly(place.day, Chance(20)));
      Override(place.day, clinic.id, clinic.overrides);
      clinic.holidays = Holidays(place.day);
      for (int r = Below(3); r >= 0; --r) {
        Room room{.id = absl::StrCat("r", r),
                  .clinic = clinic.id,
                  .display_name = "",
                  .kind = Chance(80) ? "quiet" : "double",
                  .features = {},
                  .turnover_minutes = 5 * Below(4)};
        if (Chance(30)) room.features.push_back("table");
        catalogue.rooms[room.resource()] = room;
      }
      for (int d = Below(4); d > 0; --d) {
        Device device;
        device.id = absl::StrCat("d", d);
        device.clinic = clinic.id;
        device.kind = Chance(80) ? "ultrasound" : "tens";
        if (Chance(30)) device.features.push_back("deep");
        device.turnover_minutes = 5 * Below(4);
        device.archived = Chance(10);
        catalogue.devices[device.resource()] = device;
      }
      catalogue.clinics[clinic.id] = clinic;
    }
    for (int p = Below(3); p >= 0; --p) AddPractitioner(place, p, catalogue);
    Offering offering;
    offering.id = "o";
    offering.variants = {15, 60, 90};
    offering.buffer_before_minutes = 5 * Below(4);
    offering.buffer_after_minutes = 5 * Below(4);
    offering.step_minutes = std::vector<int>{5, 15, 30, 50, 60}[Below(5)];
    if (Chance(30)) offering.credential_kind = "cst";
    if (Chance(50)) offering.room_kind = "quiet";
    if (Chance(20)) offering.room_features = {"table"};
    if (Chance(20)) offering.device_kind = "ultrasound";
    if (Chance(8)) offering.device_features = {"deep"};
    offering.notice_minutes = Below(600);
    offering.horizon_days = 1 + Below(4);
    if (Chance(20)) offering.clinics = {"c0"};
    catalogue.offerings["o"] = offering;
    return catalogue;
  }

  SlotQuery MakeQuery(const Place2027& place, const Catalogue& catalogue) {
    SlotQuery query;
    query.offering = "o";
    query.length_minutes = catalogue.offerings.at("o").variants[Below(3)];
    query.begin = (place.day - absl::CivilDay(1970, 1, 1)) * 288 + Below(288);
    query.end = query.begin + 1 + Below(288 * (kWindowDaysMax - 1) + 200);
    if (Chance(20)) query.clinics = {"c1"};
    if (Chance(20)) query.practitioners = {"p0", "p2"};
    if (Chance(20)) query.styles = {Style::kBiodynamic};
    if (Chance(10)) query.languages = {"fr"};
    if (Chance(10)) query.gender = Gender::kFemale;
    if (Chance(15)) query.credential_kinds = {"rmt", "cst"};
    if (Chance(15)) query.room_kinds = {"double", "office"};
    if (Chance(15)) query.room_features = {"table"};
    query.gaps = Chance(20);  // Reads more on both sides, and changes no start.
    if (Chance(30)) query.weekdays = static_cast<unsigned>(1 + Below(127));
    if (Chance(30)) query.from_minute = Below(1440);
    if (Chance(30)) query.until_minute = Below(1440);
    return query;
  }

  std::vector<TestClaim> MakeClaims(const SlotQuery& query, const Catalogue& catalogue) {
    std::vector<TestClaim> claims;
    const auto add = [&](const ResourceId& resource) {
      for (int i = Below(6); i > 0; --i) {
        const Tick start = query.begin - 42 + Below(static_cast<int>(query.end - query.begin) + 84);
        const Tick length = 1 + Below(30);
        const Tick before = Below(static_cast<int>(length));
        claims.push_back({resource, TimeOf(start), TimeOf(start + length), TimeOf(start + before),
                          TimeOf(start + length - Below(static_cast<int>(length - before))),
                          Chance(50) ? "c0" : "c1"});
        if (Chance(50)) continue;
        claims.back().visit_start = claims.back().start;  // As under BufferPolicy::kMax.
        claims.back().lead = absl::Minutes(5 * Below(6));
      }
    };
    for (const auto& [id, room] : catalogue.rooms) add(id);
    for (const auto& [id, device] : catalogue.devices) add(id);
    for (const auto& [id, practitioner] : catalogue.practitioners) add(practitioner.resource());
    return claims;
  }

 private:
  void AddPractitioner(const Place2027& place, int index, Catalogue& catalogue) {
    Practitioner who;
    who.id = absl::StrCat("p", index);
    who.styles = {Chance(50) ? Style::kBiodynamic : Style::kIntegrated};
    who.languages = {Chance(50) ? "fr" : "en"};
    who.gender = Chance(50) ? Gender::kFemale : Gender::kMale;
    for (int i = 0; i < 4; ++i) {
      who.hours.push_back({.clinic = absl::StrCat("c", Below(2)), .week = Weekly(place.day, true)});
    }
    for (const char* clinic : {"c0", "c1"}) {
      if (Chance(40)) Override(place.day, clinic, who.overrides);
    }
    for (int i = Below(2); i > 0; --i) {
      Credential held;
      held.kind = "cst";
      if (Chance(60)) held.valid_from = place.day + Below(3);
      if (Chance(60)) held.valid_until = place.day + Below(3);
      who.credentials.push_back(held);
    }
    if (Chance(40)) {
      const absl::Time start =
          absl::FromCivil(place.day, absl::UTCTimeZone()) + absl::Minutes(Below(2880));
      who.time_off.push_back(
          {.id = "t", .start = start, .end = start + absl::Minutes(1 + Below(500))});
    }
    catalogue.practitioners[who.id] = who;
  }

  std::map<std::string, std::unique_ptr<WallTable>> tables_;
};

std::vector<std::string> EngineSlots(const Catalogue& catalogue, const SlotQuery& query,
                                     const std::vector<TestClaim>& claims, absl::Time now) {
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, claims, plan);
  FindSlots(query, now, plan);
  std::vector<std::string> slots;
  std::optional<SlotPosition> after;
  for (;;) {  // In small pages, so that paging is compared too.
    const std::vector<FreeSlot> page = ListSlots(plan, after, 7);
    for (const FreeSlot& slot : page) {
      slots.push_back(absl::StrCat(slot.start * kTickMinutes, " ", slot.practitioner->id, " ",
                                   slot.clinic->id, " ", slot.room->id, " ",
                                   slot.device == nullptr ? "" : slot.device->id));
    }
    if (page.size() < 7) return slots;
    after = SlotPosition{page.back().start, page.back().practitioner->id, page.back().clinic->id};
  }
}

TEST(SlotsProperty, EngineAndOracleAgreeOnRandomCatalogues) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  RecordProperty("seed", absl::StrCat(seed));
  World world(seed);
  const auto below = [&](int limit) { return world.Below(limit); };
  int64_t slots = 0;
  int64_t with_slots = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", case ", i));
    const Place2027& place = kPlaces[world.Below(std::size(kPlaces))];
    Catalogue catalogue = world.MakeCatalogue(place);
    const SlotQuery query = world.MakeQuery(place, catalogue);
    std::vector<TestClaim> claims = world.MakeClaims(query, catalogue);
    const absl::Time now = TimeOf(query.begin) + absl::Seconds(world.Below(86400) - 60000);
    for (const char* owner : {"", "c0", "c1"}) {
      if (world.Chance(40)) catalogue.policies[owner] = AnyPolicies(owner, now, below);
    }
    if (!catalogue.has_leads()) {
      for (TestClaim& claim : claims) claim.lead = absl::ZeroDuration();
    }
    if (world.Chance(40)) {
      const int way = 5 * (1 + world.Below(30));
      catalogue.travel = {{"c0", {{"c1", way}}}, {"c1", {{"c0", way}}}};
    }
    const std::map<std::string, const WallTable*> tables = {
        {place.zone, world.Table(place, place.zone)},
        {"America/Toronto", world.Table(place, "America/Toronto")}};
    const std::vector<std::string> got = EngineSlots(catalogue, query, claims, now);
    ASSERT_EQ(got, OracleSlots(catalogue, query, claims, now, tables));
    slots += static_cast<int64_t>(got.size());
    with_slots += got.empty() ? 0 : 1;
  }
  // Over 200 seeds the fewest were 149.
  EXPECT_GT(with_slots, kCases / 50) << "too few cases had a slot at all";
  printf("seed %u: %d cases, %lld of them with slots, %lld slots\n", seed, kCases,
         static_cast<long long>(with_slots), static_cast<long long>(slots));
}

}  // namespace
}  // namespace stillpoint::booking::domain
