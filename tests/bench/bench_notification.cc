// lease_notifications: how fast workers can take what is due, in hundreds, against the bare
// statement.
#include <atomic>
#include <cstdio>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/sql/migrate.h"
#include "services/notification/adapters/schema.h"
#include "stillpoint/notification/v1/worker_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/servers.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::notification::v1;

constexpr int kBatch = 100;
constexpr int kJobs = 20'000;  // Of one round: about a second's work.
constexpr int kRows = 500;     // Of one INSERT.
constexpr int kInFlight = 4;   // Workers.
constexpr LoopTimes kTimes = {.warm_up = absl::ZeroDuration(), .measured = absl::Seconds(20)};

// Fills the queue with messages that are due.
absl::Status Fill(sql::Database& database, int* next) {
  const int64_t now_us = absl::ToUnixMicros(absl::Now());
  for (int done = 0; done < kJobs; done += kRows) {
    RETURN_IF_ERROR(database.Write(
        sql::AllOrganizations(), Deadline::After(absl::Seconds(20)),
        [&](sql::Transaction& tx) -> absl::Status {
          std::string rows;
          for (int i = 0; i < kRows; ++i) {
            const int n = (*next)++;
            absl::StrAppend(&rows, rows.empty() ? "" : ", ", "('bench', 'n", n, "', 'b", n,
                            "', 1, 1, 2, 1, 'c', 1, ", now_us - n, ", ", now_us + 86400000000,
                            ", 'clinic', 'p', 'Clinic', 'UTC', ", now_us + 86400000000, ", ",
                            now_us + 90000000000, ", 0, 0, '', 0, 0, 0, 0, 0, 0, 1, ", now_us, ", ",
                            now_us - 1000000, ")");
          }
          return tx.Script(absl::StrCat(
              "INSERT INTO notification (organization, notification_id, booking, occurrence,"
              " revision, kind, channel, client, state, due_us, not_after_us, clinic, practitioner,"
              " clinic_name, zone, start_us, end_us, token, lease_until_us, worker, lapsed, "
              "attempts,"
              " failures, deferrals, decisions, duplicate_risk, row_version, created_us, wake_us)"
              " VALUES ",
              rows));
        }));
  }
  return absl::OkStatus();
}

Sample PerJob(Sample sample) {
  sample.per_second *= kBatch;
  return sample;
}

Sample LeaseAll(const rpc::Peer& worker) {
  const auto stub = pb::WorkerService::NewStub(worker.channel());
  std::atomic<int> calls{0};
  GrpcLoop<pb::LeaseRequest, pb::LeaseResponse> loop(
      worker,
      [&](pb::LeaseRequest* request) {
        if (calls.fetch_add(1) >= kJobs / kBatch) return false;
        request->set_max_count(kBatch);
        request->mutable_lease_duration()->set_seconds(300);
        request->add_channels(pb::CHANNEL_EMAIL);
        return true;
      },
      [&](auto* context, auto* request, auto* response, auto done) {
        stub->async()->Lease(context, request, response, [=](grpc::Status status) {
          // SKIP LOCKED may hand out fewer while others are at it; none at all is an error.
          if (status.ok() && response->leases_size() == 0) {
            status = grpc::Status(grpc::StatusCode::DATA_LOSS, "nothing leased");
          }
          done(status);
        });
      });
  return PerJob(loop.Run(kInFlight, kTimes));
}

Sample LeaseRaw(sql::Database& database) {
  std::atomic<int> calls{0};
  return PerJob(ThreadLoop(kInFlight, kTimes, [&]() -> std::optional<bool> {
    if (calls.fetch_add(1) >= kJobs / kBatch) return std::nullopt;
    const int64_t now_us = absl::ToUnixMicros(absl::Now());
    return database
        .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(20)),
               [&](sql::Transaction& tx) {
                 return tx
                     .Query(
                         "UPDATE notification SET state = 2, token = token + 1, worker = 'w',"
                         " lease_until_us = $1, wake_us = $1 WHERE (organization, notification_id)"
                         " IN (SELECT organization, notification_id FROM notification WHERE"
                         " wake_us <= $2 ORDER BY wake_us LIMIT 100 FOR UPDATE SKIP LOCKED)"
                         " RETURNING notification_id",
                         {now_us + 300'000'000, now_us})
                     .status();
               })
        .ok();
  }));
}

}  // namespace

bool LeaseNotifications() {
  const std::unique_ptr<testing::Postgres> postgres = testing::Postgres::StartOwn(/*durable=*/true);
  const std::string our_url = postgres->NewDatabase();
  Servers servers;
  servers.StartNotification(our_url);
  auto ours = sql::Database::Open(our_url, {.connections = 1, .clock = nullptr});
  auto raw =
      sql::Database::Open(postgres->NewDatabase(), {.connections = kInFlight, .clock = nullptr});
  if (!ours.ok() || !raw.ok() ||
      !sql::Migrate(**raw, notification::adapters::Migrations(), Deadline::After(absl::Seconds(20)))
           .ok()) {
    std::fprintf(stderr, "bench: the databases for leasing do not open\n");
    return false;
  }
  const rpc::Peer worker = servers.Notification("worker");
  int next = 0;
  bool filled = true;
  const auto fill = [&](sql::Database& database) {
    const absl::Status status = Fill(database, &next);
    if (!status.ok()) std::fprintf(stderr, "bench: fill: %s\n", status.ToString().c_str());
    filled = filled && status.ok();
  };
  const int64_t errors = Compare(
      {"lease_notifications", "messages/s", "raw_lease_postgres", kInFlight}, 3,
      [&] {
        fill(**ours);
        return LeaseAll(worker);
      },
      [&] {
        fill(**raw);
        return LeaseRaw(**raw);
      });
  return filled && errors == 0;
}

}  // namespace stillpoint::bench
