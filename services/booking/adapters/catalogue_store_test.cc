#include "services/booking/adapters/catalogue_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/adapters/resource_versions.h"

namespace stillpoint::booking::adapters {
namespace {

const Tenant kTenant("calm");
const Tenant kOther("other");

domain::Clinic Moncton() {
  domain::Clinic clinic{.id = "moncton",
                        .display_name = "Moncton",
                        .address = "1 Main",
                        .zone_name = "America/Moncton",
                        .holiday_region = "CA-NB"};
  EXPECT_TRUE(absl::LoadTimeZone(clinic.zone_name, &clinic.zone));
  clinic.opening_hours = {{absl::Weekday::monday, 540, 720}, {absl::Weekday::monday, 780, 1020}};
  return clinic;
}

domain::Device Ultrasound() {
  return {.id = "us",
          .clinic = "moncton",
          .display_name = "Ultrasound",
          .kind = "ultrasound",
          .features = {"deep", "wide"},
          .turnover_minutes = 15,
          .archived = false};
}

domain::Practitioner Ana() {
  return {.id = "ana",
          .display_name = "Ana",
          .styles = {domain::Style::kBiodynamic, domain::Style::kIntegrated},
          .languages = {"en", "fr-CA"},
          .gender = domain::Gender::kFemale,
          .credentials = {{"cst-1", "Upledger", "17", absl::CivilDay(2020, 2, 29), {}},
                          {"rmt", "CMTO", "", {}, absl::CivilDay(1969, 12, 31)}},
          .hours = {
              {"moncton", {absl::Weekday::friday, 1320, 1560, {3, absl::CivilDay(2027, 6, 6)}}},
              {"moncton", {absl::Weekday::sunday, 540, 720, {.of_month = 5}}},
              {"moncton", {absl::Weekday::monday, 540, 720, {}, absl::CivilDay(2027, 1, 1), {}}}}};
}

domain::Offering Session() {
  return {.id = "cst",
          .display_name = "Craniosacral session",
          .modality = domain::Modality::kCraniosacral,
          .variants = {60, 90},
          .buffer_before_minutes = 5,
          .buffer_after_minutes = 15,
          .step_minutes = 10,
          .credential_kind = "cst-1",
          .room_kind = "quiet",
          .room_features = {"mat", "table"},
          .device_kind = "ultrasound",
          .device_features = {"deep", "wide"},
          .notice_minutes = 120,
          .horizon_days = 90,
          .price_cents = 12000,
          .currency = "CAD",
          .online_bookable = true,
          .clinics = {"moncton"}};
}

class CatalogueStoreTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    Write([&](sql::Transaction& tx) { return store_.CreateOrganization(tx, kTenant, "Calm"); });
    Write([&](sql::Transaction& tx) { return store_.CreateOrganization(tx, kOther, "Other"); },
          kOther);
  }

  absl::Status TryWrite(sql::Database::Body body, const Tenant& tenant = kTenant) {
    return database_->Write(tenant, Deadline::After(absl::Seconds(20)), body);
  }
  void Write(sql::Database::Body body, const Tenant& tenant = kTenant) {
    const absl::Status status = TryWrite(body, tenant);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::shared_ptr<const domain::Catalogue> Get(const Tenant& tenant) {
    std::shared_ptr<const domain::Catalogue> found;
    const absl::Status status = database_->Read(tenant, Deadline::After(absl::Seconds(20)),
                                                [&](sql::Transaction& tx) -> absl::Status {
                                                  ASSIGN_OR_RETURN(found, cache_.Get(tx, tenant));
                                                  return absl::OkStatus();
                                                });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  }

  std::unique_ptr<sql::Database> database_ = testing::NewDatabase(GetParam(), Migrations());
  SqlCatalogueStore store_;
  CatalogueCache cache_;
};

TEST_P(CatalogueStoreTest, ReadsWhatItWrote) {
  const domain::TimeOff time_off{.id = "t1",
                                 .start = absl::FromUnixSeconds(1804500000),
                                 .end = absl::FromUnixSeconds(1804503600),
                                 .reason = domain::TimeOffReason::kTraining};
  Write([&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Moncton()));
    RETURN_IF_ERROR(store_.Save(tx, kTenant,
                                domain::Room{.id = "r1",
                                             .clinic = "moncton",
                                             .display_name = "One",
                                             .kind = "quiet",
                                             .features = {"mat", "table"},
                                             .turnover_minutes = 10}));
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Ultrasound()));
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Ana()));
    RETURN_IF_ERROR(store_.AddTimeOff(tx, kTenant, "ana", time_off));
    return store_.Save(tx, kTenant, Session());
  });

  const auto catalogue = Get(kTenant);
  ASSERT_NE(catalogue, nullptr);
  EXPECT_EQ(catalogue->display_name, "Calm");
  const domain::Clinic* clinic = catalogue->FindClinic("moncton");
  ASSERT_NE(clinic, nullptr);
  EXPECT_EQ(clinic->opening_hours, Moncton().opening_hours);
  EXPECT_EQ(clinic->zone.name(), "America/Moncton");
  EXPECT_EQ(clinic->address, "1 Main");
  EXPECT_EQ(clinic->holiday_region, "CA-NB");
  EXPECT_EQ(clinic->holidays, domain::FindHolidayCalendar("CA-NB"));

  const domain::Room* room = catalogue->FindRoom("moncton", "r1");
  ASSERT_NE(room, nullptr);
  EXPECT_EQ(room->features, (std::vector<std::string>{"mat", "table"}));
  EXPECT_EQ(room->turnover_minutes, 10);

  const domain::Device* device = catalogue->FindDevice("moncton", "us");
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->display_name, "Ultrasound");
  EXPECT_EQ(device->kind, "ultrasound");
  EXPECT_EQ(device->features, Ultrasound().features);
  EXPECT_EQ(device->turnover_minutes, 15);
  EXPECT_FALSE(device->archived);

  const domain::Practitioner* ana = catalogue->FindPractitioner("ana");
  ASSERT_NE(ana, nullptr);
  EXPECT_EQ(ana->styles, Ana().styles);
  EXPECT_EQ(ana->languages, Ana().languages);
  EXPECT_EQ(ana->gender, domain::Gender::kFemale);
  EXPECT_EQ(ana->credentials, Ana().credentials);
  EXPECT_EQ(ana->hours, Ana().hours);
  EXPECT_EQ(ana->time_off, std::vector<domain::TimeOff>{time_off});

  const domain::Offering* session = catalogue->FindOffering("cst");
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->variants, (std::vector<int>{60, 90}));
  EXPECT_EQ(session->room_features, Session().room_features);
  EXPECT_EQ(session->clinics, Session().clinics);
  EXPECT_EQ(session->price_cents, 12000);
  EXPECT_EQ(session->step_minutes, 10);
  EXPECT_EQ(session->buffer_before_minutes, 5);
  EXPECT_EQ(session->buffer_after_minutes, 15);
  EXPECT_EQ(session->notice_minutes, 120);
  EXPECT_EQ(session->horizon_days, 90);
  EXPECT_TRUE(session->online_bookable);
  EXPECT_TRUE(session->Suits(*room));
  EXPECT_EQ(session->device_kind, "ultrasound");
  EXPECT_EQ(session->device_features, Session().device_features);
  EXPECT_TRUE(session->Suits(*device));

  domain::Device archived = Ultrasound();
  archived.archived = true;
  archived.revision = 2;
  Write([&](sql::Transaction& tx) { return store_.Save(tx, kTenant, archived); });
  EXPECT_TRUE(Get(kTenant)->FindDevice("moncton", "us")->archived);

  const auto others = Get(kOther);
  EXPECT_TRUE(others->clinics.empty());
  EXPECT_TRUE(others->practitioners.empty());
  EXPECT_TRUE(others->offerings.empty());
}

TEST_P(CatalogueStoreTest, OverridesComeAndGoByDateAndPlace) {
  const auto closed = [](int day, const char* clinic) {
    return domain::DateOverride{absl::CivilDay(2027, 6, day), clinic};
  };
  // In the order of bytes, "a-b" comes before "ab"; a locale may say otherwise.
  const domain::DateOverride other{absl::CivilDay(2027, 6, 7),
                                   "ab",
                                   domain::OverrideKind::kOtherHours,
                                   {{540, 720}, {780, 1500}}};
  Write([&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Moncton()));
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Ana()));
    RETURN_IF_ERROR(store_.SetOverride(tx, kTenant, "ana", closed(8, "aa")));
    RETURN_IF_ERROR(store_.SetOverride(tx, kTenant, "ana", closed(7, "ab")));
    RETURN_IF_ERROR(store_.SetOverride(tx, kTenant, "ana", other));
    RETURN_IF_ERROR(store_.SetOverride(tx, kTenant, "ana", closed(7, "a-b")));
    return store_.SetOverride(tx, kTenant, "", closed(7, "moncton"));
  });
  const auto before = Get(kTenant);
  using Overrides = std::vector<domain::DateOverride>;
  EXPECT_EQ(before->FindPractitioner("ana")->overrides,
            (Overrides{closed(7, "a-b"), other, closed(8, "aa")}));
  EXPECT_EQ(before->FindClinic("moncton")->overrides, Overrides{closed(7, "moncton")});

  Write([&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Ana()));  // Leaves them alone.
    RETURN_IF_ERROR(store_.RemoveOverride(tx, kTenant, "", closed(7, "moncton")));
    return store_.RemoveOverride(tx, kTenant, "ana", closed(7, "ab"));
  });
  EXPECT_EQ(Get(kTenant)->FindPractitioner("ana")->overrides,
            (Overrides{closed(7, "a-b"), closed(8, "aa")}));
  EXPECT_TRUE(Get(kTenant)->FindClinic("moncton")->overrides.empty());
  EXPECT_GT(Get(kTenant)->version, before->version);
}

TEST_P(CatalogueStoreTest, TravelTimesAreReplacedAsAWhole) {
  const domain::TravelTimes first = {
      {"a", {{"b", 30}}}, {"b", {{"a", 30}, {"c", 45}}}, {"c", {{"b", 45}}}};
  const domain::TravelTimes second = {{"a", {{"c", 5}}}, {"c", {{"a", 5}}}};
  const int64_t before = Get(kTenant)->version;
  for (const domain::TravelTimes& times : {first, second, domain::TravelTimes()}) {
    Write([&](sql::Transaction& tx) { return store_.SaveTravel(tx, kTenant, times, 7); });
    EXPECT_EQ(Get(kTenant)->travel, times);
    EXPECT_TRUE(Get(kOther)->travel.empty());
  }
  EXPECT_EQ(Get(kTenant)->revision, 7);
  EXPECT_GT(Get(kTenant)->version, before);
}

// What a later version stored is not served without its holidays.
TEST_P(CatalogueStoreTest, ARegionWithoutDataIsNotServed) {
  domain::Clinic clinic = Moncton();
  clinic.holiday_region = "XX-YY";
  Write([&](sql::Transaction& tx) -> absl::Status { return store_.Save(tx, kTenant, clinic); });
  const absl::Status status = TryWrite(
      [&](sql::Transaction& tx) -> absl::Status { return cache_.Get(tx, kTenant).status(); });
  EXPECT_EQ(ReasonOf(status), "HOLIDAYS_MISSING");
}

TEST_P(CatalogueStoreTest, SavingAgainReplaces) {
  Write([&](sql::Transaction& tx) -> absl::Status { return store_.Save(tx, kTenant, Ana()); });
  const int64_t before = Get(kTenant)->version;
  domain::Practitioner changed = Ana();
  changed.hours.pop_back();
  changed.credentials.clear();
  changed.revision = 2;
  Write([&](sql::Transaction& tx) -> absl::Status { return store_.Save(tx, kTenant, changed); });
  const auto after = Get(kTenant);
  EXPECT_GT(after->version, before);
  EXPECT_EQ(after->FindPractitioner("ana")->hours, changed.hours);
  EXPECT_TRUE(after->FindPractitioner("ana")->credentials.empty());
  EXPECT_EQ(after->FindPractitioner("ana")->revision, 2);
}

TEST_P(CatalogueStoreTest, SnapshotIsSharedUntilTheCatalogueChanges) {
  const auto first = Get(kTenant);
  EXPECT_EQ(Get(kTenant), first);
  Write([&](sql::Transaction& tx) -> absl::Status { return store_.Save(tx, kOther, Ana()); },
        kOther);
  EXPECT_EQ(Get(kTenant), first);
  Write([&](sql::Transaction& tx) -> absl::Status { return store_.Save(tx, kTenant, Ana()); });
  EXPECT_NE(Get(kTenant), first);
}

TEST_P(CatalogueStoreTest, UnknownOrganizationIsNotFound) {
  const absl::Status status = TryWrite(
      [&](sql::Transaction& tx) -> absl::Status {
        return cache_.Get(tx, Tenant("nobody")).status();
      },
      Tenant("nobody"));
  EXPECT_EQ(ReasonOf(status), "NOT_FOUND");
}

TEST_P(CatalogueStoreTest, OrganizationNameIsTakenOnce) {
  const absl::Status status = TryWrite([&](sql::Transaction& tx) -> absl::Status {
    return store_.CreateOrganization(tx, kTenant, "Again");
  });
  EXPECT_EQ(ReasonOf(status), "NAME_TAKEN");
  EXPECT_EQ(Get(kTenant)->display_name, "Calm");
}

TEST_P(CatalogueStoreTest, TouchRaisesEachResourceOnce) {
  const std::vector<domain::ResourceId> twice = {"practitioners/b", "practitioners/a",
                                                 "practitioners/b"};
  for (const int64_t version : {1, 2}) {
    Write([&](sql::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto versions, store_.Touch(tx, kTenant, twice));
      EXPECT_EQ(versions, (std::vector<domain::ResourceVersion>{{"practitioners/a", version},
                                                                {"practitioners/b", version}}));
      return absl::OkStatus();
    });
  }
  Write(
      [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const auto others, BumpVersions(tx, kOther, {"practitioners/a"}));
        EXPECT_EQ(others[0].version, 1);
        EXPECT_TRUE(BumpVersions(tx, kOther, {})->empty());
        return absl::OkStatus();
      },
      kOther);
}

TEST_P(CatalogueStoreTest, NothingRemainsOfAFailedChange) {
  const int64_t before = Get(kTenant)->version;
  const absl::Status status = TryWrite([&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store_.Save(tx, kTenant, Ana()));
    return absl::InternalError("changed our mind");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Get(kTenant)->version, before);
  EXPECT_EQ(Get(kTenant)->FindPractitioner("ana"), nullptr);
}

// In SQLite a transaction may read what another of the same commit wrote, and that commit may fail.
TEST_P(CatalogueStoreTest, WhatACommitThatFailedLeftInTheCacheIsNeverUsed) {
  Write([&](sql::Transaction& tx) { return store_.Save(tx, kTenant, Moncton()); });
  domain::Clinic clinic = Moncton();
  clinic.display_name = "Ghost";
  EXPECT_FALSE(TryWrite([&](sql::Transaction& tx) -> absl::Status {
                 RETURN_IF_ERROR(store_.Save(tx, kTenant, clinic));
                 RETURN_IF_ERROR(cache_.Get(tx, kTenant).status());
                 return absl::InternalError("the disk is full");
               }).ok());
  EXPECT_EQ(Get(kTenant)->FindClinic("moncton")->display_name, "Moncton");
  clinic.display_name = "Real";
  Write([&](sql::Transaction& tx) { return store_.Save(tx, kTenant, clinic); });
  EXPECT_EQ(Get(kTenant)->FindClinic("moncton")->display_name, "Real");
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogueStoreTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& test) { return testing::EngineName(test.param); });

}  // namespace
}  // namespace stillpoint::booking::adapters
