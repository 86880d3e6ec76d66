// The moment of sending: is it still true and allowed? If so, the attempt is stored and the message
// made; the caller hands it to a provider.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_BEGIN_SEND_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_BEGIN_SEND_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/tenant.h"
#include "common/crypto/keys.h"
#include "common/crypto/page_token.h"
#include "common/sql/database.h"
#include "services/notification/domain/check.h"
#include "services/notification/domain/notification.h"
#include "services/notification/domain/outbound.h"
#include "services/notification/domain/template.h"
#include "services/notification/ports/notification_store.h"
#include "services/notification/ports/peers.h"

namespace stillpoint::notification::app {

// What the operator decided about outgoing mail.
struct MailOptions {
  std::string message_id_domain = "stillpoint.invalid";
  // `https://...` (a token is appended as `?token=`; one-click, RFC 8058) or `mailto:...`.
  std::string unsubscribe = "mailto:unsubscribe@stillpoint.invalid";
  bool sms_gateway = false;  // Some worker can send texts.
};

using domain::Outbound;

struct BeginResult {
  domain::State state = domain::State::kNone;
  std::string reason;
  std::optional<Outbound> message;  // Present if and only if `state` is SUBMITTING.
};

// Thread-safe.
class BeginSend {
 public:
  BeginSend(sql::Database& database, ports::Bookings& bookings, ports::Contacts& contacts,
            IdSource& ids, const crypto::Key& secret, MailOptions options);

  // NotFound NOT_FOUND, Aborted LEASE_LOST, FailedPrecondition ALREADY_BEGUN. A booking or client
  // record that does not answer is not an error: the notification goes to RETRY and the result says
  // so.
  absl::StatusOr<BeginResult> Run(const Tenant& tenant, absl::string_view id, int64_t token,
                                  Deadline deadline);

 private:
  struct Seen;  // What the other services said.
  absl::StatusOr<domain::Notification> FindLeased(const Tenant& tenant, absl::string_view id,
                                                  int64_t token, Deadline deadline);
  Seen Ask(const domain::Notification& notification, Deadline deadline);
  absl::StatusOr<BeginResult> Decide(sql::Transaction& tx, const Tenant& tenant,
                                     domain::Notification& notification, const Seen& seen);
  absl::StatusOr<BeginResult> Submit(sql::Transaction& tx, const Tenant& tenant,
                                     domain::Notification& notification, const Seen& seen,
                                     const domain::Verdict& verdict, absl::Time now);
  absl::Status MakeText(ports::NotificationStore& store, const domain::Notification& mail,
                        absl::Time now);
  Outbound Assemble(const domain::Notification& notification, const domain::Contact& contact,
                    domain::Text text) const;

  sql::Database& database_;
  ports::Bookings& bookings_;
  ports::Contacts& contacts_;
  IdSource& ids_;
  const crypto::PageTokens tokens_;
  const MailOptions options_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_BEGIN_SEND_H_
