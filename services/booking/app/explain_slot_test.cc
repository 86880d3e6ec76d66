// Explanations beside real bookings, on both engines.
#include "services/booking/app/explain_slot.h"

#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "common/testing/seed.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using domain::ObstacleCode;

class ExplainSlotTest : public LedgerTest {
 protected:
  absl::StatusOr<domain::Explanation> Ask(const domain::SlotRequest& slot,
                                          const std::string& organization = "o",
                                          const std::string& client = "") {
    auto explained =
        explain_.Run(Tenant(organization), slot, client, Deadline::After(absl::Seconds(10)));
    if (!explained.ok()) return explained.status();
    return std::move(explained->explanation);
  }

  // "RESOURCE CODE BOOKING" of everything in the way.
  std::vector<std::string> InTheWay(const domain::SlotRequest& slot) {
    const auto why = Ask(slot);
    EXPECT_TRUE(why.ok()) << why.status();
    std::vector<std::string> all;
    const auto add = [&](const std::string& resource, const domain::Obstacle& each) {
      if (each.code == ObstacleCode::kNotOnline) return;  // True of the whole small clinic.
      all.push_back(absl::StrCat(resource, " ", static_cast<int>(each.code), " ", each.booking));
    };
    if (!why.ok()) return all;
    for (const auto& each : why->obstacles) add("time", each);
    for (const auto& list : {why->practitioners, why->rooms, why->devices}) {
      for (const auto& resource : list) {
        for (const auto& each : resource.obstacles) add(resource.resource, each);
      }
    }
    return all;
  }

  // "CODE reason" of everything about that client, by which the time is bookable or not.
  std::vector<std::string> OfClient(const domain::SlotRequest& slot, const std::string& client) {
    const auto why = Ask(slot, "o", client);
    EXPECT_TRUE(why.ok()) << why.status();
    std::vector<std::string> all;
    if (!why.ok()) return all;
    for (const domain::Obstacle& each : why->obstacles) {
      if (each.reach() != domain::ObstacleReach::kClient) continue;
      all.push_back(absl::StrCat(static_cast<int>(each.code), " ", each.reason()));
    }
    EXPECT_EQ(why->Bookable(), all.empty());
    EXPECT_TRUE(why->Offered());  // Searches know nothing of them.
    return all;
  }

  template <typename Change>
  void ChangeCatalogue(Change change) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    change(changed);
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
};

using Texts = std::vector<std::string>;

TEST_P(ExplainSlotTest, NamesTheBookingInTheWay) {
  EXPECT_EQ(InTheWay(Slot(At(10))), Texts{});
  const std::string id = IdOf(Create(Slot(At(10))));
  EXPECT_EQ(InTheWay(Slot(At(10, 30))), (Texts{absl::StrCat("practitioners/p1 18 ", id),
                                               absl::StrCat("clinics/c/rooms/r1 18 ", id)}));
  EXPECT_EQ(InTheWay(Slot(At(11))), Texts{});
  ASSERT_TRUE(Move(id, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(InTheWay(Slot(At(10, 30))), Texts{});
}

TEST_P(ExplainSlotTest, TellsABufferFromAVisitAndAHoldFromBoth) {
  domain::SlotRequest buffered = Slot(At(10));
  buffered.offering = "buffered";
  const std::string id = IdOf(Create(buffered));
  // 11:00 to 11:15 is the buffer of that visit alone; the room is free.
  EXPECT_EQ(InTheWay(Slot(At(11))), (Texts{absl::StrCat("practitioners/p1 19 ", id)}));
  const std::string hold = IdOf(Hold(Slot(At(13), "p2", "r2")));
  const auto why = Ask(Slot(At(13), "p2", "r3"));
  ASSERT_TRUE(why.ok()) << why.status();
  ASSERT_EQ(why->practitioners.size(), 1u);
  ASSERT_EQ(why->practitioners[0].obstacles.size(), 1u);
  const domain::Obstacle& held = why->practitioners[0].obstacles[0];
  EXPECT_EQ(held.code, ObstacleCode::kHeld);
  EXPECT_EQ(held.booking, hold);
  EXPECT_EQ(held.expires, clock_.TimeNow() + domain::kHoldDefault);
  EXPECT_FALSE(why->Bookable());
  clock_.Advance(domain::kHoldDefault);  // Nobody has removed it yet, and it is in nobody's way.
  EXPECT_EQ(InTheWay(Slot(At(13), "p2", "r3")), Texts{});
}

TEST_P(ExplainSlotTest, SaysWhoWouldMakeRoom) {
  const std::string anywhere = IdOf(Create(Slot(At(10), "p1", "")));
  const std::string room = Get(anywhere).room;
  auto why = Ask(Slot(At(10), "p2", room));
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_TRUE(why->Bookable());
  EXPECT_FALSE(why->Offered());
  ASSERT_EQ(why->rooms[0].obstacles.size(), 1u);
  EXPECT_EQ(why->rooms[0].obstacles[0].booking, anywhere);
  EXPECT_EQ(why->rooms[0].obstacles[0].reach(), domain::ObstacleReach::kSearches);
  const std::string pinned = IdOf(Create(Slot(At(12), "p1", room)));
  why = Ask(Slot(At(12), "p2", room));
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_FALSE(why->Bookable());
}

TEST_P(ExplainSlotTest, NamesWhoHasTheDevice) {
  catalogues_.catalogue = WithDevices(SmallClinic());
  domain::SlotRequest deep = Slot(At(10));
  deep.offering = "deep";
  const std::string id = IdOf(Create(deep));
  deep.practitioner = "p2";
  deep.room = "r2";
  deep.start = At(10, 30);
  EXPECT_EQ(InTheWay(deep), (Texts{"clinics/c/devices/d1 26 ", "clinics/c/devices/d2 26 ",
                                   absl::StrCat("clinics/c/devices/d3 18 ", id)}));
  EXPECT_FALSE(Ask(deep)->Bookable());
  deep.start = At(11);
  EXPECT_TRUE(Ask(deep)->Bookable());
}

// Of the device and of the room, each by itself.
TEST_P(ExplainSlotTest, SaysWhoWouldGiveUpTheirDevice) {
  const auto with = [](const char* offering, const char* practitioner, const std::string& room) {
    domain::SlotRequest slot = Slot(At(10), practitioner, room);
    slot.offering = offering;
    return slot;
  };
  // Somebody has the deep one without need, because there was no other.
  const auto catalogue = WithDevices(SmallClinic());
  for (const char* id : {"d1", "d2"}) {
    catalogue->devices[domain::DeviceResource("c", id)].archived = true;
  }
  catalogues_.catalogue = catalogue;
  const std::string any = IdOf(Create(with("treated", "p1", "")));
  ASSERT_EQ(Get(any).device, "d3");
  const std::string room = Get(any).room;

  auto why = Ask(with("deep", "p3", room));
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_FALSE(why->Bookable());  // The room would be given up, but there is no other device.
  catalogues_.catalogue = WithDevices(SmallClinic());
  why = Ask(with("deep", "p3", room));
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_TRUE(why->Bookable());
  EXPECT_FALSE(why->Offered());
  ASSERT_EQ(why->rooms.size(), 1u);
  ASSERT_EQ(why->devices.size(), 3u);
  for (const auto& obstacles : {why->rooms[0].obstacles, why->devices[2].obstacles}) {
    ASSERT_EQ(obstacles.size(), 1u);
    EXPECT_EQ(obstacles[0].booking, any);
    EXPECT_EQ(obstacles[0].reach(), domain::ObstacleReach::kSearches);
  }
  EXPECT_NE(why->devices[2].obstacles[0].text.find("moved to another device"), std::string::npos);
  EXPECT_EQ(Get(IdOf(Create(with("deep", "p3", room)))).device, "d3");
  EXPECT_NE(Get(any).room, room);
  EXPECT_NE(Get(any).device, "d3");
}

TEST_P(ExplainSlotTest, OthersAndUnknownNamesGetNothing) {
  EXPECT_EQ(ReasonOf(Ask(Slot(At(10)), "other").status()), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(Ask(Slot(At(10), "nobody")).status()), "REFERENCE_UNKNOWN");
}

TEST_P(ExplainSlotTest, NamesTheLimitsOfAClient) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.policies[""] = {{.client = {.per_day = 1, .per_week = 2}}};
  });
  EXPECT_EQ(OfClient(Slot(At(10)), "client"), Texts{});
  ASSERT_TRUE(Create(Slot(At(10))).ok());
  EXPECT_EQ(OfClient(Slot(At(12)), "client"), Texts{"30 CLIENT_LIMIT"});
  EXPECT_EQ(OfClient(Slot(At(12)), "other"), Texts{});
  EXPECT_EQ(InTheWay(Slot(At(12))), Texts{});  // For whoever it is.
  ASSERT_TRUE(Hold(Slot(At(12) + absl::Hours(24))).ok());
  EXPECT_EQ(OfClient(Slot(At(14)), "client"), (Texts{"30 CLIENT_LIMIT", "31 CLIENT_LIMIT"}));
  EXPECT_EQ(OfClient(Slot(At(14) + absl::Hours(48)), "client"), Texts{"31 CLIENT_LIMIT"});
  EXPECT_EQ(OfClient(Slot(At(14) + absl::Hours(7 * 24)), "client"), Texts{});
  clock_.Advance(domain::kHoldDefault);
  EXPECT_EQ(OfClient(Slot(At(14) + absl::Hours(48)), "client"), Texts{});
}

TEST_P(ExplainSlotTest, NamesThatTheFirstVisitIsAConsultation) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    catalogue.policies[""] = {{.first_visit_consultation = true}};
    catalogue.offerings["talk"] = catalogue.offerings["massage"];
    catalogue.offerings["talk"].id = "talk";
    catalogue.offerings["talk"].modality = domain::Modality::kConsultation;
  });
  EXPECT_EQ(OfClient(Slot(At(14)), "client"), Texts{"32 FIRST_VISIT_CONSULTATION"});
  domain::SlotRequest talk = Slot(At(10));
  talk.offering = "talk";
  EXPECT_EQ(OfClient(talk, "client"), Texts{});
  ASSERT_TRUE(Create(talk).ok());
  EXPECT_EQ(OfClient(Slot(At(14)), "client"), Texts{});
  EXPECT_EQ(OfClient(Slot(At(9)), "client"), Texts{"32 FIRST_VISIT_CONSULTATION"});
}

TEST_P(ExplainSlotTest, NamesWhatTheRecordHasAgainstIt) {
  clearance_.answer = ports::ClearanceAnswer{
      .cleared = false, .reason = "CLEARANCE_REQUIRED", .rule = "pregnancy", .rule_version = "2"};
  EXPECT_EQ(OfClient(Slot(At(10)), "client"), Texts{"33 CLEARANCE_REQUIRED"});
  EXPECT_EQ(clearance_.last_at_us, absl::ToUnixMicros(At(10)));
  clearance_.answer = error::ClearanceUnavailable();
  EXPECT_EQ(OfClient(Slot(At(10)), "client"), Texts{"34 CLEARANCE_UNAVAILABLE"});
  clearance_.answer = error::NotFound();
  EXPECT_EQ(ReasonOf(Ask(Slot(At(10)), "o", "nobody").status()), "REFERENCE_UNKNOWN");
  const int asked = clearance_.asked;
  EXPECT_TRUE(Ask(Slot(At(10))).ok());
  EXPECT_EQ(clearance_.asked, asked);  // About nobody, nobody is asked.
}

// What may be random about a booking that is only checked.
class RandomState {
 public:
  explicit RandomState(uint32_t seed) : random_(seed) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  std::string OneOf(const Texts& texts) {
    return texts[static_cast<size_t>(Below(static_cast<int>(texts.size())))];
  }

  domain::BookingPolicy Policy() {
    domain::BookingPolicy policy;
    if (Below(3) == 0) policy.client = {.per_day = 1 + Below(2), .per_week = 2 + Below(3)};
    policy.first_visit_consultation = Below(4) == 0;
    if (Below(3) == 0) policy.practitioner.visits = 1 + Below(4);
    if (Below(3) == 0) {
      policy.meal_break = {.minutes = 60, .from_minute = 11 * 60, .until_minute = 14 * 60};
    }
    if (Below(4) == 0) policy.notice.minutes = 60 * Below(12);
    if (Below(4) == 0) policy.horizon_days = 1;
    return policy;
  }

  absl::StatusOr<ports::ClearanceAnswer> Clearance() {
    const int kind = Below(12);
    if (kind == 0) return error::ClearanceUnavailable();
    if (kind > 1) return ports::ClearanceAnswer{.cleared = true};
    return ports::ClearanceAnswer{.cleared = false,
                                  .reason = OneOf({"INTAKE_REQUIRED", "CONTRAINDICATION_DEFERRED"}),
                                  .rule = "r",
                                  .rule_version = "1"};
  }

 private:
  std::mt19937 random_;
};

// Every reason for which staff are refused, of what is named.
std::set<std::string> ReasonsOf(const domain::Explanation& why) {
  std::set<std::string> reasons;
  const auto add = [&](const std::vector<domain::Obstacle>& obstacles) {
    for (const domain::Obstacle& each : obstacles) {
      if (each.reach() == domain::ObstacleReach::kEveryone ||
          each.reach() == domain::ObstacleReach::kClient) {
        reasons.insert(std::string(each.reason()));
      }
    }
  };
  add(why.obstacles);
  for (const auto& list : {why.practitioners, why.rooms, why.devices}) {
    for (const auto& resource : list) add(resource.obstacles);
  }
  return reasons;
}

TEST_P(ExplainSlotTest, BookingIsRefusedForWhatIsNamedAndForNothingElse) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  RandomState random(seed);
  catalogues_.catalogue = WithDevices(SmallClinic());
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    // Fewer than people, so that they are in the way.
    catalogue.devices[domain::DeviceResource("c", "d2")].archived = true;
    catalogue.offerings["talk"] = catalogue.offerings["massage"];
    catalogue.offerings["talk"].id = "talk";
    catalogue.offerings["talk"].modality = domain::Modality::kConsultation;
    catalogue.practitioners["p4"] = catalogue.practitioners["p3"];  // Holds nothing.
    catalogue.practitioners["p4"].id = "p4";
    catalogue.practitioners["p4"].credentials.clear();
    catalogue.practitioners["p5"] = catalogue.practitioners["p3"];  // Works nowhere.
    catalogue.practitioners["p5"].id = "p5";
    catalogue.practitioners["p5"].hours.clear();
  });
  std::map<std::string, int> tally;
  std::vector<std::string> booked;
  for (int i = 0; i < 300; ++i) {
    if (i % 10 == 0) {
      ChangeCatalogue([&](domain::Catalogue& catalogue) {
        catalogue.policies["c"] = {random.Policy()};
        for (auto& hours : catalogue.practitioners["p2"].hours) {
          hours.week.start_minute = 60 * (9 + random.Below(4));
        }
      });
    }
    domain::SlotRequest slot =
        Slot(At(8) + absl::Minutes(5) * random.Below(110) + absl::Hours(24) * random.Below(2),
             random.OneOf({"", "", "p1", "p2", "p3", "p4", "p5"}),
             random.OneOf({"", "", "", "r1", "r2", "r3"}));
    slot.offering =
        random.OneOf({"massage", "massage", "talk", "buffered", "quiet", "treated", "deep"});
    slot.minutes = 30 * (1 + random.Below(3));
    if (random.Below(30) == 0) slot.start += absl::Seconds(random.Below(300));
    const std::string client = random.OneOf({"ana", "ben", "cleo", "dan"});
    clearance_.answer = random.Clearance();
    const auto why = Ask(slot, "o", client);
    ASSERT_TRUE(why.ok()) << why.status();
    BookSlotCommand command{.call = NewCall(), .client = client, .slot = slot, .hold = {}};
    command.validate_only = true;
    const auto checked = book_.Run(command, Encoded);
    const std::set<std::string> named = ReasonsOf(*why);
    const std::string reason(ReasonOf(checked.status()));
    ASSERT_EQ(checked.ok(), why->Bookable()) << checked.status() << " " << i;
    ASSERT_TRUE(checked.ok() || named.count(reason) > 0) << reason << " is not named, case " << i;
    ++tally[checked.ok() ? "done" : reason];
    // What changes the state: a booking, a hold, a cancellation, time.
    command.validate_only = false;
    if (random.Below(3) == 0) command.hold = domain::kHoldDefault;
    const auto done = book_.Run(command, Encoded);
    if (done.ok()) booked.push_back(IdOf(done));
    if (random.Below(4) == 0 && !booked.empty()) {
      Move(booked[static_cast<size_t>(random.Below(static_cast<int>(booked.size())))],
           domain::BookingMove::kCancel)
          .IgnoreError();
    }
    if (random.Below(10) == 0) clock_.Advance(absl::Minutes(4));
  }
  for (const char* what : {"done", "SLOT_TAKEN", "OUTSIDE_HOURS", "PRACTITIONER_UNQUALIFIED"}) {
    EXPECT_GT(tally[what], 0) << what;
  }
  for (const auto& [what, count] : tally) printf("%s %d, ", what.c_str(), count);
  printf("seed %u\n", seed);
}

INSTANTIATE_TEST_SUITE_P(Engines, ExplainSlotTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
