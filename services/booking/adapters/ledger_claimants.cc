// The part of ports/ledger.h about who has claims on a resource.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/status_macros.h"
#include "services/booking/adapters/resource_list.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::ports {
namespace {

// As the claims in ledger.cc: a short piece of claims_by_start for each resource, then each booking
// by its key. Told less firmly, PostgreSQL without statistics reads all bookings to join them.
constexpr char kSqlite[] = R"sql(
SELECT b.booking, b.clinic, b.offering, b.practitioner, b.room, b.device, b.start_us, b.end_us,
  b.buffer_before_us, b.buffer_after_us, b.state, b.hold_expires_us
FROM json_each($5) AS wanted CROSS JOIN claims AS c CROSS JOIN bookings AS b
WHERE c.organization = $1 AND c.resource = wanted.value AND c.end_us > $2 AND c.start_us < $3
  AND c.start_us > $4 AND b.organization = $1 AND b.booking = c.booking)sql";
constexpr char kPostgres[] = R"sql(
SELECT b.booking, b.clinic, b.offering, b.practitioner, b.room, b.device, b.start_us, b.end_us,
  b.buffer_before_us, b.buffer_after_us, b.state, b.hold_expires_us
FROM json_array_elements_text($5::json) AS wanted (value)
CROSS JOIN LATERAL (
  SELECT booking FROM claims
  WHERE organization = $1 AND resource = wanted.value AND end_us > $2 AND start_us < $3
    AND start_us > $4 OFFSET 0
) AS c
CROSS JOIN LATERAL (
  SELECT * FROM bookings WHERE organization = $1 AND booking = c.booking OFFSET 0
) AS b)sql";

}  // namespace

absl::StatusOr<std::vector<domain::Booking>> Ledger::ClaimantsOf(
    sql::Transaction& tx, const Tenant& tenant, const std::vector<domain::ResourceId>& resources,
    absl::Time start, absl::Time end) const {
  std::vector<domain::Booking> bookings;
  if (resources.empty()) return bookings;
  const bool sqlite = tx.engine() == sql::Engine::kSqlite;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx.Query(sqlite ? kSqlite : kPostgres,
                            {tenant.organization(), start, end, start - domain::kClaimMax,
                             adapters::ListOf(resources)}));
  bookings.reserve(rows.size());
  for (const sql::Row& row : rows) {
    domain::Booking& booking = bookings.emplace_back();
    booking.id = row[0].Text();
    booking.clinic = row[1].Text();
    booking.offering = row[2].Text();
    booking.practitioner = row[3].Text();
    booking.room = row[4].Text();
    booking.device = row[5].Text();
    booking.start = row[6].Time();
    booking.end = row[7].Time();
    booking.buffer_before = absl::Microseconds(row[8].Int());
    booking.buffer_after = absl::Microseconds(row[9].Int());
    booking.state = static_cast<domain::BookingState>(row[10].Int());
    if (!row[11].is_null()) booking.hold_expires = row[11].Time();
  }
  const auto key = [](const domain::Booking& booking) {
    return std::tie(booking.start, booking.id);
  };
  std::sort(bookings.begin(), bookings.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  bookings.erase(std::unique(bookings.begin(), bookings.end(), same), bookings.end());
  return bookings;
}

}  // namespace stillpoint::booking::ports
