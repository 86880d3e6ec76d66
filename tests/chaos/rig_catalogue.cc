// The part of rig.h about the catalogue.
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/chaos/rig_replica.h"

namespace stillpoint::chaos {
namespace {

absl::CivilDay DayOf(int64_t day) { return absl::CivilDay(1970, 1, 1) + day; }

std::optional<absl::CivilDay> DayOf(const std::optional<int64_t>& day) {
  return day.has_value() ? std::optional<absl::CivilDay>(DayOf(*day)) : std::nullopt;
}

domain::WeeklyHours HoursOf(const Weekly& week) {
  return {static_cast<absl::Weekday>(week.day), week.start, week.end};
}

std::vector<domain::WorkingHours> HoursOf(const std::vector<Shift>& shifts) {
  std::vector<domain::WorkingHours> hours;
  for (const Shift& shift : shifts) {
    domain::WorkingHours part;
    part.clinic = shift.clinic;
    part.week = HoursOf(shift.week);
    part.week.valid_from = DayOf(shift.from);
    part.week.valid_until = DayOf(shift.until);
    hours.push_back(part);
  }
  return hours;
}

domain::Practitioner PractitionerOf(const Person& person) {
  domain::Practitioner practitioner;
  practitioner.id = person.id;
  practitioner.display_name = person.id;
  for (const Licence& licence : person.licences) {
    domain::Credential credential;
    credential.kind = licence.kind;
    credential.issuer = "issuer";
    credential.valid_from = DayOf(licence.from);
    credential.valid_until = DayOf(licence.until);
    practitioner.credentials.push_back(credential);
  }
  return practitioner;
}

domain::Offering OfferingOf(const Offering& from) {
  domain::Offering offering;
  offering.id = from.id;
  offering.display_name = from.id;
  offering.modality = domain::Modality::kSwedish;
  offering.variants = from.lengths;
  offering.buffer_before_minutes = from.before;
  offering.buffer_after_minutes = from.after;
  offering.step_minutes = from.step;
  offering.credential_kind = from.licence;
  offering.room_kind = from.room_kind;
  offering.room_features = {from.features.begin(), from.features.end()};
  offering.device_kind = from.device_kind;
  offering.device_features = {from.device_features.begin(), from.device_features.end()};
  offering.notice_minutes = from.notice_minutes;
  offering.horizon_days = from.horizon_days;
  offering.currency = "CAD";
  offering.online_bookable = from.online;
  offering.clinics = from.clinics;
  return offering;
}

template <typename T>
std::string IdOf(const T& part) {
  return part.id;
}

// "ID COUNT ID,ID,...": of what was changed, and of the visits that it orphans.
template <typename T>
std::string ChangeOf(const T& part, const app::Affected& affected) {
  return absl::StrCat(part.id, " ", affected.count, " ", absl::StrJoin(affected.bookings, ","));
}

}  // namespace

Reply Rig::Save(const Ask& ask, const Clinic& clinic) {
  domain::Clinic made;
  made.id = clinic.id;
  made.display_name = clinic.id;
  made.zone_name = clinic.zone;
  if (!absl::LoadTimeZone(clinic.zone, &made.zone)) std::abort();
  for (const Weekly& week : clinic.opening) made.opening_hours.push_back(HoursOf(week));
  return ReplyOf(At(ask).clinics.Create(CallOf(organization_, ask), made, IdOf<domain::Clinic>));
}

Reply Rig::Save(const Ask& ask, const Room& room, bool is_new, const std::string& etag) {
  domain::Room made;
  made.id = room.id;
  made.clinic = room.clinic;
  made.display_name = room.id;
  made.kind = room.kind;
  made.features = {room.features.begin(), room.features.end()};
  made.turnover_minutes = room.turnover;
  const app::Call call = CallOf(organization_, ask);
  if (is_new) return ReplyOf(At(ask).rooms.Create(call, made, IdOf<domain::Room>));
  return ReplyOf(At(ask).rooms.Update(
      call, {.values = made, .fields = {"features", "turnover_minutes"}, .etag = etag},
      ChangeOf<domain::Room>));
}

Reply Rig::Save(const Ask& ask, const Device& device, bool is_new, const std::string& etag) {
  domain::Device made;
  made.id = device.id;
  made.clinic = device.clinic;
  made.display_name = device.id;
  made.kind = device.kind;
  made.features = {device.features.begin(), device.features.end()};
  made.turnover_minutes = device.turnover;
  made.archived = device.archived;
  const app::Call call = CallOf(organization_, ask);
  if (is_new) return ReplyOf(At(ask).devices.Create(call, made, IdOf<domain::Device>));
  return ReplyOf(At(ask).devices.Update(
      call, {.values = made, .fields = {"features", "turnover_minutes", "archived"}, .etag = etag},
      ChangeOf<domain::Device>));
}

Reply Rig::Save(const Ask& ask, const Person& person) {
  return ReplyOf(At(ask).practitioners.Create(CallOf(organization_, ask), PractitionerOf(person),
                                              IdOf<domain::Practitioner>));
}

Reply Rig::Save(const Ask& ask, const Offering& offering, bool is_new, const std::string& etag) {
  const app::Call call = CallOf(organization_, ask);
  const domain::Offering made = OfferingOf(offering);
  if (is_new) return ReplyOf(At(ask).offerings.Create(call, made, IdOf<domain::Offering>));
  return ReplyOf(
      At(ask).offerings.Update(call,
                               {.values = made,
                                .fields = {"buffer_before_minutes", "buffer_after_minutes",
                                           "step_minutes", "notice_minutes", "horizon_days"},
                                .etag = etag},
                               IdOf<domain::Offering>));
}

Reply Rig::SetOpening(const Ask& ask, const Clinic& clinic, const std::string& etag) {
  std::vector<domain::WeeklyHours> hours;
  for (const Weekly& week : clinic.opening) hours.push_back(HoursOf(week));
  return ReplyOf(At(ask).clinics.SetOpeningHours(CallOf(organization_, ask), clinic.id, hours, etag,
                                                 ChangeOf<domain::Clinic>));
}

Reply Rig::SetShifts(const Ask& ask, const Person& person, const std::string& etag) {
  return ReplyOf(At(ask).practitioners.SetWorkingHours(CallOf(organization_, ask), person.id,
                                                       HoursOf(person.shifts), etag,
                                                       ChangeOf<domain::Practitioner>));
}

Reply Rig::SetLicences(const Ask& ask, const Person& person, const std::string& etag) {
  return ReplyOf(At(ask).practitioners.Update(
      CallOf(organization_, ask),
      {.values = PractitionerOf(person), .fields = {"credentials"}, .etag = etag},
      ChangeOf<domain::Practitioner>));
}

Reply Rig::SetPolicy(const Ask& ask, const std::string& owner, const Policy& policy, bool at_once,
                     const std::string& etag) {
  const auto lead = [](const Lead& from) {
    return domain::LeadTime{.minutes = from.minutes, .day_before_minute = from.day_before};
  };
  const domain::BookingPolicy made{
      .clinic = owner,
      .withdrawn = policy.withdrawn,
      .notice = lead(policy.notice),
      .horizon_days = policy.horizon_days,
      .cancellation = lead(policy.cancel),
      .change = lead(policy.change),
      .practitioner = {policy.visits_per_day, policy.minutes_per_day},
      .client = {policy.client_per_day, policy.client_per_week},
      .meal_break = {policy.break_minutes, policy.break_from, policy.break_until,
                     policy.break_shift},
      .buffers = policy.longer_buffer ? domain::BufferPolicy::kMax : domain::BufferPolicy::kSum};
  std::optional<absl::Time> from;
  if (!at_once) from = absl::FromUnixMicros(policy.from_us);
  return ReplyOf(At(ask).policies.Set(
      CallOf(organization_, ask), made, from, etag,
      [](const domain::BookingPolicy& stored) { return absl::StrCat("v", stored.version); }));
}

Reply Rig::SetWay(const Ask& ask, const std::string& clinic, const std::string& other, int minutes,
                  const std::string& etag) {
  std::vector<domain::TravelTime> times;
  if (minutes > 0) times.push_back({.clinic = other, .other = clinic, .minutes = minutes});
  return ReplyOf(At(ask).organizations.SetTravelTimes(
      CallOf(organization_, ask), times, etag,
      [](const domain::Catalogue& stored) { return absl::StrCat("o", stored.revision); }));
}

Reply Rig::AddOff(const Ask& ask, const std::string& person, Minute start, Minute end) {
  domain::TimeOff off;
  off.start = TimeOf(start);
  off.end = TimeOf(end);
  return ReplyOf(At(ask).practitioners.AddTimeOff(CallOf(organization_, ask), person, off,
                                                  ChangeOf<domain::TimeOff>));
}

Reply Rig::RemoveOff(const Ask& ask, const std::string& person, const std::string& id) {
  return ReplyOf(At(ask).practitioners.RemoveTimeOff(CallOf(organization_, ask), person, id));
}

}  // namespace stillpoint::chaos
