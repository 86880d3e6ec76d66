#include "services/client_record/edge/note_service.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/request_key.h"
#include "services/client_record/edge/convert.h"
#include "services/client_record/edge/target.h"

namespace stillpoint::client_record::edge {
namespace {

constexpr int kNotesMax = 100;  // Per page.
// A page ends once it is longer, whatever its size: gRPC clients refuse more than 4 MB by default,
// and a note is 200 KB at most, being there twice once it is signed.
constexpr size_t kPageBytesMax = 3'000'000;
constexpr int kAcknowledgementsMax = 100;  // Far more than there are rules.
constexpr size_t kRuleBytesMax = 64;       // Rule ids are shorter.
constexpr int kEntriesMax = 1000;          // Per page.

// The bytes of a response that holds one note.
template <typename Response>
auto NoteEncoder(const Target& target) {
  return [&target](const domain::SessionNote& note) {
    Response made;
    WriteNote(target.organization(), note, made.mutable_note());
    return made.SerializeAsString();
  };
}

absl::StatusOr<ports::NotePosition> ReadPosition(const std::string& cursor) {
  ports::NotePosition position;
  if (cursor.empty()) return position;
  const std::pair<std::string, std::string> parts = absl::StrSplit(cursor, absl::MaxSplits('/', 1));
  int64_t start = 0;
  if (!absl::SimpleAtoi(parts.first, &start))
    return InvalidField("page_token", "is not of this call");
  position.start = absl::FromUnixMicros(start);
  position.id = parts.second;
  return position;
}

absl::StatusOr<std::vector<domain::Acknowledgement>> ReadAcknowledgements(
    const pb::SignNoteRequest& request) {
  if (request.acknowledgements_size() > kAcknowledgementsMax) {
    return InvalidField("acknowledgements", "has more than 100 items");
  }
  std::vector<domain::Acknowledgement> acknowledged;
  for (const pb::Acknowledgement& one : request.acknowledgements()) {
    if (one.rule().size() > kRuleBytesMax) {
      return InvalidField(absl::StrCat("acknowledgements[", acknowledged.size(), "].rule"),
                          "is not a rule");
    }
    acknowledged.push_back({one.rule(), one.rule_version()});
  }
  return acknowledged;
}

}  // namespace

grpc::ServerUnaryReactor* SessionNoteServiceImpl::CreateDraft(grpc::CallbackServerContext* context,
                                                              const pb::CreateDraftRequest* request,
                                                              pb::CreateDraftResponse* response) {
  return rpc::Unary(edge_, context, "SessionNoteService.CreateDraft",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       ClientTarget(call, request->parent(), "parent"));
                      RETURN_IF_ERROR(RequirePractitioner(target));
                      ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
                      ASSIGN_OR_RETURN(domain::SessionNote draft, ReadNote(request->note()));
                      draft.client = target.client;
                      return rpc::Answer(
                          use_cases_.create_draft.Run(target.caller, key, draft,
                                                      NoteEncoder<pb::CreateDraftResponse>(target)),
                          response);
                    });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::UpdateDraft(grpc::CallbackServerContext* context,
                                                              const pb::UpdateDraftRequest* request,
                                                              pb::UpdateDraftResponse* response) {
  return rpc::Unary(edge_, context, "SessionNoteService.UpdateDraft",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       NoteTarget(call, request->note().name(), "note.name"));
                      RETURN_IF_ERROR(RequirePractitioner(target));
                      ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
                      if (request->note().etag().empty())
                        return InvalidField("note.etag", "is required");
                      ASSIGN_OR_RETURN(domain::SessionNote draft, ReadNote(request->note()));
                      draft.client = target.client;
                      draft.id = target.id;
                      return rpc::Answer(use_cases_.update_draft.Run(
                                             target.caller, key, draft, request->note().etag(),
                                             NoteEncoder<pb::UpdateDraftResponse>(target)),
                                         response);
                    });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::SignNote(grpc::CallbackServerContext* context,
                                                           const pb::SignNoteRequest* request,
                                                           pb::SignNoteResponse* response) {
  return rpc::Unary(
      edge_, context, "SessionNoteService.SignNote",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, NoteTarget(call, request->name(), "name"));
        RETURN_IF_ERROR(RequirePractitioner(target));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        if (request->etag().empty()) return InvalidField("etag", "is required");
        ASSIGN_OR_RETURN(const std::vector<domain::Acknowledgement> acknowledged,
                         ReadAcknowledgements(*request));
        return rpc::Answer(
            use_cases_.sign_note.Run(target.caller, key, target.client, target.id, request->etag(),
                                     acknowledged, NoteEncoder<pb::SignNoteResponse>(target)),
            response);
      });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::AddAddendum(grpc::CallbackServerContext* context,
                                                              const pb::AddAddendumRequest* request,
                                                              pb::AddAddendumResponse* response) {
  return rpc::Unary(
      edge_, context, "SessionNoteService.AddAddendum",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, NoteTarget(call, request->name(), "name"));
        RETURN_IF_ERROR(RequirePractitioner(target));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        return rpc::Answer(use_cases_.add_addendum.Run(
                               target.caller, key, target.client, target.id, request->reason(),
                               request->text(), NoteEncoder<pb::AddAddendumResponse>(target)),
                           response);
      });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::GetNote(grpc::CallbackServerContext* context,
                                                          const pb::GetNoteRequest* request,
                                                          pb::GetNoteResponse* response) {
  return rpc::Unary(
      edge_, context, "SessionNoteService.GetNote",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, NoteTarget(call, request->name(), "name"));
        ASSIGN_OR_RETURN(const domain::SessionNote note,
                         use_cases_.get_note.Run(target.caller, target.client, target.id));
        WriteNote(target.organization(), note, response->mutable_note());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::ListNotes(grpc::CallbackServerContext* context,
                                                            const pb::ListNotesRequest* request,
                                                            pb::ListNotesResponse* response) {
  return rpc::Unary(
      edge_, context, "SessionNoteService.ListNotes",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->parent(), "parent"));
        ASSIGN_OR_RETURN(const Page page,
                         ReadPage(tokens_, call, request->parent(), request->page_size(), kNotesMax,
                                  request->page_token()));
        ASSIGN_OR_RETURN(const ports::NotePosition after, ReadPosition(page.cursor));
        ASSIGN_OR_RETURN(
            const std::vector<domain::SessionNote> notes,
            use_cases_.list_notes.Run(target.caller, target.client, after, page.limit));
        size_t bytes = 0;
        for (const domain::SessionNote& note : notes) {
          pb::SessionNote* out = response->add_notes();
          WriteNote(target.organization(), note, out);
          if ((bytes += out->ByteSizeLong()) > kPageBytesMax) break;
        }
        const int written = response->notes_size();
        if (written == page.limit || written < static_cast<int>(notes.size())) {
          const domain::SessionNote& last = notes[written - 1];
          response->set_next_page_token(tokens_.Make(
              absl::StrCat(absl::ToUnixMicros(last.start), "/", last.id), page.binding));
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* SessionNoteServiceImpl::GetSigningKey(
    grpc::CallbackServerContext* context, const pb::GetSigningKeyRequest* request,
    pb::GetSigningKeyResponse* response) {
  return rpc::Unary(edge_, context, "SessionNoteService.GetSigningKey",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(
                          const Target target,
                          PractitionerTarget(call, request->practitioner(), "practitioner"));
                      ASSIGN_OR_RETURN(const std::string public_key,
                                       use_cases_.get_signing_key.Run(target.caller, target.id));
                      response->set_public_key(public_key);
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* AuditServiceImpl::ListAuditEntries(
    grpc::CallbackServerContext* context, const pb::ListAuditEntriesRequest* request,
    pb::ListAuditEntriesResponse* response) {
  return rpc::Unary(
      edge_, context, "AuditService.ListAuditEntries",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         OrganizationTarget(call, request->parent(), "parent"));
        std::string client;
        if (!request->client().empty()) {
          ASSIGN_OR_RETURN(const Target of, ClientTarget(call, request->client(), "client"));
          if (of.organization() != target.organization()) return rpc::NotFound();
          client = of.client;
        }
        ASSIGN_OR_RETURN(const Page page,
                         ReadPage(tokens_, call, absl::StrCat(request->parent(), " ", client),
                                  request->page_size(), kEntriesMax, request->page_token()));
        int64_t before = std::numeric_limits<int64_t>::max();
        if (!page.cursor.empty() && !absl::SimpleAtoi(page.cursor, &before)) {
          return InvalidField("page_token", "is not of this call");
        }
        ASSIGN_OR_RETURN(const std::vector<ports::AuditEntry> entries,
                         use_cases_.list_audit.Run(target.caller, client, before, page.limit));
        for (const ports::AuditEntry& from : entries) {
          pb::AuditEntry* entry = response->add_entries();
          entry->set_sequence(from.sequence);
          *entry->mutable_access_time() = rpc::ToProto(from.time);
          entry->set_subject(from.subject);
          entry->set_method(from.method);
          if (!from.client.empty()) {
            entry->set_client(
                absl::StrCat("organizations/", target.organization(), "/clients/", from.client));
          }
          entry->set_hash(from.hash);
        }
        if (static_cast<int>(entries.size()) == page.limit && entries.back().sequence > 1) {
          response->set_next_page_token(
              tokens_.Make(absl::StrCat(entries.back().sequence), page.binding));
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* AuditServiceImpl::VerifyAuditChain(
    grpc::CallbackServerContext* context, const pb::VerifyAuditChainRequest* request,
    pb::VerifyAuditChainResponse* response) {
  return rpc::Unary(edge_, context, "AuditService.VerifyAuditChain",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       OrganizationTarget(call, request->parent(), "parent"));
                      ASSIGN_OR_RETURN(const ports::AuditVerdict verdict,
                                       use_cases_.verify_audit.Run(target.caller));
                      response->set_intact(verdict.first_bad_sequence == 0);
                      response->set_first_bad_sequence(verdict.first_bad_sequence);
                      response->set_entry_count(verdict.good_entries);
                      response->set_finding(verdict.finding);
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::client_record::edge
