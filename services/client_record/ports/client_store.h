// Where clients and their consents live. One implementation on sql::Transaction serves both
// engines, so these are plain functions; adapters/ has them.
//
// Any call may return the errors of sql::Transaction, and DataLoss SEAL_BROKEN for a value that was
// changed behind our back; only additional errors are listed. Reading here leaves no audit entry:
// app/records.h does that for every use case.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CLIENT_STORE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CLIENT_STORE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

// Waits until no other transaction writes this client's record.
absl::Status LockClient(const Scope& scope, const std::string& client);

// The client's own key. NotFound NOT_FOUND.
absl::StatusOr<ClientSealer> FindSealer(const Scope& scope, const std::string& client);

// Adds a client with a new key of its own. AlreadyExists CLIENT_EXISTS.
absl::StatusOr<ClientSealer> InsertClient(const Scope& scope, const domain::Client& client);
// With the newest consents. NotFound NOT_FOUND.
absl::StatusOr<domain::Client> LoadClient(const Scope& scope, const std::string& id);
// Replaces the person and the search index. The caller holds the lock and has raised the version.
absl::Status ReplaceClient(const Scope& scope, const domain::Client& client);

// Ids after `after`, ascending.
absl::StatusOr<std::vector<std::string>> ListClientIds(const Scope& scope, const std::string& after,
                                                       int limit);

// What can be searched for, by keyed digest: the value itself is never stored.
enum class Lookup { kPhone, kEmail, kNameAndBirthDate };
// `value` is normalised (NameKey for the last one). Ids, ascending.
absl::StatusOr<std::vector<std::string>> FindClientIds(const Scope& scope, Lookup lookup,
                                                       const std::string& value, int limit);
// The value of kNameAndBirthDate.
std::string NameKey(const std::string& given_name, const std::string& family_name,
                    const std::string& birth_date);

// Adds a decision; earlier ones stay. The caller holds the client's lock.
absl::Status AppendConsent(const Scope& scope, const std::string& client,
                           const domain::Consent& consent);
// Newest first.
absl::StatusOr<std::vector<domain::Consent>> ListConsents(const Scope& scope,
                                                          const std::string& client, int limit);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CLIENT_STORE_H_
