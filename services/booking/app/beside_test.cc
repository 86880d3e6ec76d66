// What staff put beside other visits of a practitioner, on both engines. The clinic of the ledger's
// tests is open 09:00-17:00, local time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

using domain::PolicyRule;
using domain::PolicyRules;
using ::testing::Contains;
using ::testing::Not;

class BesideTest : public LedgerTest {
 protected:
  static domain::SlotRequest Beside(absl::Time start, const std::string& practitioner = "p1",
                                    const std::string& room = "r2", PolicyRules more = {}) {
    domain::SlotRequest slot = Slot(start, practitioner, room);
    more.insert(PolicyRule::kOneVisitAtATime);
    slot.override_of = {std::move(more), domain::OverrideReason::kUrgent, "staff/desk"};
    return slot;
  }
  std::string ReasonFor(const domain::SlotRequest& slot) { return ReasonOf(Create(slot).status()); }
  template <typename Change>
  void ChangeCatalogue(Change change) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    change(changed);
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
    search_.emplace(*database_, catalogues_, facts_, ledger_, clock_);  // Knows of no older one.
  }
  // When a search offers an hour with p1; `own`: the booking that is to be moved.
  std::vector<absl::Time> Offered(const std::string& own = "") {
    domain::SlotQuery query;
    query.offering = "massage";
    query.length_minutes = 60;
    query.practitioners = {"p1"};
    query.own_booking = own;
    query.begin = domain::TickFloor(At(0));
    query.end = query.begin + 288;
    const auto found = search_->Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(10)));
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<absl::Time> starts;
    if (!found.ok()) return starts;
    for (const domain::FreeSlot& slot : domain::ListSlots(found->plan, std::nullopt, 1000)) {
      starts.push_back(domain::TimeOf(slot.start));
    }
    return starts;
  }

  Metrics metrics_;
  adapters::CachedFacts facts_{*database_, nullptr, crypto::Key::Random(), metrics_, {}, nullptr};
  std::optional<SearchSlots> search_{std::in_place, *database_, catalogues_,
                                     facts_,        ledger_,    clock_};
};

TEST_P(BesideTest, Scenario54StaffDoubleBookWithAReasonAndTheTimeIsBusy) {
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  EXPECT_EQ(ReasonFor(Slot(At(10, 30), "p1", "r2")), "SLOT_TAKEN");
  const std::string second = IdOf(Create(Beside(At(10, 30))));
  ASSERT_NE(second, "");

  // Both are shown, with who decided and why.
  EXPECT_EQ(Get(first).state, domain::BookingState::kConfirmed);
  const domain::Booking stored = Get(second);
  EXPECT_EQ(stored.override_of.rules, PolicyRules{PolicyRule::kOneVisitAtATime});
  EXPECT_EQ(stored.override_of.by, "staff/desk");
  EXPECT_EQ(stored.override_of.reason, domain::OverrideReason::kUrgent);
  EXPECT_THAT(EventKinds(second), Contains("booking.confirmed"));

  // And both are in the way of searches and of whoever sets nothing aside.
  EXPECT_THAT(Offered(), Not(Contains(At(10))));
  EXPECT_THAT(Offered(), Not(Contains(At(11))));
  EXPECT_THAT(Offered(), Contains(At(11, 30)));
  EXPECT_EQ(ReasonFor(Slot(At(11), "p1", "r3")), "SLOT_TAKEN");
  const auto why = explain_.Run(Tenant("o"), Slot(At(10, 15), "p1", "r3"), "",
                                Deadline::After(absl::Seconds(10)));
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_FALSE(why->explanation.Bookable());
  EXPECT_EQ(Overlaps(), 0);  // Of those that exclude each other.
}

TEST_P(BesideTest, StaysInTheWayWhenTheOtherIsCalledOffUntilItIsBookedAnew) {
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  const std::string second = IdOf(Create(Beside(At(10))));
  ASSERT_TRUE(Move(first, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(ReasonFor(Slot(At(10), "p1", "r1")), "SLOT_TAKEN");
  EXPECT_THAT(Offered(), Not(Contains(At(10))));
  // It is alone now: what gives it its time from here on is no override, and it excludes others.
  ASSERT_TRUE(Reschedule(second, Slot(At(10), "p1", "r2")).ok());
  EXPECT_EQ(Get(second).override_of, domain::PolicyOverride());
  EXPECT_EQ(ReasonFor(Slot(At(10), "p1", "r1")), "SLOT_TAKEN");
  // By the schema too.
  const absl::Status forced =
      testing::Unguarded(*database_)
          .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                 [&](sql::Transaction& tx) {
                   return tx
                       .Execute(
                           "INSERT INTO claims (organization, claim, resource, start_us, end_us,"
                           " kind, booking) VALUES ('o', 'x', 'practitioners/p1', $1, $2, 1, 'x')",
                           {At(10, 30), At(11, 30)})
                       .status();
                 });
  EXPECT_EQ(ReasonOf(forced), "OVERLAP");
}

TEST_P(BesideTest, IsKeptOnlyWhereItWasNeeded) {
  const std::string free = IdOf(Create(Beside(At(10))));
  EXPECT_EQ(Get(free).override_of, domain::PolicyOverride());
  // Over a buffer alone.
  domain::SlotRequest buffered = Slot(At(13), "p1", "r1");
  buffered.offering = "buffered";
  ASSERT_TRUE(Create(buffered).ok());
  EXPECT_EQ(ReasonFor(Slot(At(14), "p1", "r2")), "SLOT_TAKEN");
  const std::string squeezed = IdOf(Create(Beside(At(14))));
  ASSERT_NE(squeezed, "");
  EXPECT_EQ(Get(squeezed).override_of.rules, PolicyRules{PolicyRule::kOneVisitAtATime});
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(BesideTest, OnlyWhoIsAskedForByNameHasTwoAndNoRoomHas) {
  const auto visit = [](absl::Time start, const char* who, const char* room, int minutes) {
    domain::SlotRequest slot = Slot(start, who, room);
    slot.minutes = minutes;
    return slot;
  };
  // At ten everybody has a visit for some of the hour, and a room is free.
  ASSERT_TRUE(Create(visit(At(10), "p1", "r1", 60)).ok());
  ASSERT_TRUE(Create(visit(At(9), "p2", "r2", 90)).ok());
  ASSERT_TRUE(Create(visit(At(10, 30), "p3", "r2", 30)).ok());
  EXPECT_EQ(ReasonFor(Beside(At(10), "", "")), "SLOT_TAKEN");
  EXPECT_EQ(ReasonFor(Beside(At(10), "p1", "r1")), "SLOT_TAKEN");
  ASSERT_TRUE(Create(Beside(At(10), "p1", "")).ok());
  // Now every room is taken.
  EXPECT_EQ(ReasonFor(Beside(At(10), "p1", "")), "SLOT_TAKEN");
  EXPECT_EQ(Count("bookings"), 4);
}

TEST_P(BesideTest, NobodyIsAtTwoClinicsAtOnce) {
  ChangeCatalogue([](domain::Catalogue& catalogue) {
    domain::Clinic clinic = catalogue.clinics["c"];
    clinic.id = "far";
    catalogue.clinics["far"] = clinic;
    domain::Room room = catalogue.rooms["clinics/c/rooms/r1"];
    room.clinic = "far";
    catalogue.rooms[room.resource()] = room;
    std::vector<domain::WorkingHours>& hours = catalogue.practitioners["p1"].hours;
    for (domain::WorkingHours part : std::vector<domain::WorkingHours>(hours)) {
      part.clinic = "far";
      hours.push_back(part);
    }
    catalogue.travel = {{"c", {{"far", 30}}}, {"far", {{"c", 30}}}};
  });
  ASSERT_TRUE(Create(Slot(At(10), "p1", "r1")).ok());
  domain::SlotRequest far = Beside(At(10), "p1", "r1");
  far.clinic = "far";
  EXPECT_EQ(ReasonFor(far), "SLOT_TAKEN");
  far.start = At(11, 15);  // The way takes longer.
  EXPECT_EQ(ReasonFor(far), "PRACTITIONER_TRAVELS");
  far.start = At(11, 30);
  EXPECT_EQ(ReasonFor(far), "");
}

TEST_P(BesideTest, OtherRulesCountBothVisits) {
  ChangeCatalogue([&](domain::Catalogue& catalogue) {
    catalogue.policies[""] = {
        {.version = 1, .effective = clock_.TimeNow(), .practitioner = {.visits = 2}}};
  });
  ASSERT_TRUE(Create(Slot(At(10), "p1", "r1")).ok());
  ASSERT_TRUE(Create(Beside(At(10), "p1", "r2")).ok());
  EXPECT_EQ(ReasonFor(Beside(At(10), "p1", "r3")), "PRACTITIONER_DAY_FULL");
  const std::string third =
      IdOf(Create(Beside(At(10), "p1", "r3", {PolicyRule::kPractitionerDay})));
  ASSERT_NE(third, "");
  EXPECT_EQ(Get(third).override_of.rules,
            (PolicyRules{PolicyRule::kPractitionerDay, PolicyRule::kOneVisitAtATime}));
}

// Facts say that time is busy, not for how many.
TEST_P(BesideTest, TimeThatIsSharedIsNotOfferedToWhoMovesOneOfThem) {
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  EXPECT_THAT(Offered(first), Contains(At(10)));
  const std::string second = IdOf(Create(Beside(At(10))));
  EXPECT_THAT(Offered(first), Not(Contains(At(10))));
  EXPECT_THAT(Offered(second), Not(Contains(At(10))));
  EXPECT_EQ(ReasonOf(Reschedule(first, Slot(At(10, 30), "p1", "r1")).status()), "SLOT_TAKEN");
  EXPECT_TRUE(Reschedule(first, Slot(At(11), "p1", "r1")).ok());
}

TEST_P(BesideTest, OfManyAtOnceWhoSetNothingAsideNoneIsLetIn) {
  ASSERT_TRUE(Create(Slot(At(10), "p1", "r1")).ok());
  ASSERT_TRUE(Create(Beside(At(10))).ok());
  std::vector<domain::SlotRequest> slots(8, Slot(At(10), "p1", "r3"));
  const std::vector<std::string> answers = CreateAtOnce(slots);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "SLOT_TAKEN"), 8);
}

INSTANTIATE_TEST_SUITE_P(Engines, BesideTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
