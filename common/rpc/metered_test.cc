#include "common/rpc/metered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error/error.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::testing::HasSubstr;

TEST(MeteredTest, CountsWhatTheDatabaseDidAndNotWhatTheBodyRefused) {
  Metrics metrics;
  auto database = Metered(testing::NewDatabase(sql::Engine::kSqlite, {}), metrics);
  const Deadline deadline = Deadline::After(absl::Seconds(10));
  EXPECT_TRUE(database
                  ->Write(sql::NoOrganization(), deadline,
                          [](sql::Transaction&) { return absl::OkStatus(); })
                  .ok());
  EXPECT_FALSE(database
                   ->Read(sql::NoOrganization(), deadline,
                          [](sql::Transaction&) -> absl::Status {
                            return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no");
                          })
                   .ok());
  EXPECT_FALSE(database
                   ->Write(sql::NoOrganization(), deadline,
                           [](sql::Transaction& tx) { return tx.Query("NOT SQL").status(); })
                   .ok());
  const std::string text = metrics.Text();
  EXPECT_THAT(text,
              HasSubstr("stillpoint_dependency_total{code=\"OK\",dependency=\"database\"} 2"));
  EXPECT_THAT(text, HasSubstr("dependency=\"database\"} 1"));
}

TEST(MeteredTest, CountsRedis) {
  testing::RedisServer server;
  Metrics metrics;
  auto opened = redis::Redis::Open(server.address(), {});
  ASSERT_TRUE(opened.ok());
  auto redis = Metered(*std::move(opened), metrics);
  const Deadline deadline = Deadline::After(absl::Seconds(10));
  ASSERT_TRUE(redis->MultiSet({{"k", "v"}}, absl::Seconds(5), deadline).ok());
  ASSERT_TRUE(redis->MultiGet({"k"}, deadline).ok());
  ASSERT_TRUE(
      redis->MultiRaise({{"raised", "7:x"}}, {"stamp", "s"}, absl::Seconds(5), deadline).ok());
  EXPECT_EQ(redis->MultiAdd({{"count", 2}}, absl::Seconds(5), deadline).value().front(), 2);
  EXPECT_THAT(metrics.Text(),
              HasSubstr("stillpoint_dependency_total{code=\"OK\",dependency=\"redis\"} 4"));
}

}  // namespace
}  // namespace stillpoint::rpc
