#include "services/notification/domain/lattice.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "services/notification/domain/backoff.h"
#include "services/notification/domain/policy.h"

namespace stillpoint::notification::domain {
namespace {

std::vector<State> AllStates() {
  std::vector<State> states;
  for (int i = 0; i <= 12; ++i) states.push_back(static_cast<State>(i));
  return states;
}

TEST(LatticeTest, WhatIsSettledStaysExceptForLateAnswersAndRedrive) {
  for (const State from : AllStates()) {
    if (from == State::kNone || !IsSettled(from)) continue;
    for (const State to : AllStates()) {
      const bool late =
          from == State::kOutcomeUnknown && (to == State::kAccepted || to == State::kRejected);
      const bool redrive = from == State::kDead && to == State::kScheduled;
      EXPECT_EQ(MayMove(from, to), late || redrive) << StateName(from) << " " << StateName(to);
    }
  }
}

// The heart of "at most once": nothing that may have left is sent again without RETRY being said.
TEST(LatticeTest, SubmittingIsReachedOnlyThroughTheCheck) {
  for (const State from : AllStates()) {
    EXPECT_EQ(MayMove(from, State::kSubmitting), from == State::kChecked) << StateName(from);
    EXPECT_EQ(MayMove(from, State::kChecked), from == State::kLeased) << StateName(from);
  }
  EXPECT_FALSE(MayMove(State::kSubmitting, State::kLeased));
  EXPECT_FALSE(MayMove(State::kSubmitting, State::kScheduled));
  EXPECT_FALSE(MayMove(State::kOutcomeUnknown, State::kRetry));
}

TEST(LatticeTest, EveryLiveStateCanBeCalledOff) {
  for (const State from : AllStates()) {
    if (!IsLive(from) || from == State::kChecked) continue;  // CHECKED is never left standing.
    EXPECT_TRUE(MayMove(from, State::kSuppressed)) << StateName(from);
    EXPECT_TRUE(MayMove(from, State::kSuperseded)) << StateName(from);
    EXPECT_TRUE(MayMove(from, State::kExpired)) << StateName(from);
  }
}

TEST(PolicyTest, EveryKindHasItsOwnRowOnEveryChannel) {
  std::set<const Policy*> rows;
  for (const Kind kind : kAllKinds) {
    for (const Channel channel : kAllChannels) {
      const Policy& policy = PolicyFor(kind, channel);
      EXPECT_EQ(policy.kind, kind);
      EXPECT_EQ(policy.channel, channel);
      // A text rings: the law's hours hold for every kind of it.
      EXPECT_TRUE(channel == Channel::kEmail || policy.quiet_hours);
      rows.insert(&policy);
    }
  }
  EXPECT_EQ(rows.size(), kAllKinds.size() * kAllChannels.size());
}

TEST(BackoffTest, DoublesUpToTheBoundWithJitterOfAtMostAQuarter) {
  absl::Duration base = kBackoffFirst;
  for (int failures = 1; failures <= 20; ++failures) {
    for (const char* seed : {"a", "b", "n0001"}) {
      const absl::Duration got = Backoff(failures, seed);
      EXPECT_GE(got, base) << failures;
      EXPECT_LE(got, base + base / 4) << failures;
    }
    base = std::min(base * 2, kBackoffMax);
  }
  EXPECT_NE(Backoff(3, "a"), Backoff(3, "b"));
  EXPECT_EQ(Backoff(3, "a"), Backoff(3, "a"));
}

}  // namespace
}  // namespace stillpoint::notification::domain
