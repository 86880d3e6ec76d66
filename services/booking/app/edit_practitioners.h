// Changes of practitioners: who they are, when they work, when they are away.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EDIT_PRACTITIONERS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EDIT_PRACTITIONERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/booking/app/catalogue_changes.h"

namespace stillpoint::booking::app {

// Each returns the reply. Errors, beside those of CatalogueChanges::Run and
// domain/catalogue_rules.h: NAME_TAKEN and CATALOGUE_FULL for Create, NOT_FOUND and ETAG_MISMATCH
// for the others. Each takes the practitioner's lock: a booking sees the change as a whole or comes
// before it, and is then named by what may take hours or qualification from it. Thread-safe.
class EditPractitioners {
 public:
  EditPractitioners(CatalogueChanges& changes, IdSource& ids) : changes_(changes), ids_(ids) {}

  // An empty id is chosen here; hours and time off are ignored.
  absl::StatusOr<std::string> Create(const Call& call, domain::Practitioner practitioner,
                                     EncodePart<domain::Practitioner> encode);
  // Fields: display_name, styles, languages, gender, credentials.
  absl::StatusOr<std::string> Update(const Call& call, const Patch<domain::Practitioner>& patch,
                                     EncodeChange<domain::Practitioner> encode);
  // Replaces the hours at all clinics.
  absl::StatusOr<std::string> SetWorkingHours(const Call& call, const std::string& practitioner,
                                              std::vector<domain::WorkingHours> hours,
                                              const std::string& etag,
                                              EncodeChange<domain::Practitioner> encode);
  // The id is chosen here. CATALOGUE_FULL.
  absl::StatusOr<std::string> AddTimeOff(const Call& call, const std::string& practitioner,
                                         domain::TimeOff time_off,
                                         EncodeChange<domain::TimeOff> encode);
  // NOT_FOUND also for time off that was removed. The reply is empty.
  absl::StatusOr<std::string> RemoveTimeOff(const Call& call, const std::string& practitioner,
                                            const std::string& id);
  // What one date has at `day.clinic`, in place of what it had. CATALOGUE_FULL.
  absl::StatusOr<std::string> SetOverride(const Call& call, const std::string& practitioner,
                                          const domain::DateOverride& day,
                                          EncodeChange<domain::DateOverride> encode);
  // NOT_FOUND also for a date that has none there.
  absl::StatusOr<std::string> RemoveOverride(const Call& call, const std::string& practitioner,
                                             const std::string& clinic, absl::CivilDay date,
                                             EncodeAffected encode);

 private:
  CatalogueChanges& changes_;
  IdSource& ids_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EDIT_PRACTITIONERS_H_
