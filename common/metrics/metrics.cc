#include "common/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <exception>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/error/error.h"

namespace stillpoint {
namespace {

using Family = prometheus::Family<prometheus::Counter>;

constexpr int kStatusCodes = 17;  // OK to UNAUTHENTICATED.
constexpr int kUnknown = static_cast<int>(absl::StatusCode::kUnknown);

// From a warm search (tens of microseconds) to the longest deadline (60 s).
const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,     0.25,   0.5,     1,      2.5,   5,      10,    30,   60};

std::string CodeName(absl::StatusCode code) {
  return code == absl::StatusCode::kOk ? "OK" : absl::StatusCodeToString(code);
}

// A counter by (label, code) and a histogram by label. prometheus-cpp hashes a map of labels at
// every look-up, so the few series there are get remembered by their label.
class Timed {
 public:
  Timed(prometheus::Registry& registry, const std::string& what, std::string label)
      : label_(std::move(label)),
        total_(prometheus::BuildCounter()
                   .Name(absl::StrCat("stillpoint_", what, "_total"))
                   .Help(absl::StrCat("Answers by ", label_, " and status code"))
                   .Register(registry)),
        seconds_(prometheus::BuildHistogram()
                     .Name(absl::StrCat("stillpoint_", what, "_seconds"))
                     .Help(absl::StrCat("Time to answer by ", label_))
                     .Register(registry)) {}

  void Record(absl::string_view name, absl::StatusCode code, absl::Duration took) {
    const int index = static_cast<int>(code);
    MutexLock lock(mutex_);
    Series& series = series_[name];
    if (series.seconds == nullptr) {
      series.seconds = &seconds_.Add({{label_, std::string(name)}}, kSeconds);
    }
    prometheus::Counter*& counter =
        series.by_code[index >= 0 && index < kStatusCodes ? index : kUnknown];
    if (counter == nullptr) {
      counter = &total_.Add({{label_, std::string(name)}, {"code", CodeName(code)}});
    }
    counter->Increment();
    series.seconds->Observe(absl::ToDoubleSeconds(took));
  }

 private:
  struct Series {
    prometheus::Histogram* seconds = nullptr;
    std::array<prometheus::Counter*, kStatusCodes> by_code{};
  };
  const std::string label_;
  Family& total_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Series> series_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

struct Metrics::Impl {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  Timed rpc{*registry, "rpc", "method"};
  Timed dependency{*registry, "dependency", "dependency"};
  mutable Mutex mutex;
  absl::flat_hash_map<std::string, Family*> families ABSL_GUARDED_BY(mutex);
  absl::flat_hash_map<std::pair<std::string, std::string>, prometheus::Counter*> counters
      ABSL_GUARDED_BY(mutex);
  absl::flat_hash_map<std::string, prometheus::Gauge*> gauges ABSL_GUARDED_BY(mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::RecordRpc(absl::string_view method, absl::StatusCode code, absl::Duration took) {
  impl_->rpc.Record(method, code, took);
}

void Metrics::RecordDependency(absl::string_view dependency, absl::StatusCode code,
                               absl::Duration took) {
  impl_->dependency.Record(dependency, code, took);
}

void Metrics::Count(absl::string_view name, absl::string_view kind, double by) {
  MutexLock lock(impl_->mutex);
  prometheus::Counter*& counter = impl_->counters[{std::string(name), std::string(kind)}];
  if (counter == nullptr) {
    Family*& family = impl_->families[name];
    if (family == nullptr) {
      family = &prometheus::BuildCounter()
                    .Name(absl::StrCat("stillpoint_", name, "_total"))
                    .Help(absl::StrCat("Count of ", name, " by kind"))
                    .Register(*impl_->registry);
    }
    counter = &family->Add({{"kind", std::string(kind)}});
  }
  counter->Increment(by);
}

void Metrics::Gauge(absl::string_view name, double value) {
  MutexLock lock(impl_->mutex);
  prometheus::Gauge*& gauge = impl_->gauges[name];
  if (gauge == nullptr) {
    gauge = &prometheus::BuildGauge()
                 .Name(absl::StrCat("stillpoint_", name))
                 .Help(absl::StrCat("Present level of ", name))
                 .Register(*impl_->registry)
                 .Add({});
  }
  gauge->Set(value);
}

double Metrics::Counted(absl::string_view name, absl::string_view kind) const {
  MutexLock lock(impl_->mutex);
  const auto found = impl_->counters.find({std::string(name), std::string(kind)});
  return found == impl_->counters.end() ? 0 : found->second->Value();
}

absl::Status Metrics::Serve(const std::string& address) {
  // Kept until the process ends: prometheus-cpp's destructor waits up to 2 s for its poll, which
  // would be the longest part of every shutdown. It holds the registry weakly, so after ~Metrics it
  // answers with nothing.
  static auto* const exposers = new std::vector<std::unique_ptr<prometheus::Exposer>>;
  static auto* const exposers_mutex = new Mutex;
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address);
    exposer->RegisterCollectable(impl_->registry);
    MutexLock lock(*exposers_mutex);
    exposers->push_back(std::move(exposer));
  } catch (const std::exception& refused) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                 absl::StrCat("cannot serve metrics at ", address, ": ", refused.what()));
  }
  return absl::OkStatus();
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry->Collect());
}

}  // namespace stillpoint
