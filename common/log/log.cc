#include "common/log/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace stillpoint::log {
namespace {

using Json = nlohmann::ordered_json;

// Whether a line of this event may be written in this second, and how many were left out since the
// last one that was. Under a flood the rest is counted, not written.
struct Budget {
  struct Spent {
    int64_t second = 0;
    int lines = 0;
    int64_t left_out = 0;
  };

  std::optional<int64_t> Take(absl::string_view event, absl::Time now) {
    MutexLock lock(mutex);
    Spent& spent = events[event];
    const int64_t second = absl::ToUnixSeconds(now);
    if (spent.second != second) {
      spent.second = second;
      spent.lines = 0;
    }
    if (spent.lines >= kLinesPerSecond) {
      ++spent.left_out;
      return std::nullopt;
    }
    ++spent.lines;
    return std::exchange(spent.left_out, 0);
  }

  Mutex mutex;
  absl::flat_hash_map<std::string, Spent> events ABSL_GUARDED_BY(mutex);
};

struct State {
  std::string service;
  Level level;
  spdlog::logger logger;
  Budget budget;          // Of what callers can cause: lines below warnings.
  const State* replaced;  // Of an earlier Start, which a thread may still hold.
};

// Never freed: threads may still write while the process ends.
std::atomic<State*> g_state{nullptr};

constexpr const char* kLevelNames[] = {"debug", "info", "warning", "error"};

constexpr spdlog::level::level_enum kSpdlogLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                       spdlog::level::warn, spdlog::level::err};

}  // namespace

void Start(absl::string_view service, Level level) {
  auto* state =
      new State{std::string(service),
                level,
                spdlog::logger("stillpoint", std::make_shared<spdlog::sinks::stderr_sink_mt>()),
                {},
                g_state.load()};
  state->logger.set_level(kSpdlogLevels[static_cast<int>(level)]);
  state->logger.set_pattern("%v");
  state->logger.flush_on(spdlog::level::trace);  // stderr: each line at once, a crash loses none.
  g_state.store(state);
}

bool Enabled(Level level) {
  const State* state = g_state.load();
  return state != nullptr && level >= state->level;
}

void Write(Level level, absl::string_view event, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  State* state = g_state.load();
  const absl::Time now = absl::Now();
  int64_t left_out = 0;
  if (level < Level::kWarning) {
    const std::optional<int64_t> granted = state->budget.Take(event, now);
    if (!granted.has_value()) return;
    left_out = *granted;
  }
  Json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", now, absl::UTCTimeZone());
  line["level"] = kLevelNames[static_cast<int>(level)];
  line["service"] = state->service;
  line["event"] = std::string(event);
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  if (left_out > 0) line["left_out"] = left_out;
  // `replace`: bytes that are not UTF-8 become U+FFFD, so that a hostile string cannot stop the
  // line or make it unreadable. Line breaks and quotes are escaped by the dump.
  state->logger.log(
      kSpdlogLevels[static_cast<int>(level)],
      spdlog::string_view_t(line.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace stillpoint::log
