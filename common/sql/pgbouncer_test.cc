// Behind pgbouncer in transaction mode: transactions of several clients take turns on one
// connection of the server, and each sees what it was opened for.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/migrate.h"
#include "common/sql/row_security.h"
#include "common/testing/servers.h"

namespace stillpoint::sql {
namespace {

using ::stillpoint::testing::Postgres;

Deadline Long() { return Deadline::After(absl::Seconds(20)); }

// A pgbouncer of one server connection per database and role, in front of Postgres::Shared().
class PgBouncer {
 public:
  PgBouncer() {
    // host=FOLDER of postgresql:///NAME?host=FOLDER&user=USER
    const std::string url = Postgres::Shared().NewDatabase();
    const std::vector<std::string> parts = absl::StrSplit(url, absl::ByAnyChar("=&"));
    Postgres::Shared().DropDatabase(url);
    std::ofstream(Path("users")) << "\"stillpoint_server\" \"\"\n";
    std::ofstream(Path("ini")) << "[databases]\n* = host=" << parts[1] << "\n[pgbouncer]\n"
                               << "pool_mode = transaction\ndefault_pool_size = 1\n"
                               << "listen_addr =\nlisten_port = 6432\nauth_type = trust\n"
                               << "auth_file = " << Path("users") << "\n"
                               << "unix_socket_dir = " << dir_.path() << "\n";
    // It refuses to run as root, and makes its socket in the folder.
    std::filesystem::permissions(dir_.path(), std::filesystem::perms::all);
    auto process = testing::Process::Start(
        {"/usr/sbin/pgbouncer", Path("ini")},
        {.log_path = Path("log"), .run_as = geteuid() == 0 ? "postgres" : "", .environment = {}});
    EXPECT_TRUE(process.ok()) << process.status();
    process_ = *std::move(process);
    EXPECT_TRUE(testing::WaitUntil(absl::Seconds(30), [&] {
      return std::filesystem::exists(Path(".s.PGSQL.6432"));
    })) << std::ifstream(Path("log")).rdbuf();
  }

  // The same database by way of this, in the servers' role.
  std::string Url(const std::string& url) const {
    const std::string name = url.substr(0, url.find('?'));
    return absl::StrCat(name, "?host=", dir_.path(), "&port=6432&user=stillpoint_server");
  }

 private:
  std::string Path(const std::string& name) const { return absl::StrCat(dir_.path(), "/", name); }
  testing::TempDir dir_;
  std::unique_ptr<testing::Process> process_;
};

class PgBouncerTest : public ::testing::Test {
 protected:
  PgBouncerTest() {
    const std::string guard = RowSecurity({"things"}, {});
    const Migration steps[] = {
        {1, "t", "CREATE TABLE things (organization TEXT NOT NULL, id TEXT NOT NULL);", "",
         guard.c_str()}};
    const auto owner = Database::Open(url_, {});
    EXPECT_TRUE(Migrate(**owner, steps, Long()).ok());
  }
  ~PgBouncerTest() override { Postgres::Shared().DropDatabase(url_); }

  std::unique_ptr<Database> Client(bool pooled) {
    auto client = Database::Open(bouncer_.Url(url_), {.connections = 2, .pooled = pooled});
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }
  // One transaction with every kind of round trip; returns the server's process.
  static absl::StatusOr<int64_t> AddAndCount(Database& client, const Tenant& tenant, int* count) {
    int64_t backend = 0;
    RETURN_IF_ERROR(client.Write(tenant, Long(), [&](Transaction& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Lock({absl::StrCat("things/", tenant.organization())}));
      RETURN_IF_ERROR(tx.Defer("INSERT INTO things (organization, id) VALUES ($1, $2)",
                               {tenant.organization(), "x"}));
      ASSIGN_OR_RETURN(const Rows pid, tx.Query("SELECT pg_backend_pid()"));
      backend = pid[0][0].Int();
      // Without a predicate.
      ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT organization FROM things"));
      for (const Row& row : rows) {
        if (row[0].Text() != tenant.organization()) return absl::InternalError("a row of another");
      }
      *count = static_cast<int>(rows.size());
      return absl::OkStatus();
    }));
    return backend;
  }

  const PgBouncer bouncer_;
  const std::string url_ = Postgres::Shared().NewDatabase();
};

TEST_F(PgBouncerTest, TenantsTakeTurnsOnOneConnectionAndNeverMeet) {
  constexpr int kRounds = 40;
  const std::vector<Tenant> tenants = {Tenant("a"), Tenant("b")};
  std::vector<std::set<int64_t>> backends(tenants.size());
  std::vector<absl::Status> failures(tenants.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < tenants.size(); ++i) {
    threads.emplace_back([&, i] {
      const std::unique_ptr<Database> client = Client(/*pooled=*/true);
      for (int round = 1; round <= kRounds && failures[i].ok(); ++round) {
        int count = 0;
        const auto backend = AddAndCount(*client, tenants[i], &count);
        if (!backend.ok()) {
          failures[i] = backend.status();
        } else if (count != round) {
          failures[i] = absl::InternalError(absl::StrCat(count, " rows in round ", round));
        } else {
          backends[i].insert(*backend);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& failure : failures) EXPECT_TRUE(failure.ok()) << failure;
  EXPECT_EQ(backends[0].size(), 1u);
  EXPECT_EQ(backends[0], backends[1]);  // They did meet there.

  // Who says nobody sees nothing, also right after them.
  int seen = -1;
  const auto client = Client(/*pooled=*/true);
  const absl::Status status =
      client->Read(NoOrganization(), Long(), [&](Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT id FROM things"));
        seen = static_cast<int>(rows.size());
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, 0);
}

TEST_F(PgBouncerTest, WhatATransactionSetEndsWithIt) {
  const auto client = Client(/*pooled=*/true);
  int count = 0;
  ASSERT_TRUE(AddAndCount(*client, Tenant("a"), &count).ok());
  // Somebody who sets nothing, on the same connection of the server.
  PGconn* const other = PQconnectdb(bouncer_.Url(url_).c_str());
  ASSERT_EQ(PQstatus(other), CONNECTION_OK) << PQerrorMessage(other);
  PGresult* const found = PQexec(other,
                                 "SELECT current_setting('stillpoint.organization', true), "
                                 "current_setting('statement_timeout'),"
                                 " count(*) FROM things");
  ASSERT_EQ(PQresultStatus(found), PGRES_TUPLES_OK) << PQerrorMessage(other);
  EXPECT_STREQ(PQgetvalue(found, 0, 0), "");
  EXPECT_STREQ(PQgetvalue(found, 0, 1), "0");
  EXPECT_STREQ(PQgetvalue(found, 0, 2), "0");
  PQclear(found);
  PQfinish(other);
}

TEST_F(PgBouncerTest, AFailedTransactionLeavesNothingBehind) {
  const auto client = Client(/*pooled=*/true);
  int count = 0;
  for (int round = 1; round <= 3; ++round) {
    const absl::Status failed = client->Write(Tenant("b"), Long(), [](Transaction& tx) {
      return tx.Query("SELECT 1 FROM nowhere").status();
    });
    EXPECT_EQ(ReasonOf(failed), "DB_ERROR");
    EXPECT_TRUE(AddAndCount(*client, Tenant("a"), &count).ok());
    EXPECT_EQ(count, round);
  }
}

TEST_F(PgBouncerTest, NamesOfStatementsClashThere) {
  // Why Options::pooled exists: both call their first statement s1.
  const auto one = Database::Open(bouncer_.Url(url_), {.connections = 1});
  const auto two = Database::Open(bouncer_.Url(url_), {.connections = 1});
  EXPECT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(ReasonOf(two.status()), "DB_ERROR") << two.status();
}

}  // namespace
}  // namespace stillpoint::sql
