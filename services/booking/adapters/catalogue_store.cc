#include "services/booking/adapters/catalogue_store.h"

#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/adapters/catalogue_columns.h"
#include "services/booking/adapters/catalogue_load.h"
#include "services/booking/adapters/resource_versions.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::adapters {
namespace {

absl::Status Run(sql::Transaction& tx, absl::string_view statement,
                 std::initializer_list<sql::Value> parameters) {
  return tx.Execute(statement, parameters).status();
}

// By at least one, and to no less than the time in microseconds, so that a version is never used
// twice. SQLite commits several transactions together: one of them may have read what another wrote
// and remembered it by its version (CatalogueCache) before the commit failed for all of them.
absl::Status RaiseVersion(sql::Transaction& tx, const Tenant& tenant) {
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  return Run(tx,
             "UPDATE catalogues SET version = CASE WHEN version < $2 THEN $2 ELSE version + 1 END"
             " WHERE organization = $1",
             {tenant.organization(), now});
}

absl::Status SaveCredentials(sql::Transaction& tx, const Tenant& tenant,
                             const domain::Practitioner& practitioner) {
  RETURN_IF_ERROR(Run(tx, "DELETE FROM credentials WHERE organization = $1 AND practitioner = $2",
                      {tenant.organization(), practitioner.id}));
  int64_t position = 0;
  for (const domain::Credential& credential : practitioner.credentials) {
    RETURN_IF_ERROR(
        Run(tx,
            "INSERT INTO credentials (organization, practitioner, position, kind,"
            " issuer, number, valid_from_day, valid_until_day)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            {tenant.organization(), practitioner.id, ++position, credential.kind, credential.issuer,
             credential.number, FromDay(credential.valid_from), FromDay(credential.valid_until)}));
  }
  return absl::OkStatus();
}

absl::Status SaveWorkingHours(sql::Transaction& tx, const Tenant& tenant,
                              const domain::Practitioner& practitioner) {
  RETURN_IF_ERROR(Run(tx, "DELETE FROM working_hours WHERE organization = $1 AND practitioner = $2",
                      {tenant.organization(), practitioner.id}));
  int64_t position = 0;
  for (const domain::WorkingHours& hours : practitioner.hours) {
    RETURN_IF_ERROR(
        Run(tx,
            "INSERT INTO working_hours (organization, practitioner, position, clinic,"
            " weekday, start_minute, end_minute, every_weeks, anchor_day, week_of_month,"
            " valid_from_day, valid_until_day)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            {tenant.organization(), practitioner.id, ++position, hours.clinic,
             static_cast<int>(hours.week.weekday), hours.week.start_minute, hours.week.end_minute,
             hours.week.weeks.every, FromDate(hours.week.weeks.anchor), hours.week.weeks.of_month,
             FromDay(hours.week.valid_from), FromDay(hours.week.valid_until)}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SqlCatalogueStore::CreateOrganization(sql::Transaction& tx, const Tenant& tenant,
                                                   const std::string& display_name) {
  ASSIGN_OR_RETURN(const int64_t added,
                   tx.Execute("INSERT INTO catalogues (organization, version, display_name,"
                              " revision) VALUES ($1, 1, $2, 1)"
                              " ON CONFLICT (organization) DO NOTHING",
                              {tenant.organization(), display_name}));
  return added == 1 ? absl::OkStatus() : error::NameTaken("organization_id");
}

absl::Status SqlCatalogueStore::LockCatalogue(sql::Transaction& tx, const Tenant& tenant) {
  return tx.Lock({domain::CatalogueLockKey(tenant.organization())});
}

absl::StatusOr<domain::Catalogue> SqlCatalogueStore::Read(sql::Transaction& tx,
                                                          const Tenant& tenant,
                                                          const ports::CataloguePart& part) {
  return LoadPart(tx, tenant, part);
}

absl::StatusOr<int64_t> SqlCatalogueStore::Count(sql::Transaction& tx, const Tenant& tenant,
                                                 ports::CataloguePart::Kind kind) {
  using Kind = ports::CataloguePart::Kind;
  const char* statement =
      kind == Kind::kPractitioner ? "SELECT COUNT(*) FROM practitioners WHERE organization = $1"
      : kind == Kind::kRoom       ? "SELECT COUNT(*) FROM rooms WHERE organization = $1"
                                  : "SELECT COUNT(*) FROM devices WHERE organization = $1";
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(statement, {tenant.organization()}));
  return rows[0][0].Int();
}

absl::StatusOr<int64_t> SqlCatalogueStore::Version(sql::Transaction& tx, const Tenant& tenant) {
  return CatalogueVersion(tx, tenant);
}

absl::StatusOr<std::vector<domain::ResourceVersion>> SqlCatalogueStore::Touch(
    sql::Transaction& tx, const Tenant& tenant, std::vector<domain::ResourceId> resources) {
  std::vector<std::string> keys;
  for (const domain::ResourceId& resource : resources) {
    keys.push_back(domain::LockKey(tenant.organization(), resource));
  }
  RETURN_IF_ERROR(tx.Lock(std::move(keys)));
  return BumpVersions(tx, tenant, std::move(resources));
}

absl::Status SqlCatalogueStore::Save(sql::Transaction& tx, const Tenant& tenant,
                                     const domain::Clinic& clinic) {
  RETURN_IF_ERROR(Run(tx,
                      "INSERT INTO clinics (organization, clinic, display_name, address, zone,"
                      " revision, holiday_region) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                      " ON CONFLICT (organization, clinic) DO UPDATE SET"
                      " display_name = excluded.display_name, address = excluded.address,"
                      " zone = excluded.zone, revision = excluded.revision,"
                      " holiday_region = excluded.holiday_region",
                      {tenant.organization(), clinic.id, clinic.display_name, clinic.address,
                       clinic.zone_name, clinic.revision, clinic.holiday_region}));
  RETURN_IF_ERROR(Run(tx, "DELETE FROM opening_ranges WHERE organization = $1 AND clinic = $2",
                      {tenant.organization(), clinic.id}));
  int64_t position = 0;
  for (const domain::WeeklyHours& hours : clinic.opening_hours) {
    RETURN_IF_ERROR(
        Run(tx,
            "INSERT INTO opening_ranges (organization, clinic, position, weekday, start_minute,"
            " end_minute, every_weeks, anchor_day, week_of_month, valid_from_day, valid_until_day)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            {tenant.organization(), clinic.id, ++position, static_cast<int>(hours.weekday),
             hours.start_minute, hours.end_minute, hours.weeks.every, FromDate(hours.weeks.anchor),
             hours.weeks.of_month, FromDay(hours.valid_from), FromDay(hours.valid_until)}));
  }
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::Save(sql::Transaction& tx, const Tenant& tenant,
                                     const domain::Room& room) {
  RETURN_IF_ERROR(Run(tx,
                      "INSERT INTO rooms (organization, clinic, room, display_name, kind, features,"
                      " turnover_minutes, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                      " ON CONFLICT (organization, clinic, room) DO UPDATE SET"
                      " display_name = excluded.display_name, kind = excluded.kind,"
                      " features = excluded.features,"
                      " turnover_minutes = excluded.turnover_minutes, revision = excluded.revision",
                      {tenant.organization(), room.clinic, room.id, room.display_name, room.kind,
                       FromCodes(room.features), room.turnover_minutes, room.revision}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::Save(sql::Transaction& tx, const Tenant& tenant,
                                     const domain::Device& device) {
  RETURN_IF_ERROR(
      Run(tx,
          "INSERT INTO devices (organization, clinic, device, display_name, kind,"
          " features, turnover_minutes, archived, revision)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
          " ON CONFLICT (organization, clinic, device) DO UPDATE SET"
          " display_name = excluded.display_name, kind = excluded.kind,"
          " features = excluded.features,"
          " turnover_minutes = excluded.turnover_minutes,"
          " archived = excluded.archived, revision = excluded.revision",
          {tenant.organization(), device.clinic, device.id, device.display_name, device.kind,
           FromCodes(device.features), device.turnover_minutes, device.archived, device.revision}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::Save(sql::Transaction& tx, const Tenant& tenant,
                                     const domain::Practitioner& practitioner) {
  std::vector<int> styles;
  for (const domain::Style style : practitioner.styles) styles.push_back(static_cast<int>(style));
  RETURN_IF_ERROR(Run(tx,
                      "INSERT INTO practitioners (organization, practitioner, display_name, styles,"
                      " languages, gender, revision) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                      " ON CONFLICT (organization, practitioner) DO UPDATE SET"
                      " display_name = excluded.display_name, styles = excluded.styles,"
                      " languages = excluded.languages, gender = excluded.gender,"
                      " revision = excluded.revision",
                      {tenant.organization(), practitioner.id, practitioner.display_name,
                       FromNumbers(styles), FromCodes(practitioner.languages),
                       static_cast<int>(practitioner.gender), practitioner.revision}));
  RETURN_IF_ERROR(SaveCredentials(tx, tenant, practitioner));
  RETURN_IF_ERROR(SaveWorkingHours(tx, tenant, practitioner));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::Save(sql::Transaction& tx, const Tenant& tenant,
                                     const domain::Offering& offering) {
  RETURN_IF_ERROR(Run(
      tx,
      "INSERT INTO offerings (organization, offering, display_name, modality, variants,"
      " buffer_before_minutes, buffer_after_minutes, step_minutes, credential_kind, room_kind,"
      " room_features, notice_minutes, horizon_days, price_cents, currency, online_bookable,"
      " clinics, revision, device_kind, device_features)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,"
      " $19, $20)"
      " ON CONFLICT (organization, offering) DO UPDATE SET"
      " display_name = excluded.display_name, modality = excluded.modality,"
      " variants = excluded.variants, buffer_before_minutes = excluded.buffer_before_minutes,"
      " buffer_after_minutes = excluded.buffer_after_minutes,"
      " step_minutes = excluded.step_minutes, credential_kind = excluded.credential_kind,"
      " room_kind = excluded.room_kind, room_features = excluded.room_features,"
      " notice_minutes = excluded.notice_minutes, horizon_days = excluded.horizon_days,"
      " price_cents = excluded.price_cents, currency = excluded.currency,"
      " online_bookable = excluded.online_bookable, clinics = excluded.clinics,"
      " revision = excluded.revision, device_kind = excluded.device_kind,"
      " device_features = excluded.device_features",
      {tenant.organization(),
       offering.id,
       offering.display_name,
       static_cast<int>(offering.modality),
       FromNumbers(offering.variants),
       offering.buffer_before_minutes,
       offering.buffer_after_minutes,
       offering.step_minutes,
       offering.credential_kind,
       offering.room_kind,
       FromCodes(offering.room_features),
       offering.notice_minutes,
       offering.horizon_days,
       offering.price_cents,
       offering.currency,
       offering.online_bookable,
       FromCodes(offering.clinics),
       offering.revision,
       offering.device_kind,
       FromCodes(offering.device_features)}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::AddPolicy(sql::Transaction& tx, const Tenant& tenant,
                                          const domain::BookingPolicy& policy) {
  RETURN_IF_ERROR(
      Run(tx,
          "INSERT INTO booking_policies (organization, clinic, version, effective_us, withdrawn,"
          " notice_minutes, notice_day_before_minute, horizon_days, cancellation_minutes,"
          " cancellation_day_before_minute, change_minutes, change_day_before_minute,"
          " practitioner_visits, practitioner_minutes, client_per_day, client_per_week,"
          " first_visit_consultation, break_minutes, break_from_minute, break_until_minute,"
          " break_shift_minutes, buffer_policy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
          "$11, $12, $13, "
          "$14, $15, $16, $17, $18, $19, $20, $21, $22)",
          {tenant.organization(),
           policy.clinic,
           policy.version,
           policy.effective,
           policy.withdrawn,
           policy.notice.minutes,
           policy.notice.day_before_minute,
           policy.horizon_days,
           policy.cancellation.minutes,
           policy.cancellation.day_before_minute,
           policy.change.minutes,
           policy.change.day_before_minute,
           policy.practitioner.visits,
           policy.practitioner.minutes,
           policy.client.per_day,
           policy.client.per_week,
           policy.first_visit_consultation,
           policy.meal_break.minutes,
           policy.meal_break.from_minute,
           policy.meal_break.until_minute,
           policy.meal_break.shift_minutes,
           static_cast<int>(policy.buffers)}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::SaveTravel(sql::Transaction& tx, const Tenant& tenant,
                                           const domain::TravelTimes& times, int64_t revision) {
  RETURN_IF_ERROR(
      Run(tx, "DELETE FROM travel_times WHERE organization = $1", {tenant.organization()}));
  for (const domain::TravelTime& time : domain::ListTravelTimes(times)) {
    RETURN_IF_ERROR(Run(tx,
                        "INSERT INTO travel_times (organization, clinic, other, minutes)"
                        " VALUES ($1, $2, $3, $4)",
                        {tenant.organization(), time.clinic, time.other, time.minutes}));
  }
  RETURN_IF_ERROR(Run(tx, "UPDATE catalogues SET revision = $2 WHERE organization = $1",
                      {tenant.organization(), revision}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::AddTimeOff(sql::Transaction& tx, const Tenant& tenant,
                                           const std::string& practitioner,
                                           const domain::TimeOff& time_off) {
  RETURN_IF_ERROR(Run(tx,
                      "INSERT INTO time_off (organization, practitioner, time_off, start_us,"
                      " end_us, reason) VALUES ($1, $2, $3, $4, $5, $6)",
                      {tenant.organization(), practitioner, time_off.id, time_off.start,
                       time_off.end, static_cast<int>(time_off.reason)}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::RemoveTimeOff(sql::Transaction& tx, const Tenant& tenant,
                                              const std::string& practitioner,
                                              const std::string& id) {
  RETURN_IF_ERROR(Run(tx,
                      "DELETE FROM time_off WHERE organization = $1 AND practitioner = $2"
                      " AND time_off = $3",
                      {tenant.organization(), practitioner, id}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::SetOverride(sql::Transaction& tx, const Tenant& tenant,
                                            const std::string& practitioner,
                                            const domain::DateOverride& day) {
  RETURN_IF_ERROR(Run(tx,
                      "INSERT INTO date_overrides (organization, clinic, practitioner, day, kind,"
                      " ranges) VALUES ($1, $2, $3, $4, $5, $6)"
                      " ON CONFLICT (organization, clinic, practitioner, day) DO UPDATE SET"
                      " kind = excluded.kind, ranges = excluded.ranges",
                      {tenant.organization(), day.clinic, practitioner, FromDate(day.date),
                       static_cast<int>(day.kind), FromRanges(day.ranges)}));
  return RaiseVersion(tx, tenant);
}

absl::Status SqlCatalogueStore::RemoveOverride(sql::Transaction& tx, const Tenant& tenant,
                                               const std::string& practitioner,
                                               const domain::DateOverride& day) {
  RETURN_IF_ERROR(Run(tx,
                      "DELETE FROM date_overrides WHERE organization = $1 AND clinic = $2"
                      " AND practitioner = $3 AND day = $4",
                      {tenant.organization(), day.clinic, practitioner, FromDate(day.date)}));
  return RaiseVersion(tx, tenant);
}

}  // namespace stillpoint::booking::adapters
