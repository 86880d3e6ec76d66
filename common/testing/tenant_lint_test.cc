#include "common/testing/tenant_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/databases.h"

namespace stillpoint::testing {
namespace {

using ::testing::HasSubstr;

const std::set<std::string> kTables = {"bookings", "claims"};
constexpr char kNone[] = "nothing demands";

struct Case {
  const char* statement;
  const char* problem;  // Part of it; empty: there is none.
  std::vector<size_t> parameters = {};
};

class ExamineTest : public ::testing::TestWithParam<Case> {};

TEST_P(ExamineTest, Judges) {
  const TenantUse use = ExamineStatement(GetParam().statement, kTables);
  if (*GetParam().problem == '\0') {
    EXPECT_EQ(use.problem, "") << GetParam().statement;
    EXPECT_EQ(use.parameters, GetParam().parameters) << GetParam().statement;
  } else {
    EXPECT_THAT(use.problem, HasSubstr(GetParam().problem)) << GetParam().statement;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Good, ExamineTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"SELECT 1", ""},
        {"SELECT position FROM elsewhere", ""},
        {"SELECT id FROM bookings WHERE organization = $1 AND id = $2", "", {1}},
        {"select id from Bookings where id = $1 and $2 = ORGANIZATION for update", "", {2}},
        {"SELECT id FROM bookings WHERE organization = $1 AND (a = 1 OR b = 2)", "", {1}},
        {"SELECT b.id FROM bookings AS b JOIN claims c ON c.organization = b.organization"
         " WHERE b.organization = $3",
         "",
         {3}},
        {"SELECT 1 FROM bookings b, claims c WHERE b.organization = $1 AND c.organization = $1",
         "",
         {1}},
        {"SELECT x FROM bookings b WHERE organization = $1 AND n = (SELECT max(n) FROM bookings c"
         " WHERE c.organization = b.organization)",
         "",
         {1}},
        {"SELECT 1 FROM claims WHERE organization = $1 UNION ALL SELECT 2 FROM bookings"
         " WHERE organization = $2",
         "",
         {1, 2}},
        {"UPDATE bookings SET a = $2, b = 'organization = $9' WHERE organization = $1", "", {1}},
        {"DELETE FROM claims WHERE organization = $2", "", {2}},
        {"INSERT INTO claims (id, organization) VALUES ($1, $2), ($3, $2)", "", {2}},
        {"INSERT INTO claims (organization, n) VALUES ($1, (SELECT count(*) FROM claims"
         " WHERE organization = $1)) ON CONFLICT (organization) DO UPDATE SET n = excluded.n",
         "",
         {1}},
        {"INSERT INTO claims (organization, id) SELECT organization, id FROM bookings"
         " WHERE organization = $1",
         "",
         {1}},
        {"WITH a AS (INSERT INTO bookings (organization) VALUES ($1)), b AS (SELECT 1)"
         " INSERT INTO claims (organization) VALUES ($2)",
         "",
         {1, 2}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Bad, ExamineTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"SELECT id FROM bookings", kNone},
        {"SELECT id FROM bookings WHERE id = $1", kNone},
        {"SELECT id FROM \"bookings\" WHERE id = $1", kNone},
        {"SELECT organization FROM bookings WHERE id = $1", kNone},
        {"SELECT id FROM bookings WHERE organization = 'a'", kNone},
        {"SELECT id FROM bookings WHERE organization <> $1", kNone},
        {"SELECT id FROM bookings WHERE organization >= $1", kNone},
        {"SELECT id FROM bookings WHERE organization = organization", kNone},
        {"SELECT id FROM bookings WHERE organization = $1 OR id = $2", kNone},
        {"SELECT id FROM bookings -- WHERE organization = $1", kNone},
        {"SELECT id FROM bookings /* WHERE organization = $1 */", kNone},
        {"SELECT id FROM bookings WHERE note = 'organization = $1'", kNone},
        {"SELECT 1 FROM bookings b JOIN claims c ON c.id = b.id WHERE b.organization = $1", kNone},
        {"SELECT 1 FROM bookings b JOIN claims c ON c.organization = b.organization", kNone},
        {"SELECT 1 FROM bookings b, claims c WHERE b.organization = $1", kNone},
        {"SELECT x FROM bookings WHERE organization = $1 AND n = (SELECT max(n) FROM claims)",
         kNone},
        {"SELECT (SELECT max(n) FROM claims) FROM bookings WHERE organization = $1", kNone},
        {"SELECT 1 FROM claims WHERE organization = $1 UNION ALL SELECT 2 FROM bookings", kNone},
        {"WITH a AS (SELECT id FROM bookings) SELECT id FROM a", kNone},
        {"WITH a AS (SELECT 1) UPDATE bookings SET x = 1", kNone},
        {"UPDATE bookings SET a = $2 WHERE id = $1", kNone},
        {"UPDATE bookings SET organization = $2 WHERE organization = $1", "changes"},
        {"UPDATE bookings SET a = 1, organization = $2 WHERE organization = $1", "changes"},
        {"DELETE FROM claims", kNone},
        {"INSERT INTO claims (id) VALUES ($1)", "names no"},
        {"INSERT INTO claims (id, organization) VALUES ($1, 'a')", "that is not $N"},
        {"INSERT INTO claims (organization) VALUES ($1), ('b')", "that is not $N"},
        {"INSERT INTO claims (organization, id) SELECT organization, id FROM bookings", kNone},
        {"INSERT INTO claims (organization, id) SELECT 'a', id FROM bookings"
         " WHERE organization = $1",
         "that is not $N"},
    }));

TEST(TenantLintTest, TheParameterIsTheOrganizationOfTheTransaction) {
  constexpr char kStatement[] = "SELECT id FROM bookings WHERE organization = $1";
  const std::vector<sql::Value> a = {"a"}, b = {"b"}, none;
  TenantLint lint(kTables);
  EXPECT_EQ(lint.Check(kStatement, a, Tenant("a")), "");
  EXPECT_THAT(lint.Check(kStatement, b, Tenant("a")), HasSubstr("$1 is not"));
  EXPECT_THAT(lint.Check(kStatement, none, Tenant("a")), HasSubstr("no $1"));
  EXPECT_THAT(lint.Check(kStatement, a, sql::NoOrganization()), HasSubstr("$1 is not"));
  EXPECT_EQ(lint.Check("SELECT id FROM bookings", none, sql::AllOrganizations()), "");
}

TEST(TenantLintDeathTest, EveryDatabaseOfTheTestsIsLinted) {
  const sql::Migration steps[] = {{1, "t", "CREATE TABLE t (organization TEXT, id TEXT);"}};
  // Opened here: a process that was forked to die has none of our threads.
  const auto run = [&](const char* statement) {
    return NewDatabase(sql::Engine::kSqlite, steps)
        ->Read(Tenant("a"), Deadline::After(absl::Seconds(20)),
               [&](sql::Transaction& tx) { return tx.Query(statement).status(); });
  };
  EXPECT_TRUE(run("SELECT 1").ok());
  EXPECT_DEATH((void)run("SELECT id FROM t"), "nothing demands organization");
}

}  // namespace
}  // namespace stillpoint::testing
