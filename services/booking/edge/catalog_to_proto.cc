#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/names.h"

namespace stillpoint::booking::edge {
namespace {

namespace type = ::stillpoint::type::v1;

void SetDate(absl::CivilDay day, type::CivilDate* out) {
  out->set_year(static_cast<int>(day.year()));
  out->set_month(day.month());
  out->set_day(day.day());
}

template <typename Dated>
void SetDates(const std::optional<absl::CivilDay>& valid_from,
              const std::optional<absl::CivilDay>& valid_until, Dated* out) {
  if (valid_from.has_value()) SetDate(*valid_from, out->mutable_valid_from());
  if (valid_until.has_value()) SetDate(*valid_until, out->mutable_valid_until());
}

void SetRange(const domain::WeeklyHours& hours, type::WeeklyRange* out) {
  out->set_day_of_week(static_cast<type::DayOfWeek>(static_cast<int>(hours.weekday) + 1));
  out->set_start_minute(hours.start_minute);
  out->set_end_minute(hours.end_minute);
  if (hours.weeks.every > 1) {
    out->set_every_weeks(hours.weeks.every);
    SetDate(hours.weeks.anchor, out->mutable_anchor_date());
  }
  out->set_week_of_month(hours.weeks.of_month == domain::kLastOfMonth
                             ? type::WEEK_OF_MONTH_LAST
                             : static_cast<type::WeekOfMonth>(hours.weeks.of_month));
}

std::string ClinicName(const std::string& organization, const std::string& clinic) {
  return NameIn(organization, absl::StrCat("clinics/", clinic));
}

}  // namespace

void ToProto(const std::string& organization, const domain::Catalogue& catalogue,
             pb::Organization* out) {
  out->set_name(OrganizationName(organization));
  out->set_display_name(catalogue.display_name);
  for (const domain::TravelTime& time : domain::ListTravelTimes(catalogue.travel)) {
    pb::TravelTime* added = out->add_travel_times();
    added->set_clinic(ClinicName(organization, time.clinic));
    added->set_other_clinic(ClinicName(organization, time.other));
    added->set_minutes(time.minutes);
  }
  out->set_etag(domain::EtagOf(catalogue.revision));
}

void ToProto(const std::string& organization, const domain::Clinic& clinic, pb::Clinic* out) {
  out->set_name(ClinicName(organization, clinic.id));
  out->set_display_name(clinic.display_name);
  out->set_address(clinic.address);
  out->set_time_zone(clinic.zone_name);
  for (const domain::WeeklyHours& hours : clinic.opening_hours) {
    type::WeeklyRange* added = out->add_opening_hours();
    SetRange(hours, added);
    SetDates(hours.valid_from, hours.valid_until, added);
  }
  out->set_holiday_region(clinic.holiday_region);
  out->set_etag(domain::EtagOf(clinic.revision));
}

void ToProto(const std::string& organization, const domain::Room& room, pb::Room* out) {
  out->set_name(NameIn(organization, room.resource()));
  out->set_display_name(room.display_name);
  out->set_kind(room.kind);
  for (const std::string& feature : room.features) out->add_features(feature);
  out->set_turnover_minutes(room.turnover_minutes);
  out->set_etag(domain::EtagOf(room.revision));
}

void ToProto(const std::string& organization, const domain::Device& device, pb::Device* out) {
  out->set_name(NameIn(organization, device.resource()));
  out->set_display_name(device.display_name);
  out->set_kind(device.kind);
  for (const std::string& feature : device.features) out->add_features(feature);
  out->set_turnover_minutes(device.turnover_minutes);
  out->set_archived(device.archived);
  out->set_etag(domain::EtagOf(device.revision));
}

void ToProto(const std::string& organization, const domain::Practitioner& practitioner,
             pb::Practitioner* out) {
  out->set_name(NameIn(organization, practitioner.resource()));
  out->set_display_name(practitioner.display_name);
  for (const domain::Style style : practitioner.styles) {
    out->add_styles(static_cast<pb::Style>(style));
  }
  for (const std::string& language : practitioner.languages) out->add_languages(language);
  out->set_gender(static_cast<pb::Gender>(practitioner.gender));
  for (const domain::Credential& credential : practitioner.credentials) {
    pb::Credential* added = out->add_credentials();
    added->set_kind(credential.kind);
    added->set_issuer(credential.issuer);
    added->set_number(credential.number);
    SetDates(credential.valid_from, credential.valid_until, added);
  }
  for (const domain::WorkingHours& hours : practitioner.hours) {
    pb::WorkingHours* added = out->add_working_hours();
    added->set_clinic(ClinicName(organization, hours.clinic));
    SetRange(hours.week, added->mutable_range());
    SetDates(hours.week.valid_from, hours.week.valid_until, added);
  }
  out->set_etag(domain::EtagOf(practitioner.revision));
}

void ToProto(const std::string& organization, const domain::Offering& offering, pb::Offering* out) {
  out->set_name(NameIn(organization, absl::StrCat("offerings/", offering.id)));
  out->set_display_name(offering.display_name);
  out->set_modality(static_cast<type::Modality>(offering.modality));
  for (const int minutes : offering.variants) out->add_duration_minutes(minutes);
  out->set_buffer_before_minutes(offering.buffer_before_minutes);
  out->set_buffer_after_minutes(offering.buffer_after_minutes);
  out->set_step_minutes(offering.step_minutes);
  out->set_credential_kind(offering.credential_kind);
  out->set_room_kind(offering.room_kind);
  for (const std::string& feature : offering.room_features) out->add_room_features(feature);
  out->set_device_kind(offering.device_kind);
  for (const std::string& feature : offering.device_features) out->add_device_features(feature);
  out->set_notice_minutes(offering.notice_minutes);
  out->set_horizon_days(offering.horizon_days);
  out->mutable_price()->set_cents(offering.price_cents);
  out->mutable_price()->set_currency_code(offering.currency);
  out->set_online_bookable(offering.online_bookable);
  for (const std::string& clinic : offering.clinics) {
    out->add_clinics(ClinicName(organization, clinic));
  }
  out->set_etag(domain::EtagOf(offering.revision));
}

void ToProto(const std::string& organization, absl::string_view practitioner,
             const domain::TimeOff& time_off, pb::TimeOff* out) {
  out->set_name(NameIn(organization, absl::StrCat(domain::PractitionerResource(practitioner),
                                                  "/timeOffs/", time_off.id)));
  *out->mutable_range()->mutable_start_time() = rpc::ToProto(time_off.start);
  *out->mutable_range()->mutable_end_time() = rpc::ToProto(time_off.end);
  out->set_reason(static_cast<pb::TimeOffReason>(time_off.reason));
}

void ToProto(const domain::Holiday& holiday, pb::Holiday* out) {
  SetDate(holiday.date, out->mutable_date());
  out->set_display_name(holiday.name);
  out->set_source(holiday.source);
}

void ToProto(absl::CivilDay day, type::CivilDate* out) { SetDate(day, out); }

void ToProto(const std::string& organization, const domain::DateOverride& day,
             pb::DateOverride* out) {
  SetDate(day.date, out->mutable_date());
  out->set_clinic(ClinicName(organization, day.clinic));
  out->set_kind(static_cast<pb::DateOverride::Kind>(day.kind));
  for (const domain::DayRange& range : day.ranges) {
    type::DayRange* added = out->add_ranges();
    added->set_start_minute(range.start_minute);
    added->set_end_minute(range.end_minute);
  }
}

void ToProto(const std::string& organization, const domain::BookingPolicy& policy,
             pb::BookingPolicy* out) {
  const auto set = [](const domain::LeadTime& lead, pb::LeadTime* to) {
    to->set_minutes(lead.minutes);
    to->set_day_before_minute(lead.day_before_minute);
  };
  out->set_name(PolicyName(organization, policy.clinic, policy.version));
  out->set_version(policy.version);
  *out->mutable_effective_time() = rpc::ToProto(policy.effective);
  out->set_withdrawn(policy.withdrawn);
  if (policy.notice.IsRule()) set(policy.notice, out->mutable_notice());
  out->set_horizon_days(policy.horizon_days);
  if (policy.cancellation.IsRule()) set(policy.cancellation, out->mutable_cancellation());
  if (policy.change.IsRule()) set(policy.change, out->mutable_change());
  out->set_practitioner_visits_per_day(policy.practitioner.visits);
  out->set_practitioner_minutes_per_day(policy.practitioner.minutes);
  out->set_client_visits_per_day(policy.client.per_day);
  out->set_client_visits_per_week(policy.client.per_week);
  out->set_first_visit_consultation(policy.first_visit_consultation);
  out->set_buffer_policy(static_cast<pb::BufferPolicy>(policy.buffers));
  if (policy.meal_break.IsRule()) {
    out->mutable_meal_break()->set_minutes(policy.meal_break.minutes);
    out->mutable_meal_break()->set_from_minute(policy.meal_break.from_minute);
    out->mutable_meal_break()->set_until_minute(policy.meal_break.until_minute);
    out->mutable_meal_break()->set_shift_minutes(policy.meal_break.shift_minutes);
  }
  out->set_etag(domain::EtagOf(policy.version));
}

}  // namespace stillpoint::booking::edge
