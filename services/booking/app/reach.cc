#include "services/booking/app/reach.h"

#include <algorithm>

#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

// The id to look for where `asked` was asked for and only `own` is in reach; empty: any.
std::string Narrowed(const std::string& asked, const std::string& own) {
  if (own.empty() || asked == own) return asked;
  return asked.empty() ? own : kNobody;
}

}  // namespace

absl::Status CheckReach(const Reach& reach, const domain::Booking& booking) {
  if (reach.HasClinic(booking.clinic) && reach.HasPractitioner(booking.practitioner) &&
      reach.HasClient(booking.client)) {
    return absl::OkStatus();
  }
  return error::NotFound();
}

const domain::Practitioner* InReach(const Reach& reach, const domain::Practitioner* found) {
  if (found == nullptr || !reach.HasPractitioner(found->id)) return nullptr;
  const bool all =
      std::all_of(found->hours.begin(), found->hours.end(),
                  [&](const domain::WorkingHours& hours) { return reach.HasClinic(hours.clinic); });
  return all ? found : nullptr;
}

const domain::Clinic* InReach(const Reach& reach, const domain::Clinic* found) {
  return found != nullptr && reach.HasClinic(found->id) ? found : nullptr;
}

void Restrict(const Reach& reach, domain::SlotRequest& wanted) {
  if (!wanted.clinic.empty() && !reach.HasClinic(wanted.clinic)) wanted.clinic = kNobody;
  wanted.practitioner = Narrowed(wanted.practitioner, reach.practitioner);
}

void Restrict(const Reach& reach, ports::BookingFilter& filter) {
  if (!filter.clinic.empty() && !reach.HasClinic(filter.clinic)) filter.clinic = kNobody;
  filter.clinics = reach.clinics;
  filter.practitioner = Narrowed(filter.practitioner, reach.practitioner);
  filter.client = Narrowed(filter.client, reach.client);
}

}  // namespace stillpoint::booking::app
