#include "services/booking/domain/catalogue_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {
namespace {

absl::Status CheckText(absl::string_view text, size_t bytes_max, const std::string& field) {
  if (text.size() > bytes_max) {
    return InvalidField(field, absl::StrCat("at most ", bytes_max, " bytes"));
  }
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return InvalidField(field, "no control characters");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCode(absl::string_view code, const std::string& field) {
  if (IsValidId(code)) return absl::OkStatus();
  return InvalidField(field, "1-63 characters of [a-z0-9-]");
}

absl::Status CheckCodes(const std::vector<std::string>& codes, const std::string& field) {
  if (codes.size() > kListMax) return InvalidField(field, absl::StrCat("at most ", kListMax));
  for (const std::string& code : codes) RETURN_IF_ERROR(CheckCode(code, field));
  return absl::OkStatus();
}

absl::Status CheckBounds(int64_t value, int64_t min, int64_t max, const std::string& field) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be ", min, " to ", max));
}

absl::Status CheckMinutes(int value, int min, int max, const std::string& field) {
  RETURN_IF_ERROR(CheckBounds(value, min, max, field));
  return value % kGridMinutes == 0 ? absl::OkStatus() : error::OffGrid(field);
}

// A primary language of two or three letters, then subtags: enough of BCP 47 to catch "English",
// and it keeps out the comma that separates stored lists.
bool IsLanguageTag(absl::string_view tag) {
  constexpr size_t kTagCharsMax = 35;  // RFC 5646, section 4.4.1.
  const size_t primary = std::min(tag.find('-'), tag.size());
  if (primary < 2 || primary > 3 || tag.size() > kTagCharsMax || tag.back() == '-') return false;
  return std::all_of(tag.begin(), tag.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

// T: Room or Device.
template <typename T>
absl::Status CheckResource(const T& resource, absl::string_view field) {
  RETURN_IF_ERROR(CheckDisplayName(resource.display_name, absl::StrCat(field, ".display_name")));
  RETURN_IF_ERROR(CheckCode(resource.kind, absl::StrCat(field, ".kind")));
  RETURN_IF_ERROR(CheckCodes(resource.features, absl::StrCat(field, ".features")));
  return CheckMinutes(resource.turnover_minutes, 0, kPauseMinutesMax,
                      absl::StrCat(field, ".turnover_minutes"));
}

absl::Status CheckCredential(const Credential& credential, const std::string& field) {
  RETURN_IF_ERROR(CheckCode(credential.kind, absl::StrCat(field, ".kind")));
  RETURN_IF_ERROR(CheckDisplayName(credential.issuer, absl::StrCat(field, ".issuer")));
  RETURN_IF_ERROR(CheckText(credential.number, kNameBytesMax, absl::StrCat(field, ".number")));
  if (credential.valid_from.has_value() && credential.valid_until.has_value() &&
      *credential.valid_until < *credential.valid_from) {
    return error::RangeReversed(absl::StrCat(field, ".valid_until"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDisplayName(absl::string_view name, absl::string_view field) {
  if (name.empty()) return InvalidField(field, "required");
  return CheckText(name, kNameBytesMax, std::string(field));
}

absl::Status CheckClinic(const Clinic& clinic, absl::CivilDay today, absl::string_view field) {
  RETURN_IF_ERROR(CheckDisplayName(clinic.display_name, absl::StrCat(field, ".display_name")));
  RETURN_IF_ERROR(CheckText(clinic.address, kAddressBytesMax, absl::StrCat(field, ".address")));
  if (!clinic.holiday_region.empty() && clinic.holidays == nullptr) {
    return error::HolidayRegionUnknown(absl::StrCat(field, ".holiday_region"),
                                       absl::StrJoin(HolidayRegions(), ", "));
  }
  return CheckOpeningHours(clinic.opening_hours, today, absl::StrCat(field, ".opening_hours"));
}

absl::Status CheckRoom(const Room& room, absl::string_view field) {
  return CheckResource(room, field);
}

absl::Status CheckDevice(const Device& device, absl::string_view field) {
  return CheckResource(device, field);
}

absl::Status CheckPractitioner(const Practitioner& practitioner, absl::string_view field) {
  RETURN_IF_ERROR(
      CheckDisplayName(practitioner.display_name, absl::StrCat(field, ".display_name")));
  const std::string languages = absl::StrCat(field, ".languages");
  if (practitioner.languages.size() > kListMax) {
    return InvalidField(languages, absl::StrCat("at most ", kListMax));
  }
  for (const std::string& tag : practitioner.languages) {
    if (!IsLanguageTag(tag)) return InvalidField(languages, "not a BCP 47 language tag");
  }
  const std::string credentials = absl::StrCat(field, ".credentials");
  if (practitioner.credentials.size() > kListMax) {
    return InvalidField(credentials, absl::StrCat("at most ", kListMax));
  }
  for (size_t i = 0; i < practitioner.credentials.size(); ++i) {
    RETURN_IF_ERROR(
        CheckCredential(practitioner.credentials[i], absl::StrCat(credentials, "[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status CheckTimeOff(const TimeOff& time_off, absl::string_view field) {
  const auto off_grid = [](absl::Time time) {
    const absl::Duration grid = absl::Minutes(kGridMinutes);
    return absl::Floor(time - absl::UnixEpoch(), grid) != time - absl::UnixEpoch();
  };
  if (off_grid(time_off.start)) return error::OffGrid(absl::StrCat(field, ".range.start_time"));
  const std::string end = absl::StrCat(field, ".range.end_time");
  if (off_grid(time_off.end)) return error::OffGrid(end);
  if (time_off.end <= time_off.start) return error::RangeReversed(end);
  if (time_off.end - time_off.start > absl::Hours(24) * kTimeOffDaysMax) {
    return InvalidField(end, absl::StrCat("at most ", kTimeOffDaysMax, " days after the start"));
  }
  return absl::OkStatus();
}

namespace {

// That one of `all`, rooms or devices, of the clinics will do. The error's field is `field` with
// "_kind" or "_features".
template <typename T>
absl::Status CheckSomeSuits(const Offering& offering, const std::map<ResourceId, T>& all,
                            absl::string_view kind, const std::string& field) {
  bool kind_exists = kind.empty();
  for (const auto& [resource, each] : all) {
    if (!offering.IsOfferedAt(each.clinic)) continue;
    if (offering.Suits(each)) return absl::OkStatus();
    kind_exists = kind_exists || each.kind == kind;
  }
  return error::ReferenceUnknown(field + (kind_exists ? "_features" : "_kind"));
}

absl::Status CheckOfferingReferences(const Offering& offering, const Catalogue& catalogue,
                                     const std::string& field) {
  for (const std::string& clinic : offering.clinics) {
    if (catalogue.FindClinic(clinic) == nullptr) {
      return error::ReferenceUnknown(absl::StrCat(field, ".clinics"));
    }
  }
  // Expired ones count too: the kind exists, and search excludes who does not hold it on the date.
  const bool somebody_has_it =
      offering.credential_kind.empty() ||
      std::any_of(catalogue.practitioners.begin(), catalogue.practitioners.end(),
                  [&](const auto& entry) {
                    const std::vector<Credential>& held = entry.second.credentials;
                    return std::any_of(held.begin(), held.end(), [&](const Credential& credential) {
                      return credential.kind == offering.credential_kind;
                    });
                  });
  if (!somebody_has_it) return error::ReferenceUnknown(absl::StrCat(field, ".credential_kind"));
  if (!offering.room_kind.empty() || !offering.room_features.empty()) {
    RETURN_IF_ERROR(CheckSomeSuits(offering, catalogue.rooms, offering.room_kind, field + ".room"));
  }
  if (!offering.NeedsDevice()) return absl::OkStatus();
  return CheckSomeSuits(offering, catalogue.devices, offering.device_kind, field + ".device");
}

}  // namespace

absl::Status CheckOffering(const Offering& offering, const Catalogue& catalogue,
                           absl::string_view field_view) {
  const std::string field(field_view);
  RETURN_IF_ERROR(CheckDisplayName(offering.display_name, field + ".display_name"));
  if (offering.modality == Modality::kUnspecified) {
    return InvalidField(field + ".modality", "required");
  }
  RETURN_IF_ERROR(
      CheckBounds(offering.variants.size(), 1, kVariantsMax, field + ".duration_minutes"));
  for (const int minutes : offering.variants) {
    RETURN_IF_ERROR(
        CheckMinutes(minutes, kGridMinutes, kVisitMinutesMax, field + ".duration_minutes"));
  }
  RETURN_IF_ERROR(CheckMinutes(offering.buffer_before_minutes, 0, kPauseMinutesMax,
                               field + ".buffer_before_minutes"));
  RETURN_IF_ERROR(CheckMinutes(offering.buffer_after_minutes, 0, kPauseMinutesMax,
                               field + ".buffer_after_minutes"));
  RETURN_IF_ERROR(
      CheckMinutes(offering.step_minutes, kGridMinutes, kVisitMinutesMax, field + ".step_minutes"));
  if (!offering.credential_kind.empty()) {
    RETURN_IF_ERROR(CheckCode(offering.credential_kind, field + ".credential_kind"));
  }
  if (!offering.room_kind.empty()) {
    RETURN_IF_ERROR(CheckCode(offering.room_kind, field + ".room_kind"));
  }
  RETURN_IF_ERROR(CheckCodes(offering.room_features, field + ".room_features"));
  if (!offering.device_kind.empty()) {
    RETURN_IF_ERROR(CheckCode(offering.device_kind, field + ".device_kind"));
  }
  RETURN_IF_ERROR(CheckCodes(offering.device_features, field + ".device_features"));
  RETURN_IF_ERROR(
      CheckBounds(offering.notice_minutes, 0, kNoticeMinutesMax, field + ".notice_minutes"));
  RETURN_IF_ERROR(CheckBounds(offering.horizon_days, 1, kHorizonDaysMax, field + ".horizon_days"));
  RETURN_IF_ERROR(CheckBounds(offering.price_cents, 0, kPriceCentsMax, field + ".price.cents"));
  const bool currency_is_code =
      offering.currency.size() == 3 &&
      std::all_of(offering.currency.begin(), offering.currency.end(),
                  [](char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); });
  if (!currency_is_code) {
    return InvalidField(field + ".price.currency_code", "three letters, as in ISO 4217");
  }
  return CheckOfferingReferences(offering, catalogue, field);
}

}  // namespace stillpoint::booking::domain
