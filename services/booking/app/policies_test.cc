// Bookings under a policy, on both engines. It is 06:00 on the 8th of March, local time.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;
using domain::CancelReason;

class PoliciesTest : public LedgerTest {
 protected:
  void SetPolicies(const std::string& owner, const domain::PolicyVersions& versions) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    changed.policies[owner] = versions;
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
  absl::StatusOr<std::string> Cancel(const std::string& id, CancelReason reason,
                                     bool online = false, bool validate_only = false) {
    return move_.Run({.call = NewCall(),
                      .booking = id,
                      .move = BookingMove::kCancel,
                      .etag = "",
                      .reason = reason,
                      .online = online,
                      .validate_only = validate_only},
                     Fees);
  }
  absl::StatusOr<std::string> Waive(const std::string& id, const std::string& request_id = "") {
    return move_.Run({.call = NewCall(request_id),
                      .booking = id,
                      .move = BookingMove::kWaiveFee,
                      .etag = "",
                      .waiver = domain::FeeWaiver::kIllness},
                     Fees);
  }
  // "REVISION STATE [late_cancelled] [late_changed] [due]"
  static std::string Fees(const domain::Booking& b) {
    return absl::StrCat(b.revision, " ", domain::BookingStateName(b.state),
                        b.late_cancelled ? " late_cancelled" : "",
                        b.late_changed ? " late_changed" : "", b.fee_due ? " due" : "");
  }
};

TEST_P(PoliciesTest, NoticeAndHorizonAreKeptInTheTransaction) {
  SetPolicies("", {{.notice = {.minutes = 5 * 60}, .horizon_days = 2}});
  EXPECT_EQ(ReasonOf(Create(Slot(At(10))).status()), "NOTICE_TOO_SHORT");
  const std::string id = IdOf(Create(Slot(At(11))));
  EXPECT_EQ(ReasonOf(Create(Slot(At(10) + absl::Hours(72))).status()), "BEYOND_HORIZON");
  SetPolicies("c", {{.clinic = "c", .notice = {.day_before_minute = 18 * 60}}});
  EXPECT_EQ(ReasonOf(Hold(Slot(At(16))).status()), "NOTICE_TOO_SHORT");
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(16))).status()), "NOTICE_TOO_SHORT");
  EXPECT_TRUE(Hold(Slot(At(9) + absl::Hours(24))).ok());
  clock_.Advance(absl::Hours(12));  // Six in the evening.
  EXPECT_EQ(ReasonOf(Hold(Slot(At(12) + absl::Hours(24))).status()), "NOTICE_TOO_SHORT");
  EXPECT_TRUE(Hold(Slot(At(12) + absl::Hours(48))).ok());
}

TEST_P(PoliciesTest, ABookingKeepsTheVersionThatItWasMadeUnder) {
  const std::string before = IdOf(Create(Slot(At(9), "p1", "r1")));
  SetPolicies("c", {{.clinic = "c", .version = 1, .cancellation = {.minutes = 24 * 60}}});
  const std::string under = IdOf(Create(Slot(At(10), "p1", "r1")));
  EXPECT_EQ(Get(under).policy_clinic, "c");
  EXPECT_EQ(Get(under).policy_version, 1);
  SetPolicies("c", {{.clinic = "c", .version = 1, .cancellation = {.minutes = 24 * 60}},
                    {.clinic = "c", .version = 2}});
  ASSERT_TRUE(Reschedule(under, Slot(At(14), "p1", "r1")).ok());
  EXPECT_EQ(Get(under).policy_version, 1);
  EXPECT_EQ(*Cancel(before, CancelReason::kClient), "2 CANCELLED");
  EXPECT_EQ(*Cancel(under, CancelReason::kClient), "3 CANCELLED late_cancelled due");
  EXPECT_TRUE(Get(under).fee_due);
  EXPECT_TRUE(Get(under).late_cancelled);
}

TEST_P(PoliciesTest, StaffMoveLateAndPartnersDoNot) {
  SetPolicies("", {{.change = {.minutes = 24 * 60}}});
  const std::string id = IdOf(Create(Slot(At(10))));
  domain::SlotRequest later = Slot(At(14));
  const auto move = [&](bool online, bool validate_only) {
    domain::SlotRequest wanted = later;
    wanted.online = online;
    return reschedule_.Run({.call = NewCall(),
                            .booking = id,
                            .etag = "",
                            .slot = wanted,
                            .validate_only = validate_only},
                           Fees);
  };
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.offerings["massage"].online_bookable = true;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  EXPECT_EQ(ReasonOf(move(true, false).status()), "CHANGE_CUTOFF_PASSED");
  EXPECT_EQ(Get(id).start, At(10));
  EXPECT_EQ(*move(false, true), "2 CONFIRMED late_changed due");
  EXPECT_FALSE(Get(id).fee_due);
  EXPECT_EQ(*move(false, false), "2 CONFIRMED late_changed due");
  EXPECT_TRUE(Get(id).late_changed);
  EXPECT_EQ(Get(id).start, At(14));
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(PoliciesTest, PartnersCannotCancelLateAndNothingIsWritten) {
  SetPolicies("", {{.cancellation = {.day_before_minute = 18 * 60}}});
  const std::string id = IdOf(Create(Slot(At(10))));
  EXPECT_EQ(ReasonOf(Cancel(id, CancelReason::kClient, true).status()), "CANCEL_CUTOFF_PASSED");
  EXPECT_EQ(*Cancel(id, CancelReason::kClient, false, true), "2 CANCELLED late_cancelled due");
  EXPECT_EQ(Get(id).state, domain::BookingState::kConfirmed);
  EXPECT_EQ(EventKinds(id), std::vector<std::string>{"booking.confirmed"});
  EXPECT_EQ(Count("claims"), 2);
  EXPECT_EQ(*Cancel(id, CancelReason::kPractitioner), "2 CANCELLED");
  EXPECT_EQ(Count("claims"), 0);
}

TEST_P(PoliciesTest, Scenario32AWaiverIsOnceAndLeavesItsEvent) {
  SetPolicies("", {{.cancellation = {.minutes = 24 * 60}}});
  const std::string id = IdOf(Create(Slot(At(10))));
  EXPECT_EQ(ReasonOf(Waive(id).status()), "FEE_NOT_DUE");
  ASSERT_TRUE(Cancel(id, CancelReason::kClient).ok());
  EXPECT_EQ(*Waive(id, "w"), "3 CANCELLED late_cancelled");
  EXPECT_EQ(*Waive(id, "w"), "3 CANCELLED late_cancelled");
  EXPECT_EQ(ReasonOf(Waive(id).status()), "FEE_NOT_DUE");
  EXPECT_EQ(Get(id).fee_waiver, domain::FeeWaiver::kIllness);
  EXPECT_EQ(Get(id).fee_waived_by, "tests");
  EXPECT_EQ(Get(id).cancel_reason, CancelReason::kClient);
  EXPECT_EQ(EventKinds(id), (std::vector<std::string>{"booking.confirmed", "booking.cancelled",
                                                      "booking.fee_waived"}));
}

TEST_P(PoliciesTest, Scenario27ADayHoldsSoManyMinutesAndSaysSo) {
  SetPolicies("", {{.practitioner = {.minutes = 240}}});
  for (const int hour : {9, 10, 11}) ASSERT_TRUE(Create(Slot(At(hour), "p1", "r1")).ok());
  domain::SlotRequest half_hour = Slot(At(12), "p1", "r1");
  half_hour.minutes = 30;
  domain::SlotRequest too_long = Slot(At(13), "p1", "r1");
  too_long.minutes = 90;
  EXPECT_EQ(ReasonOf(Create(too_long).status()), "PRACTITIONER_DAY_FULL");
  EXPECT_TRUE(Hold(half_hour).ok());  // Counts as long as it lasts.
  EXPECT_EQ(ReasonOf(Create(Slot(At(13), "p1", "r1")).status()), "PRACTITIONER_DAY_FULL");
  // Another day, another practitioner, whoever is free.
  EXPECT_TRUE(Create(Slot(At(13) + absl::Hours(24), "p1", "r1")).ok());
  EXPECT_TRUE(Create(Slot(At(13), "p2", "r1")).ok());
  EXPECT_EQ(Get(IdOf(Create(Slot(At(14), "", "r1")))).practitioner, "p3");
  clock_.Advance(domain::kHoldDefault);
  EXPECT_TRUE(Create(Slot(At(13), "p1", "r2")).ok());
}

TEST_P(PoliciesTest, MovingWithinAFullDayIsPossible) {
  SetPolicies("", {{.practitioner = {.visits = 2}}});
  const std::string id = IdOf(Create(Slot(At(9), "p1", "r1")));
  ASSERT_TRUE(Create(Slot(At(11), "p1", "r1")).ok());
  EXPECT_EQ(ReasonOf(Create(Slot(At(14), "p1", "r1")).status()), "PRACTITIONER_DAY_FULL");
  EXPECT_TRUE(Reschedule(id, Slot(At(14), "p1", "r1")).ok());
  ASSERT_TRUE(Cancel(id, CancelReason::kClient).ok());
  EXPECT_TRUE(Create(Slot(At(15), "p1", "r1")).ok());
}

TEST_P(PoliciesTest, Scenario33OfTwentyAtOnceFiveAreBooked) {
  SetPolicies("", {{.practitioner = {.visits = 5}}});
  std::vector<std::thread> callers;
  std::atomic<int> done = 0;
  std::atomic<int> full = 0;
  callers.reserve(20);
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&, i] {
      domain::SlotRequest slot = Slot(At(9), "p1", "r1");
      slot.minutes = 30;
      slot.start = At(9) + (i % 16) * absl::Minutes(30);
      if (i >= 16) slot.room = "r2";
      const auto reply = Create(slot);
      done += reply.ok() ? 1 : 0;
      full += ReasonOf(reply.status()) == "PRACTITIONER_DAY_FULL" ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(done, 5);
  EXPECT_GE(full, 11);  // The others found the time taken.
  EXPECT_EQ(Count("bookings"), 5);
}

TEST_P(PoliciesTest, AClientMayComeSoOften) {
  SetPolicies("", {{.client = {.per_day = 1, .per_week = 2}}});
  const auto per = [&](const absl::StatusOr<std::string>& reply) {
    if (reply.ok()) return std::string("done");
    return std::string(ReasonOf(reply.status())) + " " + MetadataOf(reply.status())["per"];
  };
  const std::string id = IdOf(Create(Slot(At(9), "p1", "r1")));
  EXPECT_EQ(per(Create(Slot(At(14), "p2", "r2"))), "CLIENT_LIMIT day");
  EXPECT_TRUE(Reschedule(id, Slot(At(15), "p1", "r1")).ok());
  EXPECT_EQ(per(Create(Slot(At(9) + absl::Hours(24 * 6), "p2", "r2"))), "done");  // Sunday.
  EXPECT_EQ(per(Create(Slot(At(9) + absl::Hours(24 * 5), "p2", "r2"))), "CLIENT_LIMIT week");
  EXPECT_EQ(per(Create(Slot(At(9) + absl::Hours(24 * 7), "p2", "r2"))), "done");  // Monday.
  EXPECT_EQ(per(book_.Run(
                {.call = NewCall(), .client = "other", .slot = Slot(At(9), "p2", "r2"), .hold = {}},
                Encoded)),
            "done");
}

TEST_P(PoliciesTest, TwoCallsForOneClientDoNotBothGetTheLast) {
  SetPolicies("", {{.client = {.per_day = 1}}});
  std::atomic<int> done = 0;
  std::vector<std::thread> callers;
  callers.reserve(3);
  for (const char* who : {"p1", "p2", "p3"}) {
    callers.emplace_back([&, who] {
      const std::string room = std::string("r") + who[1];
      done += Create(Slot(At(10), who, room)).ok() ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(done, 1);
}

TEST_P(PoliciesTest, TheFirstVisitIsAConsultation) {
  SetPolicies("", {{.first_visit_consultation = true}});
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.offerings["talk"] = changed.offerings["massage"];
  changed.offerings["talk"].id = "talk";
  changed.offerings["talk"].modality = domain::Modality::kConsultation;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  domain::SlotRequest talk = Slot(At(12), "p1", "r1");
  talk.offering = "talk";
  EXPECT_EQ(ReasonOf(Create(Slot(At(14), "p2", "r2")).status()), "FIRST_VISIT_CONSULTATION");
  const std::string held = IdOf(Hold(talk));
  EXPECT_EQ(ReasonOf(Create(Slot(At(14), "p2", "r2")).status()), "FIRST_VISIT_CONSULTATION");
  ASSERT_TRUE(Move(held, BookingMove::kConfirm).ok());
  const std::string visit = IdOf(Create(Slot(At(14), "p2", "r2")));
  EXPECT_EQ(ReasonOf(Create(Slot(At(10), "p2", "r2")).status()), "FIRST_VISIT_CONSULTATION");
  EXPECT_EQ(ReasonOf(Reschedule(visit, Slot(At(11), "p2", "r2")).status()),
            "FIRST_VISIT_CONSULTATION");
  EXPECT_TRUE(Reschedule(visit, Slot(At(15), "p2", "r2")).ok());
}

TEST_P(PoliciesTest, PartnersTakeTheStartsThatAreOfferedAndStaffAny) {
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.offerings["massage"].online_bookable = true;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  domain::SlotRequest between = Slot(At(10, 5), "p1", "r1");
  between.online = true;
  EXPECT_EQ(ReasonOf(Create(between).status()), "OFF_STEP");
  EXPECT_EQ(ReasonOf(Hold(between).status()), "OFF_STEP");
  between.start = At(10, 15);
  EXPECT_TRUE(Create(between).ok());
  EXPECT_TRUE(Create(Slot(At(12, 5), "p1", "r1")).ok());
}

TEST_P(PoliciesTest, StaffSetRulesAsideByNameAndNothingElse) {
  using domain::PolicyRule;
  SetPolicies("", {{.notice = {.minutes = 24 * 60},
                    .horizon_days = 30,
                    .practitioner = {.visits = 1},
                    .client = {.per_day = 1}}});
  const auto book = [&](absl::Time start, domain::PolicyRules rules, const char* who = "p1") {
    domain::SlotRequest slot = Slot(start, who, "r1");
    slot.override_of = {std::move(rules), domain::OverrideReason::kUrgent, "staff/desk"};
    return Create(slot);
  };
  EXPECT_EQ(ReasonOf(book(At(10), {PolicyRule::kHorizon}).status()), "NOTICE_TOO_SHORT");
  const std::string id = IdOf(book(At(10), {PolicyRule::kNotice, PolicyRule::kHorizon}));
  EXPECT_EQ(Get(id).override_of.rules, domain::PolicyRules{PolicyRule::kNotice});
  EXPECT_EQ(Get(id).override_of.reason, domain::OverrideReason::kUrgent);
  EXPECT_EQ(Get(id).override_of.by, "staff/desk");
  EXPECT_EQ(ReasonOf(book(At(12), {PolicyRule::kNotice}).status()), "CLIENT_LIMIT");
  EXPECT_EQ(ReasonOf(book(At(12), {PolicyRule::kNotice, PolicyRule::kClientLimit}).status()),
            "PRACTITIONER_DAY_FULL");
  const domain::PolicyRules all = {PolicyRule::kNotice, PolicyRule::kHorizon,
                                   PolicyRule::kPractitionerDay, PolicyRule::kClientLimit};
  // What is not a rule of the policy stays in the way: claims, hours, the past.
  EXPECT_EQ(ReasonOf(book(At(10, 30), all).status()), "SLOT_TAKEN");
  EXPECT_EQ(ReasonOf(book(At(18), all).status()), "OUTSIDE_HOURS");
  EXPECT_EQ(ReasonOf(book(At(9) - absl::Hours(24), all).status()), "START_IN_PAST");
  const std::string late = IdOf(book(At(12), all));
  EXPECT_EQ(Get(late).override_of.rules,
            (domain::PolicyRules{PolicyRule::kNotice, PolicyRule::kPractitionerDay,
                                 PolicyRule::kClientLimit}));
  // To a time that needs none.
  ASSERT_TRUE(Reschedule(late, Slot(At(10) + absl::Hours(48), "p1", "r1")).ok());
  EXPECT_EQ(Get(late).override_of, domain::PolicyOverride());
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, PoliciesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
