#include "services/booking/domain/booking.h"

#include "absl/strings/str_cat.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {
namespace {

using E = BookingEventKind;
using M = BookingMove;
using S = BookingState;

// The whole life of a booking. What is not here does not happen.
constexpr BookingStep kSteps[] = {
    {M::kConfirm, S::kHeld, S::kConfirmed, E::kConfirmed},
    {M::kRelease, S::kHeld, S::kReleased, E::kReleased},
    {M::kExpire, S::kHeld, S::kExpired, E::kExpired},
    {M::kReschedule, S::kConfirmed, S::kConfirmed, E::kRescheduled},
    {M::kChangeRoom, S::kConfirmed, S::kConfirmed, E::kRoomChanged},
    {M::kFollowZone, S::kHeld, S::kHeld, E::kZoneChanged},
    {M::kFollowZone, S::kConfirmed, S::kConfirmed, E::kZoneChanged},
    {M::kChangeDevice, S::kConfirmed, S::kConfirmed, E::kDeviceChanged},
    {M::kCancel, S::kConfirmed, S::kCancelled, E::kCancelled},
    {M::kCancel, S::kCheckedIn, S::kCancelled, E::kCancelled},
    {M::kCheckIn, S::kConfirmed, S::kCheckedIn, E::kCheckedIn},
    {M::kStart, S::kCheckedIn, S::kInSession, E::kStarted},
    {M::kComplete, S::kInSession, S::kCompleted, E::kCompleted},
    {M::kMarkNoShow, S::kConfirmed, S::kNoShow, E::kNoShow},
    {M::kMarkNoShow, S::kCheckedIn, S::kNoShow, E::kNoShow},
    {M::kWaiveFee, S::kConfirmed, S::kConfirmed, E::kFeeWaived},
    {M::kWaiveFee, S::kCheckedIn, S::kCheckedIn, E::kFeeWaived},
    {M::kWaiveFee, S::kInSession, S::kInSession, E::kFeeWaived},
    {M::kWaiveFee, S::kCompleted, S::kCompleted, E::kFeeWaived},
    {M::kWaiveFee, S::kCancelled, S::kCancelled, E::kFeeWaived},
    {M::kWaiveFee, S::kNoShow, S::kNoShow, E::kFeeWaived},
};

}  // namespace

absl::Span<const BookingStep> BookingSteps() { return kSteps; }

absl::string_view BookingStateName(BookingState state) {
  switch (state) {
    case S::kHeld:
      return "HELD";
    case S::kConfirmed:
      return "CONFIRMED";
    case S::kCheckedIn:
      return "CHECKED_IN";
    case S::kInSession:
      return "IN_SESSION";
    case S::kCompleted:
      return "COMPLETED";
    case S::kReleased:
      return "RELEASED";
    case S::kExpired:
      return "EXPIRED";
    case S::kCancelled:
      return "CANCELLED";
    case S::kNoShow:
      return "NO_SHOW";
  }
  return "UNKNOWN";
}

absl::string_view BookingEventName(BookingEventKind kind) {
  switch (kind) {
    case E::kHeld:
      return "booking.held";
    case E::kConfirmed:
      return "booking.confirmed";
    case E::kRescheduled:
      return "booking.rescheduled";
    case E::kCancelled:
      return "booking.cancelled";
    case E::kCheckedIn:
      return "booking.checked_in";
    case E::kStarted:
      return "booking.started";
    case E::kCompleted:
      return "booking.completed";
    case E::kNoShow:
      return "booking.no_show";
    case E::kReleased:
      return "booking.released";
    case E::kExpired:
      return "booking.expired";
    case E::kRoomChanged:
      return "booking.room_changed";
    case E::kFeeWaived:
      return "booking.fee_waived";
    case E::kZoneChanged:
      return "booking.zone_changed";
    case E::kDeviceChanged:
      return "booking.device_changed";
  }
  return "booking.unknown";
}

absl::StatusOr<BookingStep> FindStep(BookingState state, BookingMove move) {
  for (const BookingStep& step : kSteps) {
    if (step.move == move && step.from == state) return step;
  }
  // A hold that ran out deserves its own answer: the caller can take a new one.
  if (state == S::kExpired && move == M::kConfirm) return error::HoldExpired();
  return error::BookingInState(BookingStateName(state));
}

bool OccupiesTime(BookingState state) {
  return state != S::kReleased && state != S::kExpired && state != S::kCancelled;
}

std::string EtagOf(const Booking& booking) { return absl::StrCat("r", booking.revision); }

absl::Status CheckEtag(const Booking& booking, absl::string_view etag) {
  if (etag.empty() || etag == EtagOf(booking)) return absl::OkStatus();
  return error::EtagMismatch();
}

absl::Status CheckArrivalDay(const Booking& booking, absl::Time now, const absl::TimeZone& zone) {
  if (absl::ToCivilDay(now, zone) == absl::ToCivilDay(booking.start, zone)) return absl::OkStatus();
  return error::CheckInWrongDay();
}

absl::Time StartByZone(const Booking& booking, const absl::TimeZone& zone) {
  if (!booking.local_start.has_value()) return booking.start;
  const absl::TimeZone::TimeInfo at = zone.At(*booking.local_start);
  const bool repeated = at.kind == absl::TimeZone::TimeInfo::REPEATED;
  return repeated && booking.start == at.post ? booking.start : at.pre;
}

Booking Advance(Booking booking, const BookingStep& step, absl::Time now) {
  booking.state = step.to;
  booking.revision += 1;
  booking.updated = now;
  // Only a hold, or one that ran out, has a time at which it does.
  if (step.move == M::kConfirm || step.move == M::kRelease) booking.hold_expires.reset();
  return booking;
}

}  // namespace stillpoint::booking::domain
