#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/status.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/names.h"

namespace stillpoint::booking::edge {
namespace {

namespace type = ::stillpoint::type::v1;

template <typename T>
std::vector<T> Sorted(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<std::string> SortedTexts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return Sorted(std::vector<std::string>(texts.begin(), texts.end()));
}

// Only names like `America/Moncton` and `UTC` reach the loader: it would also open paths, and zones
// with leap seconds ("right/...") that other machines do not have.
absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name, absl::string_view field) {
  constexpr size_t kNameCharsMax = 64;
  const bool is_name = !name.empty() && name.size() <= kNameCharsMax &&
                       absl::ascii_isupper(static_cast<unsigned char>(name[0])) &&
                       !absl::StartsWith(name, "Fixed/") &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                         return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                                absl::StrContains("/_+-", absl::string_view(&c, 1));
                       });
  absl::TimeZone zone;
  if (!is_name || !absl::LoadTimeZone(name, &zone)) return error::ZoneUnknown(field);
  return zone;
}

absl::StatusOr<absl::CivilDay> ReadDate(const type::CivilDate& date, const std::string& field) {
  const absl::CivilDay day(date.year(), date.month(), date.day());
  // CivilDay turns 31 April into 1 May; we do not guess.
  if (date.year() < 1 || date.year() > 9999 || day.year() != date.year() ||
      day.month() != date.month() || day.day() != date.day()) {
    return InvalidField(field, "no such date");
  }
  return day;
}

template <typename Dated>
absl::Status ReadDates(const Dated& from, const std::string& field,
                       std::optional<absl::CivilDay>* valid_from,
                       std::optional<absl::CivilDay>* valid_until) {
  if (from.has_valid_from()) {
    ASSIGN_OR_RETURN(*valid_from, ReadDate(from.valid_from(), field + ".valid_from"));
  }
  if (from.has_valid_until()) {
    ASSIGN_OR_RETURN(*valid_until, ReadDate(from.valid_until(), field + ".valid_until"));
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Weeks> ReadWeeks(const type::WeeklyRange& range, const std::string& field) {
  domain::Weeks weeks;
  if (range.every_weeks() != 0) weeks.every = range.every_weeks();
  if (weeks.every > 1) {
    if (!range.has_anchor_date()) return InvalidField(field + ".anchor_date", "required");
    ASSIGN_OR_RETURN(weeks.anchor, ReadDate(range.anchor_date(), field + ".anchor_date"));
  }
  if (!type::WeekOfMonth_IsValid(range.week_of_month())) {
    return InvalidField(field + ".week_of_month", "unknown week");
  }
  weeks.of_month = range.week_of_month() == type::WEEK_OF_MONTH_LAST
                       ? domain::kLastOfMonth
                       : static_cast<int>(range.week_of_month());
  return weeks;
}

absl::StatusOr<domain::WeeklyHours> ReadRange(const type::WeeklyRange& range,
                                              const std::string& field) {
  if (!type::DayOfWeek_IsValid(range.day_of_week()) ||
      range.day_of_week() == type::DAY_OF_WEEK_UNSPECIFIED) {
    return InvalidField(field + ".day_of_week", "required");
  }
  // Both count from Monday; ours begins at 0.
  domain::WeeklyHours hours{.weekday = static_cast<absl::Weekday>(range.day_of_week() - 1),
                            .start_minute = range.start_minute(),
                            .end_minute = range.end_minute()};
  ASSIGN_OR_RETURN(hours.weeks, ReadWeeks(range, field));
  return hours;
}

absl::StatusOr<std::string> ReadClinicReference(const std::string& name,
                                                const std::string& organization,
                                                const std::string& field) {
  std::string owner;
  std::string clinic;
  // Malformed, another's or unknown: all look the same.
  if (!MatchName(name, kClinicPattern, {&owner, &clinic}) || owner != organization) {
    return error::ReferenceUnknown(field);
  }
  return clinic;
}

}  // namespace

absl::Span<const char* const> ClinicFields() {
  static constexpr const char* kFields[] = {"display_name", "address", "time_zone",
                                            "holiday_region"};
  return kFields;
}

absl::Span<const char* const> RoomFields() {
  static constexpr const char* kFields[] = {"display_name", "kind", "features", "turnover_minutes"};
  return kFields;
}

absl::Span<const char* const> DeviceFields() {
  static constexpr const char* kFields[] = {"display_name", "kind", "features", "turnover_minutes",
                                            "archived"};
  return kFields;
}

absl::Span<const char* const> PractitionerFields() {
  static constexpr const char* kFields[] = {"display_name", "styles", "languages", "gender",
                                            "credentials"};
  return kFields;
}

absl::Span<const char* const> OfferingFields() {
  static constexpr const char* kFields[] = {
      "display_name",         "modality",       "duration_minutes", "buffer_before_minutes",
      "buffer_after_minutes", "step_minutes",   "credential_kind",  "room_kind",
      "room_features",        "notice_minutes", "horizon_days",     "price",
      "online_bookable",      "clinics",        "device_kind",      "device_features"};
  return kFields;
}

absl::StatusOr<Fields> ReadMask(const google::protobuf::FieldMask& mask,
                                absl::Span<const char* const> allowed) {
  const Fields all(allowed.begin(), allowed.end());
  if (mask.paths().empty()) return all;
  for (const std::string& path : mask.paths()) {
    if (all.count(path) == 0) {
      return InvalidField("update_mask", "names a field that this method does not change");
    }
  }
  return Fields(mask.paths().begin(), mask.paths().end());
}

absl::StatusOr<domain::Clinic> FromProto(const pb::Clinic& clinic, const Fields& fields) {
  domain::Clinic out{.display_name = clinic.display_name(),
                     .address = clinic.address(),
                     .zone_name = clinic.time_zone(),
                     .holiday_region = clinic.holiday_region(),
                     .holidays = domain::FindHolidayCalendar(clinic.holiday_region())};
  if (fields.count("time_zone") > 0) {
    ASSIGN_OR_RETURN(out.zone, LoadZone(clinic.time_zone(), "clinic.time_zone"));
  }
  return out;
}

domain::Room FromProto(const pb::Room& room) {
  return {.display_name = room.display_name(),
          .kind = room.kind(),
          .features = SortedTexts(room.features()),
          .turnover_minutes = room.turnover_minutes()};
}

domain::Device FromProto(const pb::Device& device) {
  return {.display_name = device.display_name(),
          .kind = device.kind(),
          .features = SortedTexts(device.features()),
          .turnover_minutes = device.turnover_minutes(),
          .archived = device.archived()};
}

absl::StatusOr<domain::Practitioner> FromProto(const pb::Practitioner& practitioner) {
  domain::Practitioner out{.display_name = practitioner.display_name(),
                           .languages = SortedTexts(practitioner.languages())};
  for (const int style : practitioner.styles()) {
    if (!pb::Style_IsValid(style) || style == pb::STYLE_UNSPECIFIED) {
      return InvalidField("practitioner.styles", "unknown style");
    }
    out.styles.push_back(static_cast<domain::Style>(style));
  }
  out.styles = Sorted(std::move(out.styles));
  if (!pb::Gender_IsValid(practitioner.gender())) {
    return InvalidField("practitioner.gender", "unknown gender");
  }
  out.gender = static_cast<domain::Gender>(practitioner.gender());
  for (int i = 0; i < practitioner.credentials_size(); ++i) {
    const pb::Credential& credential = practitioner.credentials(i);
    domain::Credential read{
        .kind = credential.kind(), .issuer = credential.issuer(), .number = credential.number()};
    RETURN_IF_ERROR(ReadDates(credential, absl::StrCat("practitioner.credentials[", i, "]"),
                              &read.valid_from, &read.valid_until));
    out.credentials.push_back(std::move(read));
  }
  return out;
}

absl::StatusOr<domain::Offering> FromProto(const pb::Offering& offering,
                                           const std::string& organization) {
  if (!type::Modality_IsValid(offering.modality())) {
    return InvalidField("offering.modality", "unknown modality");
  }
  domain::Offering out{.display_name = offering.display_name(),
                       .modality = static_cast<domain::Modality>(offering.modality()),
                       .variants = Sorted(std::vector<int>(offering.duration_minutes().begin(),
                                                           offering.duration_minutes().end())),
                       .buffer_before_minutes = offering.buffer_before_minutes(),
                       .buffer_after_minutes = offering.buffer_after_minutes(),
                       .step_minutes = offering.step_minutes(),
                       .credential_kind = offering.credential_kind(),
                       .room_kind = offering.room_kind(),
                       .room_features = SortedTexts(offering.room_features()),
                       .device_kind = offering.device_kind(),
                       .device_features = SortedTexts(offering.device_features()),
                       .notice_minutes = offering.notice_minutes(),
                       .horizon_days = offering.horizon_days(),
                       .price_cents = offering.price().cents(),
                       .currency = offering.price().currency_code(),
                       .online_bookable = offering.online_bookable()};
  for (const std::string& name : offering.clinics()) {
    ASSIGN_OR_RETURN(std::string clinic,
                     ReadClinicReference(name, organization, "offering.clinics"));
    out.clinics.push_back(std::move(clinic));
  }
  out.clinics = Sorted(std::move(out.clinics));
  return out;
}

absl::StatusOr<std::vector<domain::WorkingHours>> FromProto(
    const google::protobuf::RepeatedPtrField<pb::WorkingHours>& hours,
    const std::string& organization) {
  std::vector<domain::WorkingHours> out;
  for (int i = 0; i < hours.size(); ++i) {
    const std::string field = absl::StrCat("working_hours[", i, "]");
    domain::WorkingHours read;
    ASSIGN_OR_RETURN(read.clinic,
                     ReadClinicReference(hours[i].clinic(), organization, field + ".clinic"));
    ASSIGN_OR_RETURN(read.week, ReadRange(hours[i].range(), field + ".range"));
    if (hours[i].range().has_valid_from() || hours[i].range().has_valid_until()) {
      return InvalidField(field + ".range", "dates stand beside the range, not in it");
    }
    RETURN_IF_ERROR(ReadDates(hours[i], field, &read.week.valid_from, &read.week.valid_until));
    out.push_back(std::move(read));
  }
  return out;
}

absl::StatusOr<std::vector<domain::WeeklyHours>> FromProto(
    const google::protobuf::RepeatedPtrField<type::WeeklyRange>& ranges, absl::string_view field) {
  std::vector<domain::WeeklyHours> out;
  for (int i = 0; i < ranges.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    ASSIGN_OR_RETURN(domain::WeeklyHours range, ReadRange(ranges[i], here));
    RETURN_IF_ERROR(ReadDates(ranges[i], here, &range.valid_from, &range.valid_until));
    out.push_back(range);
  }
  return out;
}

absl::StatusOr<domain::DateOverride> FromProto(const pb::DateOverride& day,
                                               const std::string& organization,
                                               const std::string& clinic) {
  domain::DateOverride out{.clinic = clinic};
  ASSIGN_OR_RETURN(out.date, FromProto(day.date(), "date_override.date"));
  if (clinic.empty()) {
    ASSIGN_OR_RETURN(out.clinic,
                     ReadClinicReference(day.clinic(), organization, "date_override.clinic"));
  }
  if (!pb::DateOverride::Kind_IsValid(day.kind())) {
    return InvalidField("date_override.kind", "unknown kind");
  }
  out.kind = static_cast<domain::OverrideKind>(day.kind());
  for (const type::DayRange& range : day.ranges()) {
    out.ranges.push_back({range.start_minute(), range.end_minute()});
  }
  std::sort(out.ranges.begin(), out.ranges.end(),
            [](const auto& a, const auto& b) { return a.start_minute < b.start_minute; });
  const bool is_nothing = out.ranges.empty() || out.ranges == std::vector<domain::DayRange>(1);
  if (out.kind == domain::OverrideKind::kOtherHours && is_nothing) {
    out.kind = domain::OverrideKind::kClosed;
    out.ranges.clear();
  }
  return out;
}

absl::StatusOr<absl::CivilDay> FromProto(const type::CivilDate& date, const std::string& field) {
  return ReadDate(date, field);
}

absl::StatusOr<domain::TimeOff> FromProto(const pb::TimeOff& time_off) {
  domain::TimeOff out;
  const type::TimeRange& range = time_off.range();
  ASSIGN_OR_RETURN(out.start, rpc::ReadTime(range.has_start_time() ? &range.start_time() : nullptr,
                                            "time_off.range.start_time"));
  ASSIGN_OR_RETURN(out.end, rpc::ReadTime(range.has_end_time() ? &range.end_time() : nullptr,
                                          "time_off.range.end_time"));
  if (!pb::TimeOffReason_IsValid(time_off.reason()) ||
      time_off.reason() == pb::TIME_OFF_REASON_UNSPECIFIED) {
    return InvalidField("time_off.reason", "required");
  }
  out.reason = static_cast<domain::TimeOffReason>(time_off.reason());
  return out;
}

absl::StatusOr<std::vector<domain::TravelTime>> FromProto(
    const google::protobuf::RepeatedPtrField<pb::TravelTime>& times,
    const std::string& organization, const std::string& field) {
  std::vector<domain::TravelTime> read(static_cast<size_t>(times.size()));
  for (int i = 0; i < times.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    domain::TravelTime& time = read[static_cast<size_t>(i)];
    ASSIGN_OR_RETURN(time.clinic, ReadClinicReference(times[i].clinic(), organization,
                                                      absl::StrCat(at, ".clinic")));
    ASSIGN_OR_RETURN(time.other, ReadClinicReference(times[i].other_clinic(), organization,
                                                     absl::StrCat(at, ".other_clinic")));
    time.minutes = times[i].minutes();
  }
  return read;
}

}  // namespace stillpoint::booking::edge
