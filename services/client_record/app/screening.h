// Use cases about health histories and what they mean; as clients.h.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_SCREENING_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_SCREENING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/client_record/app/records.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/domain/content.h"
#include "services/client_record/domain/intake.h"
#include "services/client_record/domain/screening.h"

namespace stillpoint::client_record::app {

// Loads the intakes that count and the documents, and applies the rules. For use inside a
// transaction.
absl::StatusOr<std::vector<domain::Finding>> ScreenClient(const ports::Scope& scope,
                                                          const ports::ClientSealer& sealer,
                                                          const domain::Content& content,
                                                          domain::Modality modality, absl::Time at);

using EncodeIntake =
    absl::FunctionRef<std::string(const domain::Intake&, const std::vector<domain::Finding>&)>;

struct IntakeDraft {
  std::string client;
  int questionnaire_version = 0;
  domain::Answers answers;
  std::string previous_intake;  // Id of the newest that the author had seen; empty: unknown.
  std::vector<domain::Consent> consents;
};

class SubmitIntake {
 public:
  SubmitIntake(const Records& records, const domain::Content& content, IdSource& ids)
      : records_(records), content_(content), ids_(ids) {}
  // FailedPrecondition QUESTIONNAIRE_UNKNOWN; InvalidArgument INVALID_FIELD.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const IntakeDraft& draft, EncodeIntake encode) const;

 private:
  const Records& records_;
  const domain::Content& content_;
  IdSource& ids_;
};

class ReviewIntake {
 public:
  explicit ReviewIntake(const Records& records) : records_(records) {}
  // FailedPrecondition INTAKE_SUPERSEDED: not the newest.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const std::string& client, const std::string& id,
                                  EncodeIntake encode) const;

 private:
  const Records& records_;
};

class GetIntake {
 public:
  explicit GetIntake(const Records& records) : records_(records) {}
  absl::StatusOr<domain::Intake> Run(const Caller& caller, const std::string& client,
                                     const std::string& id) const;

 private:
  const Records& records_;
};

class ListIntakes {
 public:
  explicit ListIntakes(const Records& records) : records_(records) {}
  // Revisions below `before`, newest first.
  absl::StatusOr<std::vector<domain::Intake>> Run(const Caller& caller, const std::string& client,
                                                  int64_t before, int limit) const;

 private:
  const Records& records_;
};

class GetClearance {
 public:
  GetClearance(const Records& records, const domain::Content& content)
      : records_(records), content_(content) {}
  // `at` empty: now.
  absl::StatusOr<std::vector<domain::Finding>> Run(const Caller& caller, const std::string& client,
                                                   domain::Modality modality,
                                                   std::optional<absl::Time> at) const;

 private:
  const Records& records_;
  const domain::Content& content_;
};

class AttachPhysicianClearance {
 public:
  AttachPhysicianClearance(const Records& records, const domain::Content& content, IdSource& ids)
      : records_(records), content_(content), ids_(ids) {}
  // FailedPrecondition CLEARANCE_NOT_POSSIBLE; InvalidArgument INVALID_FIELD.
  absl::StatusOr<std::string> Run(
      const Caller& caller, const sql::RequestKey& key, const std::string& client,
      domain::PhysicianClearance document,
      absl::FunctionRef<std::string(const domain::PhysicianClearance&)> encode) const;

 private:
  const Records& records_;
  const domain::Content& content_;
  IdSource& ids_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_SCREENING_H_
