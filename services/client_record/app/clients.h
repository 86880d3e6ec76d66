// Use cases about who the clients are. All are thread-safe; Run blocks, but not past the caller's
// deadline. Errors beyond those of Records are listed.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_CLIENTS_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_CLIENTS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/client_record/app/records.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/ports/client_store.h"

namespace stillpoint::client_record::app {

// Makes the bytes of a response; called inside the transaction.
using EncodeClient = absl::FunctionRef<std::string(const domain::Client&)>;

// What an etag of this version is.
std::string EtagOf(int64_t version);

class CreateClient {
 public:
  CreateClient(const Records& records, IdSource& ids) : records_(records), ids_(ids) {}
  // `draft.id` empty: a random one. InvalidArgument INVALID_FIELD, AlreadyExists CLIENT_EXISTS.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const domain::Client& draft, EncodeClient encode) const;

 private:
  const Records& records_;
  IdSource& ids_;
};

class UpdateClient {
 public:
  explicit UpdateClient(const Records& records) : records_(records) {}
  // `apply` changes the fields that the caller named. InvalidArgument INVALID_FIELD, Aborted
  // ETAG_MISMATCH.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const std::string& id, const std::string& etag,
                                  absl::FunctionRef<void(domain::Person&)> apply,
                                  EncodeClient encode) const;

 private:
  const Records& records_;
};

class GetClient {
 public:
  explicit GetClient(const Records& records) : records_(records) {}
  absl::StatusOr<domain::Client> Run(const Caller& caller, const std::string& id) const;

 private:
  const Records& records_;
};

class ListClients {
 public:
  explicit ListClients(const Records& records) : records_(records) {}
  // By id, after `after`, at most `limit`. An organization without records has none.
  absl::StatusOr<std::vector<domain::Client>> Run(const Caller& caller, const std::string& after,
                                                  int limit) const;

 private:
  const Records& records_;
};

class FindClients {
 public:
  explicit FindClients(const Records& records) : records_(records) {}
  // `value` is normalised as the lookup wants it. ResourceExhausted SEARCH_LIMIT.
  absl::StatusOr<std::vector<domain::Client>> Run(const Caller& caller, ports::Lookup lookup,
                                                  const std::string& value) const;

 private:
  const Records& records_;
};

class SetConsent {
 public:
  explicit SetConsent(const Records& records) : records_(records) {}
  absl::StatusOr<std::string> Run(
      const Caller& caller, const sql::RequestKey& key, const std::string& client,
      domain::Consent consent, absl::FunctionRef<std::string(const domain::Consent&)> encode) const;

 private:
  const Records& records_;
};

class ListConsents {
 public:
  explicit ListConsents(const Records& records) : records_(records) {}
  absl::StatusOr<std::vector<domain::Consent>> Run(const Caller& caller,
                                                   const std::string& client) const;

 private:
  const Records& records_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_CLIENTS_H_
