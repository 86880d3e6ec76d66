#include "services/booking/adapters/migrations_catalogue.h"

namespace stillpoint::booking::adapters {
namespace {

// Days are counted from 1970-01-01. A short list of codes is one text, joined by commas (codes have
// none), since nothing ever selects by a member of it.
constexpr char kSchema[] = R"sql(
CREATE TABLE catalogues (
  organization TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name TEXT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE clinics (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  display_name TEXT NOT NULL,
  address TEXT NOT NULL,
  zone TEXT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic)
);
CREATE TABLE opening_hours (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  weekday BIGINT NOT NULL,
  start_minute BIGINT NOT NULL,
  end_minute BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic, weekday, start_minute),
  CHECK (start_minute < end_minute)
);
CREATE TABLE rooms (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  room TEXT NOT NULL,
  display_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  features TEXT NOT NULL,
  turnover_minutes BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic, room)
);
CREATE TABLE practitioners (
  organization TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  display_name TEXT NOT NULL,
  styles TEXT NOT NULL,
  languages TEXT NOT NULL,
  gender BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (organization, practitioner)
);
CREATE TABLE credentials (
  organization TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL,
  issuer TEXT NOT NULL,
  number TEXT NOT NULL,
  valid_from_day BIGINT,
  valid_until_day BIGINT,
  PRIMARY KEY (organization, practitioner, position)
);
CREATE TABLE working_hours (
  organization TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  position BIGINT NOT NULL,
  clinic TEXT NOT NULL,
  weekday BIGINT NOT NULL,
  start_minute BIGINT NOT NULL,
  end_minute BIGINT NOT NULL,
  valid_from_day BIGINT,
  valid_until_day BIGINT,
  PRIMARY KEY (organization, practitioner, position),
  CHECK (start_minute < end_minute)
);
CREATE TABLE time_off (
  organization TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  time_off TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  reason BIGINT NOT NULL,
  PRIMARY KEY (organization, practitioner, time_off),
  CHECK (start_us < end_us)
);
CREATE TABLE offerings (
  organization TEXT NOT NULL,
  offering TEXT NOT NULL,
  display_name TEXT NOT NULL,
  modality BIGINT NOT NULL,
  variants TEXT NOT NULL,
  buffer_before_minutes BIGINT NOT NULL,
  buffer_after_minutes BIGINT NOT NULL,
  step_minutes BIGINT NOT NULL,
  credential_kind TEXT NOT NULL,
  room_kind TEXT NOT NULL,
  room_features TEXT NOT NULL,
  notice_minutes BIGINT NOT NULL,
  horizon_days BIGINT NOT NULL,
  price_cents BIGINT NOT NULL,
  currency TEXT NOT NULL,
  online_bookable BIGINT NOT NULL,
  clinics TEXT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (organization, offering)
);
CREATE TABLE resources (
  organization TEXT NOT NULL,
  resource TEXT NOT NULL,
  version BIGINT NOT NULL,
  changed_us BIGINT NOT NULL,
  PRIMARY KEY (organization, resource)
);
CREATE INDEX resources_by_change ON resources (changed_us);
)sql";

}  // namespace

sql::Migration CatalogueMigration() {
  return {.version = 1, .name = "catalogue", .common = kSchema};
}

}  // namespace stillpoint::booking::adapters
