#include "common/sql/row_security.h"

#include <gtest/gtest.h>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/migrate.h"
#include "common/testing/servers.h"

namespace stillpoint::sql {
namespace {

using ::stillpoint::testing::Postgres;

const Tenant kA("a");
const Tenant kB("b");

Deadline Long() { return Deadline::After(absl::Seconds(20)); }

std::unique_ptr<Database> OpenOrFail(const std::string& url) {
  auto database = Database::Open(url, {.connections = 1});
  EXPECT_TRUE(database.ok()) << database.status();
  return *std::move(database);
}

// `things` is for tenants only; some job looks at all of `jobs`.
class RowSecurityTest : public ::testing::Test {
 protected:
  RowSecurityTest() {
    const std::string guard = RowSecurity({"things", "jobs"}, {{"jobs", {"SELECT", "INSERT"}}});
    const Migration steps[] = {
        {1, "tables",
         "CREATE TABLE things (organization TEXT NOT NULL, id TEXT NOT NULL);"
         "CREATE TABLE jobs (organization TEXT NOT NULL, id TEXT NOT NULL);"},
        {2, "guard", "", "", guard.c_str()},
    };
    EXPECT_TRUE(Migrate(*owner_, steps, Long()).ok());
    for (const char* table : {"things", "jobs"}) {
      for (const Tenant& tenant : {kA, kB}) {
        EXPECT_TRUE(Insert(*server_, tenant, table, tenant).ok());
      }
    }
  }
  ~RowSecurityTest() override {
    owner_ = nullptr;
    server_ = nullptr;
    Postgres::Shared().DropDatabase(url_);
  }

  // Without any predicate.
  static int Count(Database& database, const Reach& reach, const std::string& table) {
    int count = -1;
    const absl::Status status = database.Read(reach, Long(), [&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT id FROM " + table));
      count = static_cast<int>(rows.size());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }
  static int64_t Change(Database& database, const Reach& reach, const std::string& statement) {
    int64_t changed = -1;
    const absl::Status status = database.Write(reach, Long(), [&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(changed, tx.Execute(statement));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return changed;
  }
  static absl::Status Insert(Database& database, const Reach& reach, const std::string& table,
                             const Tenant& tenant) {
    return database.Write(reach, Long(), [&](Transaction& tx) {
      return tx
          .Execute("INSERT INTO " + table + " (organization, id) VALUES ($1, 'x')",
                   {tenant.organization()})
          .status();
    });
  }

  const std::string url_ = Postgres::Shared().NewDatabase();
  std::unique_ptr<Database> owner_ = OpenOrFail(url_);
  std::unique_ptr<Database> server_ = OpenOrFail(Postgres::ServerUrl(url_));
};

TEST_F(RowSecurityTest, AStatementWithoutPredicateReachesOneOrganization) {
  for (Database* database : {server_.get(), owner_.get()}) {
    EXPECT_EQ(Count(*database, kA, "things"), 1);
    EXPECT_EQ(Change(*database, kA, "UPDATE things SET id = 'y'"), 1);
    EXPECT_EQ(Count(*database, Tenant("nobody"), "things"), 0);
    // It leaves '' behind on the connection, of which there is one.
    EXPECT_EQ(Count(*database, NoOrganization(), "things"), 0);
    EXPECT_EQ(Change(*database, NoOrganization(), "UPDATE things SET id = 'y'"), 0);
  }
  EXPECT_EQ(Change(*server_, kA, "DELETE FROM things"), 1);
  EXPECT_EQ(Count(*server_, kB, "things"), 1);
}

TEST_F(RowSecurityTest, ARowOfAnotherIsNotWritten) {
  for (Database* database : {server_.get(), owner_.get()}) {
    EXPECT_EQ(ReasonOf(Insert(*database, kA, "things", kB)), "DB_ERROR");
    EXPECT_EQ(ReasonOf(Insert(*database, NoOrganization(), "things", kB)), "DB_ERROR");
    EXPECT_EQ(ReasonOf(database->Write(
                  kA, Long(),
                  [](Transaction& tx) {
                    return tx.Execute("UPDATE things SET organization = 'b'").status();
                  })),
              "DB_ERROR");
  }
  EXPECT_EQ(Count(*server_, kB, "things"), 1);
}

TEST_F(RowSecurityTest, SpanningJobsReachTheirTablesOnly) {
  EXPECT_EQ(Count(*server_, AllOrganizations(), "jobs"), 2);
  EXPECT_EQ(Count(*server_, AllOrganizations(), "things"), 0);
  EXPECT_TRUE(Insert(*server_, AllOrganizations(), "jobs", kA).ok());
  EXPECT_EQ(ReasonOf(Insert(*server_, AllOrganizations(), "things", kA)), "DB_ERROR");
  EXPECT_EQ(Change(*server_, AllOrganizations(), "UPDATE jobs SET id = 'y'"), 0);
  // A name that a caller gives is never "all".
  EXPECT_EQ(Count(*server_, Tenant("*"), "jobs"), 0);
  // A later migration may move rows of everybody.
  EXPECT_EQ(Change(*owner_, AllOrganizations(), "UPDATE things SET id = 'moved'"), 2);
}

TEST_F(RowSecurityTest, TheSettingEndsWithItsTransaction) {
  EXPECT_EQ(Count(*server_, kA, "jobs"), 1);
  const absl::Status failed =
      server_->Write(kA, Long(), [](Transaction& tx) { return tx.Query("NOT SQL").status(); });
  EXPECT_EQ(ReasonOf(failed), "DB_ERROR");
  EXPECT_EQ(Count(*server_, NoOrganization(), "jobs"), 0);
  EXPECT_EQ(Count(*server_, kB, "jobs"), 1);
}

TEST_F(RowSecurityTest, OnlyARoleThatIsHeldMayServe) {
  EXPECT_TRUE(CheckServerRole(*server_, Long()).ok());
  EXPECT_EQ(ReasonOf(CheckServerRole(*owner_, Long())), "DATABASE_ROLE");
  const auto superuser = OpenOrFail(Postgres::SuperuserUrl(url_));
  EXPECT_EQ(ReasonOf(CheckServerRole(*superuser, Long())), "DATABASE_ROLE");
  const auto sqlite = OpenOrFail("sqlite::memory:");
  EXPECT_TRUE(CheckServerRole(*sqlite, Long()).ok());
}

}  // namespace
}  // namespace stillpoint::sql
