// PostgreSQL keeps the organizations of notifications apart, whatever a statement forgets.
#include "common/testing/tenancy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/notification/adapters/schema.h"

namespace stillpoint::notification::adapters {
namespace {

using ::testing::IsEmpty;

TEST(TenancyTest, EveryTableIsGuarded) {
  EXPECT_THAT(stillpoint::testing::TenancyProblems(Migrations()), IsEmpty());
}

TEST(TenancyTest, NoTableLeaks) {
  EXPECT_THAT(stillpoint::testing::LeakProblems(Migrations()), IsEmpty());
}

}  // namespace
}  // namespace stillpoint::notification::adapters
