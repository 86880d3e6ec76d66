#include "common/testing/databases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stillpoint::testing {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

constexpr sql::Migration kMigrations[] = {
    {.version = 1,
     .name = "things",
     .common = "CREATE TABLE things (organization TEXT NOT NULL, id TEXT NOT NULL, body {blob}, "
               "PRIMARY KEY (organization, id));"},
};

class NewDatabaseTest : public ::testing::TestWithParam<sql::Engine> {};

absl::StatusOr<int64_t> Count(sql::Database& database) {
  int64_t count = -1;
  const absl::Status status = database.Read(
      sql::AllOrganizations(), Deadline::After(kLong), [&](sql::Transaction& tx) -> absl::Status {
        absl::StatusOr<sql::Rows> rows = tx.Query("SELECT count(*) FROM things");
        if (rows.ok()) count = rows->at(0).at(0).Int();
        return rows.status();
      });
  if (!status.ok()) return status;
  return count;
}

TEST_P(NewDatabaseTest, IsMigratedEmptyAndItsOwn) {
  const auto one = NewDatabase(GetParam(), kMigrations);
  const auto two = NewDatabase(GetParam(), kMigrations);
  EXPECT_EQ(one->engine(), GetParam());
  const absl::Status written =
      one->Write(Tenant("o"), Deadline::After(kLong), [](sql::Transaction& tx) -> absl::Status {
        return tx.Execute("INSERT INTO things (organization, id) VALUES ($1, $2)", {"o", "x"})
            .status();
      });
  ASSERT_TRUE(written.ok()) << written;
  EXPECT_THAT(Count(*one), ::testing::Property(&absl::StatusOr<int64_t>::value, 1));
  EXPECT_THAT(Count(*two), ::testing::Property(&absl::StatusOr<int64_t>::value, 0));
}

TEST_P(NewDatabaseTest, NeedsNoMigrations) {
  EXPECT_TRUE(NewDatabase(GetParam(), {})->Ping(Deadline::After(kLong)).ok());
}

TEST_P(NewDatabaseTest, ItsClockMayBeInjected) {
  const FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  const auto database = NewDatabase(GetParam(), kMigrations, &clock);
  const absl::Status status = database->Write(sql::AllOrganizations(), Deadline::After(kLong),
                                              [&](sql::Transaction& tx) -> absl::Status {
                                                const absl::StatusOr<absl::Time> now = tx.Now();
                                                EXPECT_EQ(*now, clock.TimeNow());
                                                return now.status();
                                              });
  EXPECT_TRUE(status.ok()) << status;
}

INSTANTIATE_TEST_SUITE_P(Engines, NewDatabaseTest, ::testing::ValuesIn(AllEngines()),
                         [](const auto& engine) { return EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::testing
