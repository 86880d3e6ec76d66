// Keys by URL, from a real web server that does what an issuer's may do.
#include "common/rpc/jwks_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/error/error.h"
#include "common/rpc/jwks.h"
#include "common/rpc/test_certificates.h"
#include "common/rpc/token_maker.h"
#include "common/rpc/tokens.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr absl::Duration kPatience = absl::Seconds(20);  // Never reached by a test that passes.
constexpr absl::Duration kFast = absl::Milliseconds(10);

// The web server of testdata/jwks_issuer.py.
class Issuer {
 public:
  Issuer() : port_(testing::FreePort()) {}

  // Plain if `pair` has no key.
  void Start(const crypto::CertifiedKey& pair = {}) {
    std::vector<std::string> command = {"/usr/bin/python3",
                                        STILLPOINT_SOURCE_DIR "/common/rpc/testdata/jwks_issuer.py",
                                        absl::StrCat(port_), dir_.path()};
    if (!pair.key.empty()) {
      WriteTestFile(dir_.path() + "/tls.crt", pair.certificate, 0644);
      WriteTestFile(dir_.path() + "/tls.key", pair.key, 0600);
      command.push_back(dir_.path() + "/tls.crt");
      command.push_back(dir_.path() + "/tls.key");
    }
    testing::Process::Options options;
    options.log_path = dir_.path() + "/log";
    auto started = testing::Process::Start(command, options);
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
  }
  void Stop() { process_.reset(); }
  void Stall() { std::ofstream(dir_.path() + "/stall"); }
  // In one step: a request sees the old content or the new.
  void Publish(const std::string& keys) {
    const std::string next = dir_.path() + "/next";
    std::ofstream(next) << keys;
    EXPECT_EQ(std::rename(next.c_str(), (dir_.path() + "/keys").c_str()), 0);
  }
  int Requests() const {
    std::ifstream file(dir_.path() + "/requests");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }
  std::string Url(const std::string& path, const std::string& scheme = "http") const {
    return absl::StrCat(scheme, "://127.0.0.1:", port_, path);
  }
  const std::string& folder() const { return dir_.path(); }

 private:
  testing::TempDir dir_;
  const int port_;
  std::unique_ptr<testing::Process> process_;
};

class JwksUrlTest : public ::testing::Test {
 protected:
  void SetUp() override { issuer_.Publish(JwksOf(key_).value()); }

  absl::StatusOr<std::string> Fetch(const JwksUrl& from) const { return FetchJwks(from, stop_); }
  // Its port is taken a moment after its process began.
  bool Answers(const JwksUrl& from) const {
    return WaitUntil(kPatience, [&] { return Fetch(from).ok(); });
  }

  std::unique_ptr<Tokens> OpenTokens(absl::Duration refresh,
                                     const std::string& path = "/keys") const {
    auto opened = Tokens::Open({.issuer = "https://id.example",
                                .audience = "stillpoint",
                                .keys = issuer_.Url(path),
                                .refresh = refresh},
                               absl::Now());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  // Signed by `key`; `n` makes it another token.
  static std::string Token(const std::string& key, int n = 0) {
    const Json claims = {{"iss", "https://id.example"},
                         {"aud", "stillpoint"},
                         {"sub", absl::StrCat("s/", n)},
                         {"organization", "o"},
                         {"role", "front_desk"},
                         {"exp", absl::ToUnixSeconds(absl::Now() + Tokens::kLifetimeMax)}};
    return MakeToken(key, claims.dump()).value();
  }

  std::atomic<bool> stop_{false};
  const std::string key_ = NewTokenKey();
  Issuer issuer_;
};

TEST_F(JwksUrlTest, OverTlsFromWhomOurAuthoritySigned) {
  const crypto::CertifiedKey authority = NewAuthority();
  const std::string ca = issuer_.folder() + "/ca", other_ca = issuer_.folder() + "/other-ca";
  WriteTestFile(ca, authority.certificate, 0644);
  WriteTestFile(other_ca, NewAuthority().certificate, 0644);
  issuer_.Start(Certify(authority, {"issuer", {}, {"127.0.0.1"}, {}}));
  const JwksUrl good{issuer_.Url("/keys", "https"), ca};
  ASSERT_TRUE(Answers(good)) << Fetch(good).status();
  EXPECT_EQ(Fetch(good).value(), JwksOf(key_).value());
  // Another authority, the system's, another name than it certifies, no TLS at all.
  for (const JwksUrl& bad :
       {JwksUrl{good.url, other_ca}, JwksUrl{good.url},
        JwksUrl{absl::StrReplaceAll(good.url, {{"127.0.0.1", "localhost"}}), ca},
        JwksUrl{issuer_.Url("/keys")}}) {
    EXPECT_EQ(ReasonOf(Fetch(bad).status()), "TOKEN_KEYS_AWAY") << bad.url;
  }
}

TEST_F(JwksUrlTest, WhateverElseTheIssuerAnswersIsNoKeySet) {
  constexpr absl::Duration kLimit = absl::Milliseconds(300);
  issuer_.Start();
  ASSERT_TRUE(Answers({issuer_.Url("/keys")}));
  const std::pair<const char*, const char*> corpus[] = {
      {"/slow", "too long"},    {"/drip", "too long"},    {"/huge", "too much"},
      {"/promise", "too much"}, {"/headers", "too much"}, {"/moved", "302"},
      {"/error", "500"}};
  for (const auto& [path, says] : corpus) {
    const absl::Time start = absl::Now();
    const absl::Status status =
        Fetch({.url = issuer_.Url(path),
               .limit = says == absl::string_view("too long") ? kLimit : JwksUrl::kLimit})
            .status();
    EXPECT_EQ(ReasonOf(status), "TOKEN_KEYS_AWAY") << path;
    EXPECT_THAT(std::string(status.message()), HasSubstr(says)) << path;
    EXPECT_LT(absl::Now() - start, JwksUrl::kLimit) << path;
  }
  issuer_.Stop();
  EXPECT_THAT(std::string(Fetch({issuer_.Url("/keys")}).status().message()), HasSubstr("is away"));
}

TEST_F(JwksUrlTest, OnlyWhatMayBeAsked) {
  const std::string no_pem = issuer_.folder() + "/keys";
  const std::pair<JwksUrl, const char*> corpus[] = {
      {{"https://id.example/keys"}, ""},
      {{"http://127.0.0.1:8080/keys"}, ""},
      {{"http://[::1]/keys"}, ""},
      {{"http://localhost/keys"}, ""},
      {{"http://id.example/keys"}, "https"},
      {{"http://127.example.com/keys"}, "https"},
      {{"http://localhost.example.com/keys"}, "https"},
      {{"http://127.0.0.1@id.example/keys"}, "user"},
      {{"https://me:pass@id.example/keys"}, "user"},
      {{"https://id.example/keys#1"}, "fragment"},
      {{"HTTP://id.example/keys"}, "https"},
      {{"file:///etc/passwd"}, "https"},
      {{"ftp://id.example/keys"}, "https"},
      {{"https://"}, "not a URL"},
      {{"https://id.example/keys", "/absent"}, "--token-keys-ca"},
      {{"https://id.example/keys", no_pem}, "--token-keys-ca"}};
  for (const auto& [from, says] : corpus) {
    const absl::Status status = CheckJwksUrl(from);
    EXPECT_EQ(ReasonOf(status), says[0] == '\0' ? "" : "BAD_CONFIG") << from.url;
    EXPECT_THAT(std::string(status.message()), HasSubstr(says)) << from.url;
  }
  EXPECT_TRUE(IsUrl("https://id.example/keys"));
  EXPECT_FALSE(IsUrl("/etc/stillpoint/keys.json"));
  EXPECT_EQ(ReasonOf(Tokens::Open({"i", "a", "http://id.example/"}, absl::Now()).status()),
            "BAD_CONFIG");
}

TEST_F(JwksUrlTest, KeysComeAndGoWithTheirTokens) {
  issuer_.Start();
  ASSERT_TRUE(Answers({issuer_.Url("/keys")}));
  const auto tokens = OpenTokens(kFast);
  const auto accepts = [&](const std::string& token) {
    return tokens->Verify(token, absl::Now()).ok();
  };
  const std::string old_token = Token(key_), next = NewTokenKey(), new_token = Token(next);
  EXPECT_TRUE(accepts(old_token));  // Open has asked.
  EXPECT_FALSE(accepts(new_token));
  Json both = Json::parse(JwksOf(key_).value());
  both["keys"].push_back(Json::parse(JwksOf(next).value())["keys"][0]);
  issuer_.Publish(both.dump());
  EXPECT_TRUE(WaitUntil(kPatience, [&] { return accepts(new_token); }));
  EXPECT_TRUE(accepts(old_token));
  // What is no key set changes nothing, however often it is read.
  issuer_.Publish("{");
  const int before = tokens->looks();
  EXPECT_TRUE(WaitUntil(kPatience, [&] { return tokens->looks() > before + 2; }));
  EXPECT_TRUE(accepts(old_token));
  issuer_.Publish(JwksOf(next).value());
  EXPECT_TRUE(WaitUntil(kPatience, [&] { return !accepts(old_token); }));
  EXPECT_TRUE(accepts(new_token));
}

TEST_F(JwksUrlTest, TheLastKeysCountWhileTheIssuerIsAwayButNotForEver) {
  issuer_.Start();
  ASSERT_TRUE(Answers({issuer_.Url("/keys")}));
  const auto tokens = OpenTokens(kFast);
  const std::string token = Token(key_);
  ASSERT_TRUE(tokens->Verify(token, absl::Now()).ok());
  issuer_.Stop();
  const int before = tokens->looks();
  EXPECT_TRUE(WaitUntil(kPatience, [&] { return tokens->looks() > before + 2; }));
  EXPECT_TRUE(tokens->Verify(Token(key_, 1), absl::Now()).ok());
  // A token of the last moment holds a little longer than the keys: with a file it would be good.
  const auto from_file =
      Tokens::Open({"https://id.example", "stillpoint", issuer_.folder() + "/keys"}, absl::Now());
  ASSERT_TRUE(from_file.ok()) << from_file.status();
  const absl::Time soon = absl::Now() + Tokens::kKeysAgeMax - absl::Minutes(1);
  const absl::Time later = absl::Now() + Tokens::kKeysAgeMax + Tokens::kClockSkew / 2;
  for (const std::string& each : {token, Token(key_, 1)}) {  // A remembered one and another.
    EXPECT_TRUE(tokens->Verify(each, soon).ok());
    EXPECT_EQ(ReasonOf(tokens->Verify(each, later).status()), "CALLER_UNKNOWN");
    EXPECT_TRUE((*from_file)->Verify(each, later).ok());
  }
}

TEST_F(JwksUrlTest, AnIssuerThatIsAwayAtTheStartIsWaitedFor) {
  const auto tokens = OpenTokens(kFast);
  ASSERT_NE(tokens, nullptr);
  EXPECT_EQ(ReasonOf(tokens->Verify(Token(key_), absl::Now()).status()), "CALLER_UNKNOWN");
  issuer_.Start();
  EXPECT_TRUE(WaitUntil(kPatience, [&] { return tokens->Verify(Token(key_), absl::Now()).ok(); }));
}

TEST_F(JwksUrlTest, UnknownKeysAskNobody) {
  issuer_.Start();
  ASSERT_TRUE(Answers({issuer_.Url("/keys")}));
  const auto tokens = OpenTokens(Tokens::kRefresh);
  const int before = issuer_.Requests();
  for (int i = 0; i < 1000; ++i) {
    const std::string header =
        Json{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", absl::StrCat(i)}}.dump();
    const std::string claims = R"({"iss":"https://id.example"})";
    EXPECT_FALSE(tokens->Verify(SignToken(key_, header, claims).value(), absl::Now()).ok());
  }
  EXPECT_EQ(tokens->looks(), 0);
  EXPECT_EQ(issuer_.Requests(), before);
  EXPECT_TRUE(tokens->Verify(Token(key_), absl::Now()).ok());
}

TEST_F(JwksUrlTest, NoCallWaitsForTheIssuer) {
  issuer_.Start();
  ASSERT_TRUE(Answers({issuer_.Url("/keys")}));
  auto tokens = OpenTokens(kFast);
  issuer_.Stall();
  const int before = issuer_.Requests();
  ASSERT_TRUE(WaitUntil(kPatience, [&] { return issuer_.Requests() > before; }));
  const int looks = tokens->looks();  // The last of them waits for its answer.
  for (int n = 0; n < 10; ++n) EXPECT_TRUE(tokens->Verify(Token(key_, n), absl::Now()).ok());
  EXPECT_EQ(tokens->looks(), looks);
  // Nor does the end of the server.
  const absl::Time start = absl::Now();
  tokens.reset();
  EXPECT_LT(absl::Now() - start, JwksUrl::kLimit - absl::Seconds(1));
}

}  // namespace
}  // namespace stillpoint::rpc
