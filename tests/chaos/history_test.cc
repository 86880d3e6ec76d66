// history.h finds what it is there to find.
#include "tests/chaos/history.h"

#include <gtest/gtest.h>

namespace stillpoint::chaos {
namespace {

// A booking of p1 in r1 from minute 100 to 160, made between two moments.
Event Booked(const std::string& id, int64_t call_us, int64_t answer_us) {
  Event event;
  event.call_us = call_us;
  event.answer_us = answer_us;
  event.what = "create";
  event.start = 100;
  event.end = 160;
  event.version = {.booking = id,
                   .revision = 1,
                   .state = "CONFIRMED",
                   .person = "p1",
                   .room = "r1",
                   .start = 100,
                   .end = 160};
  return event;
}

Event Cancelled(const Event& made, int64_t call_us, int64_t answer_us) {
  Event event;
  event.call_us = call_us;
  event.answer_us = answer_us;
  event.what = "cancel";
  event.booking = made.version.booking;
  event.version = made.version;
  event.version.state = "CANCELLED";
  event.version.revision = made.version.revision + 1;
  return event;
}

Event Refused(int64_t call_us, int64_t answer_us, const std::string& reason) {
  Event event = Booked("", call_us, answer_us);
  event.version = {};
  event.person = "p1";
  event.reason = reason;
  event.taken = "practitioner";
  return event;
}

size_t ProblemsOf(std::vector<Event> events) {
  return History(std::move(events), {"p1"}, {"r1"}, 10).Problems().size();
}

TEST(HistoryTest, ExplainsWhatHasAnOrder) {
  const Event a = Booked("a", 10, 20);
  EXPECT_EQ(ProblemsOf({a}), 0u);
  EXPECT_EQ(ProblemsOf({a, Cancelled(a, 30, 40), Booked("b", 35, 38)}), 0u);
  EXPECT_EQ(ProblemsOf({a, Refused(5, 11, "SLOT_TAKEN")}), 0u);
  EXPECT_EQ(ProblemsOf({a, Cancelled(a, 30, 40), Refused(39, 60, "SLOT_TAKEN")}), 0u);
}

TEST(HistoryTest, FindsTwoOwners) {
  const Event a = Booked("a", 10, 20);
  EXPECT_GT(ProblemsOf({a, Booked("b", 30, 40)}), 0u);
  EXPECT_GT(ProblemsOf({a, Cancelled(a, 50, 60), Booked("b", 30, 40)}), 0u);
  EXPECT_GT(ProblemsOf({a, Booked("b", 15, 40)}), 0u);
}

TEST(HistoryTest, FindsRefusalsWithoutCause) {
  const Event a = Booked("a", 10, 20);
  EXPECT_GT(ProblemsOf({Refused(1, 5, "SLOT_TAKEN"), a}), 0u);
  EXPECT_GT(ProblemsOf({a, Cancelled(a, 30, 40), Refused(41, 60, "SLOT_TAKEN")}), 0u);
  EXPECT_GT(ProblemsOf({a, Refused(30, 40, "OUTSIDE_HOURS")}), 0u);
  EXPECT_GT(ProblemsOf({a, Refused(30, 40, "DB_ERROR")}), 0u);
  Event late = Cancelled(a, 50, 60);
  late.version = {};
  late.reason = "ETAG_MISMATCH";
  late.known_revision = 1;
  EXPECT_GT(ProblemsOf({a, late}), 0u);
}

TEST(HistoryTest, FindsBookingsOfThoseWhoAreAway) {
  Event off;
  off.what = "off";
  off.person = "p1";
  off.off = "off";
  off.call_us = 1;
  off.answer_us = 5;
  off.start = 130;
  off.end = 140;
  EXPECT_GT(ProblemsOf({off, Booked("a", 10, 20)}), 0u);
  EXPECT_EQ(ProblemsOf({off, Booked("a", 3, 20)}), 0u);
}

TEST(HistoryTest, FindsStaleReadsAndSearches) {
  const Event a = Booked("a", 10, 20);
  const Event gone = Cancelled(a, 30, 40);
  Event get = a;
  get.what = "get";
  get.booking = "a";
  get.call_us = 50;
  get.answer_us = 60;
  EXPECT_GT(ProblemsOf({a, gone, get}), 0u);
  Event search;
  search.what = "search";
  search.end = 60;
  search.free = {{"p1", 120}};
  search.call_us = 40;
  search.answer_us = 50;
  EXPECT_GT(ProblemsOf({a, search}), 0u);
  search.call_us = 25;  // Within the lag.
  EXPECT_EQ(ProblemsOf({a, search}), 0u);
}

TEST(HistoryTest, FindsWhatIsLostAndWhatNobodyWasTold) {
  const Event a = Booked("a", 10, 20);
  History history({a, Cancelled(a, 30, 40)}, {"p1"}, {"r1"}, 0);
  EXPECT_TRUE(history.Problems().empty());
  Version stored = Cancelled(a, 30, 40).version;
  EXPECT_TRUE(history.CompareStored({stored}).empty());
  EXPECT_FALSE(history.CompareStored({}).empty());
  EXPECT_FALSE(history.CompareStored({a.version}).empty());
  stored.revision = 3;
  EXPECT_FALSE(history.CompareStored({stored}).empty());
  stored.revision = 2;
  stored.room = "r2";
  EXPECT_FALSE(history.CompareStored({stored}).empty());
}

}  // namespace
}  // namespace stillpoint::chaos
