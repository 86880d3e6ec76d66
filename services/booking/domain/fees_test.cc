#include "services/booking/domain/fees.h"

#include <gtest/gtest.h>

#include "common/error/error.h"

namespace stillpoint::booking::domain {
namespace {

// A visit at 2027-06-08 10:00 UTC, made under version 1: a day to call it off, two to move it.
// Version 2, without windows, has followed.
class FeesTest : public ::testing::Test {
 protected:
  FeesTest() {
    catalogue_.policies[""] = {
        {.version = 1, .cancellation = {.minutes = 1440}, .change = {.minutes = 2880}},
        {.version = 2}};
    booking_.policy_version = 1;
    booking_.start = absl::FromCivil(absl::CivilHour(2027, 6, 8, 10), zone_);
    booking_.state = BookingState::kConfirmed;
  }
  absl::Status Cancel(absl::Duration before, CancelReason reason, bool online = false) {
    after_ = booking_;
    after_.cancel_reason = reason;
    return JudgeCancel({catalogue_, zone_, booking_.start - before, online}, booking_, after_);
  }
  absl::Status Change(absl::Duration before, bool online = false) {
    after_ = booking_;
    return JudgeChange({catalogue_, zone_, booking_.start - before, online}, booking_, after_);
  }

  const absl::TimeZone zone_ = absl::UTCTimeZone();
  Catalogue catalogue_;
  Booking booking_;
  Booking after_;
};

TEST_F(FeesTest, AFeeIsDueForWhatIsCalledOffTooLate) {
  ASSERT_TRUE(Cancel(absl::Hours(24), CancelReason::kClient).ok());
  EXPECT_FALSE(after_.late_cancelled);
  EXPECT_FALSE(after_.fee_due);
  ASSERT_TRUE(Cancel(absl::Hours(24) - absl::Seconds(1), CancelReason::kClient).ok());
  EXPECT_TRUE(after_.late_cancelled);
  EXPECT_FALSE(after_.late_changed);
  EXPECT_TRUE(after_.fee_due);
  ASSERT_TRUE(Cancel(-absl::Hours(1), CancelReason::kOther).ok());
  EXPECT_TRUE(after_.fee_due);
}

TEST_F(FeesTest, NotForWhatIsTheClinicsDoing) {
  for (const CancelReason reason : {CancelReason::kPractitioner, CancelReason::kClinic}) {
    ASSERT_TRUE(Cancel(absl::Hours(1), reason).ok());
    EXPECT_FALSE(after_.late_cancelled);
    EXPECT_FALSE(after_.fee_due);
  }
}

TEST_F(FeesTest, PartnersAreRefusedWhatIsLate) {
  EXPECT_TRUE(Cancel(absl::Hours(24), CancelReason::kClient, true).ok());
  EXPECT_EQ(ReasonOf(Cancel(absl::Hours(23), CancelReason::kClient, true)), "CANCEL_CUTOFF_PASSED");
  // Whatever reason they give.
  EXPECT_EQ(ReasonOf(Cancel(absl::Hours(23), CancelReason::kClinic, true)), "CANCEL_CUTOFF_PASSED");
  EXPECT_TRUE(Change(absl::Hours(48), true).ok());
  EXPECT_EQ(ReasonOf(Change(absl::Hours(47), true)), "CHANGE_CUTOFF_PASSED");
}

TEST_F(FeesTest, MovingHasAWindowOfItsOwn) {
  ASSERT_TRUE(Change(absl::Hours(47)).ok());
  EXPECT_TRUE(after_.late_changed);
  EXPECT_FALSE(after_.late_cancelled);
  EXPECT_TRUE(after_.fee_due);
}

TEST_F(FeesTest, TheVersionThatItWasMadeUnderDecides) {
  booking_.policy_version = 2;
  ASSERT_TRUE(Cancel(absl::Hours(1), CancelReason::kClient).ok());
  EXPECT_FALSE(after_.fee_due);
  booking_.policy_version = 0;  // Under none.
  ASSERT_TRUE(Change(absl::Hours(1)).ok());
  EXPECT_FALSE(after_.fee_due);
}

TEST_F(FeesTest, TheDayBeforeIsThatOfTheClinic) {
  absl::TimeZone toronto;
  ASSERT_TRUE(absl::LoadTimeZone("America/Toronto", &toronto));
  catalogue_.policies[""][0].cancellation = {.day_before_minute = 18 * 60};
  const absl::Time six = absl::FromCivil(absl::CivilHour(2027, 6, 7, 18), toronto);
  after_ = booking_;
  EXPECT_TRUE(
      JudgeCancel({catalogue_, toronto, six - absl::Seconds(1), true}, booking_, after_).ok());
  EXPECT_FALSE(JudgeCancel({catalogue_, toronto, six, true}, booking_, after_).ok());
}

TEST_F(FeesTest, OnlyWhatIsDueCanBeWaivedAndItMayFallDueAgain) {
  EXPECT_EQ(ReasonOf(WaiveFee(FeeWaiver::kGoodwill, "desk", booking_)), "FEE_NOT_DUE");
  ASSERT_TRUE(Change(absl::Hours(1)).ok());
  ASSERT_TRUE(WaiveFee(FeeWaiver::kIllness, "desk", after_).ok());
  EXPECT_FALSE(after_.fee_due);
  EXPECT_TRUE(after_.late_changed);
  EXPECT_EQ(after_.fee_waiver, FeeWaiver::kIllness);
  EXPECT_EQ(after_.fee_waived_by, "desk");
  EXPECT_EQ(ReasonOf(WaiveFee(FeeWaiver::kIllness, "desk", after_)), "FEE_NOT_DUE");
  booking_ = after_;
  ASSERT_TRUE(Cancel(absl::Hours(1), CancelReason::kClient).ok());
  EXPECT_TRUE(after_.fee_due);
  EXPECT_EQ(after_.fee_waiver, FeeWaiver::kNone);
  EXPECT_EQ(after_.fee_waived_by, "");
}

}  // namespace
}  // namespace stillpoint::booking::domain
