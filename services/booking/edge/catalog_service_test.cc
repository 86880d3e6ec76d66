// CatalogService over the wire, on both engines.
#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "services/booking/edge/catalog_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

TEST_P(CatalogServiceTest, EveryMethodHasAnAccessEntry) {
  const absl::Status status = edge_.CheckAccessTable({"stillpoint.booking.v1.CatalogService"});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(CatalogServiceTest, EveryChangeCanBeAskedForOnly) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "stillpoint.booking.v1.CatalogService");
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* request = service->method(i)->input_type();
    // An organization is the operator's; there is nothing to try it against.
    if (request->name() == "CreateOrganizationRequest") continue;
    EXPECT_EQ(request->FindFieldByName("request_id") != nullptr,
              request->FindFieldByName("validate_only") != nullptr)
        << request->name();
  }
}

TEST_P(CatalogServiceTest, WhatIsOnlyAskedForChangesNothing) {
  pb::CreateClinicRequest request;
  request.set_parent("organizations/calm");
  request.set_clinic_id("moncton");
  request.set_request_id("once");
  request.set_validate_only(true);
  request.mutable_clinic()->set_display_name("Clinic");
  request.mutable_clinic()->set_time_zone("America/Moncton");
  pb::CreateClinicResponse response;
  ASSERT_EQ(Call("owner", &Stub::CreateClinic, request, &response), "") << last_;
  EXPECT_EQ(response.clinic().name(), "organizations/calm/clinics/moncton");
  pb::GetClinicRequest get;
  get.set_name(response.clinic().name());
  pb::GetClinicResponse got;
  EXPECT_EQ(Call("owner", &Stub::GetClinic, get, &got), "NOT_FOUND");

  // The real one is no repetition of it.
  request.set_validate_only(false);
  request.set_request_id("twice");
  ASSERT_EQ(Call("owner", &Stub::CreateClinic, request, &response), "") << last_;
  EXPECT_EQ(Call("owner", &Stub::GetClinic, get, &got), "");
  const std::string etag = got.clinic().etag();

  // Its refusals are those of the change itself.
  request.set_validate_only(true);
  request.set_request_id("");
  EXPECT_EQ(Call("owner", &Stub::CreateClinic, request, &response), "NAME_TAKEN");
  EXPECT_EQ(Call("stranger", &Stub::CreateClinic, request, &response), "NOT_FOUND");
  pb::UpdateClinicRequest update;
  *update.mutable_clinic() = got.clinic();
  update.mutable_clinic()->set_display_name("Another");
  update.mutable_update_mask()->add_paths("display_name");
  update.set_validate_only(true);
  pb::UpdateClinicResponse updated;
  ASSERT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "") << last_;
  EXPECT_EQ(updated.clinic().display_name(), "Another");
  ASSERT_EQ(Call("owner", &Stub::GetClinic, get, &got), "");
  EXPECT_EQ(got.clinic().display_name(), "Clinic");
  EXPECT_EQ(got.clinic().etag(), etag);
}

TEST_P(CatalogServiceTest, TravelTimesBelongToTheOrganization) {
  for (const char* id : {"a", "b", "c"}) ASSERT_EQ(CreateClinic(id, "America/Moncton"), "");
  pb::SetTravelTimesRequest request;
  request.set_organization("organizations/calm");
  const auto add = [&](const std::string& clinic, const std::string& other, int minutes) {
    pb::TravelTime* time = request.add_travel_times();
    time->set_clinic("organizations/calm/clinics/" + clinic);
    time->set_other_clinic("organizations/calm/clinics/" + other);
    time->set_minutes(minutes);
  };
  pb::SetTravelTimesResponse response;
  const auto set = [&](const std::string& caller) {
    return Call(caller, &Stub::SetTravelTimes, request, &response);
  };
  const auto read = [&] {
    pb::GetOrganizationRequest get;
    get.set_name("organizations/calm");
    pb::GetOrganizationResponse got;
    EXPECT_EQ(Call("partner", &Stub::GetOrganization, get, &got), "") << last_;
    return got.organization();
  };
  add("b", "a", 30);
  add("a", "c", 45);
  request.set_validate_only(true);
  ASSERT_EQ(set("owner"), "") << last_;
  EXPECT_EQ(response.organization().travel_times_size(), 2);
  EXPECT_EQ(read().travel_times_size(), 0);
  request.set_validate_only(false);
  const std::string before = read().etag();
  request.set_etag(before);
  request.set_request_id("once");
  ASSERT_EQ(set("owner"), "") << last_;
  EXPECT_EQ(read().SerializeAsString(), response.organization().SerializeAsString());
  ASSERT_EQ(read().travel_times_size(), 2);
  EXPECT_EQ(read().travel_times(0).clinic(), "organizations/calm/clinics/a");
  EXPECT_EQ(read().travel_times(0).other_clinic(), "organizations/calm/clinics/b");
  EXPECT_EQ(read().travel_times(0).minutes(), 30);
  EXPECT_NE(read().etag(), before);
  ASSERT_EQ(set("owner"), "") << last_;  // The same call again is the same call.
  request.set_request_id("");
  EXPECT_EQ(set("owner"), "ETAG_MISMATCH");
  request.set_etag(read().etag());
  request.mutable_travel_times(0)->set_clinic("organizations/other/clinics/b");
  EXPECT_EQ(set("owner"), "REFERENCE_UNKNOWN");
  EXPECT_EQ(set("stranger"), "NOT_FOUND");
  EXPECT_EQ(set("north"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(read().travel_times_size(), 2);
  request.clear_travel_times();
  ASSERT_EQ(set("owner"), "") << last_;
  EXPECT_EQ(read().travel_times_size(), 0);
}

TEST_P(CatalogServiceTest, SetsAClinicUpAndReadsItBack) {
  pb::Clinic clinic;
  ASSERT_EQ(CreateClinic("moncton", "America/Moncton", "", &clinic), "");
  EXPECT_EQ(clinic.name(), "organizations/calm/clinics/moncton");

  pb::CreateRoomRequest room;
  room.set_parent(clinic.name());
  room.set_room_id("r1");
  room.mutable_room()->set_display_name("One");
  room.mutable_room()->set_kind("quiet");
  room.mutable_room()->add_features("table");
  room.mutable_room()->add_features("mat");
  pb::CreateRoomResponse room_made;
  ASSERT_EQ(Call("owner", &Stub::CreateRoom, room, &room_made), "");
  EXPECT_EQ(room_made.room().features(0), "mat");
  ASSERT_EQ(CreatePractitioner("ana"), "");

  pb::SetWorkingHoursRequest hours;
  hours.set_practitioner("organizations/calm/practitioners/ana");
  Add(hours, "moncton", 540, 720);
  pb::SetWorkingHoursResponse hours_set;
  ASSERT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &hours_set), "") << last_;
  EXPECT_EQ(hours_set.practitioner().working_hours_size(), 1);

  pb::CreateOfferingRequest offering;
  offering.set_parent("organizations/calm");
  pb::Offering* cst = offering.mutable_offering();
  cst->set_display_name("Craniosacral session");
  cst->set_modality(type::MODALITY_CRANIOSACRAL);
  cst->add_duration_minutes(60);
  cst->set_step_minutes(15);
  cst->set_credential_kind("cst-1");
  cst->set_room_kind("quiet");
  cst->add_room_features("table");
  cst->set_horizon_days(90);
  cst->mutable_price()->set_currency_code("CAD");
  cst->mutable_price()->set_cents(12000);
  cst->add_clinics(clinic.name());
  pb::CreateOfferingResponse offering_made;
  ASSERT_EQ(Call("owner", &Stub::CreateOffering, offering, &offering_made), "") << last_;

  pb::GetOfferingRequest get;
  get.set_name(offering_made.offering().name());
  pb::GetOfferingResponse got;
  ASSERT_EQ(Call("partner", &Stub::GetOffering, get, &got), "");
  EXPECT_EQ(got.SerializeAsString(), offering_made.SerializeAsString());
  pb::GetPractitionerRequest get_ana;
  get_ana.set_name("organizations/calm/practitioners/ana");
  pb::GetPractitionerResponse ana;
  ASSERT_EQ(Call("partner", &Stub::GetPractitioner, get_ana, &ana), "");
  EXPECT_EQ(ana.practitioner().SerializeAsString(), hours_set.practitioner().SerializeAsString());
}

TEST_P(CatalogServiceTest, AReplayGetsTheSameBytesAndAnotherPayloadIsRefused) {
  pb::Clinic first;
  pb::Clinic second;
  ASSERT_EQ(CreateClinic("", "America/Moncton", "r-1", &first), "");
  ASSERT_EQ(CreateClinic("", "America/Moncton", "r-1", &second), "");
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(CreateClinic("", "America/Toronto", "r-1"), "IDEMPOTENCY_KEY_REUSED");
  pb::ListClinicsRequest list;
  list.set_parent("organizations/calm");
  pb::ListClinicsResponse clinics;
  ASSERT_EQ(Call("owner", &Stub::ListClinics, list, &clinics), "");
  EXPECT_EQ(clinics.clinics_size(), 1);
}

TEST_P(CatalogServiceTest, RefusesBadInputByReasonAndWritesNothing) {
  for (const char* zone : {"", "Mars/Phobos", "/etc/localtime", "right/UTC", "Fixed/UTC+01:00:00",
                           "America/../UTC", "localtime"}) {
    EXPECT_EQ(CreateClinic("c", zone), "ZONE_UNKNOWN") << zone;
  }
  EXPECT_EQ(CreateClinic("Not An Id", "UTC"), "INVALID_FIELD");
  ASSERT_EQ(CreateClinic("c", "UTC"), "");
  EXPECT_EQ(CreateClinic("c", "UTC"), "NAME_TAKEN");

  ASSERT_EQ(CreatePractitioner("ana"), "");
  pb::SetWorkingHoursRequest hours;
  hours.set_practitioner("organizations/calm/practitioners/ana");
  Add(hours, "c", 540, 720);
  Add(hours, "c", 700, 800);
  pb::SetWorkingHoursResponse response;
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &response), "HOURS_OVERLAP");
  EXPECT_EQ(FieldsOf(last_).count("working_hours[1]"), 1u) << last_;
  // Another organization's clinic looks like one that is not there.
  hours.mutable_working_hours(1)->set_clinic("organizations/other/clinics/c");
  EXPECT_EQ(Call("owner", &Stub::SetWorkingHours, hours, &response), "REFERENCE_UNKNOWN");

  pb::GetPractitionerRequest get;
  get.set_name("organizations/calm/practitioners/ana");
  pb::GetPractitionerResponse ana;
  ASSERT_EQ(Call("owner", &Stub::GetPractitioner, get, &ana), "");
  EXPECT_EQ(ana.practitioner().working_hours_size(), 0);
}

// Without the catalogue's lock each would see a free id, and the last would silently replace the
// rest.
TEST_P(CatalogServiceTest, OneOfManyGetsAnId) {
  constexpr int kCallers = 8;
  std::vector<std::string> reasons(kCallers);
  std::vector<std::thread> threads;
  for (std::string& reason : reasons) {
    threads.emplace_back([&] {
      pb::CreateClinicRequest request;
      request.set_parent("organizations/calm");
      request.set_clinic_id("c");
      request.mutable_clinic()->set_display_name("Clinic");
      request.mutable_clinic()->set_time_zone("UTC");
      pb::CreateClinicResponse response;
      grpc::ClientContext context;
      context.AddMetadata("authorization", "Bearer owner");
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      reason = ReasonOf(rpc::FromGrpc(stub_->CreateClinic(&context, request, &response)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), ""), 1);
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "NAME_TAKEN"), kCallers - 1);
}

TEST_P(CatalogServiceTest, ForeignAndUnknownNamesLookTheSame) {
  ASSERT_EQ(CreateClinic("c", "UTC"), "");
  pb::GetClinicRequest get;
  pb::GetClinicResponse response;
  std::vector<absl::Status> answers;
  for (const auto& [caller, name] : std::vector<std::pair<std::string, std::string>>{
           {"stranger", "organizations/calm/clinics/c"},
           {"stranger", "organizations/other/clinics/c"},
           {"stranger", "organizations/nobody/clinics/c"},
           {"operator", "organizations/nobody/clinics/c"}}) {
    get.set_name(name);
    EXPECT_EQ(Call(caller, &Stub::GetClinic, get, &response), "NOT_FOUND") << name;
    answers.push_back(last_);
  }
  for (const absl::Status& answer : answers) EXPECT_EQ(answer, answers[0]);
}

TEST_P(CatalogServiceTest, PartnersReadButDoNotChange) {
  pb::CreateClinicRequest create;
  create.set_parent("organizations/calm");
  pb::CreateClinicResponse created;
  EXPECT_EQ(Call("partner", &Stub::CreateClinic, create, &created), "ROLE_NOT_ALLOWED");
  pb::CreateOrganizationRequest organization;
  pb::CreateOrganizationResponse response;
  EXPECT_EQ(Call("owner", &Stub::CreateOrganization, organization, &response), "ROLE_NOT_ALLOWED");
}

TEST_P(CatalogServiceTest, AStaleEtagIsRefused) {
  pb::Clinic clinic;
  ASSERT_EQ(CreateClinic("c", "UTC", "", &clinic), "");
  pb::UpdateClinicRequest update;
  *update.mutable_clinic() = clinic;
  update.mutable_clinic()->set_display_name("New");
  update.mutable_clinic()->set_time_zone("Mars/Phobos");  // Not in the mask, so not read.
  update.mutable_update_mask()->add_paths("display_name");
  pb::UpdateClinicResponse updated;
  ASSERT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "") << last_;
  EXPECT_EQ(updated.clinic().display_name(), "New");
  EXPECT_EQ(updated.clinic().time_zone(), "UTC");
  EXPECT_NE(updated.clinic().etag(), clinic.etag());
  EXPECT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "ETAG_MISMATCH");
  update.mutable_update_mask()->add_paths("name");
  EXPECT_EQ(Call("owner", &Stub::UpdateClinic, update, &updated), "INVALID_FIELD");
}

TEST_P(CatalogServiceTest, PagesInOrderAndBindsTokens) {
  for (const char* id : {"b", "a", "c"}) ASSERT_EQ(CreateClinic(id, "UTC"), "");
  pb::ListClinicsRequest list;
  list.set_parent("organizations/calm");
  list.set_page_size(2);
  pb::ListClinicsResponse page;
  ASSERT_EQ(Call("owner", &Stub::ListClinics, list, &page), "");
  ASSERT_EQ(page.clinics_size(), 2);
  EXPECT_EQ(page.clinics(0).name(), "organizations/calm/clinics/a");
  list.set_page_token(page.next_page_token());
  pb::ListClinicsResponse rest;
  EXPECT_EQ(Call("partner", &Stub::ListClinics, list, &rest), "PAGE_TOKEN_INVALID");
  ASSERT_EQ(Call("owner", &Stub::ListClinics, list, &rest), "");
  ASSERT_EQ(rest.clinics_size(), 1);
  EXPECT_EQ(rest.clinics(0).name(), "organizations/calm/clinics/c");
  EXPECT_EQ(rest.next_page_token(), "");
  list.set_page_size(3);
  EXPECT_EQ(Call("owner", &Stub::ListClinics, list, &rest), "PAGE_TOKEN_INVALID");
}

TEST_P(CatalogServiceTest, TimeOffComesAndGoes) {
  ASSERT_EQ(CreatePractitioner("ana"), "");
  pb::AddTimeOffRequest add;
  add.set_practitioner("organizations/calm/practitioners/ana");
  add.mutable_time_off()->set_reason(pb::TIME_OFF_REASON_VACATION);
  add.mutable_time_off()->mutable_range()->mutable_start_time()->set_seconds(1804500000);
  add.mutable_time_off()->mutable_range()->mutable_end_time()->set_seconds(1804503600);
  pb::AddTimeOffResponse added;
  ASSERT_EQ(Call("owner", &Stub::AddTimeOff, add, &added), "") << last_;
  pb::AddTimeOffRequest earlier = add;
  earlier.mutable_time_off()->mutable_range()->mutable_start_time()->set_seconds(1804496400);
  pb::AddTimeOffResponse earlier_added;
  ASSERT_EQ(Call("owner", &Stub::AddTimeOff, earlier, &earlier_added), "");

  pb::ListTimeOffRequest list;
  list.set_practitioner(add.practitioner());
  pb::ListTimeOffResponse all;
  ASSERT_EQ(Call("owner", &Stub::ListTimeOff, list, &all), "");
  ASSERT_EQ(all.time_offs_size(), 2);
  EXPECT_EQ(all.time_offs(0).name(), earlier_added.time_off().name());
  EXPECT_EQ(Call("partner", &Stub::ListTimeOff, list, &all), "ROLE_NOT_ALLOWED");

  pb::RemoveTimeOffRequest remove;
  remove.set_name(added.time_off().name());
  remove.set_request_id("remove-1");
  pb::RemoveTimeOffResponse removed;
  ASSERT_EQ(Call("owner", &Stub::RemoveTimeOff, remove, &removed), "");
  ASSERT_EQ(Call("owner", &Stub::RemoveTimeOff, remove, &removed), "");  // A replay.
  remove.set_request_id("remove-2");
  EXPECT_EQ(Call("owner", &Stub::RemoveTimeOff, remove, &removed), "NOT_FOUND");

  add.mutable_time_off()->mutable_range()->mutable_end_time()->set_seconds(1804500000);
  EXPECT_EQ(Call("owner", &Stub::AddTimeOff, add, &added), "RANGE_REVERSED");
  add.mutable_time_off()->mutable_range()->mutable_end_time()->set_seconds(1804500060);
  EXPECT_EQ(Call("owner", &Stub::AddTimeOff, add, &added), "OFF_GRID");
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogServiceTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& test) { return testing::EngineName(test.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
