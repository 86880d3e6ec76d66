// The part of CatalogService about policies, on both engines.
#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/catalog_service_testing.h"

namespace stillpoint::booking::edge {
namespace {

const char kOrg[] = "organizations/calm";
const char kClinic[] = "organizations/calm/clinics/moncton";

class CatalogPoliciesTest : public CatalogServiceTest {
 protected:
  void SetUp() override {
    CatalogServiceTest::SetUp();
    ASSERT_EQ(CreateClinic("moncton", "America/Moncton"), "");
  }

  std::string Set(const std::string& parent, const std::string& text,
                  const std::string& caller = "owner", const std::string& request_id = "") {
    pb::SetBookingPolicyRequest request;
    request.set_parent(parent);
    request.set_request_id(request_id);
    EXPECT_TRUE(
        google::protobuf::TextFormat::ParseFromString(text, request.mutable_booking_policy()));
    pb::SetBookingPolicyResponse response;
    const std::string reason = Call(caller, &Stub::SetBookingPolicy, request, &response);
    if (reason.empty()) set_ = response.booking_policy();
    return reason;
  }

  // Its name, or the reason of the refusal.
  std::string Get(const std::string& parent, int64_t at_seconds = 0,
                  const std::string& caller = "partner") {
    pb::GetBookingPolicyRequest request;
    request.set_parent(parent);
    if (at_seconds != 0) request.mutable_time()->set_seconds(at_seconds);
    pb::GetBookingPolicyResponse response;
    const std::string reason = Call(caller, &Stub::GetBookingPolicy, request, &response);
    return reason.empty() ? response.booking_policy().name() : reason;
  }

  pb::BookingPolicy set_;
};

TEST_P(CatalogPoliciesTest, EveryChangeIsAVersionThatStays) {
  const std::string rules =
      "notice { minutes: 120 day_before_minute: 1080 } horizon_days: 60"
      " cancellation { minutes: 1440 } change { day_before_minute: 720 }";
  ASSERT_EQ(Set(kOrg, rules), "") << last_;
  EXPECT_EQ(set_.name(), "organizations/calm/policies/1");
  EXPECT_EQ(set_.version(), 1);
  EXPECT_TRUE(set_.has_effective_time());
  const pb::BookingPolicy first = set_;
  ASSERT_EQ(Set(kOrg, "horizon_days: 30 etag: '" + first.etag() + "'"), "") << last_;
  EXPECT_EQ(set_.name(), "organizations/calm/policies/2");
  EXPECT_FALSE(set_.has_notice());
  EXPECT_EQ(Set(kOrg, "horizon_days: 20 etag: '" + first.etag() + "'"), "ETAG_MISMATCH");

  pb::ListBookingPoliciesRequest list;
  list.set_parent(kOrg);
  list.set_page_size(1);
  pb::ListBookingPoliciesResponse page;
  ASSERT_EQ(Call("partner", &Stub::ListBookingPolicies, list, &page), "") << last_;
  ASSERT_EQ(page.booking_policies_size(), 1);
  EXPECT_EQ(page.booking_policies(0).SerializeAsString(), first.SerializeAsString());
  list.set_page_token(page.next_page_token());
  pb::ListBookingPoliciesResponse rest;
  ASSERT_EQ(Call("partner", &Stub::ListBookingPolicies, list, &rest), "") << last_;
  ASSERT_EQ(rest.booking_policies_size(), 1);
  EXPECT_EQ(rest.booking_policies(0).SerializeAsString(), set_.SerializeAsString());
  EXPECT_EQ(rest.next_page_token(), "");
}

TEST_P(CatalogPoliciesTest, BuffersFollowEachOtherUnlessThePolicySaysOtherwise) {
  ASSERT_EQ(Set(kOrg, "horizon_days: 60"), "") << last_;
  EXPECT_EQ(set_.buffer_policy(), pb::BUFFER_POLICY_SUM);
  ASSERT_EQ(Set(kOrg, "buffer_policy: BUFFER_POLICY_MAX"), "") << last_;
  EXPECT_EQ(set_.buffer_policy(), pb::BUFFER_POLICY_MAX);
  EXPECT_EQ(Get(kOrg), set_.name());
  EXPECT_EQ(Set(kClinic, "withdrawn: true buffer_policy: BUFFER_POLICY_MAX"), "INVALID_FIELD");
  EXPECT_EQ(Set(kClinic, "withdrawn: true"), "") << last_;
  EXPECT_EQ(Set(kOrg, "buffer_policy: 7"), "INVALID_FIELD");
}

TEST_P(CatalogPoliciesTest, TheClinicsOwnCountsUntilItIsWithdrawn) {
  EXPECT_EQ(Get(kOrg), "NOT_FOUND");
  EXPECT_EQ(Get(kClinic), "NOT_FOUND");
  ASSERT_EQ(Set(kOrg, "horizon_days: 60"), "");
  EXPECT_EQ(Get(kClinic), "organizations/calm/policies/1");
  ASSERT_EQ(Set(kClinic, "notice { minutes: 60 }"), "");
  EXPECT_EQ(Get(kClinic), "organizations/calm/clinics/moncton/policies/1");
  EXPECT_EQ(Get(kOrg), "organizations/calm/policies/1");
  ASSERT_EQ(Set(kClinic, "withdrawn: true"), "") << last_;
  EXPECT_EQ(set_.version(), 2);
  EXPECT_EQ(Get(kClinic), "organizations/calm/policies/1");
}

TEST_P(CatalogPoliciesTest, APlannedVersionTakesEffectAtItsTime) {
  constexpr int64_t kFar = 4'300'000'000;  // In 2106.
  ASSERT_EQ(Set(kOrg, "horizon_days: 60"), "");
  ASSERT_EQ(Set(kOrg, absl::StrCat("horizon_days: 30 effective_time { seconds: ", kFar, " }")), "");
  EXPECT_EQ(set_.effective_time().seconds(), kFar);
  EXPECT_EQ(Get(kOrg), "organizations/calm/policies/1");
  EXPECT_EQ(Get(kOrg, kFar - 1), "organizations/calm/policies/1");
  EXPECT_EQ(Get(kOrg, kFar), "organizations/calm/policies/2");
  EXPECT_EQ(Set(kOrg, "effective_time { seconds: 1000000000 }"), "INVALID_FIELD");
  EXPECT_EQ(FieldsOf(last_).count("booking_policy.effective_time"), 1u) << last_;
}

TEST_P(CatalogPoliciesTest, ARepeatedCallAddsOneVersion) {
  ASSERT_EQ(Set(kOrg, "horizon_days: 60", "owner", "once"), "");
  const std::string first = set_.SerializeAsString();
  ASSERT_EQ(Set(kOrg, "horizon_days: 60", "owner", "once"), "");
  EXPECT_EQ(set_.SerializeAsString(), first);
  EXPECT_EQ(Set(kOrg, "horizon_days: 61", "owner", "once"), "IDEMPOTENCY_KEY_REUSED");
  ASSERT_EQ(Set(kOrg, "horizon_days: 61"), "");
  EXPECT_EQ(set_.version(), 2);
}

TEST_P(CatalogPoliciesTest, ABreakIsKeptAsItWasSet) {
  ASSERT_EQ(Set(kOrg, "meal_break { minutes: 30 from_minute: 660 until_minute: 840 }"), "");
  EXPECT_EQ(set_.meal_break().shift_minutes(), 0);
  const std::string rule = "minutes: 45 from_minute: 690 until_minute: 810 shift_minutes: 300";
  ASSERT_EQ(Set(kOrg, "meal_break { " + rule + " }"), "") << last_;
  pb::GetBookingPolicyRequest request;
  request.set_parent(kOrg);
  pb::GetBookingPolicyResponse got;
  ASSERT_EQ(Call("partner", &Stub::GetBookingPolicy, request, &got), "") << last_;
  EXPECT_EQ(got.booking_policy().meal_break().ShortDebugString(), rule);
  EXPECT_EQ(Set(kOrg, "meal_break { minutes: 31 until_minute: 60 }"), "OFF_GRID");
  EXPECT_EQ(Set(kOrg, "meal_break { until_minute: 60 }"), "INVALID_FIELD");
  ASSERT_EQ(Set(kOrg, "horizon_days: 30"), "");
  EXPECT_FALSE(set_.has_meal_break());
}

TEST_P(CatalogPoliciesTest, IsTheManagersAndOfTheirOrganization) {
  EXPECT_EQ(Set(kOrg, "horizon_days: 60", "partner"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Set(kOrg, "horizon_days: 60", "stranger"), "NOT_FOUND");
  EXPECT_EQ(Set(kClinic, "horizon_days: 60", "stranger"), "NOT_FOUND");
  EXPECT_EQ(Set("organizations/calm/clinics/paris", "horizon_days: 60"), "NOT_FOUND");
  EXPECT_EQ(Set("organizations/calm/rooms/1", "horizon_days: 60"), "INVALID_FIELD");
  EXPECT_EQ(Set(kOrg, "notice { day_before_minute: 1081 }"), "OFF_GRID");
  EXPECT_EQ(Set(kOrg, "withdrawn: true"), "INVALID_FIELD");
  ASSERT_EQ(Set(kOrg, "horizon_days: 60"), "");
  EXPECT_EQ(Get(kOrg, 0, "stranger"), "NOT_FOUND");
  EXPECT_EQ(Get("organizations/calm/clinics/paris"), "NOT_FOUND");
}

TEST(ReadOverrideTest, IsOfStaffAndNamesRulesAndAReason) {
  pb::PolicyOverride from;
  domain::SlotRequest slot;
  EXPECT_EQ(FieldsOf(ReadOverride(from, "desk", slot)).count("policy_override.rules"), 1u);
  from.add_rules(pb::Booking::POLICY_RULE_NOTICE);
  EXPECT_EQ(FieldsOf(ReadOverride(from, "desk", slot)).count("policy_override.reason"), 1u);
  from.set_reason(pb::Booking::OVERRIDE_REASON_URGENT);
  ASSERT_TRUE(ReadOverride(from, "desk", slot).ok());
  EXPECT_EQ(slot.override_of,
            (domain::PolicyOverride{
                {domain::PolicyRule::kNotice}, domain::OverrideReason::kUrgent, "desk"}));
  from.add_rules(static_cast<pb::Booking::PolicyRule>(99));
  EXPECT_EQ(FieldsOf(ReadOverride(from, "desk", slot)).count("policy_override.rules"), 1u);
  slot.online = true;
  EXPECT_EQ(ReasonOf(ReadOverride(from, "partner", slot)), "OVERRIDE_NOT_ALLOWED");
}

INSTANTIATE_TEST_SUITE_P(Engines, CatalogPoliciesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& test) { return testing::EngineName(test.param); });

}  // namespace
}  // namespace stillpoint::booking::edge
