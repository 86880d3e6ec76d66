// BookingService and EventService over the wire, on both engines.
#include "absl/strings/str_cat.h"
#include "services/booking/edge/booking_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

TEST_P(BookingServiceTest, ABookingLivesOverTheWire) {
  const pb::Booking held = HoldOver(At(10));
  EXPECT_EQ(held.state(), pb::Booking::STATE_HELD);
  EXPECT_EQ(held.zone(), "America/Edmonton");
  EXPECT_EQ(held.end_time().seconds() - held.start_time().seconds(), 3600);
  EXPECT_TRUE(held.has_hold_expire_time());

  pb::ConfirmBookingRequest confirm;
  confirm.set_name(held.name());
  confirm.set_etag(held.etag());
  confirm.set_request_id("confirm-1");
  pb::ConfirmBookingResponse confirmed, replayed;
  ASSERT_EQ(Call("desk", *stub_, &Stub::ConfirmBooking, confirm, &confirmed), "") << last_;
  EXPECT_FALSE(confirmed.booking().has_hold_expire_time());
  ASSERT_EQ(Call("desk", *stub_, &Stub::ConfirmBooking, confirm, &replayed), "") << last_;
  EXPECT_EQ(confirmed.SerializeAsString(), replayed.SerializeAsString());

  pb::RescheduleBookingRequest move;
  move.set_name(held.name());
  move.set_etag(held.etag());
  *move.mutable_slot()->mutable_start_time() = rpc::ToProto(At(10, 30));
  pb::RescheduleBookingResponse moved;
  EXPECT_EQ(Call("desk", *stub_, &Stub::RescheduleBooking, move, &moved), "ETAG_MISMATCH");
  move.set_etag(confirmed.booking().etag());
  ASSERT_EQ(Call("desk", *stub_, &Stub::RescheduleBooking, move, &moved), "") << last_;
  EXPECT_EQ(moved.booking().name(), held.name());
  EXPECT_EQ(moved.booking().revision(), 3);

  pb::CancelBookingRequest cancel;
  cancel.set_name(held.name());
  pb::CancelBookingResponse cancelled;
  EXPECT_EQ(Call("desk", *stub_, &Stub::CancelBooking, cancel, &cancelled), "INVALID_FIELD");
  cancel.set_reason(pb::Booking::CANCEL_REASON_CLIENT);
  ASSERT_EQ(Call("desk", *stub_, &Stub::CancelBooking, cancel, &cancelled), "") << last_;
  EXPECT_EQ(cancelled.booking().cancel_reason(), pb::Booking::CANCEL_REASON_CLIENT);
  EXPECT_EQ(Call("desk", *stub_, &Stub::CancelBooking, cancel, &cancelled), "BOOKING_STATE");
}

TEST_P(BookingServiceTest, Scenario52EventsResumeFromAnyCursor) {
  HoldOver(At(9));
  HoldOver(At(10));
  HoldOver(At(11));
  std::vector<std::string> seen;
  pb::ListEventsRequest request;
  request.set_page_size(1);
  for (int i = 0; i < 4; ++i) {
    pb::ListEventsResponse response;
    ASSERT_EQ(
        Call("service", *event_stub_, &pb::EventService::Stub::ListEvents, request, &response), "")
        << last_;
    if (i == 3) {
      EXPECT_EQ(response.events_size(), 0);
      EXPECT_EQ(response.next_cursor(), request.cursor());
      break;
    }
    ASSERT_EQ(response.events_size(), 1);
    EXPECT_EQ(response.events(0).kind(), pb::BookingEvent::KIND_HELD);
    EXPECT_EQ(response.events(0).clinic_display_name(), "Clinic");
    EXPECT_EQ(response.events(0).clinic_zone(), "America/Edmonton");
    seen.push_back(response.events(0).booking().name());
    request.set_cursor(response.next_cursor());
  }
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 3u);
  pb::ListEventsResponse response;
  request.set_cursor("nonsense");
  EXPECT_EQ(Call("service", *event_stub_, &pb::EventService::Stub::ListEvents, request, &response),
            "CURSOR_INVALID");
  EXPECT_EQ(Call("desk", *event_stub_, &pb::EventService::Stub::ListEvents, request, &response),
            "ROLE_NOT_ALLOWED");
}

// What is another organization's looks like what does not exist, in whatever field it stands;
// nothing is written.
TEST_P(BookingServiceTest, ForeignNamesLookUnknown) {
  const pb::Booking held = HoldOver(At(10));
  EXPECT_EQ(Hold(HoldRequest(At(11)), "stranger"), "NOT_FOUND");
  pb::GetBookingRequest get;
  get.set_name(held.name());
  pb::GetBookingResponse got;
  EXPECT_EQ(Call("stranger", *stub_, &Stub::GetBooking, get, &got), "NOT_FOUND");
  get.set_name("organizations/o/bookings/unknown");
  EXPECT_EQ(Call("desk", *stub_, &Stub::GetBooking, get, &got), "NOT_FOUND");
  struct Case {
    const char* field;
    std::function<void(pb::HoldSlotRequest&, const std::string&)> change;
  };
  const std::vector<Case> cases = {
      {"client", [](auto& r, auto& o) { r.set_client(o + "/clients/ana"); }},
      {"slot.clinic",
       [](auto& r, auto& o) {
         r.mutable_slot()->set_clinic(o + "/clinics/d");
         r.mutable_slot()->clear_room();
       }},
      {"slot.offering",
       [](auto& r, auto& o) { r.mutable_slot()->set_offering(o + "/offerings/none"); }},
      {"slot.practitioner",
       [](auto& r, auto& o) { r.mutable_slot()->set_practitioner(o + "/practitioners/p"); }},
      {"slot.room",
       [](auto& r, auto& o) { r.mutable_slot()->set_room(o + "/clinics/c/rooms/none"); }}};
  for (const Case& c : cases) {
    clearance_.answer = ports::ClearanceAnswer{.cleared = true};
    if (c.field == absl::string_view("client")) {
      clearance_.answer = Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such client");
    }
    std::vector<absl::Status> answers;
    for (const char* organization : {"organizations/o", "organizations/x"}) {
      pb::HoldSlotRequest request = HoldRequest(At(11));
      c.change(request, organization);
      EXPECT_EQ(Hold(request), "REFERENCE_UNKNOWN") << c.field;
      EXPECT_TRUE(FieldsOf(last_).contains(c.field)) << c.field << ": " << last_;
      answers.push_back(last_);
    }
    EXPECT_EQ(answers[0], answers[1]) << c.field;
  }
  EXPECT_EQ(Count("bookings"), 1);
}

TEST_P(BookingServiceTest, BadInputNamesTheField) {
  clock_.Advance(absl::Hours(4));  // 10:00.
  domain::Catalogue near = app::SmallClinic();
  near.offerings["massage"].horizon_days = 10;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(near);
  struct Case {
    const char* reason;
    const char* field;
    std::function<void(pb::HoldSlotRequest&)> change;
  };
  const auto start = [](absl::Time time) {
    return [time](auto& r) { *r.mutable_slot()->mutable_start_time() = rpc::ToProto(time); };
  };
  for (const Case& c : std::vector<Case>{
           {"INVALID_FIELD", "parent", [](auto& r) { r.set_parent("organizations/"); }},
           {"INVALID_FIELD", "client", [](auto& r) { r.clear_client(); }},
           {"INVALID_FIELD", "client", [](auto& r) { r.set_client("clients/ana"); }},
           {"INVALID_FIELD", "slot.clinic", [](auto& r) { r.mutable_slot()->clear_clinic(); }},
           {"INVALID_FIELD", "slot.start_time",
            [](auto& r) { r.mutable_slot()->clear_start_time(); }},
           {"INVALID_FIELD", "slot.start_time",
            [](auto& r) { r.mutable_slot()->mutable_start_time()->set_nanos(-1); }},
           {"OFF_GRID", "slot.start_time",
            [](auto& r) { r.mutable_slot()->mutable_start_time()->set_nanos(1000); }},
           {"OFF_GRID", "slot.start_time", start(At(11, 1))},
           {"START_IN_PAST", "slot.start_time", start(At(9))},
           {"BEYOND_HORIZON", "slot.start_time", start(At(10) + absl::Hours(24 * 11))},
           {"OUTSIDE_HOURS", "slot.start_time", start(At(20))},
           {"INVALID_FIELD", "slot.duration_minutes",
            [](auto& r) { r.mutable_slot()->set_duration_minutes(-5); }},
           {"INVALID_FIELD", "slot.duration_minutes",
            [](auto& r) { r.mutable_slot()->set_duration_minutes(45); }},
           {"INVALID_FIELD", "ttl", [](auto& r) { r.mutable_ttl()->set_seconds(3600); }},
           {"INVALID_FIELD", "ttl", [](auto& r) { r.mutable_ttl(); }},
           {"INVALID_FIELD", "request_id",
            [](auto& r) { r.set_request_id("spaces are not allowed"); }},
           {"INVALID_FIELD", "request_id",
            [](auto& r) { r.set_request_id(std::string(65, 'x')); }}}) {
    pb::HoldSlotRequest request = HoldRequest(At(11));
    c.change(request);
    EXPECT_EQ(Hold(request), c.reason) << c.field;
    EXPECT_TRUE(FieldsOf(last_).contains(c.field)) << c.field << ": " << last_;
  }
  EXPECT_EQ(Count("bookings"), 0);
  EXPECT_EQ(Count("claims"), 0);
  EXPECT_EQ(Hold(HoldRequest(At(11))), "");  // Nothing else was wrong with it.
}

TEST_P(BookingServiceTest, AHoldThatRanOutIsNamed) {
  const pb::Booking held = HoldOver(At(10));
  clock_.Advance(absl::Minutes(11));
  pb::ConfirmBookingRequest confirm;
  confirm.set_name(held.name());
  pb::ConfirmBookingResponse confirmed;
  EXPECT_EQ(Call("desk", *stub_, &Stub::ConfirmBooking, confirm, &confirmed), "HOLD_EXPIRED");
  EXPECT_TRUE(FieldsOf(last_).contains("name")) << last_;
  pb::ListBookingsRequest list;
  list.set_parent("organizations/o");
  list.add_states(pb::Booking::STATE_CONFIRMED);
  pb::ListBookingsResponse listed;
  ASSERT_EQ(Call("desk", *stub_, &Stub::ListBookings, list, &listed), "");
  EXPECT_EQ(listed.bookings_size(), 0);
}

TEST_P(BookingServiceTest, BadFiltersNameTheField) {
  struct Case {
    const char* reason;
    const char* field;
    std::function<void(pb::ListBookingsRequest&)> change;
  };
  for (const Case& c : std::vector<Case>{
           {"INVALID_FIELD", "clinic", [](auto& r) { r.set_clinic("c"); }},
           {"REFERENCE_UNKNOWN", "clinic",
            [](auto& r) { r.set_clinic("organizations/x/clinics/c"); }},
           {"REFERENCE_UNKNOWN", "client",
            [](auto& r) { r.set_client("organizations/x/clients/ana"); }},
           {"INVALID_FIELD", "states", [](auto& r) { r.add_states(pb::Booking::State(99)); }},
           {"INVALID_FIELD", "page_size", [](auto& r) { r.set_page_size(-1); }},
           {"PAGE_TOKEN_INVALID", "page_token", [](auto& r) { r.set_page_token("guess"); }},
           {"RANGE_REVERSED", "window_end_time",
            [](auto& r) {
              *r.mutable_window_start_time() = rpc::ToProto(At(10));
              *r.mutable_window_end_time() = rpc::ToProto(At(10));
            }},
           {"INVALID_FIELD", "window_start_time",
            [](auto& r) { r.mutable_window_start_time()->set_seconds(int64_t{1} << 60); }}}) {
    pb::ListBookingsRequest request;
    request.set_parent("organizations/o");
    c.change(request);
    pb::ListBookingsResponse response;
    EXPECT_EQ(Call("desk", *stub_, &Stub::ListBookings, request, &response), c.reason) << c.field;
    EXPECT_TRUE(FieldsOf(last_).contains(c.field)) << c.field << ": " << last_;
  }
}

TEST_P(BookingServiceTest, OrphansArePagedAndBadWindowsNamed) {
  for (int hour = 9; hour < 12; ++hour) HoldOver(At(hour));
  domain::Catalogue closed = *catalogues_.catalogue;
  closed.clinics["c"].opening_hours.clear();
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(closed);
  pb::ListOrphanedBookingsRequest request;
  request.set_parent("organizations/o");
  request.set_page_size(2);
  pb::ListOrphanedBookingsResponse first, second;
  ASSERT_EQ(Call("desk", *stub_, &Stub::ListOrphanedBookings, request, &first), "") << last_;
  ASSERT_EQ(first.orphaned_bookings_size(), 2);
  request.set_page_token(first.next_page_token());
  ASSERT_EQ(Call("desk", *stub_, &Stub::ListOrphanedBookings, request, &second), "") << last_;
  ASSERT_EQ(second.orphaned_bookings_size(), 1);
  EXPECT_EQ(second.orphaned_bookings(0).booking().start_time().seconds(),
            absl::ToUnixSeconds(At(11)));
  EXPECT_EQ(second.next_page_token(), "");
  request.clear_page_token();
  *request.mutable_window_start_time() = rpc::ToProto(At(10));
  *request.mutable_window_end_time() = rpc::ToProto(At(10));
  EXPECT_EQ(Call("desk", *stub_, &Stub::ListOrphanedBookings, request, &first), "RANGE_REVERSED");
  *request.mutable_window_end_time() = rpc::ToProto(At(10) + absl::Hours(24 * 93));
  EXPECT_EQ(Call("desk", *stub_, &Stub::ListOrphanedBookings, request, &first), "WINDOW_TOO_LONG");
  EXPECT_TRUE(FieldsOf(last_).contains("window_end_time")) << last_;
  request.set_clinic("organizations/x/clinics/c");
  EXPECT_EQ(Call("desk", *stub_, &Stub::ListOrphanedBookings, request, &first),
            "REFERENCE_UNKNOWN");
}

TEST_P(BookingServiceTest, APartnerBooksOnlyWhatIsOnline) {
  EXPECT_EQ(Hold(HoldRequest(At(10)), "partner"), "OFFERING_UNAVAILABLE");
  pb::ListBookingsRequest list;
  list.set_parent("organizations/o");
  pb::ListBookingsResponse listed;
  EXPECT_EQ(Call("partner", *stub_, &Stub::ListBookings, list, &listed), "ROLE_NOT_ALLOWED");
}

TEST_P(BookingServiceTest, AClientHoldsFewerTimesThanTheDesk) {
  domain::Catalogue online = app::SmallClinic();
  online.offerings["massage"].online_bookable = true;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(std::move(online));
  for (int hour = 9; hour < 9 + domain::kHoldsOfClient; ++hour) {
    EXPECT_EQ(Hold(HoldRequest(At(hour)), "ana"), "") << hour << ": " << last_;
  }
  EXPECT_EQ(Hold(HoldRequest(At(13)), "ana"), "HOLD_QUOTA");
  EXPECT_EQ(last_.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MetadataOf(last_)["limit"], absl::StrCat(domain::kHoldsOfClient));
  EXPECT_EQ(Hold(HoldRequest(At(13))), "") << last_;
}

TEST_P(BookingServiceTest, PagesFollowEachOther) {
  for (int hour = 9; hour < 14; ++hour) HoldOver(At(hour));
  pb::ListBookingsRequest request;
  request.set_parent("organizations/o");
  request.set_page_size(2);
  std::vector<int64_t> starts;
  do {
    pb::ListBookingsResponse response;
    ASSERT_EQ(Call("desk", *stub_, &Stub::ListBookings, request, &response), "") << last_;
    EXPECT_LE(response.bookings_size(), 2);
    for (const pb::Booking& booking : response.bookings()) {
      starts.push_back(booking.start_time().seconds());
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && starts.size() < 10);
  EXPECT_EQ(starts.size(), 5u);
  EXPECT_TRUE(std::is_sorted(starts.begin(), starts.end()));
  pb::ListBookingsResponse response;
  request.set_page_size(2);
  Call("desk", *stub_, &Stub::ListBookings, request, &response);
  request.set_page_token(response.next_page_token());
  request.set_client("organizations/o/clients/ana");  // Another question than the token's.
  EXPECT_EQ(Call("desk", *stub_, &Stub::ListBookings, request, &response), "PAGE_TOKEN_INVALID");
}

TEST_P(BookingServiceTest, TheDeskWaivesAFeeAndTheEventSaysSo) {
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.policies[""] = {{.cancellation = {.minutes = 1440}}};
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  pb::ConfirmBookingRequest confirm;
  confirm.set_name(HoldOver(At(10)).name());
  pb::ConfirmBookingResponse confirmed;
  ASSERT_EQ(Call("desk", *stub_, &Stub::ConfirmBooking, confirm, &confirmed), "") << last_;
  EXPECT_EQ(confirmed.booking().policy(), "organizations/o/policies/1");
  pb::CancelBookingRequest cancel;
  cancel.set_name(confirm.name());
  cancel.set_reason(pb::Booking::CANCEL_REASON_CLIENT);
  pb::CancelBookingResponse cancelled;
  ASSERT_EQ(Call("desk", *stub_, &Stub::CancelBooking, cancel, &cancelled), "") << last_;
  EXPECT_TRUE(cancelled.booking().fee_due());

  pb::WaiveFeeRequest waive;
  waive.set_name(confirm.name());
  pb::WaiveFeeResponse waived;
  EXPECT_EQ(Call("desk", *stub_, &Stub::WaiveFee, waive, &waived), "INVALID_FIELD");
  waive.set_reason(pb::Booking::FEE_WAIVER_EMERGENCY);
  EXPECT_EQ(Call("partner", *stub_, &Stub::WaiveFee, waive, &waived), "ROLE_NOT_ALLOWED");
  ASSERT_EQ(Call("desk", *stub_, &Stub::WaiveFee, waive, &waived), "") << last_;
  EXPECT_EQ(waived.booking().fee_waiver(), pb::Booking::FEE_WAIVER_EMERGENCY);
  pb::ListEventsResponse all;
  const auto list = &pb::EventService::Stub::ListEvents;
  ASSERT_EQ(Call("service", *event_stub_, list, pb::ListEventsRequest(), &all), "");
  const pb::BookingEvent& event = all.events(all.events_size() - 1);
  EXPECT_EQ(event.kind(), pb::BookingEvent::KIND_FEE_WAIVED);
  EXPECT_EQ(event.actor(), "test/desk");
}

TEST_P(BookingServiceTest, AfterNewZoneDataBookingsKeepTheirLocalTime) {
  for (const int hour : {10, 11, 12}) HoldOver(At(hour));
  new_zone_ = absl::FixedTimeZone(-8 * 60 * 60);  // It was seven hours behind UTC.
  pb::FollowZoneDataRequest request;
  request.set_parent("organizations/o");
  request.set_page_size(2);
  pb::FollowZoneDataResponse part;
  const auto follow = &Stub::FollowZoneData;
  EXPECT_EQ(Call("desk", *stub_, follow, request, &part), "ROLE_NOT_ALLOWED");
  request.set_validate_only(true);
  ASSERT_EQ(Call("matrix-owner", *stub_, follow, request, &part), "") << last_;
  ASSERT_EQ(part.moves_size(), 2);
  EXPECT_EQ(part.moves(0).booking().revision(), 1);
  request.set_validate_only(false);
  int moved = 0;
  for (int calls = 0; calls < 10; ++calls) {
    part.Clear();
    ASSERT_EQ(Call("matrix-owner", *stub_, follow, request, &part), "") << last_;
    for (const pb::ZoneMove& move : part.moves()) {
      EXPECT_EQ(move.reason(), "");
      EXPECT_EQ(move.start_time().seconds() - move.previous_start_time().seconds(), 3600);
      EXPECT_EQ(move.booking().start_time().seconds(), move.start_time().seconds());
      EXPECT_EQ(move.booking().revision(), 2);
      const int hour = 12 - moved++;  // The last one first.
      EXPECT_EQ(move.booking().local_start(), absl::StrCat("2027-03-08T", hour, ":00:00"));
    }
    request.set_page_token(part.next_page_token());
    if (request.page_token().empty()) break;
  }
  EXPECT_EQ(moved, 3);
  request.set_page_token("made up");
  EXPECT_EQ(Call("matrix-owner", *stub_, follow, request, &part), "PAGE_TOKEN_INVALID");
  pb::ListEventsResponse all;
  ASSERT_EQ(Call("service", *event_stub_, &pb::EventService::Stub::ListEvents,
                 pb::ListEventsRequest(), &all),
            "");
  EXPECT_EQ(all.events(all.events_size() - 1).kind(), pb::BookingEvent::KIND_ZONE_CHANGED);
}

INSTANTIATE_TEST_SUITE_P(Engines, BookingServiceTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
