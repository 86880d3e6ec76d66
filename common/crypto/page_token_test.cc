#include "common/crypto/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

Key KeyOf(char byte) { return *Key::FromBytes(std::string(Key::kBytes, byte)); }

TEST(PageTokensTest, ReturnsTheCursorToTheSameCall) {
  const PageTokens tokens(KeyOf('k'));
  const std::string token = tokens.Make("b/2027-03-08/x", "alice ListBookings clinic=a");
  EXPECT_THAT(token, testing::MatchesRegex("[A-Za-z0-9_-]+"));
  EXPECT_EQ(*tokens.Read(token, "alice ListBookings clinic=a"), "b/2027-03-08/x");
  // Another replica with the same secret reads it too.
  EXPECT_EQ(*PageTokens(KeyOf('k')).Read(token, "alice ListBookings clinic=a"), "b/2027-03-08/x");
}

TEST(PageTokensTest, NoTokenIsTheFirstPage) {
  EXPECT_EQ(*PageTokens(KeyOf('k')).Read("", "anything"), "");
}

TEST(PageTokensTest, RefusesEverythingElse) {
  const PageTokens tokens(KeyOf('k'));
  const std::string token = tokens.Make("cursor", "call");
  std::string flipped = token;
  flipped[10] = flipped[10] == 'A' ? 'B' : 'A';
  const struct {
    const char* name;
    std::string token;
    std::string binding;
  } cases[] = {
      {"another call", token, "call2"},
      {"another key", PageTokens(KeyOf('l')).Make("cursor", "call"), "call"},
      {"the undivided secret", Seal(KeyOf('k'), "cursor", "call"), "call"},
      {"flipped", flipped, "call"},
      {"truncated", token.substr(0, token.size() - 1), "call"},
      {"longer", token + "A", "call"},
      {"padded", token + "=", "call"},
      {"garbage", "!?", "call"},
      {"zero bytes", std::string(3, '\0'), "call"},
      {"short", "AAAA", "call"},
      {"too long", tokens.Make(std::string(4096, 'c'), "call"), "call"},
  };
  for (const auto& c : cases) {
    const absl::Status status = tokens.Read(c.token, c.binding).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_EQ(ReasonOf(status), "PAGE_TOKEN_INVALID") << c.name;
    EXPECT_EQ(FieldsOf(status).count("page_token"), 1u) << c.name;
  }
}

}  // namespace
}  // namespace stillpoint::crypto
