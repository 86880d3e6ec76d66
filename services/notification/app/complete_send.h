// What a worker says came of its attempt.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_COMPLETE_SEND_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_COMPLETE_SEND_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"
#include "services/notification/domain/outbound.h"

namespace stillpoint::notification::app {

using domain::Outcome;

struct CompleteCommand {
  std::string id;
  int64_t token = 0;
  Outcome outcome = Outcome::kUnknown;
  std::string provider_code;
};

// Thread-safe.
class CompleteSend {
 public:
  explicit CompleteSend(sql::Database& database) : database_(database) {}

  // The state after. An answer that comes after the lease ended still counts as long as nobody else
  // has leased the notification since: it is the truth about the world. The same answer again
  // changes nothing. RETRY also gives back a lease whose send was not begun. NotFound NOT_FOUND;
  // Aborted LEASE_LOST (the late answer is noted in the log).
  absl::StatusOr<domain::State> Run(const Tenant& tenant, const CompleteCommand& command,
                                    Deadline deadline);

 private:
  sql::Database& database_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_COMPLETE_SEND_H_
