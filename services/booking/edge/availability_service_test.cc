// AvailabilityService over the wire, on both engines.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/testing/databases.h"
#include "services/booking/edge/availability_testing.h"

namespace stillpoint::booking::edge {
namespace {

TEST_P(AvailabilityServiceTest, EveryMethodHasAnAccessEntry) {
  const absl::Status status = edge_.CheckAccessTable({"stillpoint.booking.v1.AvailabilityService"});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(AvailabilityServiceTest, ASlotSaysWhoWhereAndWhen) {
  pb::SearchSlotsRequest request = Request();
  request.set_page_size(1);
  pb::SearchSlotsResponse response;
  ASSERT_EQ(Search(request, &response), "");
  ASSERT_EQ(response.slots_size(), 1);
  const pb::Slot& slot = response.slots(0);
  EXPECT_EQ(slot.clinic(), "organizations/o/clinics/c");
  EXPECT_EQ(slot.practitioner(), "organizations/o/practitioners/p1");
  EXPECT_EQ(slot.room(), "organizations/o/clinics/c/rooms/r1");
  EXPECT_EQ(slot.local_start(), "2027-03-08T09:00:00-07:00");
  EXPECT_EQ(slot.end_time().seconds() - slot.start_time().seconds(), 3600);
}

TEST_P(AvailabilityServiceTest, PagesStayInStepWhileBookingsCome) {
  pb::SearchSlotsRequest request = Request();
  request.set_page_size(7);
  std::set<std::string> seen;
  int slots = 0;
  for (int page = 0;; ++page) {
    pb::SearchSlotsResponse response;
    ASSERT_EQ(Search(request, &response), "");
    for (const pb::Slot& slot : response.slots()) {
      ++slots;
      EXPECT_TRUE(seen.insert(slot.local_start() + slot.practitioner()).second) << "given twice";
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
    if (page == 0) {
      ASSERT_TRUE(Create(Slot(At(9))).ok());   // Shown, but for p1 at 09:45.
      ASSERT_TRUE(Create(Slot(At(15))).ok());  // Not yet shown: its seven starts of p1 go.
    }
  }
  EXPECT_EQ(slots, 3 * 29 - 7 - 1);
}

TEST_P(AvailabilityServiceTest, ATokenIsForOneCallerAndOneSearch) {
  pb::SearchSlotsRequest request = Request();
  request.set_page_size(1);
  pb::SearchSlotsResponse response;
  ASSERT_EQ(Search(request, &response), "");
  request.set_page_token(response.next_page_token());
  EXPECT_EQ(Search(request, &response, "owner"), "PAGE_TOKEN_INVALID");
  request.mutable_filter()->add_practitioners("organizations/o/practitioners/p2");
  EXPECT_EQ(Search(request, &response), "PAGE_TOKEN_INVALID");
}

TEST_P(AvailabilityServiceTest, PackedTimesAreTheSameTimes) {
  ASSERT_TRUE(Create(Slot(At(12))).ok());
  pb::SearchSlotsRequest request = Request();
  request.set_page_size(1000);
  pb::SearchSlotsResponse rich;
  ASSERT_EQ(Search(request, &rich), "");
  pb::ListFreeTimesRequest packed_request;
  packed_request.set_parent(request.parent());
  *packed_request.mutable_filter() = request.filter();
  pb::ListFreeTimesResponse packed;
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer desk");
  ASSERT_TRUE(stub_->ListFreeTimes(&context, packed_request, &packed).ok());
  std::set<std::string> from_rich;
  for (const pb::Slot& slot : rich.slots()) {
    from_rich.insert(slot.practitioner() + slot.clinic() +
                     std::to_string(slot.start_time().seconds()));
  }
  std::set<std::string> from_packed;
  for (const pb::FreeTimes& times : packed.free_times()) {
    for (const uint32_t minutes : times.start_minutes()) {
      from_packed.insert(times.practitioner() + times.clinic() +
                         std::to_string(packed.window_start_time().seconds() + minutes * 60));
    }
  }
  EXPECT_FALSE(from_rich.empty());
  EXPECT_EQ(from_packed, from_rich);
}

TEST_P(AvailabilityServiceTest, PackedTimesHaveABound) {
  pb::ListFreeTimesRequest request;
  request.set_parent("organizations/o");
  *request.mutable_filter() = Request().filter();
  const auto list = [&](pb::ListFreeTimesResponse* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer desk");
    return rpc::FromGrpc(stub_->ListFreeTimes(&context, request, response));
  };
  pb::ListFreeTimesResponse day;
  EXPECT_TRUE(list(&day).ok());
  EXPECT_EQ(day.free_times_size(), 3);
  *request.mutable_filter()->mutable_window()->mutable_end_time() =
      rpc::ToProto(At(0) + absl::Hours(48));
  pb::ListFreeTimesResponse none;
  const absl::Status refused = list(&none);
  EXPECT_EQ(ReasonOf(refused), "RESULT_TOO_LARGE");
  EXPECT_TRUE(FieldsOf(refused).contains("filter.window.end_time")) << refused;
  EXPECT_EQ(none.free_times_size(), 0);
}

TEST_P(AvailabilityServiceTest, BadInputIsNamed) {
  struct Case {
    const char* reason;
    const char* field;  // "" where none is to blame.
    std::function<void(pb::SearchSlotsRequest&, pb::SlotFilter&)> spoil;
  };
  const Case cases[] = {
      {"INVALID_FIELD", "parent", [](auto& request, auto&) { request.set_parent("nonsense"); }},
      {"INVALID_FIELD", "page_size", [](auto& request, auto&) { request.set_page_size(-1); }},
      {"PAGE_TOKEN_INVALID", "page_token",
       [](auto& request, auto&) { request.set_page_token("guess"); }},
      {"NOT_FOUND", "", [](auto& request, auto&) { request.set_parent("organizations/other"); }},
      {"INVALID_FIELD", "filter.window.start_time",
       [](auto&, auto& filter) { filter.clear_window(); }},
      {"INVALID_FIELD", "filter.offering",
       [](auto&, auto& filter) { filter.set_offering("massage"); }},
      {"REFERENCE_UNKNOWN", "filter.offering",
       [](auto&, auto& filter) { filter.set_offering("organizations/other/offerings/massage"); }},
      {"REFERENCE_UNKNOWN", "filter.clinics[0]",
       [](auto&, auto& filter) { filter.add_clinics("organizations/o/clinics/none"); }},
      {"OFF_GRID", "filter.window.start_time",
       [](auto&, auto& filter) { filter.mutable_window()->mutable_start_time()->set_nanos(1000); }},
      {"RANGE_REVERSED", "filter.window.end_time",
       [](auto&, auto& filter) {
         *filter.mutable_window()->mutable_end_time() = filter.window().start_time();
       }},
      {"WINDOW_TOO_LONG", "filter.window.end_time",
       [](auto&, auto& filter) {
         *filter.mutable_window()->mutable_end_time() = rpc::ToProto(At(0) + absl::Hours(24 * 93));
       }},
      {"INVALID_FIELD", "filter.duration_minutes",
       [](auto&, auto& filter) { filter.set_duration_minutes(45); }},
      {"INVALID_FIELD", "filter.local_from_minute",
       [](auto&, auto& filter) { filter.set_local_from_minute(1440); }},
      {"INVALID_FIELD", "filter.local_until_minute",
       [](auto&, auto& filter) { filter.set_local_until_minute(-1); }},
      {"INVALID_FIELD", "filter.weekdays",
       [](auto&, auto& filter) { filter.add_weekdays(type::v1::DAY_OF_WEEK_UNSPECIFIED); }},
      {"INVALID_FIELD", "filter.styles",
       [](auto&, auto& filter) { filter.add_styles(pb::STYLE_UNSPECIFIED); }},
      {"INVALID_FIELD", "filter.credential_kinds",
       [](auto&, auto& filter) { filter.add_credential_kinds("No code"); }},
      {"INVALID_FIELD", "filter.room_kinds",
       [](auto&, auto& filter) { filter.add_room_kinds(""); }},
      {"INVALID_FIELD", "filter.room_features",
       [](auto&, auto& filter) { filter.add_room_features("-"); }},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    pb::SearchSlotsRequest request = Request();
    cases[i].spoil(request, *request.mutable_filter());
    pb::SearchSlotsResponse response;
    EXPECT_EQ(Search(request, &response), cases[i].reason) << "case " << i;
    EXPECT_EQ(FieldsOf(last_).count(cases[i].field), *cases[i].field == '\0' ? 0u : 1u)
        << "case " << i << ": " << last_;
    EXPECT_EQ(response.slots_size(), 0);
  }
}

TEST_P(AvailabilityServiceTest, OthersSeeNothing) {
  pb::SearchSlotsResponse response;
  EXPECT_EQ(Search(Request(), &response, "stranger"), "NOT_FOUND");
  // `massage` is not bookable online.
  EXPECT_EQ(Search(Request(), &response, "partner"), "OFFERING_UNAVAILABLE");
}

TEST_P(AvailabilityServiceTest, CredentialsAndRoomsCanBeAskedFor) {
  const auto count = [&](auto change) {
    pb::SearchSlotsRequest request = Request();
    request.set_page_size(1000);
    change(*request.mutable_filter());
    pb::SearchSlotsResponse response;
    EXPECT_EQ(Search(request, &response), "");
    for (const pb::Slot& slot : response.slots()) {
      if (request.filter().room_features_size() > 0) {
        EXPECT_EQ(slot.room(), "organizations/o/clinics/c/rooms/r3");
      }
    }
    return response.slots_size();
  };
  EXPECT_EQ(count([](auto& filter) { filter.add_room_features("quiet"); }), 3 * 29);
  EXPECT_EQ(count([](auto& filter) { filter.add_room_kinds("office"); }), 0);
  EXPECT_EQ(count([](auto& filter) { filter.add_credential_kinds("rmt"); }), 3 * 29);
  EXPECT_EQ(count([](auto& filter) { filter.add_credential_kinds("cst"); }), 0);
  EXPECT_EQ(count([](auto& filter) {
              filter.add_room_kinds("office");
              filter.add_room_kinds("treatment");
            }),
            3 * 29);
}

TEST_P(AvailabilityServiceTest, Scenario36AnOwnHoldOrBookingHidesNothing) {
  pb::SearchSlotsRequest request = Request();
  request.set_page_size(1000);
  request.mutable_filter()->add_practitioners("organizations/o/practitioners/p1");
  const auto starts = [&](const std::string& own) {
    request.mutable_filter()->set_own_booking(own.empty() ? "" : "organizations/o/bookings/" + own);
    pb::SearchSlotsResponse response;
    EXPECT_EQ(Search(request, &response), "");
    return response.slots_size();
  };
  const std::string other = IdOf(Hold(Slot(At(9))));
  const int all = starts("");
  const std::string hold = IdOf(Hold(Slot(At(12))));
  EXPECT_EQ(starts(""), all - 7);
  EXPECT_EQ(starts(hold), all);  // But what `other` holds stays hidden.
  EXPECT_EQ(starts("none"), all - 7);
  ASSERT_TRUE(Move(hold, domain::BookingMove::kConfirm).ok());
  EXPECT_EQ(starts(""), all - 7);
  EXPECT_EQ(starts(hold), all);
  pb::FindNextSlotsRequest next;
  next.set_parent(request.parent());
  *next.mutable_filter() = request.filter();
  *next.mutable_filter()->mutable_window()->mutable_start_time() = rpc::ToProto(At(12));
  pb::FindNextSlotsResponse found;
  ASSERT_EQ(Call(&Stub::FindNextSlots, next, &found), "");
  ASSERT_EQ(found.slots_size(), 1);
  EXPECT_EQ(found.slots(0).local_start(), "2027-03-08T12:00:00-07:00");
  ASSERT_TRUE(Move(hold, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(starts(hold), all);
  ASSERT_TRUE(Create(Slot(At(12))).ok());  // Somebody else's by now.
  EXPECT_EQ(starts(hold), all - 7);

  pb::SearchSlotsResponse response;
  request.mutable_filter()->set_own_booking("organizations/other/bookings/" + hold);
  EXPECT_EQ(Search(request, &response), "REFERENCE_UNKNOWN");
  request.mutable_filter()->set_own_booking("mine");
  EXPECT_EQ(Search(request, &response), "INVALID_FIELD");
}

TEST_P(AvailabilityServiceTest, TheNextSlotsNeedNoWindow) {
  pb::FindNextSlotsRequest request;
  request.set_parent("organizations/o");
  *request.mutable_filter() = Request().filter();
  request.mutable_filter()->clear_window();
  pb::FindNextSlotsResponse response;
  ASSERT_EQ(Call(&Stub::FindNextSlots, request, &response), "");
  ASSERT_EQ(response.slots_size(), 1);
  EXPECT_EQ(response.slots(0).local_start(), "2027-03-08T09:00:00-07:00");
  EXPECT_FALSE(response.has_searched_until_time());

  // Credentials end with March, and the horizon is 60 days away.
  *request.mutable_filter()->mutable_window()->mutable_start_time() =
      rpc::ToProto(At(0) + absl::Hours(24 * 30));
  request.set_max_slots(100);
  ASSERT_EQ(Call(&Stub::FindNextSlots, request, &response), "");
  EXPECT_EQ(response.slots_size(), 0);
  EXPECT_TRUE(response.has_searched_until_time());

  EXPECT_EQ(Call(&Stub::FindNextSlots, request, &response, "stranger"), "NOT_FOUND");
  EXPECT_EQ(Call(&Stub::FindNextSlots, request, &response, "partner"), "OFFERING_UNAVAILABLE");
  request.set_max_slots(101);
  EXPECT_EQ(Call(&Stub::FindNextSlots, request, &response), "INVALID_FIELD");
  request.set_max_slots(1);
  *request.mutable_filter()->mutable_window()->mutable_end_time() =
      rpc::ToProto(At(0) + absl::Hours(24 * (30 + 367)));
  EXPECT_EQ(Call(&Stub::FindNextSlots, request, &response), "WINDOW_TOO_LONG");
}

TEST_P(AvailabilityServiceTest, StaffLearnWhatStandsInTheWay) {
  const std::string id = IdOf(Create(Slot(At(10))));
  pb::ExplainSlotRequest request;
  request.set_parent("organizations/o");
  pb::SlotRequest& slot = *request.mutable_slot();
  slot.set_clinic("organizations/o/clinics/c");
  slot.set_offering("organizations/o/offerings/massage");
  slot.set_duration_minutes(60);
  *slot.mutable_start_time() = rpc::ToProto(At(10, 30));
  pb::ExplainSlotResponse response;
  ASSERT_EQ(Call(&Stub::ExplainSlot, request, &response), "");
  EXPECT_TRUE(response.bookable());  // p2 and r2 are free.
  EXPECT_TRUE(response.offered());
  EXPECT_FALSE(response.offered_online());
  EXPECT_EQ(response.local_start(), "2027-03-08T10:30:00-07:00");
  ASSERT_EQ(response.practitioners_size(), 3);
  ASSERT_EQ(response.practitioners(0).obstacles_size(), 1);
  EXPECT_EQ(response.practitioners(1).obstacles_size(), 0);
  const pb::Obstacle& busy = response.practitioners(0).obstacles(0);
  EXPECT_EQ(busy.code(), pb::Obstacle::CODE_BUSY);
  EXPECT_EQ(busy.reach(), pb::Obstacle::REACH_EVERYONE);
  EXPECT_EQ(busy.booking(), "organizations/o/bookings/" + id);
  EXPECT_EQ(rpc::ToProto(At(10)).seconds(), busy.range().start_time().seconds());
  EXPECT_EQ(response.rooms(0).resource(), "organizations/o/clinics/c/rooms/r1");
  EXPECT_EQ(response.DebugString().find("client"), std::string::npos);
  EXPECT_EQ(static_cast<int>(domain::ObstacleCode::kClearanceUnavailable), pb::Obstacle::Code_MAX);

  slot.set_practitioner("organizations/o/practitioners/p1");
  ASSERT_EQ(Call(&Stub::ExplainSlot, request, &response), "");
  EXPECT_FALSE(response.bookable());

  slot.set_practitioner("organizations/o/practitioners/p2");
  request.set_client("organizations/o/clients/ana");
  clearance_.answer = ports::ClearanceAnswer{
      .cleared = false, .reason = "INTAKE_REQUIRED", .rule = "intake", .rule_version = "1"};
  ASSERT_EQ(Call(&Stub::ExplainSlot, request, &response), "");
  EXPECT_FALSE(response.bookable());
  EXPECT_TRUE(response.offered());
  const pb::Obstacle& record = response.obstacles(response.obstacles_size() - 1);
  EXPECT_EQ(record.code(), pb::Obstacle::CODE_NOT_CLEARED);
  EXPECT_EQ(record.reach(), pb::Obstacle::REACH_CLIENT);
  EXPECT_EQ(record.reason(), "INTAKE_REQUIRED");
  EXPECT_EQ(response.DebugString().find("ana"), std::string::npos);
  request.set_client("organizations/other/clients/ana");
  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response), "REFERENCE_UNKNOWN");
  request.set_client("clients/ana");
  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response), "INVALID_FIELD");
  request.clear_client();

  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response, "partner"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response, "stranger"), "NOT_FOUND");
  slot.set_practitioner("organizations/other/practitioners/p1");
  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response), "REFERENCE_UNKNOWN");
  slot.set_practitioner("organizations/o/practitioners/p9");
  EXPECT_EQ(Call(&Stub::ExplainSlot, request, &response), "REFERENCE_UNKNOWN");
}

TEST_P(AvailabilityServiceTest, ADeviceIsNamedWhereOneIsTaken) {
  catalogues_.catalogue = app::WithDevices(app::SmallClinic());
  pb::SearchSlotsRequest request = Request();
  request.mutable_filter()->set_offering("organizations/o/offerings/treated");
  for (const auto order :
       {pb::SearchSlotsRequest::ORDER_TIME, pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION}) {
    request.set_order(order);
    pb::SearchSlotsResponse found;
    ASSERT_EQ(Search(request, &found), "");
    EXPECT_EQ(found.slots(0).device(), "organizations/o/clinics/c/devices/d1") << order;
  }
  pb::SearchSlotsResponse without;
  ASSERT_EQ(Search(Request(), &without), "");
  EXPECT_EQ(without.slots(0).device(), "");

  domain::SlotRequest treated = Slot(At(10));
  treated.offering = "treated";
  const std::string id = IdOf(Create(treated));
  pb::ExplainSlotRequest explain;
  explain.set_parent("organizations/o");
  explain.mutable_slot()->set_clinic("organizations/o/clinics/c");
  explain.mutable_slot()->set_offering("organizations/o/offerings/treated");
  explain.mutable_slot()->set_duration_minutes(60);
  *explain.mutable_slot()->mutable_start_time() = rpc::ToProto(At(10, 30));
  pb::ExplainSlotResponse explained;
  ASSERT_EQ(Call(&Stub::ExplainSlot, explain, &explained), "");
  EXPECT_TRUE(explained.bookable());
  ASSERT_EQ(explained.devices_size(), 3);
  EXPECT_EQ(explained.devices(0).resource(), "organizations/o/clinics/c/devices/d1");
  EXPECT_EQ(explained.devices(0).obstacles(0).booking(), "organizations/o/bookings/" + id);
  EXPECT_EQ(explained.devices(1).obstacles_size(), 0);
}

TEST_P(AvailabilityServiceTest, EveryRoleHasItsPlaceInTheMatrix) {
  rpc::AccessMatrix(channel_, AvailabilityAccess(), "o")
      .Check({"stillpoint.booking.v1.AvailabilityService"});
}

TEST_P(AvailabilityServiceTest, WhatIsOutOfReachLooksMissing) {
  catalogues_.catalogue = TwoClinics();
  TwoClinicsMatrix(channel_, AvailabilityAccess(), "b", "b")
      .Check({"stillpoint.booking.v1.AvailabilityService"},
             {{"AvailabilityService.ExplainSlot",
               "parent: 'organizations/o' " + SlotText("", At(10))}});
}

INSTANTIATE_TEST_SUITE_P(Engines, AvailabilityServiceTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& engine) {
                           return stillpoint::testing::EngineName(engine.param);
                         });

}  // namespace
}  // namespace stillpoint::booking::edge
