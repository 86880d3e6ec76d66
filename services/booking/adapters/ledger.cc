#include "services/booking/ports/ledger.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/outbox.h"
#include "services/booking/adapters/resource_list.h"
#include "services/booking/adapters/resource_versions.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::ports {
namespace {

using domain::Booking;
using domain::BookingState;
using domain::Claim;
using domain::ResourceId;

constexpr char kColumns[] =
    "booking, client, clinic, offering, practitioner, room, start_us, end_us, zone, "
    "buffer_before_us, buffer_after_us, turnover_us, state, hold_expires_us, cancel_reason, "
    "revision, created_us, updated_us, room_asked, policy_clinic, policy_version, late_cancelled, "
    "late_changed, fee_due, fee_waiver, fee_waived_by, override_rules, override_reason, "
    "override_by, assigned, held_by, device, device_turnover_us, buffer_policy, local_start_us";

// The wall clock as microseconds since it showed 1970-01-01 00:00.
int64_t FromCivil(absl::CivilSecond civil) {
  return absl::ToUnixMicros(absl::FromCivil(civil, absl::UTCTimeZone()));
}

// In both, each resource is a short piece of claims_by_start: none of its claims is longer than
// kClaimMax. Told less firmly (IN), PostgreSQL without statistics reads all resources' claims of
// that piece.
constexpr char kClaimsSqlite[] = R"sql(
SELECT claim, resource, start_us, end_us, kind, expires_us, booking, visit_start_us, visit_end_us,
  clinic, lead_us
FROM json_each($5) AS wanted CROSS JOIN claims
WHERE organization = $1 AND resource = wanted.value AND end_us > $2 AND start_us < $3
  AND start_us > $4)sql";
constexpr char kClaimsPostgres[] = R"sql(
SELECT claim, wanted.value, start_us, end_us, kind, expires_us, booking, visit_start_us,
  visit_end_us, clinic, lead_us
FROM json_array_elements_text($5::json) AS wanted (value)
CROSS JOIN LATERAL (
  SELECT claim, start_us, end_us, kind, expires_us, booking, visit_start_us, visit_end_us, clinic,
    lead_us FROM claims
  WHERE organization = $1 AND resource = wanted.value AND end_us > $2 AND start_us < $3
    AND start_us > $4 OFFSET 0
) AS busy)sql";

// A bit for each rule.
domain::PolicyRules RulesOf(int64_t bits) {
  domain::PolicyRules rules;
  for (int rule = 1; bits >> rule != 0; ++rule) {
    if ((bits >> rule & 1) != 0) rules.insert(static_cast<domain::PolicyRule>(rule));
  }
  return rules;
}

int64_t BitsOf(const domain::PolicyRules& rules) {
  int64_t bits = 0;
  for (const domain::PolicyRule rule : rules) bits |= int64_t{1} << static_cast<int>(rule);
  return bits;
}

// Of kColumns, in its order.
Booking BookingOf(const sql::Row& row) {
  Booking booking{.id = row[0].Text(),
                  .client = row[1].Text(),
                  .clinic = row[2].Text(),
                  .offering = row[3].Text(),
                  .practitioner = row[4].Text(),
                  .room = row[5].Text(),
                  .device = row[31].Text(),
                  .assigned = row[29].Bool(),
                  .room_asked = row[18].Bool(),
                  .start = row[6].Time(),
                  .end = row[7].Time(),
                  .zone = row[8].Text(),
                  .local_start = std::nullopt,
                  .buffer_before = absl::Microseconds(row[9].Int()),
                  .buffer_after = absl::Microseconds(row[10].Int()),
                  .turnover = absl::Microseconds(row[11].Int()),
                  .device_turnover = absl::Microseconds(row[32].Int()),
                  .buffers = static_cast<domain::BufferPolicy>(row[33].Int()),
                  .state = static_cast<BookingState>(row[12].Int()),
                  .hold_expires = std::nullopt,
                  .cancel_reason = static_cast<domain::CancelReason>(row[14].Int()),
                  .policy_clinic = row[19].Text(),
                  .policy_version = row[20].Int(),
                  .late_cancelled = row[21].Bool(),
                  .late_changed = row[22].Bool(),
                  .fee_due = row[23].Bool(),
                  .fee_waiver = static_cast<domain::FeeWaiver>(row[24].Int()),
                  .fee_waived_by = row[25].Text(),
                  .override_of = {.rules = RulesOf(row[26].Int()),
                                  .reason = static_cast<domain::OverrideReason>(row[27].Int()),
                                  .by = row[28].Text()},
                  .held_by = row[30].Text(),
                  .revision = row[15].Int(),
                  .created = row[16].Time(),
                  .updated = row[17].Time()};
  if (!row[13].is_null()) booking.hold_expires = row[13].Time();
  if (!row[34].is_null()) {
    booking.local_start = absl::ToCivilSecond(row[34].Time(), absl::UTCTimeZone());
  }
  return booking;
}

sql::Value TimeOrNull(const std::optional<absl::Time>& time) {
  return time.has_value() ? sql::Value(*time) : sql::Value();
}

// $1 is the organization, then kColumns.
std::vector<sql::Value> ParametersOf(const Tenant& tenant, const Booking& b) {
  return {tenant.organization(),
          b.id,
          b.client,
          b.clinic,
          b.offering,
          b.practitioner,
          b.room,
          b.start,
          b.end,
          b.zone,
          absl::ToInt64Microseconds(b.buffer_before),
          absl::ToInt64Microseconds(b.buffer_after),
          absl::ToInt64Microseconds(b.turnover),
          static_cast<int>(b.state),
          TimeOrNull(b.hold_expires),
          static_cast<int>(b.cancel_reason),
          b.revision,
          b.created,
          b.updated,
          b.room_asked,
          b.policy_clinic,
          b.policy_version,
          b.late_cancelled,
          b.late_changed,
          b.fee_due,
          static_cast<int>(b.fee_waiver),
          b.fee_waived_by,
          BitsOf(b.override_of.rules),
          static_cast<int>(b.override_of.reason),
          b.override_of.by,
          b.assigned,
          b.held_by,
          b.device,
          absl::ToInt64Microseconds(b.device_turnover),
          static_cast<int>(b.buffers),
          b.local_start.has_value() ? sql::Value(FromCivil(*b.local_start)) : sql::Value()};
}

// `first + 0, first + 1, ...` as placeholders.
std::string Placeholders(size_t first, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, i == 0 ? "$" : ", $", first + i);
  return text;
}

// Claim, resource, start, end, kind, expiry, visit, clinic, lead.
constexpr size_t kClaimParameters = 10;
void AppendParameters(const Claim& claim, std::vector<sql::Value>& parameters) {
  parameters.insert(parameters.end(),
                    {claim.id, claim.resource, claim.start, claim.end, static_cast<int>(claim.kind),
                     TimeOrNull(claim.expires), claim.visit_start, claim.visit_end, claim.clinic,
                     absl::ToInt64Microseconds(claim.lead)});
}

absl::Status Changed() {
  return Error(absl::StatusCode::kAborted, "TX_CONFLICT", "the booking changed meanwhile");
}

absl::Status WriteBooking(sql::Transaction& tx, const Tenant& tenant, const BookingChange& change) {
  std::vector<sql::Value> parameters = ParametersOf(tenant, change.after);
  if (!change.before.has_value()) {
    static const std::string* const kInsert =
        new std::string(absl::StrCat("INSERT INTO bookings (organization, ", kColumns, ") VALUES (",
                                     Placeholders(1, parameters.size()), ")"));
    return tx.Defer(*kInsert, std::move(parameters));
  }
  parameters.push_back(change.before->revision);
  ASSIGN_OR_RETURN(
      const int64_t rows,
      tx.Execute("UPDATE bookings SET client = $3, clinic = $4, offering = $5, practitioner = $6,"
                 " room = $7, start_us = $8, end_us = $9, zone = $10, buffer_before_us = $11,"
                 " buffer_after_us = $12, turnover_us = $13, state = $14, hold_expires_us = $15,"
                 " cancel_reason = $16, revision = $17, created_us = $18, updated_us = $19,"
                 " room_asked = $20, policy_clinic = $21, policy_version = $22,"
                 " late_cancelled = $23, late_changed = $24, fee_due = $25, fee_waiver = $26,"
                 " fee_waived_by = $27, override_rules = $28, override_reason = $29,"
                 " override_by = $30, assigned = $31, held_by = $32, device = $33,"
                 " device_turnover_us = $34, buffer_policy = $35, local_start_us = $36 WHERE "
                 "organization = $1"
                 " AND booking = $2 AND revision = $37",
                 parameters));
  return rows == 1 ? absl::OkStatus() : Changed();
}

// PostgreSQL takes the rows of a new booking in one statement, at half of what three cost it.
// SQLite has no such WITH, and nothing to gain from one. `claims`: two, or three with a device.
std::string NewBookingStatement(size_t claims) {
  constexpr size_t kFirst = 38;  // After ParametersOf and the time.
  std::string claimed, raised;
  for (size_t i = 0; i < claims; ++i) {
    const size_t at = kFirst + kClaimParameters * i;
    absl::StrAppend(&claimed, i == 0 ? "" : ", ", "($1, $2, ", Placeholders(at, kClaimParameters),
                    ")");
    absl::StrAppend(&raised, i == 0 ? "" : ", ", "($1, $", at + 1, ", 1, $37)");
  }
  return absl::StrCat(
      "WITH stored AS (INSERT INTO bookings (organization, ", kColumns, ") VALUES (",
      Placeholders(1, kFirst - 2),
      ")), claimed AS (INSERT INTO claims (organization, booking, claim, resource, start_us,"
      " end_us, kind, expires_us, visit_start_us, visit_end_us, clinic, lead_us) VALUES ",
      claimed, ") INSERT INTO resources (organization, resource, version, changed_us) VALUES ",
      raised,
      " ON CONFLICT (organization, resource) DO UPDATE SET version = resources.version + 1,"
      " changed_us = excluded.changed_us RETURNING resource, version");
}

absl::Status StoreNewPostgres(sql::Transaction& tx, const Tenant& tenant, const Booking& booking,
                              const std::vector<Claim>& claims, sql::Rows* versions) {
  static const std::string* const kStatement = new std::string(NewBookingStatement(2));
  static const std::string* const kWithDevice = new std::string(NewBookingStatement(3));
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  std::vector<sql::Value> parameters = ParametersOf(tenant, booking);
  parameters.push_back(now);
  for (const Claim& claim : claims) AppendParameters(claim, parameters);
  return tx.Ask(claims.size() == 2 ? *kStatement : *kWithDevice, std::move(parameters), versions);
}

bool SameClaims(const std::vector<Claim>& a, const std::vector<Claim>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Claim& x, const Claim& y) {
    return x.id == y.id && x.resource == y.resource && x.start == y.start && x.end == y.end &&
           x.expires == y.expires && x.visit_start == y.visit_start && x.visit_end == y.visit_end &&
           x.clinic == y.clinic && x.lead == y.lead && x.kind == y.kind;
  });
}

absl::Status WriteClaims(sql::Transaction& tx, const Tenant& tenant, const std::string& booking,
                         const std::vector<Claim>& before, const std::vector<Claim>& after) {
  if (SameClaims(before, after)) return absl::OkStatus();
  if (!before.empty()) {
    RETURN_IF_ERROR(tx.Defer("DELETE FROM claims WHERE organization = $1 AND booking = $2",
                             {tenant.organization(), booking}));
  }
  if (after.empty()) return absl::OkStatus();
  std::string rows;
  std::vector<sql::Value> parameters = {tenant.organization(), booking};
  for (const Claim& claim : after) {
    const size_t at = parameters.size();
    absl::StrAppend(&rows, rows.empty() ? "" : ", ", "($1, ",
                    Placeholders(at + 1, kClaimParameters), ", $2)");
    AppendParameters(claim, parameters);
  }
  return tx.Defer(
      absl::StrCat(
          "INSERT INTO claims (organization, claim, resource, start_us, end_us,"
          " kind, expires_us, visit_start_us, visit_end_us, clinic, lead_us, booking) VALUES ",
          rows),
      std::move(parameters));
}

}  // namespace

absl::StatusOr<Booking> Ledger::Get(sql::Transaction& tx, const Tenant& tenant,
                                    const std::string& id) const {
  sql::Rows rows;
  RETURN_IF_ERROR(AskBooking(tx, tenant, id, &rows));
  RETURN_IF_ERROR(tx.Flush());
  return ReadBooking(rows);
}

absl::Status Ledger::AskBooking(sql::Transaction& tx, const Tenant& tenant, const std::string& id,
                                sql::Rows* rows) const {
  static const std::string* const kSelect = new std::string(
      absl::StrCat("SELECT ", kColumns, " FROM bookings WHERE organization = $1 AND booking = $2"));
  return tx.Ask(*kSelect, {tenant.organization(), id}, rows);
}

absl::StatusOr<Booking> Ledger::ReadBooking(const sql::Rows& rows) const {
  if (rows.empty()) return error::NotFound();
  return BookingOf(rows[0]);
}

absl::StatusOr<std::vector<Booking>> Ledger::List(sql::Transaction& tx, const Tenant& tenant,
                                                  const BookingFilter& filter,
                                                  const std::optional<BookingPosition>& after,
                                                  int limit) const {
  std::vector<sql::Value> parameters = {tenant.organization()};
  std::string where = "organization = $1";
  const auto add = [&](absl::string_view condition, sql::Value value) {
    parameters.push_back(std::move(value));
    absl::StrAppend(&where, " AND ", condition, " $", parameters.size());
  };
  if (!filter.clinic.empty()) add("clinic =", filter.clinic);
  if (!filter.clinics.empty()) {
    absl::StrAppend(&where, " AND clinic IN (",
                    Placeholders(parameters.size() + 1, filter.clinics.size()), ")");
    parameters.insert(parameters.end(), filter.clinics.begin(), filter.clinics.end());
  }
  if (!filter.practitioner.empty()) add("practitioner =", filter.practitioner);
  if (!filter.client.empty()) add("client =", filter.client);
  if (filter.starts_before.has_value()) add("start_us <", *filter.starts_before);
  if (filter.ends_after.has_value()) {
    add("end_us >", *filter.ends_after);
    // A visit is at most kClaimMax long: lets the index by start skip the past.
    add("start_us >", *filter.ends_after - domain::kClaimMax);
  }
  if (!filter.states.empty()) {
    absl::StrAppend(&where, " AND state IN (",
                    Placeholders(parameters.size() + 1, filter.states.size()), ")");
    for (const BookingState state : filter.states) parameters.push_back(static_cast<int>(state));
  }
  if (after.has_value()) {
    absl::StrAppend(&where, " AND (start_us, booking) ", filter.descending ? "<" : ">", " (",
                    Placeholders(parameters.size() + 1, 2), ")");
    parameters.push_back(after->start);
    parameters.push_back(after->id);
  }
  parameters.push_back(limit);
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      tx.Query(absl::StrCat("SELECT ", kColumns, " FROM bookings WHERE ", where,
                            filter.descending ? " ORDER BY start_us DESC, booking DESC LIMIT $"
                                              : " ORDER BY start_us, booking LIMIT $",
                            parameters.size()),
               parameters));
  std::vector<Booking> bookings;
  bookings.reserve(rows.size());
  for (const sql::Row& row : rows) bookings.push_back(BookingOf(row));
  return bookings;
}

absl::Status Ledger::AskClaims(sql::Transaction& tx, const Tenant& tenant,
                               std::vector<ResourceId> resources, absl::Time start, absl::Time end,
                               sql::Rows* rows) const {
  const bool sqlite = tx.engine() == sql::Engine::kSqlite;
  return tx.Ask(
      sqlite ? kClaimsSqlite : kClaimsPostgres,
      {tenant.organization(), start, end, start - domain::kClaimMax, adapters::ListOf(resources)},
      rows);
}

absl::Status Ledger::Store(sql::Transaction& tx, const Tenant& tenant, const BookingChange& change,
                           const domain::Clinic& clinic, RaisedVersions& raised) const {
  std::vector<Claim> before;
  if (change.before.has_value()) before = domain::ClaimsOf(*change.before);
  const std::vector<Claim> after = domain::ClaimsOf(change.after);
  const bool is_new = !change.before.has_value();
  if (is_new && tx.engine() == sql::Engine::kPostgres) {
    RETURN_IF_ERROR(StoreNewPostgres(tx, tenant, change.after, after, raised.Add()));
  } else {
    RETURN_IF_ERROR(WriteBooking(tx, tenant, change));
    const std::vector<Claim> stored = change.vacated ? std::vector<Claim>() : before;
    RETURN_IF_ERROR(WriteClaims(tx, tenant, change.after.id, stored, after));
    if (!SameClaims(stored, after)) {
      std::vector<ResourceId> touched;
      touched.reserve(before.size() + after.size());
      for (const Claim& claim : before) touched.push_back(claim.resource);
      for (const Claim& claim : after) touched.push_back(claim.resource);
      RETURN_IF_ERROR(adapters::AskToBump(tx, tenant, std::move(touched), raised.Add()));
    }
  }

  if (change.before.has_value() && change.before->assigned &&
      domain::OccupiesTime(change.before->state) &&
      (!domain::OccupiesTime(change.after.state) ||
       change.after.practitioner != change.before->practitioner)) {
    RETURN_IF_ERROR(ChangeShares(tx, tenant, {{change.before->practitioner, domain::kWholeShare}}));
  }
  const std::string subject =
      absl::StrCat("organizations/", tenant.organization(), "/bookings/", change.after.id);
  return sql::AppendOutbox(
      tx, tenant, subject, domain::BookingEventName(change.kind),
      encode_(tenant, change.kind, change.after, clinic, change.after.updated));
}

}  // namespace stillpoint::booking::ports
