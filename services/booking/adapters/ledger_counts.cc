// The parts of ports/ledger.h about what clients and practitioners have already, about holds, and
// about vacating.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::ports {

absl::Status Ledger::AskClientStarts(sql::Transaction& tx, const Tenant& tenant,
                                     const std::string& client, absl::Time start, absl::Time end,
                                     sql::Rows* rows) const {
  // Not RELEASED, EXPIRED, CANCELLED.
  return tx.Ask(
      "SELECT booking, start_us, hold_expires_us FROM bookings WHERE organization = $1"
      " AND client = $2 AND start_us >= $3 AND start_us < $4 AND state NOT IN (6, 7, 8)",
      {tenant.organization(), client, start, end}, rows);
}

absl::Status Ledger::AskClientBefore(sql::Transaction& tx, const Tenant& tenant,
                                     const std::string& client, absl::Time start,
                                     sql::Rows* rows) const {
  // Nor HELD.
  return tx.Ask(
      "SELECT booking FROM bookings WHERE organization = $1 AND client = $2"
      " AND start_us < $3 AND state NOT IN (1, 6, 7, 8) LIMIT 2",
      {tenant.organization(), client, start}, rows);
}

std::vector<ClientStart> Ledger::ReadClientStarts(const sql::Rows& rows) const {
  std::vector<ClientStart> starts;
  starts.reserve(rows.size());
  for (const sql::Row& row : rows) {
    ClientStart& start =
        starts.emplace_back(ClientStart{.booking = row[0].Text(), .start = row[1].Time()});
    if (!row[2].is_null()) start.expires = row[2].Time();
  }
  return starts;
}

absl::Status Ledger::AskHoldsOf(sql::Transaction& tx, const Tenant& tenant,
                                const std::string& caller, int limit, sql::Rows* rows) const {
  return tx.Ask(
      "SELECT hold_expires_us FROM bookings WHERE organization = $1 AND held_by = $2"
      " AND state = 1 ORDER BY hold_expires_us DESC LIMIT $3",
      {tenant.organization(), caller, limit}, rows);
}

std::vector<absl::Time> Ledger::ReadHoldsOf(const sql::Rows& rows) const {
  std::vector<absl::Time> ends;
  ends.reserve(rows.size());
  for (const sql::Row& row : rows) ends.push_back(row[0].Time());
  return ends;
}

absl::StatusOr<std::vector<ExpiredHold>> Ledger::ExpiredHolds(sql::Transaction& tx, absl::Time now,
                                                              int limit) const {
  // The one statement without an organization: the sweep serves all of them.
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx.Query("SELECT organization, booking FROM bookings WHERE state = 1"
                            " AND hold_expires_us <= $1 ORDER BY hold_expires_us LIMIT $2",
                            {now, limit}));
  std::vector<ExpiredHold> holds;
  holds.reserve(rows.size());
  for (const sql::Row& row : rows) holds.push_back({row[0].Text(), row[1].Text()});
  return holds;
}

absl::Status Ledger::AskShares(sql::Transaction& tx, const Tenant& tenant,
                               const std::vector<const domain::Practitioner*>& practitioners,
                               sql::Rows* rows) const {
  std::string places;
  std::vector<sql::Value> parameters = {tenant.organization()};
  for (const domain::Practitioner* practitioner : practitioners) {
    parameters.push_back(practitioner->id);
    absl::StrAppend(&places, places.empty() ? "$" : ", $", parameters.size());
  }
  return tx.Ask(absl::StrCat("SELECT practitioner, credit FROM shares WHERE organization = $1"
                             " AND practitioner IN (",
                             places, ")"),
                std::move(parameters), rows);
}

domain::Shares Ledger::ReadShares(const sql::Rows& rows) const {
  domain::Shares shares;
  for (const sql::Row& row : rows) shares[row[0].Text()] = row[1].Int();
  return shares;
}

absl::Status Ledger::ChangeShares(sql::Transaction& tx, const Tenant& tenant,
                                  const domain::Shares& changes) const {
  if (changes.empty()) return absl::OkStatus();
  std::string rows;
  std::vector<sql::Value> parameters;
  parameters.reserve(1 + 2 * changes.size());
  parameters.emplace_back(tenant.organization());
  for (const auto& [practitioner, credit] : changes) {
    parameters.emplace_back(practitioner);
    parameters.emplace_back(credit);
    absl::StrAppend(&rows, rows.empty() ? "($1, $" : ", ($1, $", parameters.size() - 1, ", $",
                    parameters.size(), ")");
  }
  return tx.Defer(
      absl::StrCat("INSERT INTO shares (organization, practitioner, credit) VALUES ", rows,
                   " ON CONFLICT (organization, practitioner)"
                   " DO UPDATE SET credit = shares.credit + excluded.credit"),
      std::move(parameters));
}

absl::StatusOr<std::vector<domain::Claim>> Ledger::ClaimsOn(
    sql::Transaction& tx, const Tenant& tenant, std::vector<domain::ResourceId> resources,
    absl::Time start, absl::Time end) const {
  if (resources.empty()) return std::vector<domain::Claim>();
  sql::Rows rows;
  RETURN_IF_ERROR(AskClaims(tx, tenant, std::move(resources), start, end, &rows));
  RETURN_IF_ERROR(tx.Flush());
  return ReadClaims(rows);
}

absl::Status Ledger::Vacate(sql::Transaction& tx, const Tenant& tenant,
                            const std::string& booking) const {
  return tx.Defer("DELETE FROM claims WHERE organization = $1 AND booking = $2",
                  {tenant.organization(), booking});
}

std::vector<domain::Claim> Ledger::ReadClaims(const sql::Rows& rows) const {
  std::vector<domain::Claim> claims;
  claims.reserve(rows.size());
  for (const sql::Row& row : rows) {
    claims.push_back(
        {.id = row[0].Text(),
         .resource = row[1].Text(),
         .start = row[2].Time(),
         .end = row[3].Time(),
         .kind = static_cast<domain::ClaimKind>(row[4].Int()),
         .expires = row[5].is_null() ? std::nullopt : std::optional<absl::Time>(row[5].Time()),
         .booking = row[6].Text(),
         .visit_start = row[7].Time(),
         .visit_end = row[8].Time(),
         .clinic = row[9].Text(),
         .lead = absl::Microseconds(row[10].Int())});
  }
  return claims;
}

}  // namespace stillpoint::booking::ports
