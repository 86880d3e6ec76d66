// The part of explain.h about what is asked.
#include <algorithm>

#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/explain.h"
#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::domain {

std::vector<ResourceId> ExplainQuestion::resources() const {
  std::vector<ResourceId> all;
  for (const Practitioner* practitioner : practitioners) all.push_back(practitioner->resource());
  for (const Room* room : rooms) all.push_back(room->resource());
  for (const Device* device : devices) all.push_back(device->resource());
  return all;
}

absl::Time ExplainQuestion::busy_start() const {
  return start - PractitionerMargins(*offering).before;
}

absl::Time ExplainQuestion::busy_end() const {
  absl::Duration after = PractitionerMargins(*offering).after;
  for (const Room* room : rooms) after = std::max(after, RoomMargins(*room).after);
  for (const Device* device : devices) after = std::max(after, DeviceMargins(*device).after);
  return end + after;
}

absl::Time ExplainQuestion::claims_start() const {
  const absl::Time first = busy_start() - LongestWay(catalogue->WaysFrom(clinic->id));
  if (!catalogue->limits_days() && !catalogue->keeps_breaks()) return first;
  return std::min(first, DaysOf(*clinic, busy_start(), busy_end()).start);
}

absl::Time ExplainQuestion::claims_end() const {
  const absl::Time last = busy_end() + LongestWay(catalogue->WaysFrom(clinic->id)) +
                          absl::Minutes(catalogue->has_leads() ? kPauseMinutesMax : 0);
  if (!catalogue->limits_days() && !catalogue->keeps_breaks()) return last;
  return std::max(last, DaysOf(*clinic, busy_start(), busy_end()).end);
}

absl::StatusOr<ExplainQuestion> AskExplanation(const Catalogue& catalogue,
                                               const SlotRequest& request) {
  ExplainQuestion asked;
  asked.catalogue = &catalogue;
  asked.clinic = catalogue.FindClinic(request.clinic);
  if (asked.clinic == nullptr) return error::ReferenceUnknown("slot.clinic");
  asked.offering = catalogue.FindOffering(request.offering);
  if (asked.offering == nullptr) return error::ReferenceUnknown("slot.offering");
  if (!asked.offering->HasVariant(request.minutes)) {
    return InvalidField("slot.duration_minutes", "not a duration of the offering");
  }
  asked.start = request.start;
  asked.end = request.start + absl::Minutes(request.minutes);
  if (!request.practitioner.empty()) {
    asked.practitioners = {catalogue.FindPractitioner(request.practitioner)};
    if (asked.practitioners[0] == nullptr) return error::ReferenceUnknown("slot.practitioner");
  } else {
    for (const auto& [id, practitioner] : catalogue.practitioners) {
      if (practitioner.WorksAt(request.clinic)) asked.practitioners.push_back(&practitioner);
    }
  }
  if (!request.room.empty()) {
    asked.rooms = {catalogue.FindRoom(request.clinic, request.room)};
    if (asked.rooms[0] == nullptr) return error::ReferenceUnknown("slot.room");
  } else {
    asked.rooms = catalogue.RoomsAt(request.clinic);
    PlainestFirst(asked.rooms);
  }
  if (asked.offering->NeedsDevice()) {
    asked.devices = catalogue.DevicesAt(request.clinic);
    PlainestFirst(asked.devices);
  }
  absl::Duration after = PractitionerMargins(*asked.offering).after;
  for (const Room* room : asked.rooms) {
    if (asked.offering->Suits(*room)) after = std::max(after, RoomMargins(*room).after);
  }
  if (asked.end + after - asked.busy_start() > kClaimMax) {
    return InvalidField("slot.duration_minutes", "longer than 24 hours with its buffers");
  }
  return asked;
}

}  // namespace stillpoint::booking::domain
