#include "common/rpc/metered.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

// Of common/sql: everything the engine itself reports begins so, but for lost races.
bool IsOfTheDatabase(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  return absl::StartsWith(reason, "DB_") || reason == "TX_CONFLICT";
}

class MeteredDatabase final : public sql::Database {
 public:
  MeteredDatabase(std::unique_ptr<sql::Database> inner, Metrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}

  absl::Status Write(const sql::Reach& reach, Deadline deadline, Body body) override {
    const absl::Time start = absl::Now();
    return Record(start, inner_->Write(reach, deadline, body));
  }
  absl::Status Read(const sql::Reach& reach, Deadline deadline, Body body) override {
    const absl::Time start = absl::Now();
    return Record(start, inner_->Read(reach, deadline, body));
  }
  sql::Engine engine() const override { return inner_->engine(); }

 private:
  absl::Status Record(absl::Time start, absl::Status status) {
    metrics_.RecordDependency("database",
                              IsOfTheDatabase(status) ? status.code() : absl::StatusCode::kOk,
                              absl::Now() - start);
    return status;
  }

  const std::unique_ptr<sql::Database> inner_;
  Metrics& metrics_;
};

class MeteredRedis final : public redis::Redis {
 public:
  MeteredRedis(std::unique_ptr<redis::Redis> inner, Metrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const std::string> keys, Deadline deadline) override {
    const absl::Time start = absl::Now();
    auto values = inner_->MultiGet(keys, deadline);
    metrics_.RecordDependency("redis", values.status().code(), absl::Now() - start);
    return values;
  }
  absl::Status MultiSet(absl::Span<const Item> items, absl::Duration ttl,
                        Deadline deadline) override {
    const absl::Time start = absl::Now();
    return Record(start, inner_->MultiSet(items, ttl, deadline));
  }
  absl::Status MultiRaise(absl::Span<const Item> items, const Item& stamp, absl::Duration ttl,
                          Deadline deadline) override {
    const absl::Time start = absl::Now();
    return Record(start, inner_->MultiRaise(items, stamp, ttl, deadline));
  }
  absl::StatusOr<std::vector<int64_t>> MultiAdd(absl::Span<const Increment> items,
                                                absl::Duration ttl, Deadline deadline) override {
    const absl::Time start = absl::Now();
    auto counts = inner_->MultiAdd(items, ttl, deadline);
    metrics_.RecordDependency("redis", counts.status().code(), absl::Now() - start);
    return counts;
  }

 private:
  absl::Status Record(absl::Time start, absl::Status status) {
    metrics_.RecordDependency("redis", status.code(), absl::Now() - start);
    return status;
  }

  const std::unique_ptr<redis::Redis> inner_;
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<sql::Database> Metered(std::unique_ptr<sql::Database> inner, Metrics& metrics) {
  return std::make_unique<MeteredDatabase>(std::move(inner), metrics);
}

std::unique_ptr<redis::Redis> Metered(std::unique_ptr<redis::Redis> inner, Metrics& metrics) {
  return std::make_unique<MeteredRedis>(std::move(inner), metrics);
}

}  // namespace stillpoint::rpc
