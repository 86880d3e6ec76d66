// Handlers of SessionNoteService and AuditService.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_NOTE_SERVICE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_NOTE_SERVICE_H_

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/client_record/edge/use_cases.h"
#include "stillpoint/client_record/v1/audit_service.grpc.pb.h"
#include "stillpoint/client_record/v1/session_note_service.grpc.pb.h"

namespace stillpoint::client_record::edge {

// Thread-safe; outlives the server.
class SessionNoteServiceImpl final : public v1::SessionNoteService::CallbackService {
 public:
  SessionNoteServiceImpl(rpc::Edge& edge, const UseCases& use_cases,
                         const crypto::PageTokens& tokens)
      : edge_(edge), use_cases_(use_cases), tokens_(tokens) {}

  grpc::ServerUnaryReactor* CreateDraft(grpc::CallbackServerContext* context,
                                        const v1::CreateDraftRequest* request,
                                        v1::CreateDraftResponse* response) override;
  grpc::ServerUnaryReactor* UpdateDraft(grpc::CallbackServerContext* context,
                                        const v1::UpdateDraftRequest* request,
                                        v1::UpdateDraftResponse* response) override;
  grpc::ServerUnaryReactor* SignNote(grpc::CallbackServerContext* context,
                                     const v1::SignNoteRequest* request,
                                     v1::SignNoteResponse* response) override;
  grpc::ServerUnaryReactor* AddAddendum(grpc::CallbackServerContext* context,
                                        const v1::AddAddendumRequest* request,
                                        v1::AddAddendumResponse* response) override;
  grpc::ServerUnaryReactor* GetNote(grpc::CallbackServerContext* context,
                                    const v1::GetNoteRequest* request,
                                    v1::GetNoteResponse* response) override;
  grpc::ServerUnaryReactor* ListNotes(grpc::CallbackServerContext* context,
                                      const v1::ListNotesRequest* request,
                                      v1::ListNotesResponse* response) override;
  grpc::ServerUnaryReactor* GetSigningKey(grpc::CallbackServerContext* context,
                                          const v1::GetSigningKeyRequest* request,
                                          v1::GetSigningKeyResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
  const crypto::PageTokens& tokens_;
};

// Thread-safe; outlives the server.
class AuditServiceImpl final : public v1::AuditService::CallbackService {
 public:
  AuditServiceImpl(rpc::Edge& edge, const UseCases& use_cases, const crypto::PageTokens& tokens)
      : edge_(edge), use_cases_(use_cases), tokens_(tokens) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context,
                                             const v1::ListAuditEntriesRequest* request,
                                             v1::ListAuditEntriesResponse* response) override;
  grpc::ServerUnaryReactor* VerifyAuditChain(grpc::CallbackServerContext* context,
                                             const v1::VerifyAuditChainRequest* request,
                                             v1::VerifyAuditChainResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
  const crypto::PageTokens& tokens_;
};

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_NOTE_SERVICE_H_
