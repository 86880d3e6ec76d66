// Handlers of IntakeService and ScreeningService.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_SCREENING_SERVICE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_SCREENING_SERVICE_H_

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/client_record/edge/use_cases.h"
#include "stillpoint/client_record/v1/intake_service.grpc.pb.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint::client_record::edge {

// Thread-safe; outlives the server.
class IntakeServiceImpl final : public v1::IntakeService::CallbackService {
 public:
  IntakeServiceImpl(rpc::Edge& edge, const UseCases& use_cases, const crypto::PageTokens& tokens)
      : edge_(edge), use_cases_(use_cases), tokens_(tokens) {}

  grpc::ServerUnaryReactor* GetQuestionnaire(grpc::CallbackServerContext* context,
                                             const v1::GetQuestionnaireRequest* request,
                                             v1::GetQuestionnaireResponse* response) override;
  grpc::ServerUnaryReactor* SubmitIntake(grpc::CallbackServerContext* context,
                                         const v1::SubmitIntakeRequest* request,
                                         v1::SubmitIntakeResponse* response) override;
  grpc::ServerUnaryReactor* GetIntake(grpc::CallbackServerContext* context,
                                      const v1::GetIntakeRequest* request,
                                      v1::GetIntakeResponse* response) override;
  grpc::ServerUnaryReactor* ListIntakes(grpc::CallbackServerContext* context,
                                        const v1::ListIntakesRequest* request,
                                        v1::ListIntakesResponse* response) override;
  grpc::ServerUnaryReactor* ReviewIntake(grpc::CallbackServerContext* context,
                                         const v1::ReviewIntakeRequest* request,
                                         v1::ReviewIntakeResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
  const crypto::PageTokens& tokens_;
};

// Thread-safe; outlives the server.
class ScreeningServiceImpl final : public v1::ScreeningService::CallbackService {
 public:
  ScreeningServiceImpl(rpc::Edge& edge, const UseCases& use_cases)
      : edge_(edge), use_cases_(use_cases) {}

  grpc::ServerUnaryReactor* GetClearance(grpc::CallbackServerContext* context,
                                         const v1::GetClearanceRequest* request,
                                         v1::GetClearanceResponse* response) override;
  grpc::ServerUnaryReactor* AttachPhysicianClearance(
      grpc::CallbackServerContext* context, const v1::AttachPhysicianClearanceRequest* request,
      v1::AttachPhysicianClearanceResponse* response) override;

 private:
  rpc::Edge& edge_;
  const UseCases& use_cases_;
};

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_SCREENING_SERVICE_H_
