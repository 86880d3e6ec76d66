// What every change of the catalogue does on its way in and out.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_CHANGE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_CHANGE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/call.h"
#include "common/rpc/request_key.h"
#include "services/booking/app/call.h"
#include "services/booking/edge/catalog_proto.h"

namespace stillpoint::booking::edge {

// NotFound NOT_FOUND: not the caller's organization.
template <typename Request>
absl::StatusOr<app::Call> CallOf(const rpc::CallInfo& info, const Request& request,
                                 const std::string& organization) {
  ASSIGN_OR_RETURN(Tenant tenant, info.TenantFor(organization));
  ASSIGN_OR_RETURN(sql::RequestKey key, rpc::KeyOf(info, request));
  return app::Call{std::move(tenant), std::move(key), info.deadline};
}

// The reply with `part` in it, as the bytes that are stored and sent.
template <typename Reply, typename Pb>
auto EncodeIn(const std::string& organization, Pb* (Reply::*mutable_part)()) {
  return [&organization, mutable_part](const auto& part) {
    Reply reply;
    ToProto(organization, part, (reply.*mutable_part)());
    return reply.SerializeAsString();
  };
}

// Reads `bytes`, a reply as it is stored. Internal REPLY_BROKEN.
template <typename Reply>
absl::Status Answer(const absl::StatusOr<std::string>& bytes, Reply* response) {
  if (!bytes.ok()) return bytes.status();
  if (response->ParseFromString(*bytes)) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "REPLY_BROKEN", "a stored reply does not parse");
}

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_CHANGE_H_
