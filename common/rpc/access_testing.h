// The access matrix over the wire: every method of a server, as its descriptors have it, by every
// role, on its own and on other organizations. For tests only.
#ifndef STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_
#define STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/crypto/keys.h"
#include "common/rpc/access.h"
#include "common/rpc/callers.h"
#include "common/rpc/raw_call_testing.h"

namespace stillpoint::rpc {

// An organization that has callers and nothing else.
inline constexpr char kStrangers[] = "strangers";

// What a caller is bound to, as its role has it: ids.
struct Bounds {
  std::string clinic;
  std::string practitioner;
  std::string client;
};

inline Principal BoundCaller(const RoleTraits& role, const std::string& organization,
                             const Bounds& bounds) {
  Principal principal;
  principal.subject = absl::StrCat("matrix/", role.name);
  principal.role = role.role;
  if (!role.every_organization) principal.organization = organization;
  if (role.role == Role::kPractitioner) {
    principal.subject =
        absl::StrCat("organizations/", organization, "/practitioners/", bounds.practitioner);
  }
  if (role.role == Role::kClientProxy) principal.client = bounds.client;
  const bool in_clinics = role.role == Role::kFrontDesk || role.role == Role::kManager;
  if (in_clinics && !bounds.clinic.empty()) principal.clinics = {bounds.clinic};
  return principal;
}

// `known` and, for every role, a caller of `organization` whose key is "matrix-ROLE", one of
// kStrangers, "stranger-ROLE", and one of `organization` bound to each of `sides`, "reach-ROLE-0"
// and so on (reach_testing.h).
inline Callers WithEveryRole(std::vector<Callers::Known> known, const std::string& organization,
                             const std::vector<Bounds>& sides = {}) {
  for (const RoleTraits& role : AllRoles()) {
    const Bounds nothing = {"", "matrix", "matrix"};
    known.push_back({crypto::Hash(absl::StrCat("matrix-", role.name)),
                     BoundCaller(role, organization, nothing)});
    known.push_back({crypto::Hash(absl::StrCat("stranger-", role.name)),
                     BoundCaller(role, kStrangers, nothing)});
    for (size_t i = 0; i < sides.size(); ++i) {
      known.push_back({crypto::Hash(absl::StrCat("reach-", role.name, "-", i)),
                       BoundCaller(role, organization, sides[i])});
    }
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

// The methods of `services`, full proto names, as their descriptors have them.
inline std::vector<const google::protobuf::MethodDescriptor*> MethodsOf(
    const std::vector<std::string>& services) {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    EXPECT_NE(service, nullptr) << name;
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      methods.push_back(service->method(i));
    }
  }
  return methods;
}

class AccessMatrix {
 public:
  // `there`: names of what organization `organization` really has, without "organizations/ID".
  AccessMatrix(std::shared_ptr<grpc::Channel> channel, std::vector<MethodAccess> table,
               std::string organization, std::vector<std::string> there = {})
      : stub_(std::move(channel)),
        table_(std::move(table)),
        organization_(std::move(organization)),
        there_(std::move(there)) {}

  // `services`: full proto names. Checks that each method
  // - has a line in the table, and that no line is left over;
  // - refuses each role that the table does not name, whatever it sends;
  // - lets each other role in, and tells it of another organization, which has all of `there`, what
  //   it tells of one that does not exist.
  void Check(const std::vector<std::string>& services) {
    const auto methods = MethodsOf(services);
    for (const auto* method : methods) CheckMethod(*method);
    EXPECT_EQ(table_.size(), methods.size()) << "the table names a method that is not served";
  }

 private:
  void CheckMethod(const google::protobuf::MethodDescriptor& method) {
    const std::string name = ShortName(method);
    const MethodAccess* access = nullptr;
    for (const MethodAccess& line : table_) {
      if (line.method == name) access = &line;
    }
    ASSERT_NE(access, nullptr) << name << " has no line in the table";
    bool checked = false, of_ours = false;
    for (const RoleTraits& role : AllRoles()) {
      SCOPED_TRACE(absl::StrCat(name, " by ", role.name));
      const std::string key = absl::StrCat("matrix-", role.name);
      if (access->grants.For(role.role) == Scope::kNone) {
        for (const std::string& organization : {organization_, std::string("x")}) {
          const std::string request = RequestsOf(method, organization).front();
          EXPECT_EQ(CallRaw(stub_, method, key, request).reason, "ROLE_NOT_ALLOWED");
        }
        continue;
      }
      EXPECT_NE(CallRaw(stub_, method, key, "").reason, "ROLE_NOT_ALLOWED");
      const bool names_any = !RequestsOf(method, organization_).front().empty();
      if (role.every_organization || !names_any) continue;
      checked = true;
      of_ours = CheckIsolation(method, role.name) || of_ours;
    }
    EXPECT_TRUE(!checked || of_ours)
        << name << ": no request names what " << organization_ << " has";
  }

  // Of all requests that could be of the method, those that are must be NOT_FOUND to a stranger.
  // Whether one of them is something else to a caller of the organization that has the things.
  bool CheckIsolation(const google::protobuf::MethodDescriptor& method, const char* role) {
    const std::vector<std::string> other = RequestsOf(method, organization_);
    const std::vector<std::string> random = RequestsOf(method, "no-such-organization");
    const std::string stranger = absl::StrCat("stranger-", role);
    int named = 0;
    bool of_ours = false;
    for (size_t i = 0; i < other.size(); ++i) {
      const WireAnswer answer = CallRaw(stub_, method, stranger, other[i]);
      EXPECT_EQ(answer, CallRaw(stub_, method, stranger, random[i]));
      EXPECT_NE(answer.code, grpc::StatusCode::OK);
      if (answer.reason == "NOT_FOUND") ++named;
      of_ours =
          of_ours || CallRaw(stub_, method, absl::StrCat("matrix-", role), other[i]) != answer;
    }
    EXPECT_GT(named, 0) << "no request names an organization";
    return of_ours;
  }

  std::vector<std::string> RequestsOf(const google::protobuf::MethodDescriptor& method,
                                      absl::string_view organization) const {
    return NamedRequests(method, organization, there_);
  }

  grpc::GenericStub stub_;
  const std::vector<MethodAccess> table_;
  const std::string organization_;
  const std::vector<std::string> there_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_ACCESS_TESTING_H_
