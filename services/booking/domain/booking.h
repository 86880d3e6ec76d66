// One visit and its life. Values and pure functions; what is stored and sent is made from these.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_BOOKING_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_BOOKING_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/policy.h"
#include "services/booking/domain/policy_override.h"

namespace stillpoint::booking::domain {

// Stored and sent as these numbers, so they never change.
enum class BookingState {
  kHeld = 1,
  kConfirmed = 2,
  kCheckedIn = 3,
  kInSession = 4,
  kCompleted = 5,
  kReleased = 6,
  kExpired = 7,
  kCancelled = 8,
  kNoShow = 9,
};

// What happened to a booking; sent as these numbers.
enum class BookingEventKind {
  kHeld = 1,
  kConfirmed = 2,
  kRescheduled = 3,
  kCancelled = 4,
  kCheckedIn = 5,
  kStarted = 6,
  kCompleted = 7,
  kNoShow = 8,
  kReleased = 9,
  kExpired = 10,
  kRoomChanged = 11,
  kFeeWaived = 12,
  kZoneChanged = 13,
  kDeviceChanged = 14,
};

// Why a booking was called off; sent as these numbers. A closed list: free text would be personal.
enum class CancelReason { kNone = 0, kClient = 1, kPractitioner = 2, kClinic = 3, kOther = 4 };

// Why a fee was waived; sent as these numbers. Closed for the same reason.
enum class FeeWaiver {
  kNone = 0,
  kIllness = 1,
  kEmergency = 2,
  kClinic = 3,
  kGoodwill = 4,
  kOther = 5,
};

enum class BookingMove {
  kConfirm,
  kRelease,
  kExpire,
  kReschedule,
  kCancel,
  kCheckIn,
  kStart,
  kComplete,
  kMarkNoShow,
  kChangeRoom,    // To make way for one that needs the room,
  kChangeDevice,  // or the device.
  kWaiveFee,
  kFollowZone,  // To the instant that the agreed local time is by new zone data.
};

// One allowed step of a booking's life.
struct BookingStep {
  BookingMove move;
  BookingState from;
  BookingState to;
  BookingEventKind event;
};

// A hold lasts this long unless the caller says otherwise: long enough to fill in an intake.
inline constexpr absl::Duration kHoldDefault = absl::Minutes(10);
// Longer would let a caller keep times away from others at no cost.
inline constexpr absl::Duration kHoldMax = absl::Minutes(30);
inline constexpr absl::Duration kHoldMin = absl::Seconds(1);
// Holds of one caller that are live at one time. A held time is nobody else's and costs nothing, so
// whoever could hold without end could empty a clinic's days.
inline constexpr int kHoldsOfStaff = 100;   // A desk with all its telephones, in ten minutes.
inline constexpr int kHoldsOfPartner = 30;  // Its people share one caller: three holds a minute.
inline constexpr int kHoldsOfClient = 3;    // To choose between; a person comes to one.
// The longest claim, buffers included. SQLite's overlap trigger looks back no further.
inline constexpr absl::Duration kClaimMax = absl::Hours(24);

// All ids are the last segments of resource names; a room's or a device's is unique within its
// clinic.
struct Booking {
  std::string id;
  std::string client;
  std::string clinic;
  std::string offering;
  std::string practitioner;
  std::string room;
  std::string device = {};  // Empty: it takes none.
  bool assigned = false;    // It was for anybody, and fell to the practitioner by their turn.
  bool room_asked = false;  // The caller named the room: it is not exchanged for another.
  absl::Time start;         // The visit is [start, end), on the grid.
  absl::Time end;
  std::string zone;  // IANA name of the clinic's zone in which the time was agreed.
  // What the wall clock shows at `start`, by the zone data of the day on which it was agreed; none:
  // agreed before this was kept.
  std::optional<absl::CivilSecond> local_start;
  // Frozen when the time is booked, so that a later change of the offering leaves bookings alone.
  absl::Duration buffer_before;  // The practitioner is busy before and after the visit,
  absl::Duration buffer_after;
  absl::Duration turnover;              // and the room is occupied after it,
  absl::Duration device_turnover = {};  // and so is the device.
  // Frozen too: how `buffer_before` goes with what is left of the visit before.
  BufferPolicy buffers = BufferPolicy::kSum;
  BookingState state = BookingState::kHeld;
  std::optional<absl::Time> hold_expires;  // Set for those that are or were only holds.
  CancelReason cancel_reason = CancelReason::kNone;
  // The version of the policy that it was made under (domain/policy.h), for its whole life; 0:
  // none.
  std::string policy_clinic;
  int64_t policy_version = 0;
  bool late_cancelled = false;
  bool late_changed = false;
  bool fee_due = false;
  FeeWaiver fee_waiver = FeeWaiver::kNone;
  std::string fee_waived_by;        // The subject of a key, never a client.
  PolicyOverride override_of = {};  // That gave it its present time.
  std::string held_by;              // The subject that took the hold; empty: booked at once.
  int64_t revision = 1;
  absl::Time created;
  absl::Time updated;
};

// Every step there is.
absl::Span<const BookingStep> BookingSteps();

// "HELD", "CONFIRMED", ...
absl::string_view BookingStateName(BookingState state);

// "booking.held", "booking.confirmed", ...
absl::string_view BookingEventName(BookingEventKind kind);

// FailedPrecondition BOOKING_STATE (metadata state): `state` does not allow `move`.
absl::StatusOr<BookingStep> FindStep(BookingState state, BookingMove move);

// True if a booking in `state` occupies its practitioner, room and device.
bool OccupiesTime(BookingState state);

// Changes with every revision.
std::string EtagOf(const Booking& booking);
// Aborted ETAG_MISMATCH unless `etag` is empty or that of `booking`.
absl::Status CheckEtag(const Booking& booking, absl::string_view etag);

// FailedPrecondition CHECK_IN_WRONG_DAY unless `now` is on the visit's local date in `zone`.
absl::Status CheckArrivalDay(const Booking& booking, absl::Time now, const absl::TimeZone& zone);

// When `booking` starts by `zone`, the zone in which it was agreed by the data of today: at its
// local start, a skipped one moved forward by the gap, of a repeated one the first; or as it is, if
// that has not changed or nobody knows.
absl::Time StartByZone(const Booking& booking, const absl::TimeZone& zone);

// `booking` after `step`, one revision on.
Booking Advance(Booking booking, const BookingStep& step, absl::Time now);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_BOOKING_H_
