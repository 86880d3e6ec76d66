// The idempotency key of a request message, and the answer that is stored under it.
#ifndef STILLPOINT_COMMON_RPC_REQUEST_KEY_H_
#define STILLPOINT_COMMON_RPC_REQUEST_KEY_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/sql/idempotency.h"

namespace stillpoint::rpc {

// `request` must have a string field `request_id`; the hash covers everything else, serialised
// deterministically. InvalidArgument INVALID_FIELD request_id: not 1-64 characters of
// [A-Za-z0-9._:-] (empty is allowed: the caller does not retry).
absl::StatusOr<sql::RequestKey> KeyOf(const CallInfo& call,
                                      const google::protobuf::Message& request);

// The last step of a mutation's handler: fills `response` with the bytes that this call or, in a
// replay, an earlier one stored. Internal REPLY_BROKEN: they are not such a message.
absl::Status Answer(const absl::StatusOr<std::string>& bytes,
                    google::protobuf::MessageLite* response);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_REQUEST_KEY_H_
