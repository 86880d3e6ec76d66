#include "common/testing/tenancy.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/database.h"
#include "common/testing/servers.h"

namespace stillpoint::testing {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

// Tables of the schema with whether they have an organization, are guarded, and are forced.
constexpr char kTables[] = R"sql(
SELECT c.relname,
  CASE WHEN EXISTS (SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid
                    AND a.attname = 'organization') THEN 1 ELSE 0 END,
  CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 1 ELSE 0 END,
  CASE WHEN EXISTS (SELECT 1 FROM pg_policies AS p WHERE p.tablename = c.relname
                    AND p.policyname = 'tenant' AND p.cmd = 'ALL') THEN 1 ELSE 0 END
FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = CAST('public' AS regnamespace)
ORDER BY c.relname)sql";

// Whatever can clash, of tables with an organization, with its first column.
constexpr char kClashes[] = R"sql(
SELECT CAST(i.indexrelid AS regclass)::text, ltrim(pg_get_indexdef(i.indexrelid, 1, false), '(')
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
  JOIN pg_attribute AS own ON own.attrelid = c.oid AND own.attname = 'organization'
WHERE (i.indisunique OR i.indisexclusion) AND c.relnamespace = CAST('public' AS regnamespace)
ORDER BY 1)sql";

constexpr char kColumns[] = R"sql(
SELECT CAST(a.attname AS TEXT), CAST(CAST(a.atttypid AS regtype) AS TEXT) FROM pg_attribute AS a
WHERE a.attrelid = CAST($1 AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)sql";

// A migrated database that goes with the object.
class Schema {
 public:
  explicit Schema(absl::Span<const sql::Migration> migrations)
      : url_(Postgres::Shared().NewDatabase()), owner_(Open(url_)) {
    const absl::Status status = sql::Migrate(*owner_, migrations, Deadline::After(kLong));
    if (!status.ok()) Die(status);
  }
  ~Schema() {
    owner_ = nullptr;
    Postgres::Shared().DropDatabase(url_);
  }
  const std::string& url() const { return url_; }
  sql::Database& owner() const { return *owner_; }
  sql::Rows Ask(const char* statement, std::initializer_list<sql::Value> parameters = {}) const {
    sql::Rows rows;
    const absl::Status status = owner_->Read(
        sql::NoOrganization(), Deadline::After(kLong), [&](sql::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(rows, tx.Query(statement, parameters));
          return absl::OkStatus();
        });
    if (!status.ok()) Die(status);
    return rows;
  }
  static std::unique_ptr<sql::Database> Open(const std::string& url) {
    auto database = sql::Database::Open(url, {});
    if (!database.ok()) Die(database.status());
    return *std::move(database);
  }
  [[noreturn]] static void Die(const absl::Status& status) {
    std::fprintf(stderr, "a schema for tests: %s\n", status.ToString().c_str());
    std::abort();
  }

 private:
  const std::string url_;
  std::unique_ptr<sql::Database> owner_;
};

// INSERT of a row for one organization. Numbers ascend from column to column, as no row may end
// before it begins.
std::string InsertFor(const std::string& table, const sql::Rows& columns,
                      absl::string_view organization) {
  std::vector<std::string> names, values;
  for (const sql::Row& column : columns) {
    const std::string& name = column[0].Text();
    const std::string& type = column[1].Text();
    names.push_back(name);
    values.push_back(name == "organization" ? absl::StrCat("'", organization, "'")
                     : type == "bigint"     ? absl::StrCat(100 * organization[0] + names.size())
                     : type == "bytea"      ? "decode('00', 'hex')"
                                            : "'x'");
  }
  return absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(names, ", "), ") VALUES (",
                      absl::StrJoin(values, ", "), ")");
}

// The organizations of a table's rows as seen for `reach`: "a,b".
std::string Seen(sql::Database& database, const sql::Reach& reach, const std::string& table) {
  std::vector<std::string> seen;
  const absl::Status status =
      database.Read(reach, Deadline::After(kLong), [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const sql::Rows rows,
                         tx.Query(absl::StrCat("SELECT organization FROM ", table)));
        for (const sql::Row& row : rows) seen.push_back(row[0].Text());
        return absl::OkStatus();
      });
  std::sort(seen.begin(), seen.end());
  return status.ok() ? absl::StrJoin(seen, ",") : ReasonOf(status);
}

absl::Status Execute(sql::Database& database, const sql::Reach& reach,
                     const std::vector<std::string>& statements) {
  return database.Write(reach, Deadline::After(kLong), [&](sql::Transaction& tx) -> absl::Status {
    for (const std::string& statement : statements) {
      RETURN_IF_ERROR(tx.Execute(statement).status());
    }
    return absl::OkStatus();
  });
}

}  // namespace

std::vector<std::string> TenancyProblems(absl::Span<const sql::Migration> migrations,
                                         const std::vector<std::string>& exceptions) {
  const Schema schema(migrations);
  std::vector<std::string> problems;
  for (const sql::Row& row : schema.Ask(kTables)) {
    const std::string& table = row[0].Text();
    if (!row[1].Bool()) {
      if (table != "schema_migrations") problems.push_back(table + " has no organization");
      continue;
    }
    if (!row[2].Bool()) problems.push_back(table + " is not forced under row-level security");
    if (!row[3].Bool()) problems.push_back(table + " has no policy `tenant`");
  }
  for (const sql::Row& row : schema.Ask(kClashes)) {
    const std::string& index = row[0].Text();
    const bool excepted =
        std::find(exceptions.begin(), exceptions.end(), index) != exceptions.end();
    // An organization's id holds no '/', so what begins with both is one organization's.
    const bool begins = row[1].Text() == "organization" ||
                        absl::StartsWith(row[1].Text(), "organization || '/'::text)");
    if (!begins && !excepted) {
      problems.push_back(index + " does not begin with the organization");
    }
  }
  return problems;
}

std::vector<std::string> LeakProblems(absl::Span<const sql::Migration> migrations) {
  const Schema schema(migrations);
  const auto superuser = Schema::Open(Postgres::SuperuserUrl(schema.url()));
  const auto server = Schema::Open(Postgres::ServerUrl(schema.url()));
  const Tenant a("a");
  std::vector<std::string> problems;
  for (const sql::Row& row : schema.Ask(kTables)) {
    const std::string& table = row[0].Text();
    if (!row[1].Bool()) continue;
    const sql::Rows columns = schema.Ask(kColumns, {table});
    // Without the rows that it refers to.
    const absl::Status filled =
        Execute(*superuser, sql::NoOrganization(),
                {"SET LOCAL session_replication_role = replica", InsertFor(table, columns, "a"),
                 InsertFor(table, columns, "b")});
    if (!filled.ok()) Schema::Die(filled);
    const auto expect = [&](absl::string_view what, const std::string& got,
                            const std::string& wanted) {
      if (got == wanted) return;
      problems.push_back(absl::StrCat(table, ": ", what, ": ", got, " instead of ", wanted));
    };
    expect("seen by the server for a", Seen(*server, a, table), "a");
    expect("seen by the server for nobody", Seen(*server, sql::NoOrganization(), table), "");
    expect("seen by the server for Tenant(\"*\")", Seen(*server, Tenant("*"), table), "");
    expect("seen by the owner for a", Seen(schema.owner(), a, table), "a");
    expect("seen by the owner for nobody", Seen(schema.owner(), sql::NoOrganization(), table), "");
    for (sql::Database* writer : {server.get(), &schema.owner()}) {
      for (const sql::Reach& reach : {sql::Reach(a), sql::Reach(sql::NoOrganization())}) {
        const absl::Status written = Execute(*writer, reach, {InsertFor(table, columns, "c")});
        if (written.ok()) problems.push_back(table + ": a row of c was written for another");
      }
    }
  }
  return problems;
}

}  // namespace stillpoint::testing
