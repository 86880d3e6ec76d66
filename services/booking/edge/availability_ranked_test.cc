// Slots in the order of what they leave, over the wire, on both engines.
#include <set>
#include <string>
#include <vector>

#include "common/testing/databases.h"
#include "services/booking/edge/availability_testing.h"

namespace stillpoint::booking::edge {
namespace {

class RankedSlotsTest : public AvailabilityServiceTest {};

TEST_P(RankedSlotsTest, TheLeastFragmentingComeFirstAndSayWhatTheyLeave) {
  ASSERT_TRUE(Create(Slot(At(10))).ok());  // p1 is free before and after.
  pb::SearchSlotsRequest request = Request();
  request.mutable_filter()->add_practitioners("organizations/o/practitioners/p1");
  request.set_order(pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION);
  request.set_page_size(2);
  pb::SearchSlotsResponse response;
  ASSERT_EQ(Search(request, &response), "");
  ASSERT_EQ(response.slots_size(), 2);
  // 09:00 to 10:00 is filled whole; then comes what touches the booking.
  EXPECT_EQ(response.slots(0).local_start(), "2027-03-08T09:00:00-07:00");
  EXPECT_EQ(response.slots(0).gaps().before_minutes(), 0);
  EXPECT_EQ(response.slots(0).gaps().after_minutes(), 0);
  EXPECT_EQ(response.slots(1).local_start(), "2027-03-08T11:00:00-07:00");
  EXPECT_EQ(response.slots(1).gaps().after_minutes(), 300);
  EXPECT_EQ(response.slots(1).gaps().unusable_minutes(), 0);

  request.set_order(static_cast<pb::SearchSlotsRequest::Order>(9));
  EXPECT_EQ(Search(request, &response), "INVALID_FIELD");
}

TEST_P(RankedSlotsTest, RankedPagesStayInStepWhileBookingsCome) {
  pb::SearchSlotsRequest request = Request();
  request.set_order(pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION);
  request.set_page_size(7);
  std::set<std::string> seen;
  for (int page = 0;; ++page) {
    pb::SearchSlotsResponse response;
    ASSERT_EQ(Search(request, &response), "");
    for (const pb::Slot& slot : response.slots()) {
      EXPECT_TRUE(seen.insert(slot.local_start() + slot.practitioner()).second) << "given twice";
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
    if (page == 1) {
      ASSERT_TRUE(Create(Slot(At(11, 15))).ok());  // Turns the ranking of all of p1's times.
    }
    if (page == 3) {
      ASSERT_TRUE(Create(Slot(At(14, 45), "p2", "r2")).ok());
    }
  }
  request.clear_page_token();
  request.clear_order();
  request.set_page_size(1000);
  pb::SearchSlotsResponse rest;
  ASSERT_EQ(Search(request, &rest), "");
  EXPECT_GT(rest.slots_size(), 50);
  for (const pb::Slot& slot : rest.slots()) {
    EXPECT_EQ(seen.count(slot.local_start() + slot.practitioner()), 1u) << "passed over";
  }
}

TEST_P(RankedSlotsTest, RankedPagesEndAfterTheBest) {
  pb::SearchSlotsRequest request = Request();
  *request.mutable_filter()->mutable_window()->mutable_end_time() =
      rpc::ToProto(At(0) + absl::Hours(24 * 14));
  request.set_order(pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION);
  request.set_page_size(110);
  std::vector<int> sizes;
  for (;;) {
    pb::SearchSlotsResponse response;
    ASSERT_EQ(Search(request, &response), "");
    sizes.push_back(response.slots_size());
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(sizes, (std::vector<int>{110, 110, 80}));
}

INSTANTIATE_TEST_SUITE_P(Engines, RankedSlotsTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& engine) {
                           return stillpoint::testing::EngineName(engine.param);
                         });

}  // namespace
}  // namespace stillpoint::booking::edge
