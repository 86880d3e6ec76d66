// How many times one caller may keep for others at once.
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;

constexpr int kQuota = 3;

class HoldQuotaTest : public LedgerTest {
 protected:
  using Reply = absl::StatusOr<std::string>;

  // The `number`-th of 16 times that have nothing in common but the clinic and the client.
  Reply HoldOf(const std::string& caller, int number, const std::string& request_id = "",
               bool validate_only = false) {
    Call call = NewCall(request_id);
    call.key.caller = caller;
    const bool second = number >= 8;
    const domain::SlotRequest slot =
        Slot(At(9 + number % 8), second ? "p2" : "p1", second ? "r2" : "r1");
    return book_.Run({.call = std::move(call),
                      .client = "client",
                      .slot = slot,
                      .hold = domain::kHoldDefault,
                      .holds_max = kQuota,
                      .validate_only = validate_only},
                     Encoded);
  }
  std::string Why(const Reply& reply) { return ReasonOf(reply.status()); }
};

TEST_P(HoldQuotaTest, OneCallerHoldsSoManyAndNoMore) {
  std::vector<std::string> ids;
  ids.reserve(kQuota + 2);
  for (int i = 0; i < kQuota; ++i) {
    ids.push_back(IdOf(HoldOf("a", i, absl::StrCat("r", i))));
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(Get(ids[0]).held_by, "a");
  const absl::Status refused = HoldOf("a", 5, "more").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "HOLD_QUOTA");
  EXPECT_EQ(MetadataOf(refused)["limit"], "3");
  EXPECT_EQ(RetryAfterOf(refused), absl::Minutes(7));  // When the first has run out.
  EXPECT_EQ(Why(HoldOf("a", 5, "", /*validate_only=*/true)), "HOLD_QUOTA");
  EXPECT_EQ(Count("bookings"), kQuota);
  // What was held before is answered as before.
  EXPECT_EQ(IdOf(HoldOf("a", 0, "r0")), ids[0]);
  // Others hold their own, and who books at once holds nothing.
  EXPECT_TRUE(HoldOf("b", 6).ok());
  EXPECT_TRUE(Create(Slot(At(16))).ok());
  EXPECT_EQ(Why(HoldOf("a", 5, "more")), "HOLD_QUOTA");
}

TEST_P(HoldQuotaTest, WhatHasEndedDoesNotCount) {
  std::vector<std::string> ids;
  ids.reserve(kQuota + 2);
  for (int i = 0; i < kQuota; ++i) ids.push_back(IdOf(HoldOf("a", i)));
  ASSERT_EQ(Why(HoldOf("a", 3)), "HOLD_QUOTA");
  ASSERT_TRUE(Move(ids[0], BookingMove::kConfirm).ok());
  ids.push_back(IdOf(HoldOf("a", 3)));
  ASSERT_EQ(Why(HoldOf("a", 4)), "HOLD_QUOTA");
  ASSERT_TRUE(Move(ids[1], BookingMove::kRelease).ok());
  ids.push_back(IdOf(HoldOf("a", 4)));
  ASSERT_EQ(Why(HoldOf("a", 5)), "HOLD_QUOTA");
  // By the store's clock, at the very instant, whether it was swept or not.
  clock_.Advance(domain::kHoldDefault - absl::Microseconds(1));
  ASSERT_EQ(Why(HoldOf("a", 5)), "HOLD_QUOTA");
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Get(ids[2]).state, domain::BookingState::kHeld);
  for (int i = 5; i < 5 + kQuota; ++i) EXPECT_TRUE(HoldOf("a", i).ok()) << i;
  EXPECT_EQ(Why(HoldOf("a", 9)), "HOLD_QUOTA");
  ASSERT_TRUE(expire_.Run(Deadline::After(absl::Seconds(20))).ok());
  EXPECT_EQ(Why(HoldOf("a", 9)), "HOLD_QUOTA");
}

// Different people, rooms and hours: nothing but the quota makes them wait for each other.
TEST_P(HoldQuotaTest, NoRacePassesIt) {
  for (int round = 0; round < 5; ++round) {
    std::vector<Reply> replies(16, absl::UnknownError("not run"));
    std::vector<std::thread> threads;
    threads.reserve(replies.size());
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] { replies[i] = HoldOf(i % 4 == 0 ? "b" : "a", i); });
    }
    for (std::thread& thread : threads) thread.join();
    std::map<std::string, int> of_a, of_b;
    for (int i = 0; i < 16; ++i) ++(i % 4 == 0 ? of_b : of_a)[Why(replies[i])];
    EXPECT_EQ(of_a, (std::map<std::string, int>{{"", kQuota}, {"HOLD_QUOTA", 12 - kQuota}}));
    EXPECT_EQ(of_b, (std::map<std::string, int>{{"", kQuota}, {"HOLD_QUOTA", 4 - kQuota}}));
    for (const Reply& reply : replies) {
      if (!reply.ok()) continue;
      EXPECT_TRUE(Move(IdOf(reply), BookingMove::kRelease).ok());
    }
  }
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, HoldQuotaTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
