// absl::Status <-> grpc::Status, once, at the edge. On the wire: google.rpc.Status with ErrorInfo
// on every non-OK answer, BadRequest for fields, RetryInfo where a retry helps.
#ifndef STILLPOINT_COMMON_RPC_STATUS_H_
#define STILLPOINT_COMMON_RPC_STATUS_H_

#include <google/protobuf/message_lite.h>
#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::rpc {

// ErrorInfo.domain of all our services.
inline constexpr char kErrorDomain[] = "stillpoint";

// A status without a reason (a bug or a library's) becomes INTERNAL with its text withheld.
grpc::Status ToGrpc(const absl::Status& status);
// Keeps reason, metadata, fields and retry delay; a status without details gets its code as reason.
absl::Status FromGrpc(const grpc::Status& status);

absl::Status DeadlinePassed();    // DeadlineExceeded DEADLINE_EXCEEDED.
absl::Status ServerBusy();        // ResourceExhausted SERVER_BUSY, retry after 100 ms.
absl::Status MalformedRequest();  // InvalidArgument MALFORMED_REQUEST.

// Of a method that takes bytes. MalformedRequest: they are not that message.
absl::Status ReadRequest(absl::string_view bytes, google::protobuf::MessageLite* request);

// Microsecond precision. Read returns InvalidArgument INVALID_FIELD for `field` when the timestamp
// is absent (null) or outside the years 1-9999.
google::protobuf::Timestamp ToProto(absl::Time time);
absl::StatusOr<absl::Time> ReadTime(const google::protobuf::Timestamp* timestamp,
                                    absl::string_view field);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_STATUS_H_
