// Bookings under a policy, on both engines. It is 06:00 on the 8th of March, local time.
#include <gtest/gtest.h>

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

TEST_P(PoliciesTest, AWaiverIsOnceAndLeavesItsEvent) {
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

INSTANTIATE_TEST_SUITE_P(Engines, PoliciesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
