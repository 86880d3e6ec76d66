// The wording of messages, version by version.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_TEMPLATES_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_TEMPLATES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "services/notification/domain/template.h"

namespace stillpoint::notification::app {

// The newest version for a recipient: in `language` (a BCP 47 tag; its primary part counts), else
// in English. NotFound NOT_FOUND cannot happen for English: it is built in.
absl::StatusOr<domain::Template> NewestTemplate(sql::Transaction& tx, const Tenant& tenant,
                                                domain::Kind kind, domain::Channel channel,
                                                absl::string_view language);

// Thread-safe.
class ManageTemplates {
 public:
  explicit ManageTemplates(sql::Database& database) : database_(database) {}

  // Adds the next version; returns the bytes of the answer. InvalidArgument TEMPLATE_INVALID,
  // IDEMPOTENCY_KEY_REUSED.
  absl::StatusOr<std::string> Create(
      const Tenant& tenant, domain::Template wording, const sql::RequestKey& key,
      absl::FunctionRef<std::string(const domain::Template&)> serialise, Deadline deadline);
  // `version` 0: the newest. NotFound NOT_FOUND.
  absl::StatusOr<domain::Template> Get(const Tenant& tenant, absl::string_view template_id,
                                       int version, Deadline deadline);
  // The newest of each, ascending by id.
  absl::StatusOr<std::vector<domain::Template>> List(const Tenant& tenant, Deadline deadline);

 private:
  sql::Database& database_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_TEMPLATES_H_
