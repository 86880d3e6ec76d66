#include "common/log/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace stillpoint::log {
namespace {

using Json = nlohmann::ordered_json;

struct State {
  std::string service;
  Level level;
  spdlog::logger logger;
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
      new State{std::string(service), level,
                spdlog::logger("stillpoint", std::make_shared<spdlog::sinks::stderr_sink_mt>()),
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
  Json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = kLevelNames[static_cast<int>(level)];
  line["service"] = state->service;
  line["event"] = std::string(event);
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  // `replace`: bytes that are not UTF-8 become U+FFFD, so that a hostile string cannot stop the
  // line or make it unreadable. Line breaks and quotes are escaped by the dump.
  state->logger.log(
      kSpdlogLevels[static_cast<int>(level)],
      spdlog::string_view_t(line.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace stillpoint::log
