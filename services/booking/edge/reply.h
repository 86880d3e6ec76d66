// The first and the last step of a mutation's handler: whose call it is, and the answer as it was
// stored.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_REPLY_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_REPLY_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/call.h"
#include "common/rpc/request_key.h"
#include "services/booking/app/call.h"
#include "services/booking/app/catalogue_changes.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/catalog_proto.h"

namespace stillpoint::booking::edge {

// What a use case must know of the call. PermissionDenied: the caller is not of `organization`.
// InvalidArgument INVALID_FIELD request_id: malformed.
inline absl::StatusOr<app::Call> CallOf(const rpc::CallInfo& info,
                                        const google::protobuf::Message& request,
                                        const std::string& organization) {
  ASSIGN_OR_RETURN(Tenant tenant, info.TenantFor(organization));
  ASSIGN_OR_RETURN(sql::RequestKey key, rpc::KeyOf(info, request));
  const auto* only = request.GetDescriptor()->FindFieldByName("validate_only");
  const bool validate_only = only != nullptr && request.GetReflection()->GetBool(request, only);
  return app::Call{std::move(tenant), std::move(key), info.deadline, info.reach(), validate_only};
}

// Makes of a domain value the bytes that are stored and sent: a reply with the value in
// `mutable_part`. Keeps a reference to `organization`.
template <typename Reply, typename Pb>
auto EncodeIn(const std::string& organization, Pb* (Reply::*mutable_part)()) {
  return [&organization, mutable_part](const auto& part) {
    Reply reply;
    ToProto(organization, part, (reply.*mutable_part)());
    return reply.SerializeAsString();
  };
}

// Writes what a change orphans into its reply.
template <typename Reply>
void SetAffected(const std::string& organization, const app::Affected& affected, Reply* reply) {
  for (const std::string& id : affected.bookings) {
    reply->add_affected_bookings(absl::StrCat("organizations/", organization, "/bookings/", id));
  }
  reply->set_affected_count(affected.count);
}

// As EncodeIn, for app::EncodeChange.
template <typename Reply, typename Pb>
auto EncodeChangeIn(const std::string& organization, Pb* (Reply::*mutable_part)()) {
  return [&organization, mutable_part](const auto& part, const app::Affected& affected) {
    Reply reply;
    ToProto(organization, part, (reply.*mutable_part)());
    SetAffected(organization, affected, &reply);
    return reply.SerializeAsString();
  };
}

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_REPLY_H_
