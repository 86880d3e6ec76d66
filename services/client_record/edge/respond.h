// The last step of a mutation's handler.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_RESPOND_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_RESPOND_H_

#include <google/protobuf/message_lite.h>

#include <string>

#include "absl/status/statusor.h"
#include "common/error/error.h"

namespace stillpoint::client_record::edge {

// Fills `response` with bytes that an earlier or this call wrote. DataLoss RECORD_BROKEN: they are
// not such a message.
inline absl::Status Respond(const absl::StatusOr<std::string>& bytes,
                            google::protobuf::MessageLite* response) {
  if (!bytes.ok()) return bytes.status();
  if (response->ParseFromString(*bytes)) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "RECORD_BROKEN", "a stored response cannot be read");
}

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_RESPOND_H_
