// Who reaches which bookings.
#include "services/booking/edge/booking_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

class BookingAccessTest : public BookingServiceTest {
 protected:
  static std::string IdIn(const std::string& booking) {
    return booking.substr(booking.rfind('/') + 1);
  }
};

// A new service needs a matrix: here, in catalog_service_test or in availability_service_test.
TEST(AccessTableTest, EveryServiceHasAMatrix) {
  std::set<std::string> services;
  for (const rpc::MethodAccess& method : AccessTable()) {
    services.emplace(method.method.substr(0, method.method.find('.')));
  }
  EXPECT_EQ(services, (std::set<std::string>{"AvailabilityService", "BookingService",
                                             "CatalogService", "EventService"}));
}

TEST_P(BookingAccessTest, EveryRoleHasItsPlaceInTheMatrix) {
  const std::string held = IdIn(HoldOver(At(10)).name());
  rpc::AccessMatrix(channel_, LedgerAccess(), "o", {"/bookings/" + held})
      .Check({"stillpoint.booking.v1.BookingService", "stillpoint.booking.v1.EventService"});
}

TEST_P(BookingAccessTest, WhatIsOutOfReachLooksMissing) {
  catalogues_.catalogue = TwoClinics();
  std::vector<std::string> bookings;
  bookings.reserve(2);
  for (const rpc::Bounds& side : TwoSides()) {
    pb::CreateBookingRequest request;
    request.set_parent("organizations/o");
    request.set_client("organizations/o/clients/" + side.client);
    *request.mutable_slot() = HoldRequest(At(14)).slot();
    request.mutable_slot()->set_clinic("organizations/o/clinics/" + side.clinic);
    request.mutable_slot()->set_practitioner("organizations/o/practitioners/" + side.practitioner);
    request.mutable_slot()->clear_room();
    pb::CreateBookingResponse made;
    ASSERT_EQ(Call("desk", *stub_, &Stub::CreateBooking, request, &made), "") << last_;
    bookings.push_back(IdIn(made.booking().name()));
  }
  // Both visits are orphaned, so that each side has one to list.
  domain::Catalogue away = *catalogues_.catalogue;
  for (auto& [id, practitioner] : away.practitioners) {
    practitioner.time_off = {{.id = "t", .start = At(14), .end = At(15)}};
  }
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(away);
  const std::string parent = "parent: 'organizations/o' ", client = "client: '<client>' ",
                    verb = "name: '<booking>' etag: 'stale' ";
  std::vector<rpc::ReachCase> cases = {
      {"BookingService.HoldSlot", parent + client + SlotText("", At(10))},
      {"BookingService.CreateBooking", parent + client + SlotText("", At(10))},
      {"BookingService.GetBooking", "name: '<booking>'"},
      {"BookingService.ListBookings",
       parent + client + "clinic: '<clinic>' practitioner: '<practitioner>'"},
      {"BookingService.ListOrphanedBookings",
       parent + "clinic: '<clinic>' practitioner: '<practitioner>'"},
      {"BookingService.RescheduleBooking", verb + SlotText("own ", At(12))},
      {.method = "BookingService.RescheduleBooking",
       .request = "name: '<own booking>' validate_only: true " + SlotText("", At(12)),
       .except = rpc::Only(Role::kClientProxy)},
      {"BookingService.CancelBooking", verb + "reason: CANCEL_REASON_CLIENT"},
      {"BookingService.WaiveFee", verb + "reason: FEE_WAIVER_CLINIC"},
  };
  for (const char* method : {"BookingService.ConfirmBooking", "BookingService.ReleaseHold",
                             "BookingService.CheckInBooking", "BookingService.StartBooking",
                             "BookingService.CompleteBooking", "BookingService.MarkNoShow"}) {
    cases.push_back({method, verb});
  }
  TwoClinicsMatrix(channel_, LedgerAccess(), bookings[0], bookings[1])
      .Check({"stillpoint.booking.v1.BookingService", "stillpoint.booking.v1.EventService"}, cases);
}

TEST_P(BookingAccessTest, OrphansOfOwnClinicsAndOwnVisits) {
  const std::string name = HoldOver(At(10)).name();
  domain::Catalogue closed = *catalogues_.catalogue;
  closed.clinics["c"].opening_hours.clear();
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(closed);
  pb::ListOrphanedBookingsRequest request;
  request.set_parent("organizations/o");
  pb::ListOrphanedBookingsResponse listed;
  for (const char* in : {"desk", "desk-c", "p1", "service"}) {
    ASSERT_EQ(Call(in, *stub_, &Stub::ListOrphanedBookings, request, &listed), "") << last_;
    ASSERT_EQ(listed.orphaned_bookings_size(), 1) << in;
    EXPECT_EQ(listed.orphaned_bookings(0).booking().name(), name);
    ASSERT_EQ(listed.orphaned_bookings(0).reasons_size(), 1);
    EXPECT_EQ(listed.orphaned_bookings(0).reasons(0), pb::OrphanedBooking::REASON_OUTSIDE_HOURS);
  }
  for (const char* out : {"desk-far", "p2"}) {
    ASSERT_EQ(Call(out, *stub_, &Stub::ListOrphanedBookings, request, &listed), "") << last_;
    EXPECT_EQ(listed.orphaned_bookings_size(), 0) << out;
  }
  EXPECT_EQ(Call("stranger", *stub_, &Stub::ListOrphanedBookings, request, &listed), "NOT_FOUND");
  EXPECT_EQ(Call("ana", *stub_, &Stub::ListOrphanedBookings, request, &listed), "ROLE_NOT_ALLOWED");
}

TEST_P(BookingAccessTest, OwnClinicsOwnVisitsAndOneClient) {
  ASSERT_EQ(Hold(HoldRequest(At(10))), "");
  pb::ListBookingsRequest list;
  list.set_parent("organizations/o");
  pb::ListBookingsResponse listed;
  ASSERT_EQ(Call("desk", *stub_, &Stub::ListBookings, list, &listed), "");
  ASSERT_EQ(listed.bookings_size(), 1);
  const std::string name = listed.bookings(0).name();
  // Clinic c, practitioner p1, client ana; `in` reaches it, `out` does not.
  const auto get = [&](const std::string& caller, const std::string& booking) {
    pb::GetBookingRequest request;
    request.set_name(booking);
    pb::GetBookingResponse response;
    return Call(caller, *stub_, &Stub::GetBooking, request, &response);
  };
  const auto cancel = [&](const std::string& caller, const std::string& booking) {
    pb::CancelBookingRequest request;
    request.set_name(booking);
    request.set_etag("stale");
    request.set_reason(pb::Booking::CANCEL_REASON_CLIENT);
    pb::CancelBookingResponse response;
    return Call(caller, *stub_, &Stub::CancelBooking, request, &response);
  };
  for (const char* in : {"desk-c", "p1", "ana"}) {
    EXPECT_EQ(get(in, name), "") << in;
    EXPECT_EQ(cancel(in, name), "ETAG_MISMATCH") << in;
    ASSERT_EQ(Call(in, *stub_, &Stub::ListBookings, list, &listed), "");
    EXPECT_EQ(listed.bookings_size(), 1) << in;
  }
  for (const char* out : {"desk-far", "p2", "zoe"}) {
    EXPECT_EQ(get(out, name), "NOT_FOUND") << out;
    const absl::Status forbidden = last_;
    EXPECT_EQ(get(out, "organizations/o/bookings/none"), "NOT_FOUND") << out;
    EXPECT_EQ(last_, forbidden) << out;
    EXPECT_EQ(cancel(out, name), "NOT_FOUND") << out;
    ASSERT_EQ(Call(out, *stub_, &Stub::ListBookings, list, &listed), "");
    EXPECT_EQ(listed.bookings_size(), 0) << out;
  }
  // What is booked anew stays within reach, too.
  EXPECT_EQ(Hold(HoldRequest(At(12)), "desk-far"), "REFERENCE_UNKNOWN");
  EXPECT_EQ(Hold(HoldRequest(At(12)), "zoe"), "REFERENCE_UNKNOWN");
  EXPECT_EQ(Hold(HoldRequest(At(12)), "p1"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Hold(HoldRequest(At(12)), "desk-c"), "");
  // Within reach; but a client books online, and this offering is not for that.
  EXPECT_EQ(Hold(HoldRequest(At(14)), "ana"), "OFFERING_UNAVAILABLE");
}

INSTANTIATE_TEST_SUITE_P(Engines, BookingAccessTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
