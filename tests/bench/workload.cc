#include "tests/bench/workload.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;
constexpr char kParent[] = "organizations/bench";
constexpr char kClinic[] = "organizations/bench/clinics/berlin";

template <typename Request, typename Method>
absl::Status Send(const rpc::Peer& peer, const Request& request, Method method) {
  grpc::ClientContext context;
  peer.Prepare(context, Deadline::After(absl::Seconds(10)));
  absl::Status status = rpc::FromGrpc(method(&context, request));
  if (!status.ok()) std::fprintf(stderr, "bench: catalogue: %s\n", status.ToString().c_str());
  return status;
}

void AddWeekday(type::v1::WeeklyRange* range, int day) {
  range->set_day_of_week(static_cast<type::v1::DayOfWeek>(day + 1));
  range->set_start_minute(9 * 60);
  range->set_end_minute(17 * 60);
}

absl::Status AddPractitioner(const rpc::Peer& owner, pb::CatalogService::Stub& stub,
                             const std::string& id) {
  pb::CreatePractitionerRequest request;
  request.set_parent(kParent);
  request.set_practitioner_id(id);
  request.mutable_practitioner()->set_display_name("Practitioner");
  RETURN_IF_ERROR(Send(owner, request, [&](auto* context, auto& req) {
    pb::CreatePractitionerResponse response;
    return stub.CreatePractitioner(context, req, &response);
  }));
  pb::SetWorkingHoursRequest hours;
  hours.set_practitioner(absl::StrCat(kParent, "/practitioners/", id));
  for (int day = 0; day < 5; ++day) {
    pb::WorkingHours* range = hours.add_working_hours();
    range->set_clinic(kClinic);
    AddWeekday(range->mutable_range(), day);
  }
  return Send(owner, hours, [&](auto* context, auto& req) {
    pb::SetWorkingHoursResponse response;
    return stub.SetWorkingHours(context, req, &response);
  });
}

absl::Status AddOffering(const rpc::Peer& owner, pb::CatalogService::Stub& stub,
                         const std::string& id, int horizon_days) {
  pb::CreateOfferingRequest offering;
  offering.set_parent(kParent);
  offering.set_offering_id(id);
  offering.mutable_offering()->set_display_name("Visit");
  offering.mutable_offering()->set_modality(type::v1::MODALITY_CRANIOSACRAL);
  offering.mutable_offering()->add_duration_minutes(30);
  offering.mutable_offering()->set_step_minutes(30);
  offering.mutable_offering()->set_room_kind("treatment");
  offering.mutable_offering()->set_horizon_days(horizon_days);
  offering.mutable_offering()->set_online_bookable(true);
  offering.mutable_offering()->mutable_price()->set_currency_code("EUR");
  return Send(owner, offering, [&](auto* context, auto& request) {
    pb::CreateOfferingResponse response;
    return stub.CreateOffering(context, request, &response);
  });
}

}  // namespace

uint32_t SlotHash(uint32_t practitioner, uint32_t slot) {
  uint32_t x = practitioner * 1000003u + slot * 7919u + 17u;
  x ^= x >> 16;
  x *= 0x45d9f3bu;
  x ^= x >> 16;
  x *= 0x45d9f3bu;
  x ^= x >> 16;
  return x;
}

std::vector<Place> BookedPlaces() {
  std::vector<Place> places;
  for (int p = 0; p < kPractitioners; ++p) {
    for (int s = 0; s < kSlotsBooked; ++s) {
      if (IsBooked(p, s)) places.push_back({p, s});
    }
  }
  return places;
}

std::vector<Place> FreshPlaces() {
  std::vector<Place> places;
  for (int p = 0; p < kPractitioners; ++p) {
    for (int s = kSlotsBooked; s < kSlotsLast; ++s) places.push_back({p, s});
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return SlotHash(a.practitioner + 977, a.slot) < SlotHash(b.practitioner + 977, b.slot);
  });
  return places;
}

Calendar::Calendar() {
  if (!absl::LoadTimeZone("Europe/Berlin", &zone_)) std::abort();  // tzdata is a package we need.
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), zone_);
  monday_ = absl::NextWeekday(today + 7, absl::Weekday::monday);
}

absl::Time Calendar::StartOf(int slot) const {
  const int day = slot / 16;
  const absl::CivilDay date = monday_ + (day / 5) * 7 + day % 5;
  return absl::FromCivil(absl::CivilMinute(date) + 9 * 60 + 30 * (slot % 16), zone_);
}

absl::Time Calendar::DayStart(int days_from_monday) const {
  return absl::FromCivil(monday_ + days_from_monday, zone_);
}

std::string PractitionerId(int practitioner) { return absl::StrFormat("p%02d", practitioner); }
std::string ClientName(int client) { return absl::StrCat(kParent, "/clients/c", client); }

absl::Status LoadCatalogue(const rpc::Peer& operator_peer, const rpc::Peer& owner,
                           int practitioners) {
  auto stub = pb::CatalogService::NewStub(owner.channel());
  pb::CreateOrganizationRequest organization;
  organization.set_organization_id("bench");
  organization.mutable_organization()->set_display_name("Bench");
  RETURN_IF_ERROR(Send(operator_peer, organization, [&](auto* context, auto& request) {
    pb::CreateOrganizationResponse response;
    return stub->CreateOrganization(context, request, &response);
  }));
  pb::CreateClinicRequest clinic;
  clinic.set_parent(kParent);
  clinic.set_clinic_id("berlin");
  clinic.mutable_clinic()->set_display_name("Berlin");
  clinic.mutable_clinic()->set_time_zone("Europe/Berlin");
  for (int day = 0; day < 5; ++day) AddWeekday(clinic.mutable_clinic()->add_opening_hours(), day);
  RETURN_IF_ERROR(Send(owner, clinic, [&](auto* context, auto& request) {
    pb::CreateClinicResponse response;
    return stub->CreateClinic(context, request, &response);
  }));
  for (int i = 0; i < kRooms; ++i) {
    pb::CreateRoomRequest room;
    room.set_parent(kClinic);
    room.set_room_id(absl::StrFormat("r%02d", i));
    room.mutable_room()->set_display_name("Room");
    room.mutable_room()->set_kind("treatment");
    RETURN_IF_ERROR(Send(owner, room, [&](auto* context, auto& request) {
      pb::CreateRoomResponse response;
      return stub->CreateRoom(context, request, &response);
    }));
  }
  RETURN_IF_ERROR(AddOffering(owner, *stub, "visit", 180));
  for (int p = 0; p < practitioners; ++p)
    RETURN_IF_ERROR(AddPractitioner(owner, *stub, PractitionerId(p)));
  return absl::OkStatus();
}

absl::Status AddAway(const rpc::Peer& owner) {
  auto stub = pb::CatalogService::NewStub(owner.channel());
  RETURN_IF_ERROR(AddOffering(owner, *stub, "year-long", 366));
  RETURN_IF_ERROR(AddPractitioner(owner, *stub, "away"));
  pb::AddTimeOffRequest off;
  off.set_practitioner(absl::StrCat(kParent, "/practitioners/away"));
  off.mutable_time_off()->set_reason(pb::TIME_OFF_REASON_OTHER);
  const absl::Time today = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) / 86400 * 86400);
  auto& range = *off.mutable_time_off()->mutable_range();
  *range.mutable_start_time() = rpc::ToProto(today);
  *range.mutable_end_time() = rpc::ToProto(today + absl::Hours(24) * kDaysAway);
  return Send(owner, off, [&](auto* context, auto& req) {
    pb::AddTimeOffResponse response;
    return stub->AddTimeOff(context, req, &response);
  });
}

}  // namespace stillpoint::bench
