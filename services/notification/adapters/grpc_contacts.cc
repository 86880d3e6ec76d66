#include <utility>

#include "common/base/status_macros.h"
#include "services/notification/adapters/grpc_peers.h"
#include "stillpoint/client_record/v1/client_service.grpc.pb.h"

namespace stillpoint::notification::adapters {
namespace {

namespace pb = stillpoint::client_record::v1;

class GrpcContacts final : public ports::Contacts {
 public:
  explicit GrpcContacts(rpc::Peer peer)
      : peer_(std::move(peer)), clients_(pb::ClientService::NewStub(peer_.channel())) {}

  absl::StatusOr<std::optional<domain::Contact>> Get(absl::string_view client,
                                                     Deadline deadline) override {
    pb::GetContactRequest request;
    request.set_client(std::string(client));
    pb::GetContactResponse response;
    const absl::Status status = peer_.Call(
        deadline, request, &response, [&](grpc::ClientContext* context, const auto& in, auto* out) {
          return clients_->GetContact(context, in, out);
        });
    if (status.code() == absl::StatusCode::kNotFound) return std::nullopt;
    RETURN_IF_ERROR(status);
    domain::Contact contact;
    contact.given_name = response.given_name();
    contact.email = response.email();
    contact.phone = response.phone();
    contact.language = response.language();
    contact.zone = response.zone();
    contact.email_allowed = response.email_allowed();
    contact.sms_allowed = response.sms_allowed();
    contact.erased = response.erased();
    return contact;
  }

 private:
  const rpc::Peer peer_;
  const std::unique_ptr<pb::ClientService::Stub> clients_;
};

}  // namespace

std::unique_ptr<ports::Contacts> MakeGrpcContacts(rpc::Peer peer) {
  return std::make_unique<GrpcContacts>(std::move(peer));
}

}  // namespace stillpoint::notification::adapters
