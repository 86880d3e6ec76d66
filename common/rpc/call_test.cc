#include "common/rpc/call.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/private_file.h"
#include "common/rpc/request_key.h"
#include "common/rpc/test_echo.pb.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::TempDir;

std::string WriteFile(const TempDir& dir, const std::string& content, mode_t mode = 0600) {
  const std::string path = dir.path() + "/file.json";
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
  return path;
}

TEST(PrivateFileTest, RefusesWhatOthersMayRead) {
  TempDir dir;
  EXPECT_TRUE(ReadPrivateFile(WriteFile(dir, "x", 0600)).ok());
  for (const mode_t mode : {0640, 0604, 0622}) {
    EXPECT_EQ(ReasonOf(ReadPrivateFile(WriteFile(dir, "x", mode)).status()), "BAD_CONFIG") << mode;
  }
  EXPECT_EQ(ReasonOf(ReadPrivateFile(dir.path() + "/absent").status()), "BAD_CONFIG");
  EXPECT_EQ(ReasonOf(ReadPrivateFile(dir.path()).status()), "BAD_CONFIG");
}

CallInfo CallOf(Role role, std::string organization) {
  CallInfo call;
  call.principal = {"s", role, std::move(organization)};
  call.method = "EchoService.Say";
  return call;
}

TEST(CallInfoTest, AnotherOrganizationIsNotFound) {
  const CallInfo own = CallOf(Role::kOwner, "acme");
  ASSERT_TRUE(own.TenantFor("acme").ok());
  EXPECT_EQ(own.TenantFor("acme")->organization(), "acme");
  for (const char* other : {"other", "", "acme/", "ACME", "organizations/acme"}) {
    EXPECT_EQ(own.TenantFor(other).status(), NotFound()) << other;
  }
  EXPECT_TRUE(CallOf(Role::kService, "").TenantFor("any").ok());
  EXPECT_FALSE(CallOf(Role::kService, "").TenantFor("").ok());
}

constexpr MethodAccess kSay = {"EchoService.Say",
                               Only(Role::kOwner) | OwnClinics(Only(Role::kFrontDesk)) |
                                   Own(Role::kPractitioner | Role::kClientProxy)};

std::string Refusal(const Principal& principal, const MethodAccess& access = kSay,
                    absl::Time now = absl::UnixEpoch()) {
  return std::string(ReasonOf(Authorise(principal, access, now).status()));
}

TEST(AuthoriseTest, GrantsWhatTheTableNamesAndNothingElse) {
  EXPECT_EQ(Authorise({"s", Role::kOwner, "o"}, kSay, absl::UnixEpoch()).value(),
            Scope::kOrganization);
  EXPECT_EQ(Authorise({"s", Role::kFrontDesk, "o"}, kSay, absl::UnixEpoch()).value(),
            Scope::kOwnClinics);
  for (const RoleTraits& role : AllRoles()) {
    const Principal principal = {"organizations/o/practitioners/p", role.role, "o", {}, "c"};
    const bool granted = kSay.grants.For(role.role) != Scope::kNone;
    EXPECT_EQ(Refusal(principal), granted ? "" : "ROLE_NOT_ALLOWED") << role.name;
    EXPECT_EQ(Refusal(principal, MethodAccess{}), "ROLE_NOT_ALLOWED") << role.name;
  }
}

TEST(AuthoriseTest, WhatScopeIsMeasuredByMustBeThere) {
  // A practitioner who is none by name, or of another organization, and a proxy of nobody.
  EXPECT_EQ(Refusal({"staff/p", Role::kPractitioner, "o"}), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Refusal({"organizations/x/practitioners/p", Role::kPractitioner, "o"}),
            "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Refusal({"proxies/1", Role::kClientProxy, "o"}), "ROLE_NOT_ALLOWED");
}

TEST(AuthoriseTest, CredentialMayBeLimitedToMethods) {
  Principal owner = {"s", Role::kOwner, "o"};
  for (const char* allowed : {"EchoService", "EchoService.Say"}) {
    owner.methods = {"Other", allowed};
    EXPECT_EQ(Refusal(owner), "") << allowed;
  }
  for (const char* other : {"Echo", "EchoService.", "EchoService.Sa", "EchoService.SayMore", "*"}) {
    owner.methods = {other};
    EXPECT_EQ(Refusal(owner), "METHOD_NOT_ALLOWED") << other;
  }
}

TEST(AuthoriseTest, FreshLoginIsAskedForWhereTheTableSaysSo) {
  MethodAccess sign = kSay;
  sign.login = Login::kFresh;
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  Principal owner = {"s", Role::kOwner, "o"};
  EXPECT_EQ(Refusal(owner, sign, now), "");  // A key: nobody logs in with it.
  owner.authenticated = now - kFreshFor;
  EXPECT_EQ(Refusal(owner, sign, now), "");
  owner.authenticated = now - kFreshFor - absl::Seconds(1);
  EXPECT_EQ(Refusal(owner, sign, now), "LOGIN_STALE");
  EXPECT_EQ(Refusal(owner, kSay, now), "");
}

TEST(CallInfoTest, ReachFollowsFromScopeAndCaller) {
  CallInfo call;
  call.principal = {"organizations/o/practitioners/p", Role::kFrontDesk, "o", {"north"}};
  call.scope = Scope::kOrganization;
  EXPECT_TRUE(call.reach().HasClinic("south"));
  call.scope = Scope::kOwnClinics;
  EXPECT_TRUE(call.reach().HasClinic("north"));
  EXPECT_FALSE(call.reach().HasClinic("south"));
  call.principal.clinics.clear();
  EXPECT_TRUE(call.reach().HasClinic("south"));
  call.principal.role = Role::kPractitioner;
  for (const Scope scope : {Scope::kOwn, Scope::kOwnClients, Scope::kOwnNotes}) {
    call.scope = scope;
    EXPECT_TRUE(call.reach().HasPractitioner("p"));
    EXPECT_FALSE(call.reach().HasPractitioner("q"));
    EXPECT_TRUE(call.reach().HasClient("any"));
  }
  call.principal = {"proxies/1", Role::kClientProxy, "o", {}, "zoe"};
  call.scope = Scope::kOwn;
  EXPECT_TRUE(call.reach().HasClient("zoe"));
  EXPECT_FALSE(call.reach().HasClient("ann"));
}

TEST(RequestKeyTest, HashCoversAllButTheId) {
  const CallInfo call = CallOf(Role::kOwner, "acme");
  test::SayRequest request;
  request.set_text("hello");
  for (int i = 0; i < 50; ++i) (*request.mutable_labels())[absl::StrCat("k", i)] = "v";
  request.set_request_id("id-1");
  const auto first = KeyOf(call, request);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->method, "EchoService.Say");
  EXPECT_EQ(first->caller, "s");
  EXPECT_EQ(first->request_id, "id-1");
  test::SayRequest same;  // The same content, put in in another order.
  for (int i = 49; i >= 0; --i) (*same.mutable_labels())[absl::StrCat("k", i)] = "v";
  same.set_text("hello");
  same.set_request_id("id-2");
  EXPECT_EQ(KeyOf(call, same)->payload_hash, first->payload_hash);
  same.set_text("hello!");
  EXPECT_NE(KeyOf(call, same)->payload_hash, first->payload_hash);
}

TEST(RequestKeyTest, RefusesBadIds) {
  const CallInfo call = CallOf(Role::kOwner, "acme");
  test::SayRequest request;
  EXPECT_EQ(KeyOf(call, request)->request_id, "");
  request.set_request_id(std::string(64, 'a'));
  EXPECT_TRUE(KeyOf(call, request).ok());
  for (const std::string& bad :
       {std::string(65, 'a'), std::string("a b"), std::string("é"), std::string("a\n")}) {
    request.set_request_id(bad);
    EXPECT_EQ(FieldsOf(KeyOf(call, request).status()).count("request_id"), 1u) << bad;
  }
}

TEST(ListenAddressTest, KnowsLoopback) {
  for (const char* local :
       {"127.0.0.1:0", "127.9.9.9:80", "localhost:1", "[::1]:5", "unix:/tmp/x"}) {
    EXPECT_TRUE(IsLocalAddress(local)) << local;
  }
  for (const char* open : {"0.0.0.0:0", "[::]:1", "10.0.0.1:1", "127.example.com:1", "127.0.0.1",
                           "example.com:1", "", ":1", "dns:///127.0.0.1:1", "2130706433:1"}) {
    EXPECT_FALSE(IsLocalAddress(open)) << open;
  }
}

TEST(AnswerTest, IsWhatWasStoredOrSaysThatItIsNot) {
  test::SayResponse stored;
  stored.set_text("said");
  test::SayResponse answer;
  EXPECT_TRUE(Answer(stored.SerializeAsString(), &answer).ok());
  EXPECT_EQ(answer.text(), "said");
  EXPECT_EQ(ReasonOf(Answer(std::string("\xff\xff"), &answer)), "REPLY_BROKEN");
  EXPECT_EQ(ReasonOf(Answer(NotFound(), &answer)), "NOT_FOUND");
}

}  // namespace
}  // namespace stillpoint::rpc
