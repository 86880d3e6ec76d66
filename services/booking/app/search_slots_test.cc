// Searches beside the use cases that change their answer: nothing taken is shown, nothing freed is
// hidden, by two replicas on one Redis and by one without.
#include "services/booking/app/search_slots.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/app/nearest_starts.h"

namespace stillpoint::booking::app {
namespace {

using Texts = std::vector<std::string>;

// One process: what it remembers is its own.
struct Replica {
  Replica(sql::Database& database, ports::Catalogues& catalogues, redis::Redis* redis,
          redis::SharedReader* reader, const crypto::Key& key, Metrics& metrics,
          const ports::Ledger& ledger, const Clock& clock)
      : facts(database, redis, key, metrics, {}, reader),
        search(database, catalogues, facts, ledger, clock) {}
  adapters::CachedFacts facts;
  SearchSlots search;
};

class SearchSlotsTest : public LedgerTest {
 protected:
  SearchSlotsTest()
      : client_(*redis::Redis::Open(server_.address(), {})),
        reader_(*redis::SharedReader::Open(server_.address(), {})) {
    for (auto& replica : replicas_) replica = NewReplica(client_.get());
    bare_ = NewReplica(nullptr);
    writer_ = std::make_unique<BookSlot>(*database_, catalogues_, ledger_, clearance_,
                                         alternatives_, replicas_[0]->facts, ids_);
    mover_ = std::make_unique<MoveBooking>(*database_, catalogues_, ledger_, clearance_,
                                           replicas_[0]->facts);
  }

  std::unique_ptr<Replica> NewReplica(redis::Redis* redis) {
    return std::make_unique<Replica>(*database_, catalogues_, redis,
                                     redis == nullptr ? nullptr : reader_.get(), key_, metrics_,
                                     ledger_, clock_);
  }

  // `massage`, 60 minutes, with p1 on the Monday of the ledger's tests.
  static domain::SlotQuery Query() {
    domain::SlotQuery query;
    query.offering = "massage";
    query.length_minutes = 60;
    query.practitioners = {"p1"};
    query.begin = domain::TickFloor(At(0));
    query.end = query.begin + 288;
    return query;
  }

  // From memory, if that will do.
  static std::optional<Texts> FromMemory(Replica& replica, const domain::SlotQuery& query) {
    // Not absl's notification: ThreadSanitizer cannot see into it.
    std::promise<std::optional<Texts>> asked;
    replica.search.AskFreshness(Tenant("o"), [&](const ports::Freshness& fresh) {
      const auto found = replica.search.RunWarm(Tenant("o"), query, false, fresh);
      asked.set_value(found.has_value() ? std::optional<Texts>(Told(*found)) : std::nullopt);
    });
    return asked.get_future().get();
  }

  static Texts ByReading(Replica& replica, const domain::SlotQuery& query) {
    return Told(replica.search.Run(Tenant("o"), query, false, Deadline::After(absl::Seconds(10))));
  }

  // From memory if that will do, and by reading; both must say the same.
  Texts Starts(Replica& replica, const domain::SlotQuery& query) {
    const std::optional<Texts> warm = FromMemory(replica, query);
    const Texts read = ByReading(replica, query);
    if (warm.has_value()) {
      ++warm_;
      EXPECT_EQ(*warm, read);
    }
    return read;
  }

  static Texts Told(const absl::StatusOr<FoundSlots>& found) {
    if (!found.ok()) return {ReasonOf(found.status())};
    Texts starts;
    for (const domain::FreeSlot& slot : domain::ListSlots(found->plan, std::nullopt, 1000)) {
      starts.push_back(absl::FormatTime("%H:%M", domain::TimeOf(slot.start), slot.clinic->zone));
    }
    return starts;
  }

  Texts AllSay(const domain::SlotQuery& query) {
    const Texts starts = Starts(*bare_, query);
    for (auto& replica : replicas_) EXPECT_EQ(Starts(*replica, query), starts);
    return starts;
  }

  std::string Book(absl::Time start, std::optional<absl::Duration> hold = {}) {
    return IdOf(writer_->Run(
        {.call = NewCall(), .client = "client", .slot = Slot(start), .hold = hold}, Encoded));
  }

  static bool Has(const Texts& starts, const std::string& start) {
    return std::find(starts.begin(), starts.end(), start) != starts.end();
  }

  testing::RedisServer server_;
  std::unique_ptr<redis::Redis> client_;
  std::unique_ptr<redis::SharedReader> reader_;
  int warm_ = 0;  // Answers that came from memory alone.
  crypto::Key key_ = crypto::Key::Random();
  Metrics metrics_;
  std::unique_ptr<Replica> replicas_[2];
  std::unique_ptr<Replica> bare_;
  std::unique_ptr<BookSlot> writer_;
  std::unique_ptr<MoveBooking> mover_;
};

TEST_P(SearchSlotsTest, Scenario51ACommitHidesTheSlotInEveryReplica) {
  const Texts before = AllSay(Query());
  EXPECT_EQ(before.size(), 29u);  // 09:00 to 16:00, every quarter of an hour.
  const std::string id = Book(At(10));
  const Texts after = AllSay(Query());
  EXPECT_FALSE(Has(after, "09:15"));
  EXPECT_FALSE(Has(after, "10:45"));
  EXPECT_TRUE(Has(after, "09:00"));
  EXPECT_TRUE(Has(after, "11:00"));
  ASSERT_TRUE(
      mover_
          ->Run(
              {.call = NewCall(), .booking = id, .move = domain::BookingMove::kCancel, .etag = ""},
              Encoded)
          .ok());
  EXPECT_EQ(AllSay(Query()), before);
  // Nothing changed since, so both replicas with Redis know without looking.
  warm_ = 0;
  EXPECT_EQ(AllSay(Query()), before);
  EXPECT_EQ(warm_, 2);
}

TEST_P(SearchSlotsTest, Scenario51RedisAwayChangesNothing) {
  AllSay(Query());
  server_.Stop();
  Book(At(10));
  EXPECT_FALSE(Has(AllSay(Query()), "10:00"));
  server_.Restart();
  Book(At(12));
  EXPECT_FALSE(Has(AllSay(Query()), "12:00"));
}

TEST_P(SearchSlotsTest, Scenario35AHoldHidesItsTimeUntilItExpires) {
  const Texts before = AllSay(Query());
  Book(At(10), absl::Minutes(10));
  EXPECT_FALSE(Has(AllSay(Query()), "10:30"));
  clock_.Advance(absl::Minutes(10));  // Nobody writes anything; the facts' version stays.
  EXPECT_EQ(AllSay(Query()), before);
}

TEST_P(SearchSlotsTest, ARoomThatIsTakenHidesTheTimeForEverybody) {
  domain::SlotQuery query = Query();
  query.room = "r1";
  query.practitioners = {"p2"};
  EXPECT_TRUE(Has(AllSay(query), "10:00"));
  Book(At(10));  // p1 in r1.
  EXPECT_FALSE(Has(AllSay(query), "10:00"));
  query.room = "";
  EXPECT_TRUE(Has(AllSay(query), "10:00"));  // Another room will do.
}

TEST_P(SearchSlotsTest, ADeviceThatIsTakenHidesTheTimeForWhoTakesOne) {
  catalogues_.catalogue = WithDevices(SmallClinic());
  domain::SlotQuery deep = Query();
  deep.offering = "deep";
  deep.practitioners = {"p2"};
  const Texts before = AllSay(deep);
  EXPECT_EQ(before.size(), 29u);
  const auto book = [&](const std::string& offering, absl::Time start, const std::string& who,
                        std::optional<absl::Duration> hold) {
    domain::SlotRequest slot = Slot(start, who, "");
    slot.offering = offering;
    return IdOf(
        writer_->Run({.call = NewCall(), .client = "client", .slot = slot, .hold = hold}, Encoded));
  };
  book("deep", At(10), "p1", {});
  book("deep", At(13), "p1", absl::Minutes(10));
  const Texts after = AllSay(deep);
  for (const char* taken : {"09:15", "10:45", "13:30"}) EXPECT_FALSE(Has(after, taken)) << taken;
  for (const char* free : {"09:00", "11:00", "14:00"}) EXPECT_TRUE(Has(after, free)) << free;
  EXPECT_EQ(AllSay(deep), after);
  EXPECT_GT(warm_, 0);  // Remembered devices will do, too.
  domain::SlotQuery any = deep;
  any.offering = "treated";
  EXPECT_EQ(AllSay(any).size(), 29u);
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(Has(AllSay(deep), "13:30"));
}

TEST_P(SearchSlotsTest, ANewCatalogueIsUsedAtOnce) {
  ASSERT_TRUE(testing::Unguarded(*database_)
                  .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                         [](sql::Transaction& tx) {
                           return tx
                               .Execute(
                                   "INSERT INTO catalogues (organization, version,"
                                   " display_name, revision) VALUES ('o', 1, '', 1)")
                               .status();
                         })
                  .ok());
  AllSay(Query());
  domain::Catalogue changed = SmallClinic();
  changed.version = 2;
  changed.practitioners["p1"].time_off.push_back(
      {.id = "t", .start = At(9), .end = At(15), .reason = domain::TimeOffReason::kIllness});
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  ASSERT_TRUE(testing::Unguarded(*database_)
                  .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                         [](sql::Transaction& tx) {
                           return tx.Execute("UPDATE catalogues SET version = 2").status();
                         })
                  .ok());
  replicas_[0]->facts.Raise(Tenant("o"), {{domain::kCatalogueResource, 2}});
  EXPECT_EQ(AllSay(Query()).front(), "15:00");
}

TEST_P(SearchSlotsTest, UnknownNamesAreNamed) {
  domain::SlotQuery query = Query();
  query.practitioners = {"nobody"};
  EXPECT_EQ(AllSay(query), (Texts{"REFERENCE_UNKNOWN"}));
  query = Query();
  query.offering = "nothing";
  EXPECT_EQ(AllSay(query), (Texts{"REFERENCE_UNKNOWN"}));
  query = Query();
  query.length_minutes = 45;
  EXPECT_EQ(AllSay(query), (Texts{"INVALID_FIELD"}));
  const auto other =
      replicas_[0]->search.Run(Tenant("other"), Query(), false, Deadline::After(absl::Seconds(10)));
  EXPECT_EQ(ReasonOf(other.status()), "NOT_FOUND");
}

TEST_P(SearchSlotsTest, AlternativesAreTheNearestFreeStarts) {
  FindAlternatives alternatives(replicas_[0]->search);
  Book(At(10));
  const auto near =
      alternatives.NearestStarts(Tenant("o"), Slot(At(10)), 3, Deadline::After(absl::Seconds(10)));
  ASSERT_TRUE(near.ok()) << near.status();
  EXPECT_EQ(*near, (std::vector<absl::Time>{At(9), At(11), At(11, 15)}));
}

// What has no race to lose finds none; ThreadSanitizer reads along.
TEST_P(SearchSlotsTest, ManySearchTogetherWhileOneBooks) {
  std::atomic<bool> done = false;
  std::vector<std::thread> searchers;
  for (int i = 0; i < 3; ++i) {
    searchers.emplace_back([&, i] {
      while (!done) {
        FromMemory(*replicas_[i % 2], Query());
        EXPECT_FALSE(ByReading(*replicas_[i % 2], Query()).empty());
      }
    });
  }
  for (int hour = 9; hour < 16; ++hour) {
    EXPECT_NE(Book(At(hour)), "");
    const Texts starts = Starts(*replicas_[1], Query());
    EXPECT_EQ(std::count(starts.begin(), starts.end(), absl::StrFormat("%02d:00", hour)), 0);
  }
  done = true;
  for (std::thread& searcher : searchers) searcher.join();
  EXPECT_EQ(AllSay(Query()), Texts({"16:00"}));
}

INSTANTIATE_TEST_SUITE_P(Engines, SearchSlotsTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
