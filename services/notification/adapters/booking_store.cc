#include "services/notification/ports/booking_store.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace stillpoint::notification::ports {
namespace {

constexpr char kFind[] =
    "SELECT revision, state, client, clinic, practitioner, clinic_name, zone, start_us, end_us "
    "FROM booking_head WHERE organization = $1 AND booking = $2";
constexpr char kSave[] =
    "INSERT INTO booking_head (organization, booking, revision, state, client, clinic, "
    "practitioner, clinic_name, zone, start_us, end_us) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (organization, booking) DO UPDATE SET revision = excluded.revision, "
    "state = excluded.state, client = excluded.client, clinic = excluded.clinic, "
    "practitioner = excluded.practitioner, clinic_name = excluded.clinic_name, "
    "zone = excluded.zone, start_us = excluded.start_us, end_us = excluded.end_us";

// The stream is of all organizations; this stands in the key where theirs would.
constexpr char kEveryOrganization[] = "*";
constexpr char kReadCursor[] =
    "SELECT position FROM relay_cursor WHERE organization = $1 AND source = 'booking'";
constexpr char kSaveCursor[] =
    "INSERT INTO relay_cursor (organization, source, position) VALUES ($1, 'booking', $2) "
    "ON CONFLICT (organization, source) DO UPDATE SET position = excluded.position";

}  // namespace

absl::StatusOr<std::optional<domain::BookingFacts>> FindBooking(sql::Transaction& tx,
                                                                const Tenant& tenant,
                                                                absl::string_view booking) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(kFind, {tenant.organization(), booking}));
  if (rows.empty()) return std::nullopt;
  const sql::Row& row = rows[0];
  domain::BookingFacts facts;
  facts.name = std::string(booking);
  facts.revision = row[0].Int();
  facts.state = static_cast<domain::BookingState>(row[1].Int());
  facts.client = row[2].Text();
  facts.clinic = row[3].Text();
  facts.practitioner = row[4].Text();
  facts.clinic_name = row[5].Text();
  facts.zone = row[6].Text();
  facts.start = row[7].Time();
  facts.end = row[8].Time();
  return facts;
}

absl::Status SaveBooking(sql::Transaction& tx, const Tenant& tenant,
                         const domain::BookingFacts& facts) {
  return tx
      .Execute(kSave, {tenant.organization(), facts.name, facts.revision,
                       static_cast<int>(facts.state), facts.client, facts.clinic,
                       facts.practitioner, facts.clinic_name, facts.zone, facts.start, facts.end})
      .status();
}

absl::StatusOr<std::string> ReadCursor(sql::Transaction& tx) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(kReadCursor, {kEveryOrganization}));
  return rows.empty() ? std::string() : rows[0][0].Text();
}

absl::Status SaveCursor(sql::Transaction& tx, absl::string_view cursor) {
  return tx.Execute(kSaveCursor, {kEveryOrganization, cursor}).status();
}

std::string BookingLock(absl::string_view booking) { return absl::StrCat("booking:", booking); }

}  // namespace stillpoint::notification::ports
