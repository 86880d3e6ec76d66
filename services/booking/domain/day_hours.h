// Which ranges of wall time begin on one local date, overrides and holidays applied.
//
// A range belongs to the date on which it begins, also when it ends past midnight: what is said of
// a date does not touch the night that reaches into it.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_DAY_HOURS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_DAY_HOURS_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// By date and clinic, as catalogues hold them.
void SortOverrides(std::vector<DateOverride>& overrides);

// Puts `day` in, in place of one of the same date and clinic. Keeps the order.
void PutOverride(DateOverride day, std::vector<DateOverride>& overrides);
// Takes the one of that date and clinic out. False: there is none.
bool TakeOverride(absl::CivilDay date, absl::string_view clinic,
                  std::vector<DateOverride>& overrides);

// The override of `date` at `clinic` among `overrides`, which are by date and clinic; null: none.
const DateOverride* FindOverride(const std::vector<DateOverride>& overrides, absl::CivilDay date,
                                 absl::string_view clinic);

// Calls `emit` for each range in which the clinic opens on `date`, in no particular order; extra
// hours may overlap the weekly ones. On a holiday of its region only what an override says.
void ForEachOpening(const Clinic& clinic, absl::CivilDay date,
                    absl::FunctionRef<void(DayRange)> emit);

// Likewise for the ranges in which the practitioner works there, whether or not the clinic is open:
// holidays close clinics, not people.
void ForEachShift(const Practitioner& practitioner, absl::string_view clinic, absl::CivilDay date,
                  absl::FunctionRef<void(DayRange)> emit);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_DAY_HOURS_H_
