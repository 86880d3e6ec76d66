// The part of CatalogService about devices, on both engines.
#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/edge/catalog_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

class CatalogDevicesTest : public CatalogServiceTest {
 protected:
  void SetUp() override {
    CatalogServiceTest::SetUp();
    ASSERT_EQ(CreateClinic("north", "America/Moncton"), "");
    ASSERT_EQ(CreateClinic("south", "America/Toronto"), "");
  }

  std::string Create(const std::string& id, const std::string& text,
                     const std::string& clinic = "north", const std::string& request_id = "",
                     bool validate_only = false) {
    pb::CreateDeviceRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.mutable_device()));
    request.set_parent(absl::StrCat("organizations/calm/clinics/", clinic));
    request.set_device_id(id);
    request.set_request_id(request_id);
    request.set_validate_only(validate_only);
    return Call("north", &Stub::CreateDevice, request, &created_);
  }

  std::string Update(const std::string& text, const std::string& mask,
                     const std::string& caller = "north", bool validate_only = false) {
    pb::UpdateDeviceRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.mutable_device()));
    request.mutable_device()->set_name("organizations/calm/clinics/north/devices/us");
    if (!mask.empty()) request.mutable_update_mask()->add_paths(mask);
    request.set_validate_only(validate_only);
    return Call(caller, &Stub::UpdateDevice, request, &updated_);
  }

  pb::Device Get(const std::string& id) {
    pb::GetDeviceRequest request;
    request.set_name("organizations/calm/clinics/north/devices/" + id);
    pb::GetDeviceResponse response;
    EXPECT_EQ(Call("partner", &Stub::GetDevice, request, &response), "") << last_;
    return response.device();
  }

  static constexpr char kUltrasound[] =
      "display_name: 'Ultrasound' kind: 'ultrasound' features: 'wide' features: 'deep' "
      "turnover_minutes: 10";
  pb::CreateDeviceResponse created_;
  pb::UpdateDeviceResponse updated_;
};

TEST_P(CatalogDevicesTest, IsAddedReadAndListed) {
  ASSERT_EQ(Create("us", kUltrasound), "") << last_;
  const pb::Device made = created_.device();
  EXPECT_EQ(made.name(), "organizations/calm/clinics/north/devices/us");
  EXPECT_EQ(made.features(0), "deep");
  EXPECT_EQ(made.etag(), "r1");
  EXPECT_EQ(Get("us").SerializeAsString(), made.SerializeAsString());
  EXPECT_EQ(Create("us", kUltrasound), "NAME_TAKEN");
  ASSERT_EQ(Create("", kUltrasound), "");  // The id is chosen.
  EXPECT_NE(created_.device().name(), made.name());
  EXPECT_EQ(Create("tens", kUltrasound, "south"), "NOT_FOUND");  // Another manager's.
  EXPECT_EQ(Create("tens", kUltrasound, "nowhere"), "NOT_FOUND");
  EXPECT_EQ(Create("bad", "display_name: 'D' kind: 'us' turnover_minutes: 7"), "OFF_GRID");
  EXPECT_EQ(Create("bad", "display_name: 'D'"), "INVALID_FIELD");
  EXPECT_EQ(Create("Bad Id", kUltrasound), "INVALID_FIELD");

  pb::ListDevicesRequest list;
  list.set_parent("organizations/calm/clinics/north");
  list.set_page_size(1);
  pb::ListDevicesResponse page;
  ASSERT_EQ(Call("partner", &Stub::ListDevices, list, &page), "") << last_;
  EXPECT_EQ(page.devices_size(), 1);
  list.set_page_token(page.next_page_token());
  ASSERT_EQ(Call("partner", &Stub::ListDevices, list, &page), "") << last_;
  EXPECT_EQ(page.devices(0).name(), made.name());
  EXPECT_EQ(page.next_page_token(), "");
  list.clear_page_token();
  list.set_parent("organizations/calm/clinics/south");
  ASSERT_EQ(Call("partner", &Stub::ListDevices, list, &page), "") << last_;
  EXPECT_EQ(page.devices_size(), 0);
  list.set_parent("organizations/calm/clinics/nowhere");
  EXPECT_EQ(Call("partner", &Stub::ListDevices, list, &page), "NOT_FOUND");
}

TEST_P(CatalogDevicesTest, ChangesOnceAndOnlyWhereItIsTheSame) {
  ASSERT_EQ(Create("us", kUltrasound, "north", "once"), "");
  const std::string first = created_.SerializeAsString();
  ASSERT_EQ(Create("us", kUltrasound, "north", "once"), "") << last_;
  EXPECT_EQ(created_.SerializeAsString(), first);

  ASSERT_EQ(Update("archived: true display_name: 'ignored'", "archived"), "") << last_;
  EXPECT_TRUE(updated_.device().archived());
  EXPECT_EQ(updated_.device().display_name(), "Ultrasound");
  EXPECT_EQ(updated_.device().etag(), "r2");
  EXPECT_EQ(Update("archived: false etag: 'r1'", "archived"), "ETAG_MISMATCH");
  EXPECT_EQ(Update("kind: 'tens' etag: 'r2'", "kind", "north", /*validate_only=*/true), "");
  EXPECT_EQ(updated_.device().kind(), "tens");
  EXPECT_EQ(Get("us").kind(), "ultrasound");
  EXPECT_EQ(Update("display_name: 'N'", "name"), "INVALID_FIELD");
  // Without a mask everything is replaced.
  ASSERT_EQ(Update("display_name: 'New' kind: 'tens' etag: 'r2'", ""), "") << last_;
  const pb::Device now = Get("us");
  EXPECT_EQ(now.kind(), "tens");
  EXPECT_EQ(now.features_size(), 0);
  EXPECT_FALSE(now.archived());
  EXPECT_EQ(Update("display_name: 'N'", "display_name", "stranger"), "NOT_FOUND");
}

TEST_P(CatalogDevicesTest, WhatIsOnlyCheckedIsNotAdded) {
  ASSERT_EQ(Create("us", kUltrasound, "north", "", /*validate_only=*/true), "") << last_;
  EXPECT_EQ(created_.device().kind(), "ultrasound");
  EXPECT_EQ(Update("archived: true", "archived"), "NOT_FOUND");
}

TEST_P(CatalogDevicesTest, OfferingsAskForThem) {
  ASSERT_EQ(CreatePractitioner("ana"), "");
  pb::CreateOfferingRequest request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "parent: 'organizations/calm' offering_id: 'us' offering { display_name: 'Treatment' "
      "modality: MODALITY_SWEDISH duration_minutes: 60 step_minutes: 15 horizon_days: 90 "
      "price { currency_code: 'CAD' cents: 9000 } device_kind: 'ultrasound' "
      "device_features: 'wide' device_features: 'deep' }",
      &request));
  pb::CreateOfferingResponse response;
  EXPECT_EQ(Call("owner", &Stub::CreateOffering, request, &response), "REFERENCE_UNKNOWN");
  ASSERT_EQ(Create("us", kUltrasound), "");
  ASSERT_EQ(Call("owner", &Stub::CreateOffering, request, &response), "") << last_;
  EXPECT_EQ(response.offering().device_kind(), "ultrasound");
  EXPECT_EQ(response.offering().device_features(0), "deep");
  pb::UpdateOfferingRequest update;
  *update.mutable_offering() = response.offering();
  update.mutable_offering()->clear_device_features();
  update.mutable_update_mask()->add_paths("device_features");
  pb::UpdateOfferingResponse updated;
  ASSERT_EQ(Call("owner", &Stub::UpdateOffering, update, &updated), "") << last_;
  EXPECT_EQ(updated.offering().device_features_size(), 0);
  EXPECT_EQ(updated.offering().device_kind(), "ultrasound");
}

TEST_P(CatalogDevicesTest, AnOrganizationHasSoManyAtAllItsClinics) {
  const Tenant tenant("calm");
  ASSERT_TRUE(database_
                  ->Write(tenant, Deadline::After(absl::Seconds(30)),
                          [&](sql::Transaction& tx) -> absl::Status {
                            for (size_t i = 1; i < domain::kThingsMax; ++i) {
                              RETURN_IF_ERROR(store_.Save(
                                  tx, tenant,
                                  domain::Device{.id = absl::StrCat("d", i), .clinic = "south"}));
                            }
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_EQ(Create("us", kUltrasound), "") << last_;
  EXPECT_EQ(Create("one-more", kUltrasound), "CATALOGUE_FULL");
  EXPECT_EQ(Create("us", kUltrasound), "NAME_TAKEN");
  EXPECT_EQ(Update("display_name: 'Other'", "display_name"), "") << last_;
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogDevicesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
