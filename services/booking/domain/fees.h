// Fees for calling off or moving a visit too late: whether one is due, by the version of the policy
// that the booking was made under.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_FEES_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_FEES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// What is known of one call that calls a booking off or moves it.
struct LateQuestion {
  const Catalogue& catalogue;  // Has the version that the booking names.
  const absl::TimeZone& zone;  // Of the clinic where the visit was to be.
  absl::Time now;
  bool online = false;  // A partner asks: what is late is refused.
};

// Marks `after`, which is `before` called off, if it is late and the reason is not the practitioner
// or the clinic. FailedPrecondition CANCEL_CUTOFF_PASSED.
absl::Status JudgeCancel(const LateQuestion& asked, const Booking& before, Booking& after);

// Marks `after`, which is `before` moved to another time, if it is late for its old time.
// FailedPrecondition CHANGE_CUTOFF_PASSED.
absl::Status JudgeChange(const LateQuestion& asked, const Booking& before, Booking& after);

// Takes back the fee. `by` is the subject of the caller's key. FailedPrecondition FEE_NOT_DUE.
absl::Status WaiveFee(FeeWaiver reason, std::string by, Booking& after);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_FEES_H_
