#include "services/booking/domain/orphans.h"

#include <algorithm>
#include <iterator>

#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

template <typename T>
const T* NewerOf(const T* changed, const T* known) {
  return changed != nullptr && known != nullptr && changed->id == known->id ? changed : known;
}

// Ids of rooms and devices are unique within their clinic only.
template <typename T>
const T* NewerAt(const T* changed, const T* known) {
  return changed != nullptr && known != nullptr && changed->resource() == known->resource()
             ? changed
             : known;
}

}  // namespace

bool IsLive(const Booking& booking, absl::Time now) {
  const bool has_run_out = booking.state == BookingState::kHeld &&
                           booking.hold_expires.has_value() && *booking.hold_expires <= now;
  return std::find(std::begin(kLiveStates), std::end(kLiveStates), booking.state) !=
             std::end(kLiveStates) &&
         booking.end > now && !has_run_out;
}

std::vector<OrphanReason> WhyOrphaned(const Booking& booking, const Catalogue& catalogue,
                                      const ChangedPart& changed) {
  const Clinic* clinic = NewerOf(changed.clinic, catalogue.FindClinic(booking.clinic));
  const Practitioner* who =
      NewerOf(changed.practitioner, catalogue.FindPractitioner(booking.practitioner));
  const Offering* offering = catalogue.FindOffering(booking.offering);
  const Room* room = NewerAt(changed.room, catalogue.FindRoom(booking.clinic, booking.room));
  const Device* device =
      NewerAt(changed.device, catalogue.FindDevice(booking.clinic, booking.device));
  std::vector<OrphanReason> reasons;
  if (clinic == nullptr || who == nullptr || offering == nullptr) {
    reasons.push_back(OrphanReason::kOutsideHours);  // Nothing of the kind can be asked for.
    return reasons;
  }
  if (!IsOpen(*who, *clinic, booking.start - booking.buffer_before,
              booking.end + booking.buffer_after)) {
    reasons.push_back(OrphanReason::kOutsideHours);
  }
  if (!who->HasCredential(offering->credential_kind,
                          absl::ToCivilDay(booking.start, clinic->zone))) {
    reasons.push_back(OrphanReason::kPractitionerUnqualified);
  }
  if (room == nullptr || !offering->Suits(*room)) {
    reasons.push_back(OrphanReason::kRoomUnsuitable);
  }
  if (!booking.device.empty() && (device == nullptr || !offering->Suits(*device))) {
    reasons.push_back(OrphanReason::kDeviceUnsuitable);
  }
  return reasons;
}

}  // namespace stillpoint::booking::domain
