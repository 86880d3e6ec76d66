#include "common/rpc/callers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);  // In 2026.

std::string WriteFile(const TempDir& dir, const std::string& content) {
  const std::string path = dir.path() + "/file.json";
  std::ofstream(path) << content;
  chmod(path.c_str(), 0600);
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

// A caller of subject "s/one" with more members.
std::string With(absl::string_view key, absl::string_view more,
                 absl::string_view role = "front_desk") {
  return absl::StrCat(R"({"key_hash": ")", HashOf(key), R"(", "subject": "s/one", "role": ")", role,
                      R"(", "organization": "o")", more.empty() ? "" : ", ", more, "}");
}

TEST(CallersTest, FindsByKey) {
  TempDir dir;
  const auto callers =
      Callers::Load(WriteFile(dir, FileOf(absl::StrCat(CallerJson("alpha", "front_desk", "acme"),
                                                       ",", CallerJson("beta", "service", ""), ",",
                                                       CallerJson("gamma", "owner", "other")))),
                    kNow);
  ASSERT_TRUE(callers.ok()) << callers.status();
  const auto alpha = callers->Find("Bearer alpha", kNow);
  ASSERT_TRUE(alpha.ok());
  EXPECT_EQ(alpha->subject, "s/alpha");
  EXPECT_EQ(alpha->role, Role::kFrontDesk);
  EXPECT_EQ(alpha->organization, "acme");
  ASSERT_TRUE(callers->Find("bearer beta", kNow).ok());
  EXPECT_EQ(callers->Find("bearer beta", kNow)->role, Role::kService);
  for (const char* wrong :
       {"", "alpha", "Bearer", "Bearer ", "Bearer alph", "Bearer alpha ", "Basic alpha"}) {
    const auto found = callers->Find(wrong, kNow);
    EXPECT_EQ(found.status().code(), absl::StatusCode::kUnauthenticated) << wrong;
    EXPECT_EQ(ReasonOf(found.status()), "CALLER_UNKNOWN");
  }
}

TEST(CallersTest, ReadsWhatACredentialIsBoundTo) {
  TempDir dir;
  const auto callers = Callers::Load(
      WriteFile(dir, FileOf(With("desk", R"("clinics": ["north"], "methods": ["BookingService"])") +
                            "," + With("proxy", R"("client": "zoe")", "client_proxy"))),
      kNow);
  ASSERT_TRUE(callers.ok()) << callers.status();
  const auto desk = callers->Find("Bearer desk", kNow);
  ASSERT_TRUE(desk.ok());
  EXPECT_THAT(desk->clinics, ElementsAre("north"));
  EXPECT_THAT(desk->methods, ElementsAre("BookingService"));
  EXPECT_EQ(callers->Find("Bearer proxy", kNow)->client, "zoe");
}

TEST(CallersTest, OldKeyEndsAndItsSuccessorGoesOn) {
  TempDir dir;
  const auto callers =
      Callers::Load(WriteFile(dir, FileOf(With("old", R"("not_after": "2027-01-31T00:00:00Z")") +
                                          "," + With("new", ""))),
                    kNow);
  ASSERT_TRUE(callers.ok()) << callers.status();
  const absl::Time end = absl::FromCivil(absl::CivilDay(2027, 1, 31), absl::UTCTimeZone());
  for (const char* key : {"Bearer old", "Bearer new"}) {
    const auto found = callers->Find(key, end - absl::Microseconds(1));
    ASSERT_TRUE(found.ok()) << key;
    EXPECT_EQ(found->subject, "s/one");
  }
  EXPECT_EQ(ReasonOf(callers->Find("Bearer old", end).status()), "CALLER_UNKNOWN");
  EXPECT_TRUE(callers->Find("Bearer new", end).ok());
}

TEST(CallersTest, FollowsItsFile) {
  TempDir dir;
  const auto callers =
      Callers::Load(WriteFile(dir, FileOf(CallerJson("stolen", "owner", "acme"))), kNow);
  ASSERT_TRUE(callers.ok()) << callers.status();
  WriteFile(dir, FileOf(CallerJson("fresh", "owner", "acme")));
  const absl::Time before = kNow + Callers::kRefresh - absl::Microseconds(1);
  EXPECT_TRUE(callers->Find("Bearer stolen", before).ok());
  EXPECT_FALSE(callers->Find("Bearer fresh", before).ok());
  EXPECT_FALSE(callers->Find("Bearer stolen", kNow + Callers::kRefresh).ok());
  EXPECT_TRUE(callers->Find("Bearer fresh", kNow + Callers::kRefresh).ok());
}

TEST(CallersTest, BrokenFileChangesNothingAndItsRepairCounts) {
  TempDir dir;
  const std::string path = WriteFile(dir, FileOf(CallerJson("alpha", "owner", "acme")));
  const auto callers = Callers::Load(path, kNow);
  ASSERT_TRUE(callers.ok()) << callers.status();
  WriteFile(dir, R"({"callers": [)");
  EXPECT_TRUE(callers->Find("Bearer alpha", kNow + Callers::kRefresh).ok());
  WriteFile(dir, FileOf(CallerJson("beta", "owner", "acme")));
  chmod(path.c_str(), 0644);  // Whoever can read it could have been anyone.
  EXPECT_TRUE(callers->Find("Bearer alpha", kNow + 2 * Callers::kRefresh).ok());
  chmod(path.c_str(), 0600);
  EXPECT_FALSE(callers->Find("Bearer alpha", kNow + 3 * Callers::kRefresh).ok());
  EXPECT_TRUE(callers->Find("Bearer beta", kNow + 3 * Callers::kRefresh).ok());
}

struct BadFile {
  const char* name;
  std::string content;
  const char* says;
};

class CallersRefuseTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(CallersRefuseTest, SayingWhy) {
  TempDir dir;
  const auto callers = Callers::Load(WriteFile(dir, GetParam().content), kNow);
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
        {"ThirdKey", FileOf(With("a", "") + "," + With("b", "") + "," + With("c", "")),
         "caller 2: its subject has two keys already"},
        {"ClinicsNotAList", FileOf(With("a", R"("clinics": "x")")), "lists"},
        {"ClinicsOfNumbers", FileOf(With("a", R"("clinics": [1])")), "lists"},
        {"ClinicNoId", FileOf(With("a", R"("clinics": ["A"])")), "clinics has something"},
        {"ClinicsOfOwner", FileOf(With("a", R"("clinics": ["x"])", "owner")), "not bound"},
        {"ClientOfDesk", FileOf(With("a", R"("client": "x")")), "client proxy"},
        {"ProxyOfNobody", FileOf(With("a", "", "client_proxy")), "client proxy"},
        {"ProxyOfNoId", FileOf(With("a", R"("client": "X")", "client_proxy")), "client is not"},
        {"BadTime", FileOf(With("a", R"("not_after": "tomorrow")")), "not_after"},
    }),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace stillpoint::rpc
