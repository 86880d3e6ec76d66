// Many callers at once: one owner per time, one effect per request.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;
using domain::BookingState;
using ::testing::ValuesIn;

class BookingRaceTest : public LedgerTest {
 protected:
  using Reply = absl::StatusOr<std::string>;
  // Runs `call(0) ... call(count - 1)` at once.
  static std::vector<Reply> AtOnce(int count, const std::function<Reply(int)>& call) {
    std::vector<Reply> replies(count, absl::UnknownError("not run"));
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] { replies[i] = call(i); });
    }
    for (std::thread& thread : threads) thread.join();
    return replies;
  }
  static std::map<std::string, int> Reasons(const std::vector<Reply>& replies) {
    std::map<std::string, int> counts;
    for (const Reply& reply : replies) ++counts[reply.ok() ? "OK" : ReasonOf(reply.status())];
    return counts;
  }
  using Counts = std::map<std::string, int>;
};

TEST_P(BookingRaceTest, Scenario16TwoPractitionersOneRoom) {
  for (int round = 0; round < 10; ++round) {
    const absl::Time start = At(9 + round % 5) + absl::Hours(24) * (round / 5);
    const auto replies = AtOnce(2, [&](int i) { return Create(Slot(start, i ? "p1" : "p2")); });
    ASSERT_EQ(Reasons(replies), (Counts{{"OK", 1}, {"SLOT_TAKEN", 1}}));
    for (const Reply& reply : replies) {
      if (reply.ok()) continue;
      EXPECT_EQ(MetadataOf(reply.status())["resource"], "room");
      EXPECT_FALSE(MetadataOf(reply.status())["alternatives"].empty());
    }
  }
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(BookingRaceTest, Scenario25AnyPractitionerMeansEveryPractitioner) {
  const auto replies = AtOnce(5, [&](int) { return Create(Slot(At(10), "", "")); });
  EXPECT_EQ(Reasons(replies), (Counts{{"OK", 3}, {"SLOT_TAKEN", 2}}));
  std::set<std::string> people, rooms;
  for (const Reply& reply : replies) {
    if (!reply.ok()) continue;
    people.insert(Get(IdOf(reply)).practitioner);
    rooms.insert(Get(IdOf(reply)).room);
  }
  EXPECT_EQ(people.size(), 3u);
  EXPECT_EQ(rooms.size(), 3u);
}

TEST_P(BookingRaceTest, Scenario42AHundredReplaysAreOneBooking) {
  const auto replies = AtOnce(100, [&](int) { return Create(Slot(At(10)), "same"); });
  for (const Reply& reply : replies) {
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(*reply, *replies[0]);
  }
  EXPECT_EQ(Count("bookings"), 1);
  EXPECT_EQ(Count("outbox"), 1);
  const auto other = book_.Run({.call = NewCall("same", "another payload"),
                                .client = "client",
                                .slot = Slot(At(12)),
                                .hold = {}},
                               Encoded);
  EXPECT_EQ(ReasonOf(other.status()), "IDEMPOTENCY_KEY_REUSED");
  // After a cancellation a replay tells the old story and brings nothing back.
  ASSERT_TRUE(Move(IdOf(replies[0]), BookingMove::kCancel).ok());
  EXPECT_EQ(*Create(Slot(At(10)), "same"), *replies[0]);
  EXPECT_EQ(Count("claims"), 0);
}

TEST_P(BookingRaceTest, Scenario38MovingAndCancellingTheSameVersion) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = IdOf(Create(Slot(At(10))));
    const auto replies = AtOnce(2, [&](int i) {
      return i == 0 ? Reschedule(id, Slot(At(14)), "r1") : Move(id, BookingMove::kCancel, "r1");
    });
    ASSERT_EQ(Reasons(replies), (Counts{{"OK", 1}, {"ETAG_MISMATCH", 1}}));
    const bool cancelled = Get(id).state == BookingState::kCancelled;
    EXPECT_EQ(cancelled, replies[1].ok());
    EXPECT_EQ(Count("claims"), cancelled ? 0 : 2);
    if (!cancelled) {
      ASSERT_TRUE(Move(id, BookingMove::kCancel).ok());
    }
  }
}

// The confirmation arrives as the hold ends, and another's hold just after: one gets the time.
TEST_P(BookingRaceTest, Scenario34AnExpiringHoldHasOneOwner) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = IdOf(Hold(Slot(At(10))));
    clock_.Advance(domain::kHoldDefault - absl::Microseconds(1));
    const auto replies = AtOnce(2, [&](int i) -> Reply {
      if (i == 0) return Move(id, BookingMove::kConfirm);
      clock_.Advance(absl::Microseconds(1));  // From now on the time is free, unless confirmed.
      return Hold(Slot(At(10, 30)));
    });
    ASSERT_NE(replies[0].ok(), replies[1].ok())
        << replies[0].status() << " / " << replies[1].status();
    if (replies[0].ok()) {
      EXPECT_EQ(ReasonOf(replies[1].status()), "SLOT_TAKEN");
      ASSERT_TRUE(Move(id, BookingMove::kCancel).ok());
    } else {
      EXPECT_EQ(ReasonOf(replies[0].status()), "HOLD_EXPIRED");
      ASSERT_TRUE(Move(IdOf(replies[1]), BookingMove::kRelease).ok());
    }
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Overlaps(), 0);
}

// Many resources asked for in every order: nobody waits in a circle, nothing overlaps.
TEST_P(BookingRaceTest, Scenario53PermutedResourcesNeitherDeadlockNorOverlap) {
  const auto replies = AtOnce(16, [&](int i) -> Reply {
    std::vector<Reply> own;
    for (int n = 0; n < 10; ++n) {
      const absl::Time start = At(9 + (i + n) % 8) + absl::Hours(24) * (n % 2);
      const int kind = (i * 7 + n) % 4;
      const Reply reply = Create(Slot(start, kind & 1 ? "" : absl::StrCat("p", 1 + (i + n) % 3),
                                      kind & 2 ? "" : absl::StrCat("r", 1 + (i * n) % 3)));
      if (!reply.ok() && ReasonOf(reply.status()) != "SLOT_TAKEN") return reply;
      if (reply.ok() && n % 3 == 0) {
        const Reply cancelled = Move(IdOf(reply), BookingMove::kCancel);
        if (!cancelled.ok()) return cancelled;
      }
    }
    return "done";
  });
  EXPECT_EQ(Reasons(replies), (Counts{{"OK", 16}}));
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, BookingRaceTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
