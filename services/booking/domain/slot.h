// Deciding about one wanted time: who, which room and which device could give it, and whom it falls
// to.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::domain {

// A time that a caller asks for. All are ids.
struct SlotRequest {
  std::string clinic = {};
  std::string offering = {};
  int minutes = 0;                // One of the offering's variants.
  std::string practitioner = {};  // Empty: anyone.
  std::string room = {};          // Empty: any that suits.
  absl::Time start = {};
  // Asked by a partner on behalf of the public: only what may be booked online.
  bool online = false;
  // Asked by staff.
  PolicyOverride override_of = {};
};

// Beyond this many, the last by preference are not considered: each candidate's lock is taken, and
// a clinic has fewer people and rooms than this.
inline constexpr size_t kCandidatesMax = 64;

// Who could give the visit and where, were they free. Pointers are into the catalogue.
struct SlotCandidates {
  const Clinic* clinic = nullptr;
  const Offering* offering = nullptr;
  absl::Time start;
  absl::Time end;
  std::vector<const Practitioner*> practitioners;  // Qualified and at work then; by id.
  std::vector<const Room*> rooms;      // Suitable; plainest first, so that special rooms stay free.
  std::vector<const Device*> devices;  // Likewise; none exactly if the offering takes none.

  const Ways* ways = nullptr;                 // From the clinic to others; null: there are none.
  absl::Duration leads;                       // No claim's lead is longer; 0: none has one.
  BufferPolicy buffers = BufferPolicy::kSum;  // Of the policy in force; to be set.

  // domain::SpreadRooms. `first`, unless null, comes before all if it is among them.
  void SpreadRooms(size_t by, const Room* first);
  void SpreadDevices(size_t by, const Device* first);

  // Whatever of a candidate's time the visit would occupy lies in [busy_start, busy_end).
  absl::Time busy_start() const;
  absl::Time busy_end() const;
  // Over which time claims of practitioners matter: with the ways to other clinics and the leads
  // of visits after this one, a longer one.
  absl::Time claims_start() const { return busy_start() - LongestWay(ways); }
  absl::Time claims_end() const { return busy_end() + LongestWay(ways) + leads; }
};

// What a visit over [start, end) at `clinic` would claim of its practitioner, without names of
// either.
Claim PractitionerClaim(absl::Time start, absl::Time end, const Offering& offering,
                        BufferPolicy buffers, const std::string& clinic);

// The candidates, all rules but those of time and of being free applied. InvalidArgument
// INVALID_FIELD (no such variant), OFF_GRID or REFERENCE_UNKNOWN; FailedPrecondition
// OFFERING_UNAVAILABLE, PRACTITIONER_UNQUALIFIED, ROOM_UNSUITABLE, DEVICE_UNSUITABLE,
// OUTSIDE_HOURS; for partners also OFF_STEP: staff may use the time between two visits that
// searches leave out. Neither practitioners nor rooms of the answer are empty.
absl::StatusOr<SlotCandidates> FindCandidates(const Catalogue& catalogue,
                                              const SlotRequest& request);

// The whole local day of the visit at its clinic, over which fairness is judged.
struct LocalDay {
  absl::Time start;
  absl::Time end;
};
LocalDay DayOf(const SlotCandidates& candidates);
// The whole local days that any of [start, end) lies in.
LocalDay DaysOf(const Clinic& clinic, absl::Time start, absl::Time end);
LocalDay DayOf(const Clinic& clinic, absl::Time start);
// Monday to Sunday, likewise.
LocalDay WeekOf(const Clinic& clinic, absl::Time start);

// To whom and to which room the visit falls, and with which device; null: with none.
struct SlotChoice {
  const Practitioner* practitioner = nullptr;
  const Room* room = nullptr;
  const Device* device = nullptr;
};

// What practitioners have to their credit, by id; missing: 0. Whoever could have given a visit that
// was for anybody earns their share of it, and whoever gives it pays for all (ShareChanges).
using Shares = std::map<std::string, int64_t>;
inline constexpr int64_t kWholeShare = 1'000'000;

// How credits change when `chosen`, one of `candidates`, is given a visit that was for any of them.
// Their sum is 0.
Shares ShareChanges(const std::vector<const Practitioner*>& candidates, const Practitioner& chosen);

// Chooses among the practitioners that are free of `claims` (live ones only, over the whole DayOf
// where there is a choice of people): the one with most to their credit, then the one with the
// fewest occupied minutes that day, then the first by id. With `rules`, `claims` are those of the
// whole DayOf too, with a break those of the DaysOf what the visit occupies; whoever has as much
// already, or would be left without their break, is not chosen. `moving`, when the visit is moved,
// does not stand in its own way and keeps its practitioner if they are free; may be null.
// FailedPrecondition SLOT_TAKEN, without alternatives; PRACTITIONER_DAY_FULL, PRACTITIONER_BREAK,
// PRACTITIONER_TRAVELS: somebody is free but for the limits, or but for their break, or but for the
// way from or to a visit elsewhere.
absl::StatusOr<const Practitioner*> ChoosePractitioner(const SlotCandidates& candidates,
                                                       absl::Span<const Claim> claims,
                                                       const DayRules& rules, const Shares& shares,
                                                       const Booking* moving,
                                                       absl::string_view organization);

// Whether `resource`, a practitioner, can have a visit [start, end) besides `claims` (live ones,
// those of `moving` do not count) on `day`.
bool IsWithinLimits(const DayLimits& limits, const LocalDay& day, const ResourceId& resource,
                    absl::Time start, absl::Time end, absl::Span<const Claim> claims,
                    const Booking* moving);

// What is in the way of a visit of `resource`, a practitioner.
enum class InTheWay {
  kNothing,
  kClaim,   // One that overlaps it,
  kTravel,  // or only the way from or to one at another clinic.
};
// By `claims` (live ones, those of `moving`, which may be null, do not count) from claims_start to
// claims_end. `ways` start from the clinic of `wanted`. Unless it is `one_at_a_time`, those at the
// clinic of `wanted` do not count either.
InTheWay WhatIsInTheWay(const ResourceId& resource, const Claim& wanted, const Ways* ways,
                        absl::Span<const Claim> claims, const Booking* moving, bool one_at_a_time);

// True if no claim but those of `moving` (may be null) is in the way of the visit in `room`.
bool RoomIsFree(const SlotCandidates& candidates, const Room& room, absl::Span<const Claim> claims,
                const Booking* moving);

// The same of `device`.
bool DeviceIsFree(const SlotCandidates& candidates, const Device& device,
                  absl::Span<const Claim> claims, const Booking* moving);

// FailedPrecondition SLOT_TAKEN, without alternatives: no room is free.
absl::Status NoRoomFree(const SlotCandidates& candidates, absl::string_view organization);
// The same: no device is.
absl::Status NoDeviceFree(const SlotCandidates& candidates, absl::string_view organization);

// Sets what `booking` takes from its slot: place, people, times, and the margins of today.
void PlaceAt(const SlotCandidates& candidates, const SlotChoice& choice, Booking& booking);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOT_H_
