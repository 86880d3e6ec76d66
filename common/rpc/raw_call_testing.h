// Calls as bytes, of whatever method a descriptor has. For tests and benchmarks only.
#ifndef STILLPOINT_COMMON_RPC_RAW_CALL_TESTING_H_
#define STILLPOINT_COMMON_RPC_RAW_CALL_TESTING_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {

// What a caller sees of an answer, byte by byte.
struct WireAnswer {
  grpc::StatusCode code;
  std::string message, details, bytes;
  std::string reason;
  friend bool operator==(const WireAnswer&, const WireAnswer&) = default;
  friend std::ostream& operator<<(std::ostream& out, const WireAnswer& answer) {
    return out << answer.code << " " << answer.reason << " (" << answer.message << ") and "
               << answer.bytes.size() << " bytes";
  }
};

// One call of `method` by the caller with the bearer key `key`; `request` is serialised.
inline WireAnswer CallRaw(grpc::GenericStub& stub, const google::protobuf::MethodDescriptor& method,
                          const std::string& key, const std::string& request) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  const auto call = stub.PrepareUnaryCall(
      &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()),
      grpc::ByteBuffer(&slice, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, &stub);
  void* tag = nullptr;
  bool ok = false;
  if (!queue.Next(&tag, &ok) || !ok) {
    status = grpc::Status(grpc::StatusCode::INTERNAL, "the queue lost the call");
  }
  WireAnswer answer = {status.error_code(), status.error_message(), status.error_details(), "",
                       std::string(ReasonOf(FromGrpc(status)))};
  std::vector<grpc::Slice> parts;
  if (status.ok() && response.Dump(&parts).ok()) {
    for (const grpc::Slice& part : parts) {
      answer.bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return answer;
}

// "Service.Method", as the access table has it.
inline std::string ShortName(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat(method.service()->name(), ".", method.name());
}

// Sets `name` in every field that could hold it, and in those of messages of ours below.
inline void FillNames(google::protobuf::Message& message, const std::string& name, int depth) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    if (field->is_repeated()) continue;
    const auto* reflection = message.GetReflection();
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE && depth == 0 &&
        absl::StartsWith(field->message_type()->full_name(), "stillpoint.")) {
      FillNames(*reflection->MutableMessage(&message, field), name, depth + 1);
    }
    const bool names = field->name() == "name" || field->name() == "parent" ||
                       field->name() == "client" || field->name() == "clinic" ||
                       field->name() == "practitioner";
    if (names && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(&message, field, name);
    }
  }
}

// Serialised requests with one name each, in every field that could hold it, of every kind and of
// `more`, which are names without "organizations/ID".
inline std::vector<std::string> NamedRequests(const google::protobuf::MethodDescriptor& method,
                                              absl::string_view organization,
                                              const std::vector<std::string>& more = {}) {
  std::vector<std::string> kinds = {
      "",
      "/clinics/c",
      "/clinics/c/rooms/r",
      "/practitioners/p",
      "/practitioners/p/timeOffs/t",
      "/offerings/f",
      "/bookings/b",
      "/clients/c",
      "/clients/c/intakes/i",
      "/clients/c/sessionNotes/n",
      "/notifications/n",
      "/templates/t",
  };
  kinds.insert(kinds.end(), more.begin(), more.end());
  const google::protobuf::Message* empty =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type());
  std::vector<std::string> requests;
  requests.reserve(kinds.size());
  for (const std::string& kind : kinds) {
    const std::unique_ptr<google::protobuf::Message> request(empty->New());
    FillNames(*request, absl::StrCat("organizations/", organization, kind), /*depth=*/0);
    requests.push_back(request->SerializeAsString());
  }
  return requests;
}

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_RAW_CALL_TESTING_H_
