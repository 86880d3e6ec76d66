// Whom visits fall to that are for anybody, on both engines.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

class TurnsTest : public LedgerTest {
 protected:
  using Load = std::map<std::string, int>;

  // Three who are alike, whose licences do not run out. `off`: when p1 is away.
  void SetUp() override {
    domain::Catalogue changed = *catalogues_.catalogue;
    for (auto& [id, practitioner] : changed.practitioners) {
      practitioner.credentials[0].valid_until.reset();
    }
    changed.version += 1;
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
  void SendOnLeave(absl::Time start, absl::Time end) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    changed.practitioners["p1"].time_off.push_back({.id = "leave", .start = start, .end = end});
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
  // Books `count` visits for anybody at random hours of the days [first, last), counted from today;
  // `alone`: never two at one time, so that whoever's turn it is can have it.
  Load BookAny(int count, int first, int last, bool alone = false, std::string* id = nullptr) {
    Load load;
    std::set<absl::Time> used;
    while (count > 0) {
      const int hour = static_cast<int>(random_() % 8);
      const int day = first + static_cast<int>(random_() % static_cast<unsigned>(last - first));
      const absl::Time start = At(9 + hour) + day * absl::Hours(24);
      if (!used.insert(start).second && alone) continue;
      const auto reply = Create(Slot(start, "", ""));
      if (!reply.ok()) continue;  // All three are taken: another hour.
      const std::string booking = IdOf(reply);
      if (id != nullptr) *id = booking;
      ++load[Get(booking).practitioner];
      --count;
    }
    return load;
  }
  static int Spread(const Load& load) {
    const auto [least, most] = std::minmax_element(
        load.begin(), load.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return load.size() < 3 ? most->second : most->second - least->second;
  }

  std::mt19937 random_{20270308};
};

TEST_P(TurnsTest, Scenario26ThreeHundredVisitsFallToThreeAlikeWithinOne) {
  // Local time stays the same until the clocks change on the 14th; from then on it is an hour
  // later.
  const Load load = BookAny(300, 1, 59, /*alone=*/true);
  EXPECT_LE(Spread(load), 1) << load.at("p1") << " " << load.at("p2") << " " << load.at("p3");
}

TEST_P(TurnsTest, WhoIsBusyAtTheirTurnHasTheNextOne) {
  // A third of all hours: now and then a visit falls to the only one who is free.
  const Load load = BookAny(300, 1, 40);
  EXPECT_LE(Spread(load), 2) << load.at("p1") << " " << load.at("p2") << " " << load.at("p3");
}

TEST_P(TurnsTest, Scenario26NobodyIsFloodedOnTheirReturn) {
  SendOnLeave(At(0), At(0) + absl::Hours(24 * 15));
  const Load away = BookAny(60, 1, 14);
  EXPECT_EQ(away.count("p1"), 0u);
  EXPECT_EQ(away.at("p2"), 30);
  const Load back = BookAny(30, 16, 30);
  EXPECT_LE(Spread(back), 1);
}

TEST_P(TurnsTest, WhatIsCalledOffDoesNotCount) {
  std::string last;
  for (int i = 0; i < 9; ++i) {
    BookAny(1, 1, 30, /*alone=*/false, &last);
    ASSERT_TRUE(Move(last, domain::BookingMove::kCancel).ok());
  }
  const Load load = BookAny(30, 1, 30);
  EXPECT_LE(Spread(load), 1);
}

TEST_P(TurnsTest, AVisitThatIsAskedForByNameIsNobodysTurn) {
  ASSERT_TRUE(Create(Slot(At(9), "p1", "r1")).ok());
  // Nobody has more to their credit: the one with the least on that day, then the first by name.
  EXPECT_EQ(Get(IdOf(Create(Slot(At(11), "", "")))).practitioner, "p2");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(12), "", "")))).practitioner, "p3");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(13), "", "")))).practitioner, "p1");
}

INSTANTIATE_TEST_SUITE_P(Engines, TurnsTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
