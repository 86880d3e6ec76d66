// Keys at rest: the service's secret wraps a random key per organization, from which that wraps a
// random key per client. Destroying a client's wrapped key makes everything sealed with it
// unreadable for good.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_KEY_RING_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_KEY_RING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/tenant.h"
#include "common/crypto/keys.h"
#include "common/sql/database.h"

namespace stillpoint::client_record::ports {

// Made from an organization's key, one per purpose.
struct OrganizationKeys {
  explicit OrganizationKeys(const crypto::Key& key)
      : clients(key.Derive("wrap client keys")),
        practitioners(key.Derive("wrap signing keys")),
        index(key.Derive("blind index")),
        audit(key.Derive("audit chain")),
        replays(key.Derive("replayed payloads")) {}
  crypto::Key clients;
  crypto::Key practitioners;
  crypto::Key index;
  crypto::Key audit;
  crypto::Key replays;
};

// Thread-safe. Keeps nothing of what it read: an organization's key that was cached and then rolled
// back with its transaction would seal what nobody can ever open. One read by primary key is the
// price.
class KeyRing {
 public:
  explicit KeyRing(const crypto::Key& secret) : wrapping_(secret.Derive("organization keys")) {}

  // NotFound NOT_FOUND if the organization has no record yet; DataLoss SEAL_BROKEN with another
  // secret.
  absl::StatusOr<OrganizationKeys> Find(sql::Transaction& tx, const Tenant& tenant) const;
  // Makes it if there is none. Takes a lock only then.
  absl::StatusOr<OrganizationKeys> FindOrCreate(sql::Transaction& tx, const Tenant& tenant) const;

 private:
  const crypto::Key wrapping_;
};

// What every store function works on: one organization within one transaction. Used by one thread.
struct Scope {
  sql::Transaction& tx;
  const Tenant& tenant;
  const OrganizationKeys& keys;

  const std::string& organization() const { return tenant.organization(); }
};

// Seals and opens what belongs to one client. The place is authenticated with the value, so a value
// that is copied to another row, column or version does not open.
class ClientSealer {
 public:
  ClientSealer(std::string organization, std::string client, const crypto::Key& key)
      : organization_(std::move(organization)), client_(std::move(client)), key_(key) {}

  sql::Blob Seal(absl::string_view table, absl::string_view row, int64_t version,
                 absl::string_view plain) const;
  // DataLoss SEAL_BROKEN.
  absl::StatusOr<std::string> Open(absl::string_view table, absl::string_view row, int64_t version,
                                   const sql::Value& sealed) const;
  const std::string& client() const { return client_; }

 private:
  std::string Place(absl::string_view table, absl::string_view row, int64_t version) const;
  std::string organization_;
  std::string client_;
  crypto::Key key_;
};

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_KEY_RING_H_
