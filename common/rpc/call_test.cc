#include "common/rpc/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/private_file.h"
#include "common/rpc/request_key.h"
#include "common/rpc/test_echo.pb.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::TempDir;
using ::testing::HasSubstr;

std::string WriteFile(const TempDir& dir, const std::string& content, mode_t mode = 0600) {
  const std::string path = dir.path() + "/file.json";
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
  return path;
}

std::string HashOf(absl::string_view key) { return absl::BytesToHexString(crypto::Hash(key)); }

std::string CallerJson(absl::string_view key, absl::string_view role,
                       absl::string_view organization) {
  return absl::StrCat(R"({"key_hash": ")", HashOf(key), R"(", "subject": "s/)", key,
                      R"(", "role": ")", role, R"(", "organization": ")", organization, R"("})");
}

std::string FileOf(const std::string& callers) {
  return absl::StrCat(R"({"callers": [)", callers, "]}");
}

TEST(CallersTest, FindsByKey) {
  TempDir dir;
  const auto callers =
      Callers::Load(WriteFile(dir, FileOf(absl::StrCat(CallerJson("alpha", "front_desk", "acme"),
                                                       ",", CallerJson("beta", "service", ""), ",",
                                                       CallerJson("gamma", "owner", "other")))));
  ASSERT_TRUE(callers.ok()) << callers.status();
  const auto alpha = callers->Find("Bearer alpha");
  ASSERT_TRUE(alpha.ok());
  EXPECT_EQ(alpha->subject, "s/alpha");
  EXPECT_EQ(alpha->role, Role::kFrontDesk);
  EXPECT_EQ(alpha->organization, "acme");
  ASSERT_TRUE(callers->Find("bearer beta").ok());
  EXPECT_EQ(callers->Find("bearer beta")->role, Role::kService);
  for (const char* wrong :
       {"", "alpha", "Bearer", "Bearer ", "Bearer alph", "Bearer alpha ", "Basic alpha"}) {
    const auto found = callers->Find(wrong);
    EXPECT_EQ(found.status().code(), absl::StatusCode::kUnauthenticated) << wrong;
    EXPECT_EQ(ReasonOf(found.status()), "CALLER_UNKNOWN");
  }
}

struct BadFile {
  const char* name;
  std::string content;
  const char* says;
};

class CallersRefuseTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(CallersRefuseTest, SayingWhy) {
  TempDir dir;
  const auto callers = Callers::Load(WriteFile(dir, GetParam().content));
  EXPECT_EQ(ReasonOf(callers.status()), "BAD_CONFIG");
  EXPECT_THAT(std::string(callers.status().message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CallersRefuseTest,
    ::testing::ValuesIn(std::vector<BadFile>{
        {"NotJson", "{", "is not a JSON object"},
        {"NotAList", R"({"callers": 1})", "is not a JSON object"},
        {"OtherMember", R"({"callers": [], "x": 1})", "is not a JSON object"},
        {"EntryNotObject", FileOf("1"), "caller 0: is not an object"},
        {"UnknownMember", FileOf(R"({"organisation": "x"})"), "unknown member organisation"},
        {"NotText", FileOf(R"({"subject": 1})"), "every member is a string"},
        {"ShortHash", FileOf(R"({"key_hash": "abc"})"), "key_hash"},
        {"NoSubject", FileOf(R"({"key_hash": ")" + HashOf("a") + R"("})"), "subject"},
        {"UnknownRole", FileOf(CallerJson("a", "god", "x")), "role"},
        {"NoOrganization", FileOf(CallerJson("a", "owner", "")), "organization is missing"},
        {"ForEveryOrganization", FileOf(CallerJson("a", "worker", "x")), "name none"},
        {"BadOrganization", FileOf(CallerJson("a", "owner", "A/B")), "valid id"},
        {"Twice", FileOf(CallerJson("a", "owner", "x") + "," + CallerJson("a", "owner", "y")),
         "caller 1: key_hash is also"},
    }),
    [](const auto& test) { return std::string(test.param.name); });

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
