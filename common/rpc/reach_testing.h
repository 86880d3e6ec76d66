// The access matrix within one organization: whoever reaches a part of it is told of the rest what
// is told of things that do not exist. Every method and role with such a scope, as the table and
// the descriptors have them. For tests only.
#ifndef STILLPOINT_COMMON_RPC_REACH_TESTING_H_
#define STILLPOINT_COMMON_RPC_REACH_TESTING_H_

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "absl/strings/str_replace.h"
#include "common/rpc/access_testing.h"

namespace stillpoint::rpc {

// Resource names by what requests call them: {"booking", "organizations/o/bookings/b1"}.
using SideNames = std::map<std::string, std::string>;

// A request of one method. A method whose table line has a partial scope needs one at least.
struct ReachCase {
  absl::string_view method;  // "BookingService.GetBooking"
  // In text format. `<booking>` is the booking in question: the caller's own, one of the other side
  // or one that does not exist. `<own booking>` is always the caller's own.
  std::string request;
  // Instead, where what is out of reach has no name of its own on the other side.
  std::string foreign = {}, missing = {};
  RoleSet except = 0;  // Roles whose bounds do not show in this request.
  // Called before every role: makes anew what the role before used up.
  std::function<void(std::array<SideNames, 2>& sides)> prepare = nullptr;
};

class ReachMatrix {
 public:
  // `sides`: what the callers "reach-ROLE-0" and "reach-ROLE-1" (access_testing.h) reach, all of it
  // there; `nowhere`: well-formed names of the same kinds of what is not. `bound(role, what)` tells
  // whether a role is bound by the things of that kind; others' stay the caller's own.
  ReachMatrix(std::shared_ptr<grpc::Channel> channel, std::vector<MethodAccess> table,
              std::array<SideNames, 2> sides, SideNames nowhere,
              std::function<bool(Role, absl::string_view)> bound)
      : stub_(std::move(channel)),
        table_(std::move(table)),
        sides_(std::move(sides)),
        nowhere_(std::move(nowhere)),
        bound_(std::move(bound)) {}

  void Check(const std::vector<std::string>& services, const std::vector<ReachCase>& cases) {
    const auto methods = MethodsOf(services);
    for (const auto* method : methods) {
      for (const RoleTraits& role : AllRoles()) {
        const Scope scope = ScopeOf(ShortName(*method), role.role);
        if (scope != Scope::kNone && scope != Scope::kOrganization) {
          CheckRole(*method, role, cases);
        }
      }
    }
    for (const ReachCase& each : cases) {
      EXPECT_EQ(
          std::count_if(methods.begin(), methods.end(),
                        [&](const auto* method) { return ShortName(*method) == each.method; }),
          1)
          << each.method << " is not served";
    }
  }

 private:
  Scope ScopeOf(const std::string& method, Role role) const {
    for (const MethodAccess& line : table_) {
      if (line.method == method) return line.grants.For(role);
    }
    return Scope::kNone;  // AccessMatrix says so.
  }

  void CheckRole(const google::protobuf::MethodDescriptor& method, const RoleTraits& role,
                 const std::vector<ReachCase>& cases) {
    SCOPED_TRACE(absl::StrCat(ShortName(method), " by ", role.name));
    int checked = 0;
    for (const ReachCase& each : cases) {
      const bool excepted = (each.except & static_cast<RoleSet>(role.role)) != 0;
      if (each.method != ShortName(method) || excepted) continue;
      ++checked;
      SCOPED_TRACE(each.request);
      if (each.prepare != nullptr) each.prepare(sides_);
      std::array<WireAnswer, 2> missing;
      for (const size_t side : {0, 1}) {
        missing[side] =
            Ask(method, role, side, nowhere_, each.missing.empty() ? each.request : each.missing);
        const WireAnswer foreign = Ask(method, role, side, sides_[1 - side],
                                       each.foreign.empty() ? each.request : each.foreign);
        EXPECT_EQ(foreign, missing[side]) << "side " << side;
      }
      // Afterwards, since these may change things: each side's own is there, for its own callers.
      for (const size_t side : {0, 1}) {
        EXPECT_NE(Ask(method, role, side, sides_[side], each.request), missing[side])
            << "side " << side;
      }
    }
    EXPECT_GT(checked, 0) << "a scope without a case: add one to the test's table";
  }

  WireAnswer Ask(const google::protobuf::MethodDescriptor& method, const RoleTraits& role,
                 size_t side, const SideNames& at, const std::string& text) {
    std::vector<std::pair<std::string, std::string>> names;
    names.reserve(2 * sides_[side].size());
    for (const auto& [what, own] : sides_[side]) {
      names.emplace_back(absl::StrCat("<own ", what, ">"), own);
      const auto found = at.find(what);
      const bool own_counts = found == at.end() || !bound_(role.role, what);
      names.emplace_back(absl::StrCat("<", what, ">"), own_counts ? own : found->second);
    }
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    const std::unique_ptr<google::protobuf::Message> request(
        factory->GetPrototype(method.input_type())->New());
    const std::string filled = absl::StrReplaceAll(text, names);
    EXPECT_EQ(filled.find('<'), std::string::npos) << filled;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(filled, request.get())) << filled;
    return CallRaw(stub_, method, absl::StrCat("reach-", role.name, "-", side),
                   request->SerializeAsString());
  }

  grpc::GenericStub stub_;
  const std::vector<MethodAccess> table_;
  std::array<SideNames, 2> sides_;
  const SideNames nowhere_;
  const std::function<bool(Role, absl::string_view)> bound_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_REACH_TESTING_H_
