// What a change sees of the catalogue: its part, and nothing else.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/adapters/migrations.h"

namespace stillpoint::booking::adapters {
namespace {

using Kind = ports::CataloguePart::Kind;

const Tenant kTenant("calm");
const Tenant kOther("other");
const domain::DateOverride kClosed{absl::CivilDay(2027, 6, 7), "moncton"};
const domain::Credential kCredential{"cst-1", "Upledger", "17", absl::CivilDay(2020, 2, 29), {}};
const domain::WorkingHours kMonday{"moncton", {absl::Weekday::monday, 540, 720}};

// Two organizations with the same: at each of two clinics three rooms and two devices, and two
// practitioners.
class CataloguePartTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    for (const Tenant& tenant : {kTenant, kOther}) {
      Write(tenant, [&](sql::Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(store_.CreateOrganization(tx, tenant, tenant.organization()));
        for (const char* id : {"moncton", "dieppe"}) RETURN_IF_ERROR(AddClinic(tx, tenant, id));
        for (const char* id : {"ana", "bo"}) RETURN_IF_ERROR(AddPractitioner(tx, tenant, id));
        return absl::OkStatus();
      });
    }
  }

  absl::Status AddClinic(sql::Transaction& tx, const Tenant& tenant, const std::string& id) {
    domain::Clinic clinic{.id = id, .display_name = id, .zone_name = "America/Moncton"};
    clinic.opening_hours = {kMonday.week};
    RETURN_IF_ERROR(store_.Save(tx, tenant, clinic));
    RETURN_IF_ERROR(store_.SetOverride(tx, tenant, "", {kClosed.date, id}));
    for (const char* device : {"d1", "d2"}) {
      RETURN_IF_ERROR(store_.Save(tx, tenant, domain::Device{.id = device, .clinic = id}));
    }
    for (const char* room : {"r1", "r2", "r3"}) {
      RETURN_IF_ERROR(store_.Save(tx, tenant, domain::Room{.id = room, .clinic = id}));
    }
    return absl::OkStatus();
  }

  absl::Status AddPractitioner(sql::Transaction& tx, const Tenant& tenant, const std::string& id) {
    RETURN_IF_ERROR(store_.Save(tx, tenant,
                                domain::Practitioner{.id = id,
                                                     .display_name = tenant.organization(),
                                                     .credentials = {kCredential},
                                                     .hours = {kMonday}}));
    RETURN_IF_ERROR(store_.AddTimeOff(
        tx, tenant, id,
        {.id = "t1", .start = absl::FromUnixSeconds(300), .end = absl::FromUnixSeconds(600)}));
    return store_.SetOverride(tx, tenant, id, kClosed);
  }

  void Write(const Tenant& tenant, sql::Database::Body body) {
    const absl::Status status = database_->Write(tenant, Deadline::After(absl::Seconds(20)), body);
    ASSERT_TRUE(status.ok()) << status;
  }

  domain::Catalogue Read(const ports::CataloguePart& part) {
    domain::Catalogue catalogue;
    Write(kTenant, [&](sql::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(catalogue, store_.Read(tx, kTenant, part));
      EXPECT_EQ(catalogue.version, *store_.Version(tx, kTenant));
      return absl::OkStatus();
    });
    EXPECT_EQ(catalogue.display_name, "calm");
    EXPECT_EQ(catalogue.revision, 1);
    return catalogue;
  }

  std::unique_ptr<sql::Database> database_ = testing::NewDatabase(GetParam(), Migrations());
  SqlCatalogueStore store_;
};

TEST_P(CataloguePartTest, OfAPractitionerIsTheOneAndAllClinics) {
  const domain::Catalogue part = Read({Kind::kPractitioner, "ana"});
  EXPECT_EQ(part.practitioners.size(), 1);
  const domain::Practitioner* ana = part.FindPractitioner("ana");
  ASSERT_NE(ana, nullptr);
  EXPECT_EQ(ana->display_name, "calm");
  EXPECT_EQ(ana->credentials, std::vector<domain::Credential>{kCredential});
  EXPECT_EQ(ana->hours, std::vector<domain::WorkingHours>{kMonday});
  EXPECT_EQ(ana->time_off.size(), 1);
  EXPECT_EQ(ana->overrides, std::vector<domain::DateOverride>{kClosed});
  EXPECT_EQ(part.clinics.size(), 2);
  ASSERT_NE(part.FindClinic("dieppe"), nullptr);
  EXPECT_EQ(part.FindClinic("dieppe")->zone.name(), "America/Moncton");
  EXPECT_TRUE(part.rooms.empty());
  EXPECT_TRUE(part.devices.empty());

  const domain::Catalogue nobody = Read({Kind::kPractitioner, "cy"});
  EXPECT_TRUE(nobody.practitioners.empty());
  EXPECT_EQ(nobody.clinics.size(), 2);
}

TEST_P(CataloguePartTest, OfARoomOrDeviceIsTheOneAndItsClinic) {
  const domain::Catalogue room = Read({Kind::kRoom, "r1", "dieppe"});
  EXPECT_EQ(room.rooms.size(), 1);
  EXPECT_NE(room.FindRoom("dieppe", "r1"), nullptr);
  EXPECT_EQ(room.clinics.size(), 1);
  EXPECT_NE(room.FindClinic("dieppe"), nullptr);
  EXPECT_TRUE(room.practitioners.empty());
  EXPECT_TRUE(room.devices.empty());

  const domain::Catalogue device = Read({Kind::kDevice, "d1", "dieppe"});
  EXPECT_EQ(device.devices.size(), 1);
  EXPECT_NE(device.FindDevice("dieppe", "d1"), nullptr);
  EXPECT_EQ(device.clinics.size(), 1);
  EXPECT_TRUE(device.rooms.empty());

  EXPECT_TRUE(Read({Kind::kRoom, "d1", "dieppe"}).rooms.empty());
  EXPECT_TRUE(Read({Kind::kDevice, "d1", "far"}).clinics.empty());
}

TEST_P(CataloguePartTest, CountsOneOrganizations) {
  Write(kTenant, [&](sql::Transaction& tx) -> absl::Status {
    const std::map<Kind, int64_t> wanted = {
        {Kind::kPractitioner, 2}, {Kind::kRoom, 6}, {Kind::kDevice, 4}};
    for (const auto& [kind, count] : wanted) {
      ASSIGN_OR_RETURN(const int64_t counted, store_.Count(tx, kTenant, kind));
      EXPECT_EQ(counted, count);
    }
    return absl::OkStatus();
  });
}

TEST_P(CataloguePartTest, OfAnUnknownOrganizationIsNotFound) {
  Write(Tenant("nobody"), [&](sql::Transaction& tx) -> absl::Status {
    EXPECT_EQ(ReasonOf(store_.Read(tx, Tenant("nobody"), {Kind::kPractitioner, "ana"}).status()),
              "NOT_FOUND");
    return absl::OkStatus();
  });
}

INSTANTIATE_TEST_SUITE_P(Engines, CataloguePartTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& test) { return testing::EngineName(test.param); });

}  // namespace
}  // namespace stillpoint::booking::adapters
