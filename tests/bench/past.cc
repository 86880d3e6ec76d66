#include "tests/bench/past.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/sql/database.h"
#include "common/testing/servers.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {
namespace {

constexpr absl::Duration kVisit = absl::Minutes(30);
// A step is a fixed number of visits of one lane's people, so that it ends long before its
// deadline, however many there are in all.
constexpr int kStepVisits = 200;
constexpr absl::Duration kStepTime = absl::Minutes(1);
constexpr absl::Duration kAnalyzeTime = absl::Minutes(5);
// Inserting is CPU only; lanes have different people, so they meet on few pages of an index.
constexpr int kLanes = 2;

// $1: when the last visit of everybody begins. $2 to $3: how many visits ago, the oldest first.
// $4 to $5: whose. $6: for how long.
constexpr char kVisits[] =
    "WITH visit AS (SELECT who, ago, CAST($1 AS BIGINT) - ago * CAST($6 AS BIGINT) AS start_us,"
    " CAST($6 AS BIGINT) AS length_us, 'past-' || CAST(who AS TEXT) || '-' || CAST(ago AS TEXT) AS"
    " id FROM generate_series(CAST($2 AS BIGINT), CAST($3 AS BIGINT), -1) AS ago"
    " CROSS JOIN generate_series(CAST($4 AS BIGINT), CAST($5 AS BIGINT)) AS who) ";
constexpr char kBookings[] =
    "INSERT INTO bookings (organization, booking, client, clinic, offering, practitioner, room,"
    " start_us, end_us, zone, buffer_before_us, buffer_after_us, turnover_us, state, cancel_reason,"
    " revision, created_us, updated_us)"
    " SELECT 'bench', id, 'c' || CAST(MOD(ago * 50 + who, 5000) AS TEXT), 'berlin', 'visit',"
    " 'p' || LPAD(CAST(who AS TEXT), 2, '0'), 'r' || LPAD(CAST(who AS TEXT), 2, '0'), start_us,"
    " start_us + length_us, 'Europe/Berlin', 0, 0, 0, 5, 0, 1, start_us, start_us FROM visit";
constexpr char kClaims[] =
    "INSERT INTO claims (organization, claim, resource, start_us, end_us, kind, booking,"
    " visit_start_us, visit_end_us, clinic)"
    " SELECT 'bench', id || side, prefix || LPAD(CAST(who AS TEXT), 2, '0'), start_us,"
    " start_us + length_us, 1, id, start_us, start_us + length_us, 'berlin'"
    " FROM visit CROSS JOIN (VALUES ('-p', 'practitioners/p'), ('-r', 'clinics/berlin/rooms/r'))"
    " AS sides (side, prefix)";

// One lane's people at a time.
class Filler {
 public:
  Filler(sql::Database& database, int visits_each)
      : database_(database),
        last_start_(absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) / 300 * 300) -
                    absl::Hours(1) - kVisit),
        visits_each_(visits_each) {}

  absl::Status Fill(int lane) const {
    const int first = lane * kPractitioners / kLanes;
    const int last = (lane + 1) * kPractitioners / kLanes - 1;
    for (int ago = visits_each_ - 1; ago >= 0; ago -= kStepVisits) {
      const std::vector<sql::Value> parameters = {
          last_start_, ago,  std::max(ago - kStepVisits + 1, 0),
          first,       last, absl::ToInt64Microseconds(kVisit)};
      RETURN_IF_ERROR(database_.Write(
          sql::AllOrganizations(), Deadline::After(kStepTime),
          [&](sql::Transaction& tx) -> absl::Status {
            for (const char* insert : {kBookings, kClaims}) {
              RETURN_IF_ERROR(tx.Execute(absl::StrCat(kVisits, insert), parameters).status());
            }
            return absl::OkStatus();
          }));
    }
    return absl::OkStatus();
  }

 private:
  sql::Database& database_;
  const absl::Time last_start_;
  const int visits_each_;
};

}  // namespace

absl::Status FillPast(const std::string& url, int count) {
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database,
                   sql::Database::Open(testing::Postgres::SuperuserUrl(url), {}));
  const Filler filler(*database, count / kPractitioners);
  std::vector<absl::Status> results(kLanes);
  std::vector<std::thread> lanes;
  lanes.reserve(kLanes);
  for (int lane = 0; lane < kLanes; ++lane) {
    lanes.emplace_back([&, lane] { results[lane] = filler.Fill(lane); });
  }
  for (std::thread& lane : lanes) lane.join();
  absl::Status status;
  for (const absl::Status& result : results) status.Update(result);
  RETURN_IF_ERROR(status);
  sql::Rows rows;
  RETURN_IF_ERROR(database->Read(
      sql::AllOrganizations(), Deadline::After(kStepTime),
      [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(rows, tx.Query("SELECT COUNT(*) FROM claims WHERE booking LIKE 'past-%'"));
        return absl::OkStatus();
      }));
  return rows[0][0].Int() == 2 * int64_t{count}
             ? absl::OkStatus()
             : absl::InternalError(absl::StrCat(rows[0][0].Int(), " claims"));
}

absl::Status Analyze(const std::string& url) {
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database,
                   sql::Database::Open(testing::Postgres::SuperuserUrl(url), {}));
  return database->Write(sql::AllOrganizations(), Deadline::After(kAnalyzeTime),
                         [&](sql::Transaction& tx) { return tx.Execute("ANALYZE").status(); });
}

}  // namespace stillpoint::bench
