#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/edge/convert.h"
#include "services/notification/edge/services.h"

namespace stillpoint::notification::edge {
namespace {

constexpr int kLeaseCountMax = 1000;  // About 0.1 s of work for the store.
constexpr absl::Duration kLeaseMin = absl::Seconds(1);
constexpr absl::Duration kLeaseMax = absl::Minutes(10);
constexpr size_t kProviderCodeMax = 64;

absl::StatusOr<absl::Duration> ReadLength(const google::protobuf::Duration& in) {
  const absl::Duration length = absl::Seconds(in.seconds()) + absl::Nanoseconds(in.nanos());
  if (length < kLeaseMin || length > kLeaseMax) {
    return InvalidField("lease_duration", "must be 1 s to 10 min");
  }
  return length;
}

absl::StatusOr<app::LeaseCommand> ReadLease(const rpc::CallInfo& call,
                                            const pb::LeaseRequest& request) {
  app::LeaseCommand command;
  command.worker = call.principal.subject;
  if (request.max_count() < 1 || request.max_count() > kLeaseCountMax) {
    return InvalidField("max_count", "must be 1-1000");
  }
  command.limit = request.max_count();
  ASSIGN_OR_RETURN(command.length, ReadLength(request.lease_duration()));
  for (const domain::Channel channel : domain::kAllChannels) {
    for (const int given : request.channels()) {
      if (!domain::IsChannel(given)) return InvalidField("channels", "is not a channel");
      if (given != static_cast<int>(channel)) continue;
      command.channels.push_back(channel);
      break;
    }
  }
  if (command.channels.empty()) return InvalidField("channels", "must not be empty");
  return command;
}

// Codes end up in logs and decision rows: nothing that could carry an address.
absl::Status CheckProviderCode(const std::string& code) {
  if (code.size() > kProviderCodeMax) return InvalidField("provider_code", "is too long");
  for (const char c : code) {
    const bool good =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    if (!good) return InvalidField("provider_code", "must be of [A-Za-z0-9._-]");
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* WorkerServiceImpl::Lease(grpc::CallbackServerContext* context,
                                                   const pb::LeaseRequest* request,
                                                   pb::LeaseResponse* response) {
  return rpc::Unary(
      edge_, context, "WorkerService.Lease",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const app::LeaseCommand command, ReadLease(call, *request));
        ASSIGN_OR_RETURN(const app::Leased leased, queue_.Lease(command, call.deadline));
        for (const ports::Lease& lease : leased.leases) {
          pb::LeasedNotification* out = response->add_leases();
          out->set_name(
              absl::StrCat("organizations/", lease.organization, "/notifications/", lease.id));
          out->set_token(lease.token);
          out->set_channel(static_cast<pb::Channel>(lease.channel));
          *out->mutable_expire_time() = rpc::ToProto(leased.until);
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* WorkerServiceImpl::BeginSend(grpc::CallbackServerContext* context,
                                                       const pb::BeginSendRequest* request,
                                                       pb::BeginSendResponse* response) {
  return rpc::Unary(
      edge_, context, "WorkerService.BeginSend",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ReadTarget(call, request->name(), kNotificationPattern, "name"));
        ASSIGN_OR_RETURN(const app::BeginResult result,
                         begin_.Run(target.tenant, target.id, request->token(), call.deadline));
        ToProto(result, response);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* WorkerServiceImpl::CompleteSend(grpc::CallbackServerContext* context,
                                                          const pb::CompleteSendRequest* request,
                                                          pb::CompleteSendResponse* response) {
  return rpc::Unary(
      edge_, context, "WorkerService.CompleteSend",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ReadTarget(call, request->name(), kNotificationPattern, "name"));
        if (request->outcome() < 1 || request->outcome() > 4) {
          return InvalidField("outcome", "is required");
        }
        RETURN_IF_ERROR(CheckProviderCode(request->provider_code()));
        const app::CompleteCommand command{target.id, request->token(),
                                           static_cast<app::Outcome>(request->outcome()),
                                           request->provider_code()};
        ASSIGN_OR_RETURN(const domain::State state,
                         complete_.Run(target.tenant, command, call.deadline));
        response->set_state(static_cast<pb::Notification::State>(static_cast<int>(state)));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* WorkerServiceImpl::ExtendLease(grpc::CallbackServerContext* context,
                                                         const pb::ExtendLeaseRequest* request,
                                                         pb::ExtendLeaseResponse* response) {
  return rpc::Unary(
      edge_, context, "WorkerService.ExtendLease",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ReadTarget(call, request->name(), kNotificationPattern, "name"));
        ASSIGN_OR_RETURN(const absl::Duration length, ReadLength(request->lease_duration()));
        ASSIGN_OR_RETURN(
            const absl::Time until,
            queue_.Extend(target.tenant, target.id, request->token(), length, call.deadline));
        *response->mutable_expire_time() = rpc::ToProto(until);
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::notification::edge
