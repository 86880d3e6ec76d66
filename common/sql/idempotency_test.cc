#include "common/sql/idempotency.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/base/status_macros.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

RequestKey Key(const std::string& id) {
  return {.method = "ThingService.Add",
          .caller = "partner",
          .request_id = id,
          .payload_hash = std::string("\0hash", 5)};
}

class IdempotencyTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  // One call as a service makes it: the answer of an earlier one, or the effect and its answer,
  // which is the number of things there are then.
  absl::StatusOr<std::string> Call(const RequestKey& key, const std::string& organization = "o") {
    std::string answer;
    const Tenant tenant(organization);
    const absl::Status status =
        store_->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          ++runs_;
          ASSIGN_OR_RETURN(const auto replay, FindReplay(tx, tenant, key));
          if (replay.has_value()) {
            answer = *replay;
            return absl::OkStatus();
          }
          // The others are at work before this one has an effect; on SQLite bodies take turns.
          if (store_->engine() == Engine::kPostgres) {
            EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return runs_ >= runs_before_effect_; }));
          }
          ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT COUNT(*) FROM things"));
          RETURN_IF_ERROR(AddThing(tx, absl::StrCat("thing", ++effects_)));
          answer = std::string("answer\0", 7) + absl::StrCat(rows[0][0].Int());
          return StoreReplay(tx, tenant, key, answer);
        });
    if (!status.ok()) return status;
    return answer;
  }

  const TestStore store_{GetParam()};
  std::atomic<int> effects_{0};
  std::atomic<int> runs_{0};
  int runs_before_effect_ = 0;
};

TEST_P(IdempotencyTest, ARepeatedCallHasOneEffectAndTheSameAnswer) {
  const auto first = Call(Key("r1"));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Call(Key("r1"));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(CountThings(*store_), 1);
}

TEST_P(IdempotencyTest, WithoutAnIdNothingIsStored) {
  ASSERT_TRUE(Call(Key("")).ok());
  ASSERT_TRUE(Call(Key("")).ok());
  EXPECT_EQ(CountThings(*store_), 2);
}

TEST_P(IdempotencyTest, AnIdIsForOneRequest) {
  ASSERT_TRUE(Call(Key("r1")).ok());
  RequestKey other_payload = Key("r1");
  other_payload.payload_hash = "other";
  RequestKey other_method = Key("r1");
  other_method.method = "ThingService.Remove";
  for (const RequestKey& key : {other_payload, other_method}) {
    const absl::Status status = Call(key).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), "IDEMPOTENCY_KEY_REUSED");
    EXPECT_EQ(FieldsOf(status).count("request_id"), 1u);
  }
  EXPECT_EQ(CountThings(*store_), 1);
}

TEST_P(IdempotencyTest, CallersAndOrganizationsAreIndependent) {
  RequestKey other_caller = Key("r1");
  other_caller.caller = "desk";
  other_caller.payload_hash = "other";
  EXPECT_TRUE(Call(Key("r1")).ok());
  EXPECT_TRUE(Call(other_caller).ok());
  EXPECT_TRUE(Call(Key("r1"), "another").ok());
  EXPECT_EQ(effects_, 3);
}

TEST_P(IdempotencyTest, AHundredEqualCallsAtOnceHaveOneEffect) {
  constexpr int kCalls = 100;
  runs_before_effect_ = 4;
  std::vector<std::string> answers(kCalls);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back([&, i] {
      const auto answer = Call(Key("r1"));
      EXPECT_TRUE(answer.ok()) << answer.status();
      if (answer.ok()) answers[i] = *answer;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, std::vector<std::string>(kCalls, answers[0]));
  EXPECT_EQ(CountThings(*store_), 1);
}

TEST_P(IdempotencyTest, AFailedCallIsForgotten) {
  const absl::Status failed =
      store_->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(FindReplay(tx, Tenant("o"), Key("r1")).status());
        RETURN_IF_ERROR(StoreReplay(tx, Tenant("o"), Key("r1"), "never seen"));
        return absl::AbortedError("no");
      });
  EXPECT_FALSE(failed.ok());
  const auto answer = Call(Key("r1"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_NE(*answer, "never seen");
}

INSTANTIATE_TEST_SUITE_P(Stores, IdempotencyTest,
                         ::testing::Values(StoreKind::kSqliteMemory, StoreKind::kSqliteFile,
                                           StoreKind::kPostgres),
                         [](const auto& kind) { return NameOf(kind.param); });

}  // namespace
}  // namespace stillpoint::sql
