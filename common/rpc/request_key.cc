#include "common/rpc/request_key.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kRequestIdMax = 64;  // A UUID has 36; room for a prefix of the caller's.

bool IsRequestIdChar(char c) {
  return absl::ascii_isalnum(c) || absl::string_view("._:-").find(c) != absl::string_view::npos;
}

std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);  // Maps in key order: the same request, the same hash.
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

absl::StatusOr<sql::RequestKey> KeyOf(const CallInfo& call,
                                      const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    std::abort();  // A handler that asks for the key of such a request is our own mistake.
  }
  sql::RequestKey key;
  key.method = call.method;
  key.caller = call.principal.subject;
  key.request_id = request.GetReflection()->GetString(request, field);
  if (key.request_id.empty()) return key;
  if (key.request_id.size() > kRequestIdMax ||
      !std::all_of(key.request_id.begin(), key.request_id.end(), IsRequestIdChar)) {
    return InvalidField("request_id", "is not 1 to 64 characters of [A-Za-z0-9._:-]");
  }
  const std::unique_ptr<google::protobuf::Message> rest(request.New());
  rest->CopyFrom(request);
  rest->GetReflection()->ClearField(rest.get(), field);
  key.payload_hash = crypto::Hash(Deterministic(*rest));
  return key;
}

absl::Status Answer(const absl::StatusOr<std::string>& bytes,
                    google::protobuf::MessageLite* response) {
  if (!bytes.ok()) return bytes.status();
  if (response->ParseFromString(*bytes)) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "REPLY_BROKEN", "a stored reply does not parse");
}

}  // namespace stillpoint::rpc
