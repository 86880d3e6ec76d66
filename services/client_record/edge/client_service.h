// Handlers of ClientService and ConsentService: authorise, translate, call, translate back.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CLIENT_SERVICE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CLIENT_SERVICE_H_

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/client_record/edge/use_cases.h"
#include "stillpoint/client_record/v1/client_service.grpc.pb.h"
#include "stillpoint/client_record/v1/consent_service.grpc.pb.h"

namespace stillpoint::client_record::edge {

// Thread-safe; outlives the server.
class ClientServiceImpl final : public v1::ClientService::CallbackService {
 public:
  ClientServiceImpl(rpc::Edge& edge, const UseCases& use_cases, const crypto::PageTokens& tokens)
      : edge_(edge), use_cases_(use_cases), tokens_(tokens) {}

  grpc::ServerUnaryReactor* CreateClient(grpc::CallbackServerContext* context,
                                         const v1::CreateClientRequest* request,
                                         v1::CreateClientResponse* response) override;
  grpc::ServerUnaryReactor* GetClient(grpc::CallbackServerContext* context,
                                      const v1::GetClientRequest* request,
                                      v1::GetClientResponse* response) override;
  grpc::ServerUnaryReactor* UpdateClient(grpc::CallbackServerContext* context,
                                         const v1::UpdateClientRequest* request,
                                         v1::UpdateClientResponse* response) override;
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* context,
                                        const v1::ListClientsRequest* request,
                                        v1::ListClientsResponse* response) override;
  grpc::ServerUnaryReactor* FindClients(grpc::CallbackServerContext* context,
                                        const v1::FindClientsRequest* request,
                                        v1::FindClientsResponse* response) override;
  grpc::ServerUnaryReactor* GetContact(grpc::CallbackServerContext* context,
                                       const v1::GetContactRequest* request,
                                       v1::GetContactResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
  const crypto::PageTokens& tokens_;
};

// Thread-safe; outlives the server.
class ConsentServiceImpl final : public v1::ConsentService::CallbackService {
 public:
  ConsentServiceImpl(rpc::Edge& edge, const UseCases& use_cases)
      : edge_(edge), use_cases_(use_cases) {}

  grpc::ServerUnaryReactor* SetConsent(grpc::CallbackServerContext* context,
                                       const v1::SetConsentRequest* request,
                                       v1::SetConsentResponse* response) override;
  grpc::ServerUnaryReactor* ListConsents(grpc::CallbackServerContext* context,
                                         const v1::ListConsentsRequest* request,
                                         v1::ListConsentsResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
};

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CLIENT_SERVICE_H_
