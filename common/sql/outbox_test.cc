#include "common/sql/outbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/base/status_macros.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

absl::Status Append(Database& database, const std::string& subject) {
  return database.Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Lock({subject}));
    return AppendOutbox(tx, Tenant("o"), subject, "thing.added", std::string("\0p", 2) + subject);
  });
}

std::vector<OutboxEvent> Read(Database& database, OutboxCursor after, int limit) {
  std::vector<OutboxEvent> events;
  const absl::Status status =
      database.Read(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(events, ReadOutbox(tx, after, limit));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return events;
}

std::vector<std::string> SubjectsOf(const std::vector<OutboxEvent>& events) {
  std::vector<std::string> subjects;
  for (const OutboxEvent& event : events) subjects.push_back(event.subject);
  return subjects;
}

class OutboxTest : public ::testing::TestWithParam<StoreKind> {};

TEST_P(OutboxTest, EventsComeInOrderAndACursorResumes) {
  const FakeClock clock(absl::FromUnixMicros(1'800'000'000'000'001));
  const TestStore store(GetParam(), {.clock = &clock});
  for (const char* subject : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(Append(*store, subject).ok());
  }
  const auto all = Read(*store, {}, 10);
  EXPECT_EQ(SubjectsOf(all), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(all[1].organization, "o");
  EXPECT_EQ(all[1].kind, "thing.added");
  EXPECT_EQ(all[1].payload, std::string("\0pb", 3));
  EXPECT_EQ(all[1].time, clock.TimeNow());

  std::vector<OutboxEvent> paged;
  OutboxCursor cursor;
  for (auto page = Read(*store, cursor, 2); !page.empty(); page = Read(*store, cursor, 2)) {
    EXPECT_LE(page.size(), 2u);
    paged.insert(paged.end(), page.begin(), page.end());
    cursor = page.back().cursor;
  }
  EXPECT_EQ(SubjectsOf(paged), SubjectsOf(all));
}

TEST_P(OutboxTest, AFailedTransactionHasNoEvent) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AppendOutbox(tx, Tenant("o"), "lost", "thing.added", "p"));
        RETURN_IF_ERROR(AddThing(tx, "a"));
        return AddThing(tx, "a");
      });
  EXPECT_FALSE(status.ok());
  ASSERT_TRUE(Append(*store, "kept").ok());
  EXPECT_EQ(SubjectsOf(Read(*store, {}, 10)), std::vector<std::string>{"kept"});
}

TEST_P(OutboxTest, AReaderThatFollowsManyWritersMissesNothing) {
  const TestStore store(GetParam());
  constexpr int kThreads = 6, kRounds = 40;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        EXPECT_TRUE(Append(*store, absl::StrCat("subject", (t + round) % 3)).ok());
      }
    });
  }
  size_t seen = 0;
  OutboxCursor cursor;
  EXPECT_TRUE(testing::WaitUntil(kLong, [&] {
    const auto page = Read(*store, cursor, 7);
    seen += page.size();
    if (!page.empty()) cursor = page.back().cursor;
    return seen == kThreads * kRounds;
  }));
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(Read(*store, cursor, 7).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, OutboxTest,
                         ::testing::Values(StoreKind::kSqliteMemory, StoreKind::kSqliteFile,
                                           StoreKind::kPostgres),
                         [](const auto& kind) { return NameOf(kind.param); });

// SQLite has one writer: there is no transaction that began earlier and commits later.
TEST(PostgresOutboxTest, ASlowTransactionIsNeverPassedOver) {
  const TestStore store(StoreKind::kPostgres);
  std::atomic<bool> appended{false}, release{false};
  std::thread slow([&] {
    const absl::Status status =
        store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(AppendOutbox(tx, Tenant("o"), "slow", "thing.added", "p"));
          RETURN_IF_ERROR(AddThing(tx, "sends what was deferred"));
          appended = true;
          EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return release.load(); }));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  });
  ASSERT_TRUE(testing::WaitUntil(kLong, [&] { return appended.load(); }));
  ASSERT_TRUE(Append(*store, "quick").ok());
  // The quick one has committed; to hand it out now would be to skip the slow one for ever.
  EXPECT_TRUE(Read(*store, {}, 10).empty());
  release = true;
  slow.join();
  EXPECT_EQ(SubjectsOf(Read(*store, {}, 10)), (std::vector<std::string>{"slow", "quick"}));
}

}  // namespace
}  // namespace stillpoint::sql
