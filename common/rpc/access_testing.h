// The access matrix over the wire: every method of a server, as its descriptors have it, by every
// role, on its own and on other organizations. For tests only.
#ifndef STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_
#define STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/access.h"
#include "common/rpc/callers.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {

// `known` and, for every role, a caller of organization `o` whose key is "matrix-ROLE".
inline Callers WithEveryRole(std::vector<Callers::Known> known, const std::string& organization) {
  for (const RoleTraits& role : AllRoles()) {
    Principal principal;
    principal.subject = absl::StrCat("matrix/", role.name);
    principal.role = role.role;
    if (!role.every_organization) principal.organization = organization;
    if (role.role == Role::kPractitioner) {
      principal.subject = absl::StrCat("organizations/", organization, "/practitioners/matrix");
    }
    if (role.role == Role::kClientProxy) principal.client = "matrix";
    known.push_back({crypto::Hash(absl::StrCat("matrix-", role.name)), std::move(principal)});
  }
  return Callers(std::move(known));
}

// The table below the heading `## NAME` of protos/access.md.
inline std::string GuideSection(const std::string& source_dir, const std::string& name) {
  std::ifstream file(source_dir + "/protos/access.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = text.str(), heading = "## " + name + "\n";
  const size_t begin = all.find(heading);
  if (begin == std::string::npos) return "";
  const size_t end = all.find("\n## ", begin);
  const size_t from = begin + heading.size();
  return all.substr(from, end == std::string::npos ? end : end - from);
}

// What a caller sees of an answer, byte by byte.
struct WireAnswer {
  grpc::StatusCode code;
  std::string message, details, bytes;
  std::string reason;
  friend bool operator==(const WireAnswer&, const WireAnswer&) = default;
};

class AccessMatrix {
 public:
  AccessMatrix(std::shared_ptr<grpc::Channel> channel, std::vector<MethodAccess> table)
      : stub_(std::move(channel)), table_(std::move(table)) {}

  // `services`: full proto names. Checks that each method
  // - has a line in the table, and that no line is left over;
  // - refuses each role that the table does not name, whatever it sends;
  // - lets each other role in, and tells it of another organization what it tells of one that does
  //   not exist.
  void Check(const std::vector<std::string>& services) {
    size_t methods = 0;
    for (const std::string& name : services) {
      const auto* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      ASSERT_NE(service, nullptr) << name;
      for (int i = 0; i < service->method_count(); ++i) CheckMethod(*service->method(i));
      methods += service->method_count();
    }
    EXPECT_EQ(table_.size(), methods) << "the table names a method that is not served";
  }

 private:
  void CheckMethod(const google::protobuf::MethodDescriptor& method) {
    const std::string name = absl::StrCat(method.service()->name(), ".", method.name());
    const MethodAccess* access = nullptr;
    for (const MethodAccess& line : table_) {
      if (line.method == name) access = &line;
    }
    ASSERT_NE(access, nullptr) << name << " has no line in the table";
    for (const RoleTraits& role : AllRoles()) {
      SCOPED_TRACE(absl::StrCat(name, " by ", role.name));
      const std::string key = absl::StrCat("matrix-", role.name);
      if (access->grants.For(role.role) == Scope::kNone) {
        for (const char* organization : {"o", "x"}) {
          const std::string request = RequestsOf(method, organization).front();
          EXPECT_EQ(Call(method, key, request).reason, "ROLE_NOT_ALLOWED");
        }
        continue;
      }
      EXPECT_NE(Call(method, key, "").reason, "ROLE_NOT_ALLOWED");
      const bool names_any = !RequestsOf(method, "o").front().empty();
      if (!role.every_organization && names_any) CheckIsolation(method, key);
    }
  }

  // Of all requests that could be of the method, those that are must be NOT_FOUND.
  void CheckIsolation(const google::protobuf::MethodDescriptor& method, const std::string& key) {
    const std::vector<std::string> other = RequestsOf(method, "x");
    const std::vector<std::string> random = RequestsOf(method, "no-such-organization");
    int named = 0;
    for (size_t i = 0; i < other.size(); ++i) {
      const WireAnswer answer = Call(method, key, other[i]);
      EXPECT_EQ(answer, Call(method, key, random[i]));
      EXPECT_NE(answer.code, grpc::StatusCode::OK);
      if (answer.reason == "NOT_FOUND") ++named;
    }
    EXPECT_GT(named, 0) << "no request names an organization";
  }

  // Serialised requests with one name each, in every field that could hold it, of every kind.
  static std::vector<std::string> RequestsOf(const google::protobuf::MethodDescriptor& method,
                                             absl::string_view organization) {
    static constexpr absl::string_view kKinds[] = {
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
    const auto* factory = google::protobuf::MessageFactory::generated_factory();
    const google::protobuf::Message* empty =
        const_cast<google::protobuf::MessageFactory*>(factory)->GetPrototype(method.input_type());
    std::vector<std::string> requests;
    for (const absl::string_view kind : kKinds) {
      const std::unique_ptr<google::protobuf::Message> request(empty->New());
      Fill(*request, absl::StrCat("organizations/", organization, kind), /*depth=*/0);
      requests.push_back(request->SerializeAsString());
    }
    return requests;
  }

  static void Fill(google::protobuf::Message& message, const std::string& name, int depth) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const auto* field = message.GetDescriptor()->field(i);
      if (field->is_repeated()) continue;
      const auto* reflection = message.GetReflection();
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE && depth == 0 &&
          absl::StartsWith(field->message_type()->full_name(), "stillpoint.")) {
        Fill(*reflection->MutableMessage(&message, field), name, depth + 1);
      }
      const bool names = field->name() == "name" || field->name() == "parent" ||
                         field->name() == "client" || field->name() == "clinic" ||
                         field->name() == "practitioner";
      if (names && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        reflection->SetString(&message, field, name);
      }
    }
  }

  WireAnswer Call(const google::protobuf::MethodDescriptor& method, const std::string& key,
                  const std::string& request) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + key);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    const auto call = stub_.PrepareUnaryCall(
        &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()),
        grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
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

  grpc::GenericStub stub_;
  const std::vector<MethodAccess> table_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_
