// Reading an organization's catalogue inside the transaction that relies on it.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUES_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::ports {

// Thread-safe.
class Catalogues {
 public:
  virtual ~Catalogues() = default;

  // The newest catalogue that `tx` sees. One small statement when this process has that version
  // already. Whoever decides about a resource's time calls it after locking the resource: changes
  // of hours, time off, credentials and rooms take the same lock. Never call it after a catalogue
  // write in the same transaction: an uncommitted version must not be remembered.
  //
  // NotFound NOT_FOUND: no such organization.
  virtual absl::StatusOr<std::shared_ptr<const domain::Catalogue>> Get(sql::Transaction& tx,
                                                                       const Tenant& tenant) = 0;

  // The newest catalogue that this process has, without asking anybody; null: none yet. What is
  // worked out by it counts only if AskVersion, under the locks, answers the same version.
  virtual std::shared_ptr<const domain::Catalogue> Known(const Tenant& tenant) = 0;
  // Asks for the newest version that `tx` sees: one row, the version; none: no such organization.
  virtual absl::Status AskVersion(sql::Transaction& tx, const Tenant& tenant,
                                  sql::Rows* version) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_CATALOGUES_H_
