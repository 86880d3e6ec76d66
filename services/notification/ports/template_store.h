// Templates that organizations added. The built-in version 1 of each is domain::BuiltinTemplates().
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_TEMPLATE_STORE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_TEMPLATE_STORE_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/template.h"

namespace stillpoint::notification::ports {

// `version` 0: the newest. Nullopt: none stored.
absl::StatusOr<std::optional<domain::Template>> FindTemplate(sql::Transaction& tx,
                                                             const Tenant& tenant,
                                                             absl::string_view template_id,
                                                             int version);
// The newest stored version of each, in no particular order.
absl::StatusOr<std::vector<domain::Template>> ListNewestTemplates(sql::Transaction& tx,
                                                                  const Tenant& tenant);
// AlreadyExists DUPLICATE_KEY: that version is there.
absl::Status InsertTemplate(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Template& wording, absl::Time now);

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_TEMPLATE_STORE_H_
