// Changing an organization's catalogue, inside the caller's transaction.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUE_STORE_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUE_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::ports {

// What a change has to see of the catalogue. An import makes thousands of changes: one that read
// everything each time would take longer with every thing that is there.
struct CataloguePart {
  enum class Kind {
    kWhole,
    kPractitioner,  // The one with `id`, and all clinics without their hours, rooms and devices.
    kRoom,          // The one with `id` at `clinic`, and that clinic without its hours.
    kDevice,        // Likewise.
  };
  Kind kind = Kind::kWhole;
  std::string id{};
  std::string clinic{};
};

// Stateless and thread-safe. Every method but the first two needs the lock that LockCatalogue
// takes, and those that change something raise the version of the catalogue. Values are stored as
// they are: the caller has judged them.
class CatalogueStore {
 public:
  virtual ~CatalogueStore() = default;

  // Adds the organization with an empty catalogue. AlreadyExists NAME_TAKEN.
  virtual absl::Status CreateOrganization(sql::Transaction& tx, const Tenant& tenant,
                                          const std::string& display_name) = 0;

  // Makes other changes of this organization's catalogue wait. Before reading what to change.
  virtual absl::Status LockCatalogue(sql::Transaction& tx, const Tenant& tenant) = 0;

  // That part of the catalogue, with the organization's own fields; `part` is not the whole, which
  // ports::Catalogues may remember. What is not part of it, or not there, is absent. Before the
  // changes. NotFound NOT_FOUND: no such organization.
  virtual absl::StatusOr<domain::Catalogue> Read(sql::Transaction& tx, const Tenant& tenant,
                                                 const CataloguePart& part) = 0;
  // How many of a kind, which is not kWhole, the organization has.
  virtual absl::StatusOr<int64_t> Count(sql::Transaction& tx, const Tenant& tenant,
                                        CataloguePart::Kind kind) = 0;

  // Locks the resources, so that no booking decides on what is about to change, and raises their
  // versions. Before the change, after LockCatalogue; at most once in a transaction.
  virtual absl::StatusOr<std::vector<domain::ResourceVersion>> Touch(
      sql::Transaction& tx, const Tenant& tenant, std::vector<domain::ResourceId> resources) = 0;

  // The version of the catalogue as this transaction leaves it, to be told to searches after the
  // commit. After the changes.
  virtual absl::StatusOr<int64_t> Version(sql::Transaction& tx, const Tenant& tenant) = 0;

  // Inserts, or replaces what has the same id: a clinic with its opening hours; a practitioner with
  // credentials and weekly hours; neither time off nor overrides.
  virtual absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Clinic& clinic) = 0;
  virtual absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Room& room) = 0;
  virtual absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Device& device) = 0;
  virtual absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Practitioner& practitioner) = 0;
  virtual absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Offering& offering) = 0;

  // Adds a version, whose number is the next one of its owner.
  virtual absl::Status AddPolicy(sql::Transaction& tx, const Tenant& tenant,
                                 const domain::BookingPolicy& policy) = 0;

  // Replaces all of them, and the revision of the organization's own fields.
  virtual absl::Status SaveTravel(sql::Transaction& tx, const Tenant& tenant,
                                  const domain::TravelTimes& times, int64_t revision) = 0;

  virtual absl::Status AddTimeOff(sql::Transaction& tx, const Tenant& tenant,
                                  const std::string& practitioner,
                                  const domain::TimeOff& time_off) = 0;
  virtual absl::Status RemoveTimeOff(sql::Transaction& tx, const Tenant& tenant,
                                     const std::string& practitioner, const std::string& id) = 0;

  // What one date has at `day.clinic`: a practitioner's, or the clinic's own if `practitioner` is
  // empty. Set inserts or replaces; Remove reads only the date and the clinic of `day`.
  virtual absl::Status SetOverride(sql::Transaction& tx, const Tenant& tenant,
                                   const std::string& practitioner,
                                   const domain::DateOverride& day) = 0;
  virtual absl::Status RemoveOverride(sql::Transaction& tx, const Tenant& tenant,
                                      const std::string& practitioner,
                                      const domain::DateOverride& day) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUE_STORE_H_
