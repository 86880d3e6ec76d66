// Who reaches which bookings.
#include "services/booking/edge/booking_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

using BookingAccessTest = BookingServiceTest;

TEST_P(BookingAccessTest, EveryRoleHasItsPlaceInTheMatrix) {
  rpc::AccessMatrix(channel_, LedgerAccess())
      .Check({"stillpoint.booking.v1.BookingService", "stillpoint.booking.v1.EventService"});
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
