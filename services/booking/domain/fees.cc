#include "services/booking/domain/fees.h"

#include <utility>

#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {
namespace {

bool IsLate(const LateQuestion& asked, const Booking& before, const LeadTime BookingPolicy::*rule) {
  const BookingPolicy* policy =
      asked.catalogue.FindPolicy(before.policy_clinic, before.policy_version);
  if (policy == nullptr || !(policy->*rule).IsRule()) return false;
  return before.start < (policy->*rule).EarliestStart(asked.now, asked.zone);
}

void FallDue(Booking& booking) {
  booking.fee_due = true;
  booking.fee_waiver = FeeWaiver::kNone;
  booking.fee_waived_by.clear();
}

}  // namespace

absl::Status JudgeCancel(const LateQuestion& asked, const Booking& before, Booking& after) {
  if (!IsLate(asked, before, &BookingPolicy::cancellation)) return absl::OkStatus();
  if (asked.online) return error::CancelCutoffPassed();
  if (after.cancel_reason == CancelReason::kPractitioner ||
      after.cancel_reason == CancelReason::kClinic) {
    return absl::OkStatus();
  }
  after.late_cancelled = true;
  FallDue(after);
  return absl::OkStatus();
}

absl::Status JudgeChange(const LateQuestion& asked, const Booking& before, Booking& after) {
  if (!IsLate(asked, before, &BookingPolicy::change)) return absl::OkStatus();
  if (asked.online) return error::ChangeCutoffPassed();
  after.late_changed = true;
  FallDue(after);
  return absl::OkStatus();
}

absl::Status WaiveFee(FeeWaiver reason, std::string by, Booking& after) {
  if (!after.fee_due) return error::FeeNotDue();
  after.fee_due = false;
  after.fee_waiver = reason;
  after.fee_waived_by = std::move(by);
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::domain
