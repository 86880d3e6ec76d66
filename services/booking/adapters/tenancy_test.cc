// PostgreSQL keeps the organizations of booking apart, whatever a statement forgets.
#include "common/testing/tenancy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "services/booking/adapters/migrations.h"
#include "services/booking/adapters/shared_facts.h"

namespace stillpoint::booking::adapters {
namespace {

using ::testing::IsEmpty;

TEST(TenancyTest, EveryTableIsGuarded) {
  // The sequence of the outbox is one for all, and made by the database: nobody chooses a value
  // that could clash.
  EXPECT_THAT(stillpoint::testing::TenancyProblems(Migrations(), {"outbox_pkey"}), IsEmpty());
}

TEST(TenancyTest, NoTableLeaks) {
  EXPECT_THAT(stillpoint::testing::LeakProblems(Migrations()), IsEmpty());
}

// Redis holds what belongs to all of them in one place.
TEST(TenancyTest, WhatIsInRedisIsOfOneOrganization) {
  const SharedFacts facts(crypto::Key::FromBytes("0123456789abcdef0123456789abcdef").value());
  const std::set<std::string> ids = {facts.Id("a", "rooms/r"), facts.Id("b", "rooms/r"),
                                     facts.Id("a", "rooms/s"), facts.Id("ar", "ooms/r"),
                                     facts.Id("", "arooms/r")};
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_NE(facts.StampKey("a"), facts.StampKey("b"));

  // Copied from the one's key to the other's, a value is worth nothing.
  const std::string a = facts.Id("a", "rooms/r"), b = facts.Id("b", "rooms/r");
  const std::string pointer = facts.Pointer(a, 7);
  EXPECT_EQ(facts.ReadPointer(a, pointer), 7);
  EXPECT_EQ(facts.ReadPointer(b, pointer), std::nullopt);
  const domain::BusyMonth busy(domain::Month{17});
  const std::string fact = facts.Fact(a, 7, busy);
  EXPECT_NE(facts.ReadFact(a, 7, busy.month, fact), nullptr);
  EXPECT_EQ(facts.ReadFact(b, 7, busy.month, fact), nullptr);
  EXPECT_NE(facts.PointerKey(a), facts.PointerKey(b));
  EXPECT_NE(facts.FactKey(a, 7, busy.month), facts.FactKey(b, 7, busy.month));
}

}  // namespace
}  // namespace stillpoint::booking::adapters
