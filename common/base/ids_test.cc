#include "common/base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace stillpoint {
namespace {

TEST(RandomIdsTest, AreLongValidAndDifferent) {
  RandomIds ids;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.Next();
    EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-v]+"));
    EXPECT_EQ(id.size(), 20u);
    EXPECT_TRUE(IsValidId(id)) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(RandomIdsTest, UseEveryLetter) {
  RandomIds ids;
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    for (const char c : ids.Next()) letters.insert(c);
  }
  EXPECT_EQ(letters.size(), 32u);
}

TEST(SequenceIdsTest, Count) {
  SequenceIds ids("b");
  EXPECT_EQ(ids.Next(), "b0001");
  EXPECT_EQ(ids.Next(), "b0002");
  EXPECT_TRUE(IsValidId(ids.Next()));
}

TEST(SequenceIdsTest, GiveEachThreadItsOwn) {
  SequenceIds ids("t");
  Mutex mutex;
  std::set<std::string> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const std::string id = ids.Next();
        const MutexLock lock(mutex);
        seen.insert(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 400u);
}

TEST(IsValidIdTest, AcceptsLabels) {
  for (const std::string& id : {std::string("a"), std::string("7"), std::string("north-side"),
                                std::string("a--b"), std::string(63, 'x')}) {
    EXPECT_TRUE(IsValidId(id)) << id;
  }
}

TEST(IsValidIdTest, RefusesTheRest) {
  for (const std::string& id :
       {std::string(), std::string(64, 'x'), std::string("-a"), std::string("a-"), std::string("-"),
        std::string("A"), std::string("a_b"), std::string("a/b"), std::string("a b"),
        std::string("a."), std::string("\xc3\xa9"), std::string("a\0b", 3), std::string("a\n")}) {
    EXPECT_FALSE(IsValidId(id)) << id;
  }
}

}  // namespace
}  // namespace stillpoint
