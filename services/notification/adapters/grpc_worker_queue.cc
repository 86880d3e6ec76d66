#include "services/notification/adapters/grpc_worker_queue.h"

#include <utility>

#include "common/base/status_macros.h"
#include "stillpoint/notification/v1/worker_service.grpc.pb.h"

namespace stillpoint::notification::adapters {
namespace {

namespace pb = stillpoint::notification::v1;

class GrpcWorkerQueue final : public ports::WorkerQueue {
 public:
  explicit GrpcWorkerQueue(rpc::Peer peer)
      : peer_(std::move(peer)), stub_(pb::WorkerService::NewStub(peer_.channel())) {}

  absl::StatusOr<std::vector<ports::WorkItem>> Lease(absl::Span<const domain::Channel> channels,
                                                     int limit, absl::Duration length,
                                                     Deadline deadline) override {
    pb::LeaseRequest request;
    request.set_max_count(limit);
    request.mutable_lease_duration()->set_seconds(absl::ToInt64Seconds(length));
    for (const domain::Channel channel : channels) {
      request.add_channels(static_cast<pb::Channel>(channel));
    }
    const Deadline lease_end = Deadline::After(length);  // Before the call: never too late.
    pb::LeaseResponse response;
    RETURN_IF_ERROR(peer_.CallAndReconnect(
        deadline, request, &response, [&](grpc::ClientContext* context, const auto& in, auto* out) {
          return stub_->Lease(context, in, out);
        }));
    std::vector<ports::WorkItem> items;
    for (const pb::LeasedNotification& lease : response.leases()) {
      items.push_back(
          {lease.name(), lease.token(), static_cast<domain::Channel>(lease.channel()), lease_end});
    }
    return items;
  }

  absl::StatusOr<std::optional<domain::Outbound>> Begin(const ports::WorkItem& item,
                                                        Deadline deadline) override {
    pb::BeginSendRequest request;
    request.set_name(item.name);
    request.set_token(item.token);
    pb::BeginSendResponse response;
    RETURN_IF_ERROR(peer_.CallAndReconnect(
        deadline, request, &response, [&](grpc::ClientContext* context, const auto& in, auto* out) {
          return stub_->BeginSend(context, in, out);
        }));
    if (!response.has_message()) return std::nullopt;
    const pb::OutboundMessage& in = response.message();
    domain::Outbound message;
    message.channel = static_cast<domain::Channel>(in.channel());
    message.address = in.address();
    message.text.subject = in.subject();
    message.text.body = in.body();
    message.message_id = in.message_id();
    for (const pb::Header& header : in.headers()) {
      message.headers.emplace_back(header.name(), header.value());
    }
    return message;
  }

  absl::Status Complete(const ports::WorkItem& item, const domain::SendResult& result,
                        Deadline deadline) override {
    pb::CompleteSendRequest request;
    request.set_name(item.name);
    request.set_token(item.token);
    request.set_outcome(static_cast<pb::CompleteSendRequest::Outcome>(result.outcome));
    request.set_provider_code(result.code);
    pb::CompleteSendResponse response;
    return peer_.CallAndReconnect(deadline, request, &response,
                                  [&](grpc::ClientContext* context, const auto& in, auto* out) {
                                    return stub_->CompleteSend(context, in, out);
                                  });
  }

 private:
  const rpc::Peer peer_;
  const std::unique_ptr<pb::WorkerService::Stub> stub_;
};

}  // namespace

std::unique_ptr<ports::WorkerQueue> MakeGrpcWorkerQueue(rpc::Peer peer) {
  return std::make_unique<GrpcWorkerQueue>(std::move(peer));
}

}  // namespace stillpoint::notification::adapters
