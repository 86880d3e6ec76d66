#include "common/rpc/status.h"

#include <algorithm>

#include "common/error/error.h"
#include "common/log/log.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace stillpoint::rpc {
namespace {

// gRPC clients accept 8 KB of trailing metadata by default; more and they see RESOURCE_EXHAUSTED
// instead of our answer. Percent-encoding can triple the message and base64 adds a third to the
// details: 3 * 512 + 4/3 * 4096 stays below.
constexpr size_t kMessageBytesMax = 512;
constexpr size_t kDetailsBytesMax = 4096;

// The first `bytes_max` bytes, without a torn UTF-8 character: protobuf refuses to parse one.
std::string Shortened(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

template <typename Detail>
void Pack(const Detail& detail, google::rpc::Status& wire) {
  wire.add_details()->PackFrom(detail);
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status, bool with_metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonOf(status));
  info.set_domain(kErrorDomain);
  if (!with_metadata) return info;
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  return info;
}

// ErrorInfo always; as many violations and as much metadata as fit.
google::rpc::Status WireStatus(const absl::Status& status, const std::string& message) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(message);
  google::rpc::ErrorInfo info = InfoOf(status, /*with_metadata=*/true);
  if (info.ByteSizeLong() > kDetailsBytesMax / 2) info = InfoOf(status, /*with_metadata=*/false);
  Pack(info, wire);
  if (const auto delay = RetryAfterOf(status); delay.has_value()) {
    google::rpc::RetryInfo retry;
    const int64_t micros = absl::ToInt64Microseconds(*delay);
    retry.mutable_retry_delay()->set_seconds(micros / 1'000'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
    Pack(retry, wire);
  }
  google::rpc::BadRequest bad_request;
  for (const auto& [path, description] : FieldsOf(status)) {
    auto* violation = bad_request.add_field_violations();
    violation->set_field(path);
    violation->set_description(Shortened(description, kMessageBytesMax));
    if (wire.ByteSizeLong() + bad_request.ByteSizeLong() > kDetailsBytesMax) {
      bad_request.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  if (bad_request.field_violations_size() > 0) Pack(bad_request, wire);
  return wire;
}

// Adds to `error` the fields and the retry delay that `wire` carries.
void ReadDetails(const google::rpc::Status& wire, Error& error) {
  for (const auto& detail : wire.details()) {
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        std::move(error).Field(violation.field(), violation.description());
      }
    } else if (detail.UnpackTo(&retry)) {
      std::move(error).RetryAfter(absl::Seconds(retry.retry_delay().seconds()) +
                                  absl::Nanoseconds(retry.retry_delay().nanos()));
    }
  }
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  if (ReasonOf(status).empty()) {
    log::Failure("error_without_reason",
                 {{"code", absl::StatusCodeToString(status.code())}, {"text", status.message()}});
    return ToGrpc(Error(absl::StatusCode::kInternal, "INTERNAL", "internal error"));
  }
  const std::string message = Shortened(status.message(), kMessageBytesMax);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      WireStatus(status, message).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  if (wire.ParseFromString(status.error_details())) {
    for (const auto& detail : wire.details()) {
      if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
    }
  }
  const std::string reason = info.reason().empty() ? absl::StatusCodeToString(code) : info.reason();
  Error error(code, reason, status.error_message());
  for (const auto& [key, value] : info.metadata()) std::move(error).With(key, value);
  ReadDetails(wire, error);
  return error;
}

absl::Status DeadlinePassed() {
  return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
               "the deadline passed before the answer was ready");
}

absl::Status ServerBusy() {
  return Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY", "too many calls at this moment")
      .RetryAfter(absl::Milliseconds(100));
}

absl::Status MalformedRequest() {
  return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
               "the message is not the request of this method");
}

absl::Status ReadRequest(absl::string_view bytes, google::protobuf::MessageLite* request) {
  const bool read = request->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return read ? absl::OkStatus() : MalformedRequest();
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {  // Before 1970: nanos count forward from the second below.
    rest += 1'000'000;
    --seconds;
  }
  google::protobuf::Timestamp proto;
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(rest * 1000));
  return proto;
}

absl::StatusOr<absl::Time> ReadTime(const google::protobuf::Timestamp* timestamp,
                                    absl::string_view field) {
  constexpr int64_t kYear1 = -62135596800;  // 0001-01-01T00:00:00Z, the range of Timestamp.
  constexpr int64_t kYear10000 = 253402300800;
  if (timestamp == nullptr) return InvalidField(field, "is required");
  if (timestamp->seconds() < kYear1 || timestamp->seconds() >= kYear10000 ||
      timestamp->nanos() < 0 || timestamp->nanos() > 999'999'999) {
    return InvalidField(field, "is not a time of the years 1 to 9999");
  }
  return absl::FromUnixMicros(timestamp->seconds() * 1'000'000 + timestamp->nanos() / 1000);
}

}  // namespace stillpoint::rpc
