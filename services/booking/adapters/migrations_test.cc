// Steps that move rows, on a database that has some.
#include "services/booking/adapters/migrations.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/testing/databases.h"

namespace stillpoint::booking::adapters {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);
constexpr size_t kBeforeLimits = 6;  // Steps before the one called "limits".

class MigrationsTest : public ::testing::TestWithParam<sql::Engine> {};

TEST_P(MigrationsTest, ClaimsThatWereThereLearnWhenTheirVisitIs) {
  const std::vector<sql::Migration> all = Migrations();
  ASSERT_STREQ(all[kBeforeLimits].name, "limits");
  const auto database = testing::NewDatabase(
      GetParam(), absl::Span<const sql::Migration>(all).subspan(0, kBeforeLimits));
  sql::Database& owners = testing::Unguarded(*database);
  const auto run = [&](const std::string& statement) {
    return owners.Write(sql::AllOrganizations(), Deadline::After(kLong),
                        [&](sql::Transaction& tx) { return tx.Execute(statement).status(); });
  };
  // Two organizations have a booking of one name.
  for (const char* values : {"'o', 1000, 2000", "'other', 5000, 7000"}) {
    ASSERT_TRUE(run(absl::StrCat("INSERT INTO bookings (client, clinic, offering, practitioner,"
                                 " room, zone, buffer_before_us, buffer_after_us, turnover_us,"
                                 " state, cancel_reason, revision, created_us, updated_us, booking,"
                                 " organization, start_us, end_us) VALUES ('k', 'c', 'f', 'p', 'r',"
                                 " 'UTC', 0, 0, 0, 2, 0, 1, 1, 1, 'b', ",
                                 values, ")"))
                    .ok());
  }
  for (const char* values :
       {"'o', 'of p', 'practitioners/p', 'b'", "'o', 'of r', 'clinics/c/rooms/r', 'b'",
        "'o', 'of nothing', 'practitioners/q', 'gone'",
        "'other', 'of p', 'practitioners/p', 'b'"}) {
    ASSERT_TRUE(run(absl::StrCat("INSERT INTO claims (start_us, end_us, kind, organization, claim,"
                                 " resource, booking) VALUES (900, 2100, 1, ",
                                 values, ")"))
                    .ok());
  }

  ASSERT_TRUE(sql::Migrate(owners, all, Deadline::After(kLong)).ok());

  std::vector<std::string> claims;
  ASSERT_TRUE(
      owners
          .Read(sql::AllOrganizations(), Deadline::After(kLong),
                [&](sql::Transaction& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(
                      const sql::Rows rows,
                      tx.Query("SELECT organization, claim, start_us, visit_start_us,"
                               " visit_end_us, clinic FROM claims ORDER BY organization, claim"));
                  for (const sql::Row& row : rows) {
                    claims.push_back(absl::StrCat(row[0].Text(), " ", row[1].Text(), " ",
                                                  row[2].Int(), " ", row[3].Int(), " ",
                                                  row[4].Int(), " ", row[5].Text()));
                  }
                  return absl::OkStatus();
                })
          .ok());
  EXPECT_EQ(claims, (std::vector<std::string>{"o of nothing 900 0 0 ", "o of p 900 1000 2000 c",
                                              "o of r 900 0 0 ", "other of p 900 5000 7000 c"}));
}

INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::adapters
