// Answers that are given again: only while they are true, and only to whom they were given.
#include <memory>
#include <optional>
#include <string>

#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "services/booking/edge/availability_testing.h"

namespace stillpoint::booking::edge {
namespace {

struct RedisParts {
  stillpoint::testing::RedisServer server;
  std::unique_ptr<redis::Redis> client = *redis::Redis::Open(server.address(), {});
  std::unique_ptr<redis::SharedReader> reader = *redis::SharedReader::Open(server.address(), {});
};

class RememberedTest : protected RedisParts, public AvailabilityServiceTest {
 protected:
  RememberedTest() : AvailabilityServiceTest(client.get(), reader.get()) {}
  // Its callbacks use what is below.
  ~RememberedTest() override { reader.reset(); }

  // What a search says, as bytes; the reason if it is refused.
  std::string Ask(const pb::SearchSlotsRequest& request, const std::string& caller = "desk") {
    pb::SearchSlotsResponse response;
    const std::string refused = Search(request, &response, caller);
    return refused.empty() ? response.SerializeAsString() : refused;
  }
  int AskCount(const pb::SearchSlotsRequest& request) {
    pb::SearchSlotsResponse response;
    EXPECT_EQ(Search(request, &response), "");
    return response.slots_size();
  }
  // Asks until the answer is remembered; returns it.
  std::string Warm(const pb::SearchSlotsRequest& request) {
    const double before = Remembered();
    std::string answer;
    for (int i = 0; i < kTriesMax && Remembered() == before; ++i) answer = Ask(request);
    EXPECT_GT(Remembered(), before) << "never remembered";
    return answer;
  }
  double Remembered() { return metrics_.Counted("answers", "remembered"); }

  static pb::SearchSlotsRequest WithP1() {
    pb::SearchSlotsRequest request = Request();
    request.mutable_filter()->add_practitioners("organizations/o/practitioners/p1");
    *request.mutable_filter()->mutable_window()->mutable_start_time() = rpc::ToProto(At(9));
    return request;
  }

  std::string Book(absl::Time start, std::optional<absl::Duration> hold = {}) {
    app::BookSlot writer(*database_, catalogues_, ledger_, clearance_, alternatives_, facts_, ids_);
    return IdOf(writer.Run(
        {.call = NewCall(), .client = "client", .slot = Slot(start), .hold = hold}, Encoded));
  }

 private:
  // The first reads, the second finds it in memory, the third is given again.
  static constexpr int kTriesMax = 10;
};

TEST_P(RememberedTest, TheSameQuestionGetsTheSameBytes) {
  const std::string first = Ask(WithP1());
  EXPECT_EQ(Remembered(), 0);
  EXPECT_EQ(Warm(WithP1()), first);
  EXPECT_EQ(Ask(WithP1()), first);
}

TEST_P(RememberedTest, AnotherQuestionIsAnother) {
  const std::string all = Warm(WithP1());
  pb::SearchSlotsRequest fewer = WithP1();
  fewer.mutable_filter()->set_duration_minutes(90);
  const double before = Remembered();
  EXPECT_NE(Ask(fewer), all);
  EXPECT_EQ(Remembered(), before);
}

TEST_P(RememberedTest, ABookingEndsIt) {
  const std::string before = Warm(WithP1());
  Book(At(10));
  const std::string after = Ask(WithP1());
  EXPECT_NE(after, before);
  EXPECT_EQ(Warm(WithP1()), after);
}

TEST_P(RememberedTest, ABookingEndsItAlsoIfRedisIsNotTold) {
  const std::string before = Warm(WithP1());
  server.Suspend();  // Commits go through, nobody can be told.
  Book(At(10));
  server.Resume();
  const std::string after = Ask(WithP1());
  EXPECT_NE(after, before);
  ASSERT_TRUE(stillpoint::testing::WaitUntil(2 * adapters::kDistrust, [&] {
    EXPECT_EQ(Ask(WithP1()), after);
    return Remembered() > 1;
  })) << "Redis is not believed again";
}

TEST_P(RememberedTest, TimeAloneDoesNotEndIt) {
  Warm(WithP1());
  const double before = Remembered();
  clock_.Advance(absl::Minutes(50));
  Ask(WithP1());
  EXPECT_GT(Remembered(), before);
}

TEST_P(RememberedTest, AHoldThatRunsOutEndsIt) {
  const int all = AskCount(WithP1());
  Book(At(10), absl::Minutes(10));
  Warm(WithP1());
  EXPECT_LT(AskCount(WithP1()), all);
  clock_.Advance(absl::Minutes(10));  // Nobody writes anything.
  EXPECT_EQ(AskCount(WithP1()), all);
}

TEST_P(RememberedTest, WhatIsPastEndsIt) {
  Warm(WithP1());
  const int all = AskCount(WithP1());
  clock_.Advance(At(9) + absl::Minutes(1) - clock_.TimeNow());
  EXPECT_EQ(AskCount(WithP1()), all - 1);
}

TEST_P(RememberedTest, AStartThatComesTooNearEndsIt) {
  domain::Catalogue noticed = app::SmallClinic();
  noticed.offerings["massage"].notice_minutes = 180;  // 09:00 until 06:00 sharp.
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(noticed);
  Warm(WithP1());
  const int all = AskCount(WithP1());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(AskCount(WithP1()), all - 1);
}

TEST_P(RememberedTest, ItIsForOneCaller) {
  domain::Catalogue inside = app::SmallClinic();
  inside.offerings["massage"].online_bookable = false;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(inside);
  Warm(WithP1());
  EXPECT_EQ(Ask(WithP1(), "partner"), "OFFERING_UNAVAILABLE");
  EXPECT_EQ(Ask(WithP1(), "stranger"), "NOT_FOUND");
  EXPECT_EQ(Ask(WithP1(), "nobody"), "CALLER_UNKNOWN");
}

TEST_P(RememberedTest, PagesAreRememberedForWhomTheirTokensAreMade) {
  pb::SearchSlotsRequest request = WithP1();
  request.set_page_size(5);
  Warm(request);
  pb::SearchSlotsResponse page;
  ASSERT_EQ(Search(request, &page), "");
  request.set_page_token(page.next_page_token());
  const std::string second = Warm(request);
  EXPECT_NE(second, page.SerializeAsString());
  EXPECT_EQ(Ask(request, "owner"), "PAGE_TOKEN_INVALID");
}

TEST_P(RememberedTest, PackedTimesToo) {
  pb::ListFreeTimesRequest request;
  request.set_parent(WithP1().parent());
  *request.mutable_filter() = WithP1().filter();
  pb::ListFreeTimesResponse first;
  ASSERT_EQ(Call(&Stub::ListFreeTimes, request, &first), "");
  const double before = Remembered();
  for (int i = 0; i < 3; ++i) {
    pb::ListFreeTimesResponse again;
    ASSERT_EQ(Call(&Stub::ListFreeTimes, request, &again), "");
    EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  }
  EXPECT_GT(Remembered(), before);
}

INSTANTIATE_TEST_SUITE_P(Engines, RememberedTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& engine) {
                           return stillpoint::testing::EngineName(engine.param);
                         });

}  // namespace
}  // namespace stillpoint::booking::edge
