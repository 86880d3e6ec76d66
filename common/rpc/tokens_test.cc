// The corpus of bad tokens, and what is done with good ones.
#include "common/rpc/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/callers.h"
#include "common/rpc/jwks.h"
#include "common/rpc/token_maker.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::json;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class TokensTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Publish(JwksOf(key_).value());
    auto opened = Tokens::Open({"https://id.example", "stillpoint", path_}, kNow);
    ASSERT_TRUE(opened.ok()) << opened.status();
    tokens_ = *std::move(opened);
  }

  void Publish(const std::string& jwks) { std::ofstream(path_, std::ios::trunc) << jwks; }

  static Json Claims() {
    const int64_t now = absl::ToUnixSeconds(kNow);
    return {{"iss", "https://id.example"}, {"aud", "stillpoint"},  {"sub", "staff/1"},
            {"organization", "o"},         {"role", "front_desk"}, {"exp", now + 600},
            {"auth_time", now - 60}};
  }
  static Json With(const std::string& name, const Json& value) {
    Json claims = Claims();
    claims[name] = value;
    return claims;
  }
  static Json Without(const std::string& name) {
    Json claims = Claims();
    claims.erase(name);
    return claims;
  }
  std::string Make(const Json& claims) const { return MakeToken(key_, claims.dump()).value(); }

  // The reason of the refusal, or "".
  std::string Try(const std::string& token, absl::Time now = kNow) {
    const auto found = tokens_->Verify(token, now);
    if (found.ok()) return "";
    // Whatever is wrong, the caller is told the same.
    EXPECT_EQ(found.status(), CallerUnknown());
    return std::string(ReasonOf(found.status()));
  }
  std::string TryClaims(const Json& claims) { return Try(Make(claims)); }

  std::string Kid() const { return Json::parse(JwksOf(key_).value())["keys"][0]["kid"]; }
  // A token of that header whose signature is `sign` of the rest.
  std::string Forge(const Json& header, absl::string_view claims,
                    const std::function<std::string(const std::string&)>& sign) const {
    const std::string head = absl::StrCat(ToBase64Url(header.dump()), ".", ToBase64Url(claims));
    return absl::StrCat(head, ".", ToBase64Url(sign(head)));
  }
  // A token that is good but for its header: signed with the right key.
  std::string WithHeader(const Json& header) const { return Signed(header, Claims().dump()); }
  std::string Signed(const Json& header, absl::string_view claims) const {
    return SignToken(key_, header.dump(), claims).value();
  }

  stillpoint::testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/keys.json";
  const std::string key_ = NewTokenKey();
  std::unique_ptr<Tokens> tokens_;
};

TEST_F(TokensTest, AGoodTokenIsItsPrincipal) {
  const auto desk = tokens_->Verify(Make(With("clinics", {"north", "east"})), kNow);
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_EQ(desk->subject, "staff/1");
  EXPECT_EQ(desk->role, Role::kFrontDesk);
  EXPECT_EQ(desk->organization, "o");
  EXPECT_THAT(desk->clinics, ElementsAre("north", "east"));
  EXPECT_EQ(desk->authenticated, kNow - absl::Minutes(1));
  Json claims = With("role", "practitioner");
  claims["practitioner"] = "ann";
  claims["scope"] = "openid stillpoint:BookingService stillpoint:EventService.ListEvents";
  claims["aud"] = {"other", "stillpoint"};
  claims.erase("auth_time");
  const auto ann = tokens_->Verify(Make(claims), kNow);
  ASSERT_TRUE(ann.ok()) << ann.status();
  EXPECT_EQ(ann->practitioner(), "ann");
  EXPECT_THAT(ann->methods, ElementsAre("BookingService", "EventService.ListEvents"));
  EXPECT_EQ(ann->authenticated, absl::InfinitePast());  // Never fresh.
}

TEST_F(TokensTest, ClaimsThatAreNotForUsAreRefused) {
  const int64_t now = absl::ToUnixSeconds(kNow);
  const std::pair<const char*, Json> corpus[] = {
      {"no issuer", Without("iss")},
      {"another issuer", With("iss", "https://id.example.evil")},
      {"issuer no text", With("iss", 1)},
      {"no audience", Without("aud")},
      {"another audience", With("aud", "stillpoint2")},
      {"other audiences", With("aud", {"a", "b"})},
      {"no expiry", Without("exp")},
      {"expired", With("exp", now - 60)},
      {"expiry no number", With("exp", "tomorrow")},
      {"expiry beyond time", With("exp", 1e300)},
      {"lives for years", With("exp", now + 365 * 86400)},
      {"not yet valid", With("nbf", now + 61)},
      {"logged in tomorrow", With("auth_time", now + 86400)},
      {"no subject", Without("sub")},
      {"empty subject", With("sub", "")},
      {"subject with a line break", With("sub", "a\nb")},
      {"endless subject", With("sub", std::string(201, 'a'))},
      {"no organization", Without("organization")},
      {"organization no id", With("organization", "../x")},
      {"every organization", With("organization", "")},
      {"no role", Without("role")},
      {"unknown role", With("role", "god")},
      {"service", With("role", "service")},
      {"worker", With("role", "worker")},
      {"operator", With("role", "operator")},
      {"proxy of nobody", With("role", "client_proxy")},
      {"client of a desk", With("client", "zoe")},
      {"desk as practitioner", With("practitioner", "ann")},
      {"no clinics", With("clinics", Json::array())},
      {"clinics no ids", With("clinics", Json::array({"A"}))},
      {"clinics no list", With("clinics", "north")},
      {"scope no text", With("scope", Json::array({"a"}))},
  };
  for (const auto& [name, claims] : corpus) {
    EXPECT_EQ(TryClaims(claims), "CALLER_UNKNOWN") << name;
  }
  EXPECT_EQ(tokens_->checks(), 0);                  // None was worth a look at its signature.
  EXPECT_EQ(TryClaims(With("exp", now - 59)), "");  // Clocks differ.
  EXPECT_EQ(TryClaims(With("nbf", now + 60)), "");
}

TEST_F(TokensTest, HeadersDecideNothing) {
  const Json good = {{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", Kid()}};
  EXPECT_EQ(Try(WithHeader(good)), "");
  const auto with = [&](const char* name, const Json& value) {
    Json header = good;
    header[name] = value;
    return header;
  };
  // Keys that a token brings along are not even looked at.
  for (const char* name : {"jku", "x5u"}) {
    EXPECT_EQ(Try(WithHeader(with(name, "https://evil.example/keys"))), "") << name;
  }
  const std::string evil = NewTokenKey();
  const Json evil_jwk = Json::parse(JwksOf(evil).value())["keys"][0];
  std::string forged = MakeToken(evil, Claims().dump()).value();
  EXPECT_EQ(Try(forged), "CALLER_UNKNOWN");  // Its kid is unknown.
  const std::vector<std::string> parts = absl::StrSplit(forged, '.');
  Json header = with("jwk", evil_jwk);
  header["jku"] = "https://evil.example/keys";
  EXPECT_EQ(Try(absl::StrCat(ToBase64Url(header.dump()), ".", parts[1], ".", parts[2])),
            "CALLER_UNKNOWN");
  for (const Json& bad :
       {with("typ", "JWT"), with("typ", "id+jwt"), with("typ", 1), with("alg", "ES384"),
        with("alg", "PS256"), with("alg", "EdDSA"), with("alg", Json::array({"ES256"})),
        with("crit", Json::array({"exp"})), with("kid", ""), with("kid", 1),
        with("kid", "../../etc/passwd"), with("kid", "x' OR '1'='1"), with("kid", "/dev/null"),
        with("kid", path_), with("kid", std::string("a\0b", 3))}) {
    EXPECT_EQ(Try(WithHeader(bad)), "CALLER_UNKNOWN") << bad;
  }
}

TEST_F(TokensTest, OnlyTheKeysOwnAlgorithm) {
  const auto nothing = [](const std::string&) { return std::string(); };
  for (const char* none : {"none", "None", "NONE", "nOnE"}) {
    const Json header = {{"alg", none}, {"typ", "at+jwt"}, {"kid", Kid()}};
    EXPECT_EQ(Try(Forge(header, Claims().dump(), nothing)), "CALLER_UNKNOWN") << none;
  }
  // The public key taken for a shared secret.
  const std::string pem = PublicPemOf(key_).value();
  for (const char* algorithm : {"HS256", "ES256", "RS256"}) {
    const Json header = {{"alg", algorithm}, {"typ", "at+jwt"}, {"kid", Kid()}};
    const std::string token = Forge(header, Claims().dump(), [&](const std::string& head) {
      unsigned char mac[EVP_MAX_MD_SIZE];
      unsigned size = 0;
      HMAC(EVP_sha256(), pem.data(), static_cast<int>(pem.size()),
           reinterpret_cast<const unsigned char*>(head.data()), head.size(), mac, &size);
      return std::string(reinterpret_cast<char*>(mac), size);
    });
    EXPECT_EQ(Try(token), "CALLER_UNKNOWN") << algorithm;
  }
}

TEST_F(TokensTest, ANameTwiceIsRefused) {
  const std::string claims = Claims().dump();
  const Json header = {{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", Kid()}};
  EXPECT_EQ(Try(Signed(header, claims)), "");
  for (const char* twice :
       {R"("role":"owner",)", R"("organization":"p",)", R"("x":{"a":1,"a":2},)"}) {
    const std::string doubled = absl::StrCat("{", twice, claims.substr(1));
    EXPECT_EQ(Try(Signed(header, doubled)), "CALLER_UNKNOWN") << twice;
  }
}

TEST_F(TokensTest, WhatIsNoTokenIsRefused) {
  const std::string good = Make(Claims());
  ASSERT_EQ(Try(good), "");
  std::vector<std::string> bad = {"",         ".",        "..",       "a.b.c",       good + ".",
                                  "." + good, good + "=", good + " ", good.substr(1)};
  for (const size_t at : {size_t{5}, good.size() / 2, good.size() - 5}) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    bad.push_back(changed);
  }
  bad.push_back(good.substr(0, good.rfind('.') + 1));
  bad.push_back(Make(With("x", std::string(Tokens::kBytesMax, 'a'))));
  bad.push_back(std::string(1 << 20, 'a'));
  std::string deep(3000, '[');
  bad.push_back(Signed({{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", Kid()}}, deep));
  for (const std::string& token : bad) EXPECT_EQ(Try(token), "CALLER_UNKNOWN") << token.size();
}

TEST_F(TokensTest, AVerifiedTokenIsRememberedUntilItEnds) {
  const std::string token = Make(Claims());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Try(token), "");
  EXPECT_EQ(tokens_->checks(), 1);
  const absl::Time end = kNow + absl::Seconds(600) + Tokens::kClockSkew;
  EXPECT_EQ(Try(token, end - absl::Seconds(1)), "");
  EXPECT_EQ(Try(token, end), "CALLER_UNKNOWN");
}

TEST_F(TokensTest, UnknownKeysCauseOneLookAMinute) {
  for (int i = 0; i < 1000; ++i) {
    const absl::Time now = kNow + absl::Milliseconds(59) * i;
    EXPECT_EQ(Try(WithHeader({{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", absl::StrCat(i)}}), now),
              "CALLER_UNKNOWN");
  }
  EXPECT_EQ(tokens_->looks(), 0);  // All within the minute after the start.
  EXPECT_EQ(Try(Make(Claims()), kNow + Tokens::kRefresh), "");
  EXPECT_EQ(tokens_->looks(), 1);
}

TEST_F(TokensTest, KeysComeAndGoWithTheirTokens) {
  const std::string old_token = Make(Claims());
  ASSERT_EQ(Try(old_token), "");
  const std::string next = NewTokenKey();
  const std::string new_token = MakeToken(next, Claims().dump()).value();
  Json both = Json::parse(JwksOf(key_).value());
  both["keys"].push_back(Json::parse(JwksOf(next).value())["keys"][0]);
  Publish(both.dump());
  EXPECT_EQ(Try(new_token), "CALLER_UNKNOWN");  // Not looked yet.
  const absl::Time later = kNow + Tokens::kRefresh;
  EXPECT_EQ(Try(new_token, later), "");
  EXPECT_EQ(Try(old_token, later), "");
  // A broken file changes nothing; one without the old key ends its tokens, remembered ones too.
  Publish("{");
  EXPECT_EQ(Try(old_token, later + Tokens::kRefresh), "");
  Publish(JwksOf(next).value());
  EXPECT_EQ(Try(old_token, later + 2 * Tokens::kRefresh), "CALLER_UNKNOWN");
  EXPECT_EQ(Try(new_token, later + 2 * Tokens::kRefresh), "");
}

TEST_F(TokensTest, CallersTakeKeysAndTokens) {
  const std::string token = "Bearer " + Make(Claims());
  Callers callers(std::vector<Callers::Known>{
      {crypto::Hash("key.with.dots"), {"partners/p", Role::kPartner, "o"}}});
  EXPECT_EQ(callers.Find(token, kNow).status(), CallerUnknown());
  callers.Accept(std::move(tokens_));
  ASSERT_TRUE(callers.Find(token, kNow).ok());
  EXPECT_EQ(callers.Find(token, kNow)->subject, "staff/1");
  ASSERT_TRUE(callers.Find("Bearer key.with.dots", kNow).ok());
  EXPECT_EQ(callers.Find("Bearer key.with.spots", kNow).status(), CallerUnknown());
}

TEST_F(TokensTest, BadKeyFilesAreRefusedAtTheStart) {
  const Json good = Json::parse(JwksOf(key_).value())["keys"][0];
  Json off_curve = good, rsa_short = {{"kty", "RSA"}, {"kid", "r"}, {"n", "AQAB"}, {"e", "AQAB"}};
  off_curve["y"] = off_curve["x"];
  Json no_kid = good, encrypts = good;
  no_kid.erase("kid");
  encrypts["use"] = "enc";
  const Json corpus[] = {Json::array(),
                         {{"keys", 1}},
                         {{"keys", Json::array()}},
                         {{"keys", Json::array({off_curve})}},
                         {{"keys", Json::array({rsa_short})}},
                         {{"keys", Json::array({no_kid})}},
                         {{"keys", Json::array({encrypts})}},
                         {{"keys", Json::array({good, good})}},
                         {{"keys", Json::array({1})}}};
  for (const Json& bad : corpus) {
    EXPECT_EQ(ReasonOf(ParseJwks(bad.dump()).status()), "BAD_CONFIG") << bad;
  }
  EXPECT_EQ(ReasonOf(Tokens::Open({"i", "a", dir_.path() + "/none"}, kNow).status()), "BAD_CONFIG");
  EXPECT_EQ(ReasonOf(Tokens::Open({"i", "", path_}, kNow).status()), "BAD_CONFIG");
  chmod(path_.c_str(), 0666);
  EXPECT_EQ(ReasonOf(Tokens::Open({"i", "a", path_}, kNow).status()), "BAD_CONFIG");
}

}  // namespace
}  // namespace stillpoint::rpc
