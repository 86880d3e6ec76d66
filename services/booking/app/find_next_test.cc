// The next free slots beside the plain search over every month, on both engines.
#include "services/booking/app/find_next.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using Texts = std::vector<std::string>;

// Counts what is read, and from when to when. Remembers everything if `warm`.
class CountedFacts final : public ports::Facts {
 public:
  explicit CountedFacts(ports::Facts& facts) : facts_(facts) {}
  absl::StatusOr<ports::FactsAnswer> Read(const Tenant& tenant,
                                          absl::Span<const domain::ResourceId> resources,
                                          domain::Month first, domain::Month last,
                                          Deadline deadline) override {
    ++reads;
    months += last - first + 1;
    return facts_.Read(tenant, resources, first, last, deadline);
  }
  void AskFreshness(const Tenant&, std::function<void(ports::Freshness)> then) override {
    then({"now"});
  }
  std::optional<ports::FactsAnswer> Recall(const Tenant& tenant,
                                           absl::Span<const domain::ResourceId> resources,
                                           domain::Month first, domain::Month last,
                                           ports::Freshness fresh) override {
    if (!warm || fresh.stamp != "now") return std::nullopt;
    auto facts = facts_.Read(tenant, resources, first, last, Deadline::After(absl::Seconds(10)));
    return facts.ok() ? std::make_optional(*std::move(facts)) : std::nullopt;
  }
  int reads = 0;
  int months = 0;
  bool warm = false;

 private:
  ports::Facts& facts_;
};

class FindNextTest : public LedgerTest {
 protected:
  FindNextTest() {
    domain::Catalogue catalogue = SmallClinic();
    catalogue.offerings["massage"].horizon_days = 400;
    for (auto& [id, who] : catalogue.practitioners) who.credentials[0].valid_until.reset();
    Use(catalogue);
  }

  void Use(const domain::Catalogue& catalogue) {
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(catalogue);
  }

  // p1 is away from `from` for `days`.
  void Away(absl::Time from, int days) {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.practitioners["p1"].time_off.push_back(
        {.id = "t", .start = from, .end = from + absl::Hours(24 * days)});
    Use(changed);
  }

  static domain::SlotQuery Query() {
    domain::SlotQuery query;
    query.offering = "massage";
    query.length_minutes = 60;
    query.practitioners = {"p1"};
    query.begin = domain::TickFloor(At(0));
    query.end = query.begin + 366 * 288;
    return query;
  }

  absl::StatusOr<NextSlots> Next(const domain::SlotQuery& query, int count) {
    return next_.Run(Tenant("o"), query, count, false, Deadline::After(absl::Seconds(30)));
  }

  static Texts Words(const std::vector<domain::FreeSlot>& slots) {
    Texts words;
    for (const domain::FreeSlot& slot : slots) {
      words.push_back(absl::StrCat(
          absl::FormatTime("%Y-%m-%d %H:%M ", domain::TimeOf(slot.start), slot.clinic->zone),
          slot.practitioner->id, " ", slot.room->id));
    }
    return words;
  }

  Metrics metrics_;
  adapters::CachedFacts cached_{*database_, nullptr, crypto::Key::Random(), metrics_};
  CountedFacts facts_{cached_};
  SearchSlots search_{*database_, catalogues_, facts_, ledger_, clock_};
  FindNext next_{search_, clock_};
};

TEST_P(FindNextTest, TheFirstTimesOfThisMonthCostOneRead) {
  ASSERT_TRUE(Create(Slot(At(9))).ok());
  const auto found = Next(Query(), 2);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(Words(found->slots), (Texts{"2027-03-08 10:00 p1 r1", "2027-03-08 10:15 p1 r1"}));
  EXPECT_FALSE(found->searched_until.has_value());
  EXPECT_EQ(facts_.reads, 1);
}

TEST_P(FindNextTest, TwoHundredDaysAwayCostsAHandfulOfReads) {
  Away(At(0), 200);
  const auto found = Next(Query(), 1);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(Words(found->slots), (Texts{"2027-09-24 09:00 p1 r1"}));
  EXPECT_LE(facts_.reads, 4);
  EXPECT_LE(facts_.months, 16);
}

TEST_P(FindNextTest, SlotsMayLieOnBothSidesOfAMonthsEnd) {
  Away(At(0), 23);                       // Until Wednesday 2027-03-31, 00:00.
  const auto found = Next(Query(), 31);  // 29 starts a day.
  ASSERT_TRUE(found.ok()) << found.status();
  const Texts words = Words(found->slots);
  ASSERT_EQ(words.size(), 31u);
  EXPECT_EQ(words.front(), "2027-03-31 09:00 p1 r1");
  EXPECT_EQ(words.back(), "2027-04-01 09:15 p1 r1");
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
}

TEST_P(FindNextTest, FindsWhatTheWholeSearchFinds) {
  Away(At(14), 40);
  ASSERT_TRUE(Create(Slot(At(10))).ok());
  domain::SlotQuery query = Query();
  query.practitioners = {"p1", "p2"};
  query.weekdays = 1 << 4;  // Fridays.
  query.until_minute = 10 * 60;
  query.end = query.begin + 200 * 288;
  const auto whole = search_.Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(30)));
  ASSERT_TRUE(whole.ok()) << whole.status();
  const auto found = Next(query, 10'000);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(Words(found->slots), Words(domain::ListSlots(whole->plan, std::nullopt, 10'000)));
  EXPECT_GT(found->slots.size(), 100u);
  EXPECT_EQ(found->searched_until, domain::TimeOf(query.end));
}

TEST_P(FindNextTest, StopsAtTheHorizonAndSaysSo) {
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.offerings["massage"].horizon_days = 20;
  Use(changed);
  Away(At(0), 100);
  const auto found = Next(Query(), 1);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->slots.empty());
  ASSERT_TRUE(found->searched_until.has_value());
  EXPECT_GT(*found->searched_until, clock_.TimeNow() + absl::Hours(24 * 20));
  EXPECT_LT(*found->searched_until, At(0) + absl::Hours(24 * 32));
  EXPECT_EQ(facts_.reads, 1);
}

TEST_P(FindNextTest, AWindowThatHasPassedIsEmpty) {
  domain::SlotQuery query = Query();
  query.begin = domain::TickFloor(At(0)) - 60 * 288;
  query.end = domain::TickFloor(At(0));
  const auto found = Next(query, 1);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->slots.empty());
  EXPECT_EQ(found->searched_until, domain::TimeOf(query.end));
  EXPECT_EQ(facts_.reads, 1);
}

TEST_P(FindNextTest, FromMemoryItSaysTheSameOrNothing) {
  Away(At(0), 200);
  const auto read = Next(Query(), 3);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(next_.RunWarm(Tenant("o"), Query(), 3, false, {"now"}).has_value());
  facts_.warm = true;
  facts_.reads = 0;
  const auto warm = next_.RunWarm(Tenant("o"), Query(), 3, false, {"now"});
  ASSERT_TRUE(warm.has_value() && warm->ok());
  EXPECT_EQ(Words((*warm)->slots), Words(read->slots));
  EXPECT_EQ(facts_.reads, 0);
  EXPECT_FALSE(next_.RunWarm(Tenant("o"), Query(), 3, false, {""}).has_value());
}

TEST_P(FindNextTest, ErrorsAreThoseOfTheSearch) {
  domain::SlotQuery query = Query();
  query.practitioners = {"nobody"};
  EXPECT_EQ(ReasonOf(Next(query, 1).status()), "REFERENCE_UNKNOWN");
}

INSTANTIATE_TEST_SUITE_P(Engines, FindNextTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
