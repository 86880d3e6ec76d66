// What a catalogue may contain. Pure: each function judges one new or changed part against the
// rest.
//
// `field` is the path of the judged part in the request ("offering"); errors name the field below
// it
// ("offering.step_minutes"). Errors: InvalidArgument INVALID_FIELD for what is out of bounds, and
// those named at each function (domain/errors.h).
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_RULES_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// Bounds that the API names (catalog.proto). They keep one snapshot in the range of 1 MB and one
// request well under the largest message.
inline constexpr size_t kNameBytesMax = 200;
inline constexpr size_t kAddressBytesMax = 500;
inline constexpr size_t kListMax = 50;           // Features, languages, credentials, opening hours.
inline constexpr size_t kWorkingHoursMax = 100;  // Seven days at several clinics, with breaks.
inline constexpr int kEveryWeeksMax = 52;        // Once a year.
inline constexpr size_t kDayRangesMax = 20;      // Of one overridden date.
inline constexpr size_t kVariantsMax = 20;
inline constexpr int kVisitMinutesMax = 480;  // A working day.
inline constexpr int kPauseMinutesMax = 240;  // Buffers and turnover.
inline constexpr int kNoticeMinutesMax = 365 * 24 * 60;
inline constexpr int kHorizonDaysMax = 730;  // Two years; availability is computed month by month.
inline constexpr int64_t kPriceCentsMax = 10'000'000;
inline constexpr int kTimeOffDaysMax = 366;
// The largest number of each kind of thing in one organization, so that a snapshot stays small.
inline constexpr size_t kThingsMax = 5'000;
inline constexpr size_t kTimeOffMax = 1'000;    // Per practitioner.
inline constexpr size_t kOverridesMax = 1'000;  // Per practitioner, and per clinic.

// A display name: 1 to kNameBytesMax bytes, no control characters.
absl::Status CheckDisplayName(absl::string_view name, absl::string_view field);

// Name, address, holiday region and opening hours. HOLIDAY_REGION_UNKNOWN; RANGE_REVERSED,
// OFF_GRID, HOURS_OVERLAP as CheckWorkingHours.
absl::Status CheckClinic(const Clinic& clinic, absl::CivilDay today, absl::string_view field);
absl::Status CheckOpeningHours(const std::vector<WeeklyHours>& hours, absl::CivilDay today,
                               absl::string_view field);

// OFF_GRID.
absl::Status CheckRoom(const Room& room, absl::string_view field);
absl::Status CheckDevice(const Device& device, absl::string_view field);

// Everything but hours and time off. RANGE_REVERSED: a credential that ends before it begins.
absl::Status CheckPractitioner(const Practitioner& practitioner, absl::string_view field);

// All weekly hours of one practitioner. REFERENCE_UNKNOWN, RANGE_REVERSED, OFF_GRID, and
// HOURS_OVERLAP when two of them meet at an instant, each read in the zone of its clinic: 9-12 in
// one zone and 11-15 in the next may follow each other exactly. Two zones that change their clocks
// on different days are compared for 53 weeks from `today` or from when both hold, so that every
// change of a year is seen; five times as long where weeks are counted.
absl::Status CheckWorkingHours(const std::vector<WorkingHours>& hours, const Catalogue& catalogue,
                               absl::CivilDay today, absl::string_view field);

// One override, ranges by start. RANGE_REVERSED, OFF_GRID, HOURS_OVERLAP within the date.
absl::Status CheckOverride(const DateOverride& day, absl::string_view field);

// HOURS_OVERLAP at `field`: from `today` on, an override has the practitioner at two clinics at
// once.
absl::Status CheckOverridesApart(const Practitioner& practitioner, const Catalogue& catalogue,
                                 absl::CivilDay today, absl::string_view field);

// RANGE_REVERSED, OFF_GRID.
absl::Status CheckTimeOff(const TimeOff& time_off, absl::string_view field);

// OFF_GRID; REFERENCE_UNKNOWN: a clinic that is not there, a credential kind that nobody has, or no
// single room, at the clinics where it is offered, of the kind and with the features; of devices
// likewise, archived ones too: they may come back.
absl::Status CheckOffering(const Offering& offering, const Catalogue& catalogue,
                           absl::string_view field);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_RULES_H_
