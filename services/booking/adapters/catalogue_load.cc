#include "services/booking/adapters/catalogue_load.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/adapters/catalogue_columns.h"
#include "services/booking/domain/day_hours.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::adapters {
namespace {

// The columns of kWeekly, from `first` on.
constexpr char kWeekly[] =
    "weekday, start_minute, end_minute, every_weeks, anchor_day, week_of_month, valid_from_day,"
    " valid_until_day";

// What some columns must hold; none: every row of the organization.
using Only = std::vector<std::pair<absl::string_view, std::string>>;

// Runs `select`, which ends with the name of a table.
absl::StatusOr<sql::Rows> Select(sql::Transaction& tx, const domain::Catalogue& catalogue,
                                 absl::string_view select, const Only& only,
                                 absl::string_view order = "") {
  std::string statement = absl::StrCat(select, " WHERE organization = $1");
  std::vector<sql::Value> parameters = {catalogue.organization};
  for (const auto& [column, value] : only) {
    parameters.emplace_back(value);
    absl::StrAppend(&statement, " AND ", column, " = $", parameters.size());
  }
  absl::StrAppend(&statement, order);
  return tx.Query(statement, parameters);
}

domain::WeeklyHours ToWeeklyHours(const sql::Row& row, size_t first) {
  return {.weekday = static_cast<absl::Weekday>(row[first].Int()),
          .start_minute = static_cast<int>(row[first + 1].Int()),
          .end_minute = static_cast<int>(row[first + 2].Int()),
          .weeks = {.every = static_cast<int>(row[first + 3].Int()),
                    .anchor = ToDate(row[first + 4]),
                    .of_month = static_cast<int>(row[first + 5].Int())},
          .valid_from = ToDay(row[first + 6]),
          .valid_until = ToDay(row[first + 7])};
}

// Without their hours.
absl::Status LoadClinics(sql::Transaction& tx, domain::Catalogue& catalogue, const Only& only) {
  ASSIGN_OR_RETURN(
      const sql::Rows clinics,
      Select(tx, catalogue,
             "SELECT clinic, display_name, address, zone, revision, holiday_region FROM clinics",
             only));
  for (const sql::Row& row : clinics) {
    domain::Clinic clinic{.id = row[0].Text(),
                          .display_name = row[1].Text(),
                          .address = row[2].Text(),
                          .zone_name = row[3].Text(),
                          .holiday_region = row[5].Text(),
                          .revision = row[4].Int()};
    // Stored by a later version of ours, it may be one that we have no calendar for. To open on
    // holidays unasked is the one thing that must not happen, so we do not serve.
    clinic.holidays = domain::FindHolidayCalendar(clinic.holiday_region);
    if (clinic.holidays == nullptr && !clinic.holiday_region.empty()) {
      return Error(absl::StatusCode::kInternal, "HOLIDAYS_MISSING",
                   absl::StrCat("no holidays for ", clinic.holiday_region));
    }
    if (!absl::LoadTimeZone(clinic.zone_name, &clinic.zone)) {
      return Error(absl::StatusCode::kInternal, "ZONE_MISSING",
                   absl::StrCat("no zone data for ", clinic.zone_name));
    }
    catalogue.clinics.emplace(clinic.id, std::move(clinic));
  }
  return absl::OkStatus();
}

absl::Status LoadOpeningHours(sql::Transaction& tx, domain::Catalogue& catalogue) {
  ASSIGN_OR_RETURN(const sql::Rows hours,
                   tx.Query(absl::StrCat("SELECT clinic, ", kWeekly,
                                         " FROM opening_ranges WHERE organization = $1"
                                         " ORDER BY clinic, position"),
                            {catalogue.organization}));
  for (const sql::Row& row : hours) {
    catalogue.clinics[row[0].Text()].opening_hours.push_back(ToWeeklyHours(row, 1));
  }
  return absl::OkStatus();
}

absl::Status LoadRooms(sql::Transaction& tx, domain::Catalogue& catalogue, const Only& only) {
  ASSIGN_OR_RETURN(const sql::Rows rooms,
                   Select(tx, catalogue,
                          "SELECT clinic, room, display_name, kind, features, turnover_minutes,"
                          " revision FROM rooms",
                          only));
  for (const sql::Row& row : rooms) {
    domain::Room room{.id = row[1].Text(),
                      .clinic = row[0].Text(),
                      .display_name = row[2].Text(),
                      .kind = row[3].Text(),
                      .features = ToCodes(row[4].Text()),
                      .turnover_minutes = static_cast<int>(row[5].Int()),
                      .revision = row[6].Int()};
    catalogue.rooms.emplace(room.resource(), std::move(room));
  }
  return absl::OkStatus();
}

absl::Status LoadDevices(sql::Transaction& tx, domain::Catalogue& catalogue, const Only& only) {
  ASSIGN_OR_RETURN(const sql::Rows devices,
                   Select(tx, catalogue,
                          "SELECT clinic, device, display_name, kind, features, turnover_minutes,"
                          " archived, revision FROM devices",
                          only));
  for (const sql::Row& row : devices) {
    domain::Device device{.id = row[1].Text(),
                          .clinic = row[0].Text(),
                          .display_name = row[2].Text(),
                          .kind = row[3].Text(),
                          .features = ToCodes(row[4].Text()),
                          .turnover_minutes = static_cast<int>(row[5].Int()),
                          .archived = row[6].Bool(),
                          .revision = row[7].Int()};
    catalogue.devices.emplace(device.resource(), std::move(device));
  }
  return absl::OkStatus();
}

absl::Status LoadWorkingTime(sql::Transaction& tx, domain::Catalogue& catalogue, const Only& only) {
  ASSIGN_OR_RETURN(const sql::Rows hours, Select(tx, catalogue,
                                                 absl::StrCat("SELECT practitioner, clinic, ",
                                                              kWeekly, " FROM working_hours"),
                                                 only, " ORDER BY practitioner, position"));
  for (const sql::Row& row : hours) {
    catalogue.practitioners[row[0].Text()].hours.push_back(
        {.clinic = row[1].Text(), .week = ToWeeklyHours(row, 2)});
  }
  ASSIGN_OR_RETURN(
      const sql::Rows time_off,
      Select(tx, catalogue, "SELECT practitioner, time_off, start_us, end_us, reason FROM time_off",
             only, " ORDER BY practitioner, start_us, time_off"));
  for (const sql::Row& row : time_off) {
    catalogue.practitioners[row[0].Text()].time_off.push_back(
        {.id = row[1].Text(),
         .start = row[2].Time(),
         .end = row[3].Time(),
         .reason = static_cast<domain::TimeOffReason>(row[4].Int())});
  }
  return absl::OkStatus();
}

absl::Status LoadPractitioners(sql::Transaction& tx, domain::Catalogue& catalogue,
                               const Only& only) {
  ASSIGN_OR_RETURN(const sql::Rows practitioners,
                   Select(tx, catalogue,
                          "SELECT practitioner, display_name, styles, languages, gender, revision"
                          " FROM practitioners",
                          only));
  for (const sql::Row& row : practitioners) {
    domain::Practitioner practitioner{.id = row[0].Text(),
                                      .display_name = row[1].Text(),
                                      .languages = ToCodes(row[3].Text()),
                                      .gender = static_cast<domain::Gender>(row[4].Int()),
                                      .revision = row[5].Int()};
    for (const int style : ToNumbers(row[2].Text())) {
      practitioner.styles.push_back(static_cast<domain::Style>(style));
    }
    catalogue.practitioners.emplace(practitioner.id, std::move(practitioner));
  }
  ASSIGN_OR_RETURN(const sql::Rows credentials,
                   Select(tx, catalogue,
                          "SELECT practitioner, kind, issuer, number, valid_from_day,"
                          " valid_until_day FROM credentials",
                          only, " ORDER BY practitioner, position"));
  for (const sql::Row& row : credentials) {
    catalogue.practitioners[row[0].Text()].credentials.push_back({.kind = row[1].Text(),
                                                                  .issuer = row[2].Text(),
                                                                  .number = row[3].Text(),
                                                                  .valid_from = ToDay(row[4]),
                                                                  .valid_until = ToDay(row[5])});
  }
  return LoadWorkingTime(tx, catalogue, only);
}

// After clinics and practitioners.
absl::Status LoadOverrides(sql::Transaction& tx, domain::Catalogue& catalogue, const Only& only) {
  ASSIGN_OR_RETURN(
      const sql::Rows overrides,
      Select(tx, catalogue, "SELECT practitioner, clinic, day, kind, ranges FROM date_overrides",
             only));
  for (const sql::Row& row : overrides) {
    const std::string practitioner = row[0].Text();
    domain::DateOverride day{.date = ToDate(row[2]),
                             .clinic = row[1].Text(),
                             .kind = static_cast<domain::OverrideKind>(row[3].Int()),
                             .ranges = ToRanges(row[4].Text())};
    auto& list = practitioner.empty() ? catalogue.clinics[day.clinic].overrides
                                      : catalogue.practitioners[practitioner].overrides;
    list.push_back(std::move(day));
  }
  // Not by the database, whose order of texts depends on its locale.
  for (auto& [id, clinic] : catalogue.clinics) domain::SortOverrides(clinic.overrides);
  for (auto& [id, practitioner] : catalogue.practitioners) {
    domain::SortOverrides(practitioner.overrides);
  }
  return absl::OkStatus();
}

absl::Status LoadOfferings(sql::Transaction& tx, domain::Catalogue& catalogue) {
  ASSIGN_OR_RETURN(
      const sql::Rows offerings,
      tx.Query("SELECT offering, display_name, modality, variants, buffer_before_minutes,"
               " buffer_after_minutes, step_minutes, credential_kind, room_kind, room_features,"
               " notice_minutes, horizon_days, price_cents, currency, online_bookable, clinics,"
               " revision, device_kind, device_features FROM offerings WHERE organization = $1",
               {catalogue.organization}));
  for (const sql::Row& row : offerings) {
    domain::Offering offering{.id = row[0].Text(),
                              .display_name = row[1].Text(),
                              .modality = static_cast<domain::Modality>(row[2].Int()),
                              .variants = ToNumbers(row[3].Text()),
                              .buffer_before_minutes = static_cast<int>(row[4].Int()),
                              .buffer_after_minutes = static_cast<int>(row[5].Int()),
                              .step_minutes = static_cast<int>(row[6].Int()),
                              .credential_kind = row[7].Text(),
                              .room_kind = row[8].Text(),
                              .room_features = ToCodes(row[9].Text()),
                              .device_kind = row[17].Text(),
                              .device_features = ToCodes(row[18].Text()),
                              .notice_minutes = static_cast<int>(row[10].Int()),
                              .horizon_days = static_cast<int>(row[11].Int()),
                              .price_cents = row[12].Int(),
                              .currency = row[13].Text(),
                              .online_bookable = row[14].Bool(),
                              .clinics = ToCodes(row[15].Text()),
                              .revision = row[16].Int()};
    catalogue.offerings.emplace(offering.id, std::move(offering));
  }
  return absl::OkStatus();
}

absl::Status LoadPolicies(sql::Transaction& tx, domain::Catalogue& catalogue) {
  ASSIGN_OR_RETURN(
      const sql::Rows policies,
      tx.Query("SELECT clinic, version, effective_us, withdrawn, notice_minutes,"
               " notice_day_before_minute, horizon_days, cancellation_minutes,"
               " cancellation_day_before_minute, change_minutes, change_day_before_minute,"
               " practitioner_visits, practitioner_minutes, client_per_day, client_per_week,"
               " first_visit_consultation, break_minutes, break_from_minute, break_until_minute,"
               " break_shift_minutes, buffer_policy"
               " FROM booking_policies WHERE organization = $1 ORDER BY clinic, version",
               {catalogue.organization}));
  const auto lead = [](const sql::Row& row, size_t first) {
    return domain::LeadTime{.minutes = static_cast<int>(row[first].Int()),
                            .day_before_minute = static_cast<int>(row[first + 1].Int())};
  };
  for (const sql::Row& row : policies) {
    domain::BookingPolicy policy{
        .clinic = row[0].Text(),
        .version = row[1].Int(),
        .effective = row[2].Time(),
        .withdrawn = row[3].Bool(),
        .notice = lead(row, 4),
        .horizon_days = static_cast<int>(row[6].Int()),
        .cancellation = lead(row, 7),
        .change = lead(row, 9),
        .practitioner = {static_cast<int>(row[11].Int()), static_cast<int>(row[12].Int())},
        .client = {static_cast<int>(row[13].Int()), static_cast<int>(row[14].Int())},
        .first_visit_consultation = row[15].Bool(),
        .meal_break = {static_cast<int>(row[16].Int()), static_cast<int>(row[17].Int()),
                       static_cast<int>(row[18].Int()), static_cast<int>(row[19].Int())},
        .buffers = static_cast<domain::BufferPolicy>(row[20].Int())};
    catalogue.policies[policy.clinic].push_back(std::move(policy));
  }
  return absl::OkStatus();
}

absl::Status LoadTravel(sql::Transaction& tx, domain::Catalogue& catalogue) {
  ASSIGN_OR_RETURN(
      const sql::Rows times,
      tx.Query("SELECT clinic, other, minutes FROM travel_times WHERE organization = $1",
               {catalogue.organization}));
  for (const sql::Row& row : times) {
    const int minutes = static_cast<int>(row[2].Int());
    catalogue.travel[row[0].Text()][row[1].Text()] = minutes;
    catalogue.travel[row[1].Text()][row[0].Text()] = minutes;
  }
  return absl::OkStatus();
}

// Its own fields. NotFound NOT_FOUND.
absl::StatusOr<domain::Catalogue> LoadOrganization(sql::Transaction& tx, const Tenant& tenant) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      tx.Query("SELECT version, display_name, revision FROM catalogues WHERE organization = $1",
               {tenant.organization()}));
  if (rows.empty()) return error::NotFound();
  return domain::Catalogue{.organization = tenant.organization(),
                           .display_name = rows[0][1].Text(),
                           .version = rows[0][0].Int(),
                           .revision = rows[0][2].Int()};
}

}  // namespace

absl::Status AskCatalogueVersion(sql::Transaction& tx, const Tenant& tenant, sql::Rows* version) {
  return tx.Ask("SELECT version FROM catalogues WHERE organization = $1", {tenant.organization()},
                version);
}

absl::StatusOr<int64_t> CatalogueVersion(sql::Transaction& tx, const Tenant& tenant) {
  sql::Rows rows;
  RETURN_IF_ERROR(AskCatalogueVersion(tx, tenant, &rows));
  RETURN_IF_ERROR(tx.Flush());
  if (rows.empty()) return error::NotFound();
  return rows[0][0].Int();
}

absl::StatusOr<domain::Catalogue> LoadCatalogue(sql::Transaction& tx, const Tenant& tenant) {
  ASSIGN_OR_RETURN(domain::Catalogue catalogue, LoadOrganization(tx, tenant));
  RETURN_IF_ERROR(LoadClinics(tx, catalogue, {}));
  RETURN_IF_ERROR(LoadOpeningHours(tx, catalogue));
  RETURN_IF_ERROR(LoadRooms(tx, catalogue, {}));
  RETURN_IF_ERROR(LoadDevices(tx, catalogue, {}));
  RETURN_IF_ERROR(LoadPractitioners(tx, catalogue, {}));
  RETURN_IF_ERROR(LoadOverrides(tx, catalogue, {}));
  RETURN_IF_ERROR(LoadOfferings(tx, catalogue));
  RETURN_IF_ERROR(LoadPolicies(tx, catalogue));
  RETURN_IF_ERROR(LoadTravel(tx, catalogue));
  return catalogue;
}

absl::StatusOr<domain::Catalogue> LoadPart(sql::Transaction& tx, const Tenant& tenant,
                                           const ports::CataloguePart& part) {
  using Kind = ports::CataloguePart::Kind;
  ASSIGN_OR_RETURN(domain::Catalogue catalogue, LoadOrganization(tx, tenant));
  if (part.kind == Kind::kPractitioner) {
    const Only only = {{"practitioner", part.id}};
    RETURN_IF_ERROR(LoadClinics(tx, catalogue, {}));
    RETURN_IF_ERROR(LoadPractitioners(tx, catalogue, only));
    RETURN_IF_ERROR(LoadOverrides(tx, catalogue, only));
    return catalogue;
  }
  RETURN_IF_ERROR(LoadClinics(tx, catalogue, {{"clinic", part.clinic}}));
  if (part.kind == Kind::kRoom) {
    RETURN_IF_ERROR(LoadRooms(tx, catalogue, {{"clinic", part.clinic}, {"room", part.id}}));
  } else {
    RETURN_IF_ERROR(LoadDevices(tx, catalogue, {{"clinic", part.clinic}, {"device", part.id}}));
  }
  return catalogue;
}

}  // namespace stillpoint::booking::adapters
