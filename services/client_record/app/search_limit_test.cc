// How often clients may be searched for, and what the log knows of it.
#include <thread>
#include <vector>

#include "services/client_record/app/fixture_test.h"
#include "services/client_record/domain/search_budget.h"

namespace stillpoint::client_record::app {
namespace {

constexpr char kZoesPhone[] = "+17805550199";
constexpr char kNobodysPhone[] = "+17805550100";

class SearchLimitTest : public RecordsTest {
 protected:
  absl::Status Search(const std::string& value, const std::string& subject = "desk",
                      const std::string& organization = "o") {
    return FindClients(records_)
        .Run(By(subject, "ClientService.FindClients", organization), ports::Lookup::kPhone, value)
        .status();
  }
  // How many of up to `count` searches are answered before one is refused.
  int Answered(int count, const std::string& value, const std::string& subject = "desk") {
    for (int i = 0; i < count; ++i) {
      if (!Search(value, subject).ok()) return i;
    }
    return count;
  }
  // Spends all but `points` of a budget; '' is the organization's.
  void LeavePoints(const std::string& caller, int points) {
    const domain::SearchBudget budget =
        caller.empty() ? domain::kOrganizationBudget : domain::kCallerBudget;
    const absl::Time whole_at =
        domain::SpendPoints(budget, absl::InfinitePast(), budget.points - points, clock_.TimeNow());
    ASSERT_TRUE(Raw(absl::StrCat("UPDATE client_searches SET whole_us = ",
                                 absl::ToUnixMicros(whole_at), " WHERE caller = '", caller, "'"))
                    .ok());
  }
};

TEST_P(SearchLimitTest, ABudgetIsSpentAndComesBack) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Search(kZoesPhone).ok());
  LeavePoints("desk", 4);
  EXPECT_EQ(Answered(10, kZoesPhone), 4);
  const absl::Status refused = Search(kZoesPhone);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "SEARCH_LIMIT");
  EXPECT_EQ(MetadataOf(refused).at("limit"), "caller");
  EXPECT_EQ(RetryAfterOf(refused), absl::Seconds(6));
  EXPECT_TRUE(Search(kZoesPhone, "another desk").ok());
  clock_.Advance(absl::Seconds(6) - absl::Microseconds(1));
  EXPECT_EQ(Answered(10, kZoesPhone), 0);  // Being refused costs nothing.
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Answered(10, kZoesPhone), 1);
  clock_.Advance(absl::Hours(5));  // Not more than a whole budget is ever there.
  ASSERT_TRUE(Search(kZoesPhone).ok());
  EXPECT_EQ(Count(absl::StrCat("SELECT count(*) FROM client_searches WHERE caller = 'desk' AND"
                               " whole_us = ",
                               absl::ToUnixMicros(clock_.TimeNow() + absl::Seconds(6)))),
            1);
}

TEST_P(SearchLimitTest, WhoGuessesIsStoppedSooner) {
  ASSERT_TRUE(Add("zoe").ok());
  const int hits = domain::kCallerBudget.points / domain::kSearchCost;
  const int misses = domain::kCallerBudget.points / domain::kMissCost;
  EXPECT_EQ(Answered(misses + 10, kNobodysPhone, "guesser"), misses);
  EXPECT_LE(misses * 5, hits);
  // The other organization and the other callers of this one go on.
  EXPECT_TRUE(Search(kNobodysPhone, "guesser", "p").ok());
  EXPECT_TRUE(Search(kZoesPhone).ok());
}

TEST_P(SearchLimitTest, ManyCallersOfOneOrganizationAreLimitedTogether) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Search(kZoesPhone, "a").ok());
  LeavePoints("", 3);
  EXPECT_TRUE(Search(kZoesPhone, "b").ok());
  EXPECT_TRUE(Search(kZoesPhone, "c").ok());
  EXPECT_TRUE(Search(kZoesPhone, "d").ok());
  const absl::Status refused = Search(kZoesPhone, "e");
  EXPECT_EQ(ReasonOf(refused), "SEARCH_LIMIT");
  EXPECT_EQ(MetadataOf(refused).at("limit"), "organization");
  EXPECT_TRUE(Search(kZoesPhone, "e", "p").ok());
}

TEST_P(SearchLimitTest, EverySearchIsAudited) {
  const auto searches = [&] {
    return Count(
        "SELECT count(*) FROM audit_entries WHERE client = ''"
        " AND method = 'ClientService.FindClients' AND subject = 'desk'");
  };
  ASSERT_TRUE(Search(kNobodysPhone).ok());  // Nobody has a record here yet.
  EXPECT_EQ(searches(), 1);
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Search(kNobodysPhone).ok());
  EXPECT_EQ(searches(), 2);
  ASSERT_TRUE(Search(kZoesPhone).ok());
  EXPECT_EQ(searches(), 3);
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries WHERE client = 'zoe' AND subject = 'desk'"),
            1);
  LeavePoints("desk", 0);
  ASSERT_FALSE(Search(kZoesPhone).ok());
  EXPECT_EQ(searches(), 4);
  // Who is refused is not told whom it would have found, and nor is the log.
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries WHERE client = 'zoe' AND subject = 'desk'"),
            1);
  EXPECT_EQ(Verify().first_bad_sequence, 0);
}

TEST_P(SearchLimitTest, NoRacePassesIt) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Search(kZoesPhone).ok());
  LeavePoints("desk", 5);
  std::vector<absl::Status> answers(16);
  std::vector<std::thread> threads;
  threads.reserve(answers.size());
  for (absl::Status& answer : answers) {
    threads.emplace_back([&] { answer = Search(kZoesPhone); });
  }
  for (std::thread& thread : threads) thread.join();
  int answered = 0;
  for (const absl::Status& answer : answers) {
    answered += answer.ok() ? 1 : 0;
    EXPECT_EQ(ReasonOf(answer), answer.ok() ? "" : "SEARCH_LIMIT");
  }
  EXPECT_EQ(answered, 5);
}

TEST_P(SearchLimitTest, WhoReachesLessThanTheOrganizationFindsNobody) {
  ASSERT_TRUE(Add("zoe").ok());
  for (const Reach& reach : {Reach{.client = "zoe"}, Reach{.practitioner = "ann"}}) {
    Caller caller = Desk("ClientService.FindClients");
    caller.reach = reach;
    EXPECT_EQ(
        ReasonOf(FindClients(records_).Run(caller, ports::Lookup::kPhone, kZoesPhone).status()),
        "NOT_FOUND");
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, SearchLimitTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()), EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app
