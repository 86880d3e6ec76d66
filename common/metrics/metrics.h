// Prometheus metrics of one process. Labels are from closed sets (method, code, dependency): never
// a name, an id or anything a caller chose.
#ifndef STILLPOINT_COMMON_METRICS_METRICS_H_
#define STILLPOINT_COMMON_METRICS_METRICS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint {

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // stillpoint_rpc_total{method,code}, stillpoint_rpc_seconds{method}.
  void RecordRpc(absl::string_view method, absl::StatusCode code, absl::Duration took);
  // stillpoint_dependency_total{dependency,code}, stillpoint_dependency_seconds{dependency}.
  // `dependency`: "client_record", "notification", "smtp", ...
  void RecordDependency(absl::string_view dependency, absl::StatusCode code, absl::Duration took);
  // stillpoint_NAME_total{kind}: "cache_lookups" with "hit", "miss", ...
  void Count(absl::string_view name, absl::string_view kind, double by = 1);
  // stillpoint_NAME: a level, like "in_flight".
  void Gauge(absl::string_view name, double value);
  double Counted(absl::string_view name, absl::string_view kind) const;

  // Serves GET /metrics at `address` (HOST:PORT). Unavailable LISTEN_FAILED.
  absl::Status Serve(const std::string& address);
  std::string Text() const;  // What /metrics shows.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_METRICS_METRICS_H_
