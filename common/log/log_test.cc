#include "common/log/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_split.h"
#include "common/base/clock.h"

namespace stillpoint::log {
namespace {

// What `write` puts on stderr.
template <typename Write>
std::string Captured(Write write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(LogTest, SaysNothingBeforeStartAndBelowItsLevel) {
  EXPECT_EQ(Captured([] { Failure("early", {}); }), "");
  Start("svc", Level::kWarning);
  EXPECT_EQ(Captured([] { Info("quiet", {}); }), "");
  EXPECT_NE(Captured([] { Warning("loud", {}); }), "");
  EXPECT_FALSE(Enabled(Level::kInfo));
  EXPECT_TRUE(Enabled(Level::kError));
}

TEST(LogTest, OneLineOfJsonWithTypedFields) {
  Start("svc", Level::kInfo);
  const std::string line = Captured([] {
    Info("rpc", {{"reason", "OK"}, {"took_us", 12}, {"ratio", 0.5}, {"flag", true}});
  });
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["service"], "svc");
  EXPECT_EQ(json["event"], "rpc");
  EXPECT_EQ(json["reason"], "OK");
  EXPECT_EQ(json["took_us"], 12);
  EXPECT_EQ(json["ratio"], 0.5);
  EXPECT_EQ(json["time"].get<std::string>().size(),
            std::string("2027-03-08T10:00:00.000000Z").size());
}

TEST(LogTest, HostileTextStaysOneValidLine) {
  Start("svc", Level::kInfo);
  static constexpr char kHostile[] =
      "\"}\n{\"event\":\"forged\"}\r\t\\ {} %v %n \x00\x01\x7f"  // Controls, quotes, formats.
      "\xff\xfe\xc3\x28\xed\xa0\x80 \xe2\x80\xa8 caf\xc3\xa9";   // Not UTF-8, then some that is.
  const std::string hostile(kHostile, sizeof(kHostile) - 1);
  const std::string line = Captured([&] { Info("x", {{"text", hostile}, {hostile, hostile}}); });
  ASSERT_EQ(line.find('\n'), line.size() - 1) << line;
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "x");
  const auto text = json["text"].get<std::string>();
  EXPECT_EQ(text.rfind("\"}\n{\"event\":\"forged\"}", 0), 0u);
  EXPECT_NE(text.find("caf\xc3\xa9"), std::string::npos);
}

TEST(LogTest, FloodOfOneEventIsBoundedAndCounted) {
  Start("svc", Level::kInfo);
  constexpr int kCalls = 20 * kLinesPerSecond;
  std::string lines = Captured([] {
    for (int i = 0; i < kCalls; ++i) Info("rpc", {});
    Info("key_used", {});
    Warning("rpc", {});
  });
  int calls = kCalls;
  std::string next;  // Of the next second.
  for (const Deadline limit = Deadline::After(absl::Seconds(10)); next.empty(); ++calls) {
    ASSERT_FALSE(limit.Passed());
    next = Captured([] { Info("rpc", {}); });
  }
  lines += next;
  int written = 0, left_out = 0, others = 0;
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const auto json = nlohmann::json::parse(line);
    if (json["event"] != "rpc" || json["level"] != "info") {
      ++others;
      continue;
    }
    ++written;
    left_out += json.value("left_out", 0);
  }
  EXPECT_EQ(others, 2);
  EXPECT_EQ(written + left_out, calls);
  EXPECT_GE(written, kLinesPerSecond + 1);
  EXPECT_LT(written, kCalls / 2);  // A machine so slow that the loop takes ten seconds is none.
}

}  // namespace
}  // namespace stillpoint::log
