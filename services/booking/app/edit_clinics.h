// Changes of clinics and of their rooms and devices.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EDIT_CLINICS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EDIT_CLINICS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/booking/app/catalogue_changes.h"

namespace stillpoint::booking::app {

// Each returns the reply. Errors, beside those of CatalogueChanges::Run and
// domain/catalogue_rules.h: NAME_TAKEN and CATALOGUE_FULL for Create, NOT_FOUND and ETAG_MISMATCH
// for the others. What may take hours or the means from bookings says from which. Thread-safe.
class EditClinics {
 public:
  EditClinics(CatalogueChanges& changes, IdSource& ids) : changes_(changes), ids_(ids) {}

  // An empty id is chosen here.
  absl::StatusOr<std::string> Create(const Call& call, domain::Clinic clinic,
                                     EncodePart<domain::Clinic> encode);
  // Fields: display_name, address, time_zone, holiday_region. HOURS_OVERLAP when in the new zone a
  // practitioner would be at two clinics at once.
  absl::StatusOr<std::string> Update(const Call& call, const Patch<domain::Clinic>& patch,
                                     EncodeChange<domain::Clinic> encode);
  absl::StatusOr<std::string> SetOpeningHours(const Call& call, const std::string& clinic,
                                              std::vector<domain::WeeklyHours> hours,
                                              const std::string& etag,
                                              EncodeChange<domain::Clinic> encode);
  // What one date has, in place of what it had; `day.clinic` says where. CATALOGUE_FULL.
  absl::StatusOr<std::string> SetOverride(const Call& call, const domain::DateOverride& day,
                                          EncodeChange<domain::DateOverride> encode);
  // NOT_FOUND also for a date that has none.
  absl::StatusOr<std::string> RemoveOverride(const Call& call, const std::string& clinic,
                                             absl::CivilDay date, EncodeAffected encode);

 private:
  CatalogueChanges& changes_;
  IdSource& ids_;
};

// As EditClinics.
class EditRooms {
 public:
  EditRooms(CatalogueChanges& changes, IdSource& ids) : changes_(changes), ids_(ids) {}

  // NOT_FOUND: no such clinic.
  absl::StatusOr<std::string> Create(const Call& call, domain::Room room,
                                     EncodePart<domain::Room> encode);
  // Fields: display_name, kind, features, turnover_minutes.
  absl::StatusOr<std::string> Update(const Call& call, const Patch<domain::Room>& patch,
                                     EncodeChange<domain::Room> encode);

 private:
  CatalogueChanges& changes_;
  IdSource& ids_;
};

// As EditRooms.
class EditDevices {
 public:
  EditDevices(CatalogueChanges& changes, IdSource& ids) : changes_(changes), ids_(ids) {}

  // NOT_FOUND: no such clinic.
  absl::StatusOr<std::string> Create(const Call& call, domain::Device device,
                                     EncodePart<domain::Device> encode);
  // Fields: display_name, kind, features, turnover_minutes, archived.
  absl::StatusOr<std::string> Update(const Call& call, const Patch<domain::Device>& patch,
                                     EncodeChange<domain::Device> encode);

 private:
  CatalogueChanges& changes_;
  IdSource& ids_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EDIT_CLINICS_H_
