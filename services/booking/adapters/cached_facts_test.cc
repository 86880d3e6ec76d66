// Two replicas on one database and one real Redis: whatever happens to Redis, what a search is told
// is what the database holds.
#include "services/booking/adapters/cached_facts.h"

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "gtest/gtest.h"
#include "services/booking/adapters/fact_store.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/adapters/pointer_healer.h"
#include "services/booking/adapters/resource_versions.h"

namespace stillpoint::booking::adapters {
namespace {

const Tenant kTenant("o");
const std::vector<domain::ResourceId> kResources = {"practitioners/p1", "practitioners/p2",
                                                    "clinics/c/rooms/r1"};

absl::Time Utc(int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, month, day, hour, minute), absl::UTCTimeZone());
}

const domain::Month kMarch = domain::MonthOf(domain::TickFloor(Utc(3, 1, 0)));

constexpr char kCold[] = "cold";

Deadline Soon() { return Deadline::After(absl::Seconds(10)); }

// Runs a hook once, right after the read of that number: where the slow reader stands in a race.
class PausedDatabase final : public sql::Database {
 public:
  explicit PausedDatabase(sql::Database& real) : real_(real) {}
  absl::Status Write(const sql::Reach& reach, Deadline deadline, Body body) override {
    return real_.Write(reach, deadline, body);
  }
  absl::Status Read(const sql::Reach& reach, Deadline deadline, Body body) override {
    const absl::Status status = real_.Read(reach, deadline, body);
    if (++reads == pause_at) after_read();
    return status;
  }
  sql::Engine engine() const override { return real_.engine(); }
  std::function<void()> after_read;
  int pause_at = 0;
  int reads = 0;

 private:
  sql::Database& real_;
};

class CachedFactsTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  CachedFactsTest()
      : database_(testing::NewDatabase(GetParam(), Migrations())), paused_(*database_) {
    client_ = *redis::Redis::Open(server_.address(), {.cool_down = absl::Milliseconds(1)});
    reader_ = *redis::SharedReader::Open(server_.address(), {.cool_down = absl::Milliseconds(1)});
    EXPECT_TRUE(testing::Unguarded(*database_)
                    .Write(sql::AllOrganizations(), Soon(),
                           [](sql::Transaction& tx) {
                             return tx
                                 .Execute(
                                     "INSERT INTO catalogues (organization, version,"
                                     " display_name, revision) VALUES ('o', 7, '', 1)")
                                 .status();
                           })
                    .ok());
  }

  std::unique_ptr<CachedFacts> Replica(bool with_redis = true, LocalFacts::Limits limits = {}) {
    return std::make_unique<CachedFacts>(paused_, with_redis ? client_.get() : nullptr, key_,
                                         metrics_, limits, with_redis ? reader_.get() : nullptr);
  }

  // Commits a claim on one resource and returns the version to raise.
  std::vector<domain::ResourceVersion> Claim(const domain::ResourceId& resource, absl::Time start,
                                             std::optional<absl::Time> expires = {}) {
    std::vector<domain::ResourceVersion> versions;
    EXPECT_TRUE(database_
                    ->Write(kTenant, Soon(),
                            [&](sql::Transaction& tx) -> absl::Status {
                              RETURN_IF_ERROR(tx.Lock({domain::LockKey("o", resource)}));
                              ASSIGN_OR_RETURN(versions, BumpVersions(tx, kTenant, {resource}));
                              return tx
                                  .Execute(
                                      "INSERT INTO claims (organization, claim, resource, start_us,"
                                      " end_us, kind, expires_us, booking)"
                                      " VALUES ($1, $2, $3, $4, $5, 1, $6, 'b')",
                                      {"o", absl::StrCat("claim", ++claims_), resource, start,
                                       start + absl::Hours(1),
                                       expires.has_value() ? sql::Value(*expires) : sql::Value()})
                                  .status();
                            })
                    .ok());
    return versions;
  }

  // What a replica says, from memory if it may and else by reading. What it remembers must be what
  // it would read.
  static std::string Told(CachedFacts& facts) {
    const std::string recalled = Recalled(facts);
    const auto answer = facts.Read(kTenant, kResources, kMarch, kMarch + 1, Soon());
    if (!answer.ok()) return std::string(answer.status().message());
    const std::string read = Text(*answer);
    EXPECT_TRUE(recalled == kCold || recalled == read) << recalled << " is not " << read;
    return read;
  }

  static std::string Recalled(CachedFacts& facts) {
    std::promise<std::string> told;  // ThreadSanitizer cannot see into absl's notification.
    facts.AskFreshness(kTenant, [&](const ports::Freshness& fresh) {
      const auto answer = facts.Recall(kTenant, kResources, kMarch, kMarch + 1, fresh);
      told.set_value(answer.has_value() ? Text(*answer) : kCold);
    });
    return told.get_future().get();
  }

  // "VERSION; busy ticks of each resource in March; ...".
  static std::string Text(const ports::FactsAnswer& answer) {
    std::string told = absl::StrCat(answer.catalogue_version);
    for (const auto& months : answer.resources) {
      told += ";";
      for (const auto& month : months) {
        absl::StrAppend(
            &told, " ",
            absl::BytesToHexString(crypto::Hash(domain::EncodeBusyMonth(*month))).substr(0, 8));
      }
    }
    return told;
  }
  // Until nobody believes what Redis told before it was tampered with.
  static void LetBeliefsEnd() { absl::SleepFor(2 * kStampLife); }
  // The same from the database alone.
  std::string Truth() { return Told(*Replica(false)); }

  testing::RedisServer server_;
  std::unique_ptr<redis::Redis> client_;
  std::unique_ptr<redis::SharedReader> reader_;
  std::unique_ptr<sql::Database> database_;
  PausedDatabase paused_;
  crypto::Key key_ = crypto::Key::Random();
  Metrics metrics_;
  int claims_ = 0;
};

TEST_P(CachedFactsTest, ReadsFromTheNearestPlaceThatHasTheVersion) {
  auto one = Replica();
  auto other = Replica();
  one->Raise(kTenant, Claim("practitioners/p1", Utc(3, 5, 10)));
  const std::string truth = Truth();
  const double misses = metrics_.Counted("cache_lookups", "miss");
  EXPECT_EQ(Told(*one), truth);  // Database, and told to Redis.
  EXPECT_EQ(metrics_.Counted("cache_lookups", "miss"), misses + 3);
  EXPECT_EQ(Told(*other), truth);  // Redis.
  EXPECT_EQ(metrics_.Counted("cache_lookups", "redis_hit"), 3);
  paused_.reads = 0;
  EXPECT_EQ(Told(*one), truth);  // Memory.
  EXPECT_EQ(Told(*other), truth);
  EXPECT_EQ(Recalled(*one), truth);
  EXPECT_EQ(Recalled(*other), truth);
  EXPECT_EQ(paused_.reads, 0);
}

TEST_P(CachedFactsTest, ACommitIsSeenByEveryReplicaAtOnce) {
  auto one = Replica();
  auto other = Replica();
  for (int i = 0; i < 20; ++i) {
    Told(*one);
    Told(*other);
    one->Raise(kTenant, Claim(kResources[i % 3], Utc(3, 2 + i, 10)));
    ASSERT_EQ(Told(*other), Truth()) << i;
    ASSERT_EQ(Told(*one), Truth()) << i;
  }
}

TEST_P(CachedFactsTest, MemoryIsBelievedUnderTheStampItWasCheckedUnderAndNoOther) {
  auto one = Replica();
  auto other = Replica();
  EXPECT_EQ(Recalled(*one), kCold);
  for (int i = 0; i < 3; ++i) Told(*one);  // Sets pointers, then the stamp, then checks under it.
  const std::string before = Truth();
  EXPECT_EQ(Recalled(*one), before);
  // Not even one that is not among those asked for may change unnoticed.
  other->Raise(kTenant, Claim("practitioners/p9", Utc(3, 5, 10)));
  EXPECT_EQ(Recalled(*one), kCold);
  EXPECT_EQ(Told(*one), before);
  EXPECT_EQ(Recalled(*one), before);
  other->Raise(kTenant, Claim("practitioners/p1", Utc(3, 5, 10)));
  EXPECT_EQ(Recalled(*one), kCold);
  EXPECT_NE(Told(*one), before);
  EXPECT_EQ(Recalled(*one), Truth());
  // A version that is no news leaves the stamp alone.
  other->Raise(kTenant, {{"practitioners/p1", 1}});
  EXPECT_EQ(Recalled(*one), Truth());
  for (const char* command : {"FLUSHALL", "stamp"}) {
    if (command == std::string("stamp")) {
      for (const absl::string_view key :
           absl::StrSplit(server_.Command({"KEYS", "*:stamp:*"}), absl::ByAnyChar(" \n\r"),
                          absl::SkipEmpty())) {
        server_.Command({"DEL", std::string(key)});
      }
    } else {
      server_.Command({command});
    }
    LetBeliefsEnd();
    EXPECT_EQ(Recalled(*one), kCold) << command;
    for (int i = 0; i < 3; ++i) Told(*one);
    EXPECT_EQ(Recalled(*one), Truth()) << command;
  }
}

TEST_P(CachedFactsTest, WithoutRedisVersionsComeFromTheDatabaseAndFactsFromMemory) {
  auto facts = Replica(false);
  Claim("practitioners/p1", Utc(3, 5, 10));
  const std::string first = Told(*facts);
  paused_.reads = 0;
  EXPECT_EQ(Told(*facts), first);
  EXPECT_EQ(paused_.reads, 1);
  Claim("practitioners/p1", Utc(3, 6, 10));  // By another process: nobody tells this one.
  EXPECT_NE(Told(*facts), first);
  EXPECT_EQ(Told(*facts), Truth());
}

TEST_P(CachedFactsTest, RedisFlushedStoppedOrSuspendedChangesNoAnswer) {
  auto one = Replica();
  auto other = Replica();
  const auto check = [&](const char* what, int day) {
    ASSERT_EQ(Told(*other), Truth()) << what;
    one->Raise(kTenant, Claim("practitioners/p1", Utc(3, day, 10)));
    ASSERT_EQ(Told(*one), Truth()) << what;
    ASSERT_EQ(Told(*other), Truth()) << what;
  };
  check("well", 2);
  server_.Command({"FLUSHALL"});
  check("flushed", 3);
  server_.Suspend();
  check("suspended", 4);
  server_.Resume();
  check("resumed", 5);
  server_.Stop();
  check("stopped", 6);
  server_.Restart();
  check("restarted", 7);
}

TEST_P(CachedFactsTest, GarbageAndSwappedValuesAreMisses) {
  auto one = Replica();
  one->Raise(kTenant, Claim("practitioners/p1", Utc(3, 5, 10)));
  one->Raise(kTenant, Claim("practitioners/p2", Utc(3, 9, 10)));
  Told(*one);
  const std::string truth = Truth();
  const std::string keys = server_.Command({"KEYS", "*"});
  std::vector<std::string> names;
  for (const absl::string_view key :
       absl::StrSplit(keys, absl::ByAnyChar(" \n\r"), absl::SkipEmpty())) {
    names.emplace_back(key);
    EXPECT_EQ(names.back().find("p1"), std::string::npos) << "a name leaked into Redis";
  }
  ASSERT_GE(names.size(), 9u);  // 4 pointers, the stamp, 3 resources of 2 months.
  // Each value moves to the next key.
  const std::string first = server_.Command({"GET", names[0]});
  for (size_t i = 0; i + 1 < names.size(); ++i) server_.Command({"RENAME", names[i + 1], names[i]});
  EXPECT_EQ(Told(*Replica()), truth);
  for (const std::string& name : names) {
    server_.Command({"SET", name, "99999999999:not one of ours"});
  }
  EXPECT_EQ(Told(*Replica()), truth);
  EXPECT_GT(metrics_.Counted("cache_lookups", "poisoned"), 0);
  // It was cleaned up on the way, so the next search is quick again.
  auto next = Replica();
  paused_.reads = 0;
  EXPECT_EQ(Told(*next), truth);
  EXPECT_EQ(paused_.reads, 0);
  for (const std::string& name : names) server_.Command({"DEL", name});
  for (const std::string& name : names) server_.Command({"LPUSH", name, "a list"});
  EXPECT_EQ(Told(*Replica()), truth);
}

TEST_P(CachedFactsTest, ASlowReaderLeavesNoOlderPointerBehind) {
  auto writer = Replica();
  auto slow = Replica();
  Claim("practitioners/p1", Utc(3, 5, 10));
  paused_.after_read = [&] {
    // The reader has read and not yet told Redis; a commit comes and goes, and Redis forgets.
    writer->Raise(kTenant, Claim("practitioners/p1", Utc(3, 6, 10)));
    server_.Command({"FLUSHALL"});
  };
  paused_.reads = 0;
  paused_.pause_at = 2;  // The first reads versions, the second facts.
  Told(*slow);
  EXPECT_EQ(Told(*Replica()), Truth());
  EXPECT_EQ(claims_, 2);
}

TEST_P(CachedFactsTest, TheHealerRaisesWhatAWriterCouldNot) {
  auto reader = Replica();
  Told(*reader);
  Claim("practitioners/p1", Utc(3, 5, 10));  // The writer dies before it raises the pointer.
  auto healing = Replica();
  PointerHealer healer(*database_, *healing);
  ASSERT_TRUE(healer.Heal(Soon()).ok());
  EXPECT_EQ(Told(*reader), Truth());
}

TEST_P(CachedFactsTest, TheHealerGetsPastManyChangesOfOneMicrosecond) {
  auto reader = Replica();
  Told(*reader);
  for (const domain::ResourceId& resource : kResources) Claim(resource, Utc(3, 5, 10));
  ASSERT_TRUE(testing::Unguarded(*database_)
                  .Write(sql::AllOrganizations(), Soon(),
                         [](sql::Transaction& tx) {
                           return tx
                               .Execute(
                                   "UPDATE resources SET changed_us ="
                                   " (SELECT max(changed_us) FROM resources)")
                               .status();
                         })
                  .ok());
  auto healing = Replica();
  PointerHealer healer(*database_, *healing, /*batch=*/1);
  for (size_t i = 0; i < kResources.size(); ++i) ASSERT_TRUE(healer.Heal(Soon()).ok());
  EXPECT_EQ(Told(*reader), Truth());
}

// One process' readers share one cache, of little room, while a writer raises what they read.
TEST_P(CachedFactsTest, ReadersOfOneProcessMeetAWriter) {
  CachedFacts facts(*database_, client_.get(), key_, metrics_, {.resources = 4, .months = 6},
                    reader_.get());
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        EXPECT_NE(Recalled(facts), "");
        EXPECT_TRUE(facts.Read(kTenant, kResources, kMarch, kMarch + 1, Soon()).ok());
      }
    });
  }
  for (int day = 1; day <= 20; ++day) {
    facts.Raise(kTenant, Claim(kResources[day % kResources.size()], Utc(3, day, 10)));
    EXPECT_EQ(Told(facts), Truth());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(Told(facts), Truth());
}

TEST_P(CachedFactsTest, MemoryIsBounded) {
  auto facts = Replica(false, {.resources = 10, .months = 12});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(
        facts->Read(kTenant, {absl::StrCat("practitioners/q", i)}, kMarch, kMarch + i % 4, Soon())
            .ok());
    ASSERT_LE(facts->local().resources(), 10u);
    ASSERT_LE(facts->local().months(), 12u);
  }
  EXPECT_EQ(Told(*facts), Truth());
}

TEST_P(CachedFactsTest, AnotherTenantHasNoneOfIt) {
  auto facts = Replica();
  facts->Raise(kTenant, Claim("practitioners/p1", Utc(3, 5, 10)));
  Told(*facts);
  const auto other = facts->Read(Tenant("other"), kResources, kMarch, kMarch, Soon());
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->catalogue_version, 0);
  EXPECT_EQ(other->resources[0][0]->agreed.Count(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, CachedFactsTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::adapters
