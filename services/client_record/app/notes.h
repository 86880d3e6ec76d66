// Use cases about session notes; as clients.h. `caller.subject` is the practitioner's resource
// name: the edge lets nobody else through.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_NOTES_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_NOTES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/client_record/app/records.h"
#include "services/client_record/domain/content.h"
#include "services/client_record/domain/note.h"
#include "services/client_record/ports/client_store.h"
#include "services/client_record/ports/note_store.h"

namespace stillpoint::client_record::app {

using EncodeNote = absl::FunctionRef<std::string(const domain::SessionNote&)>;

class CreateDraft {
 public:
  CreateDraft(const Records& records, IdSource& ids) : records_(records), ids_(ids) {}
  // `draft`: client, booking, modality, start, end, content. InvalidArgument INVALID_FIELD.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const domain::SessionNote& draft, EncodeNote encode) const;

 private:
  const Records& records_;
  IdSource& ids_;
};

class UpdateDraft {
 public:
  explicit UpdateDraft(const Records& records) : records_(records) {}
  // PermissionDenied NOT_AUTHOR; FailedPrecondition NOTE_SIGNED; Aborted ETAG_MISMATCH.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const domain::SessionNote& draft, const std::string& etag,
                                  EncodeNote encode) const;

 private:
  const Records& records_;
};

class SignNote {
 public:
  SignNote(const Records& records, const domain::Content& content)
      : records_(records), content_(content) {}
  // As UpdateDraft, and FailedPrecondition with the reason of the first finding that forbids it.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const std::string& client, const std::string& id,
                                  const std::string& etag,
                                  const std::vector<domain::Acknowledgement>& acknowledged,
                                  EncodeNote encode) const;

 private:
  const Records& records_;
  const domain::Content& content_;
};

class AddAddendum {
 public:
  explicit AddAddendum(const Records& records) : records_(records) {}
  // FailedPrecondition NOTE_NOT_SIGNED; InvalidArgument INVALID_FIELD.
  absl::StatusOr<std::string> Run(const Caller& caller, const sql::RequestKey& key,
                                  const std::string& client, const std::string& id,
                                  const std::string& reason, const std::string& text,
                                  EncodeNote encode) const;

 private:
  const Records& records_;
};

class GetNote {
 public:
  explicit GetNote(const Records& records) : records_(records) {}
  absl::StatusOr<domain::SessionNote> Run(const Caller& caller, const std::string& client,
                                          const std::string& id) const;

 private:
  const Records& records_;
};

class ListNotes {
 public:
  explicit ListNotes(const Records& records) : records_(records) {}
  absl::StatusOr<std::vector<domain::SessionNote>> Run(const Caller& caller,
                                                       const std::string& client,
                                                       const ports::NotePosition& after,
                                                       int limit) const;

 private:
  const Records& records_;
};

class GetSigningKey {
 public:
  explicit GetSigningKey(const Records& records) : records_(records) {}
  // Public, and about no client: not audited.
  absl::StatusOr<std::string> Run(const Caller& caller, const std::string& practitioner) const;

 private:
  const Records& records_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_NOTES_H_
