// One JSON object per line on stderr: time, level, service, event, fields. Values are ids, reasons,
// counts and durations. Personal data has no business here; names and contact data are never
// logged.
#ifndef STILLPOINT_COMMON_LOG_LOG_H_
#define STILLPOINT_COMMON_LOG_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace stillpoint::log {

// Of one event, below warnings: whoever can make us write a line (a call with an unknown key) could
// otherwise fill the disk. About 40 KB/s.
inline constexpr int kLinesPerSecond = 200;

enum class Level { kDebug, kInfo, kWarning, kError };

struct Field {
  Field(absl::string_view k, absl::string_view v) : key(k), value(std::string(v)) {}
  Field(absl::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(absl::string_view k, const std::string& v) : key(k), value(v) {}
  Field(absl::string_view k, int64_t v) : key(k), value(v) {}
  Field(absl::string_view k, int v) : key(k), value(int64_t{v}) {}
  Field(absl::string_view k, double v) : key(k), value(v) {}
  Field(absl::string_view k, bool v) : key(k), value(int64_t{v}) {}
  std::string key;
  std::variant<std::string, int64_t, double> value;
};

// Called once by main, before threads start. `level`: lines below it are dropped.
void Start(absl::string_view service, Level level);

// Writes one line. `event` is a constant in lower_snake_case ("rpc", "redis_down"). Beyond
// kLinesPerSecond a line is left out, and the next one of the event says how many were
// ("left_out"). Thread-safe; does nothing before Start (tests stay quiet).
void Write(Level level, absl::string_view event, std::initializer_list<Field> fields);

// True if a line of this level would be written: for callers on a hot path that would build fields
// in vain.
bool Enabled(Level level);

inline void Info(absl::string_view event, std::initializer_list<Field> fields) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(absl::string_view event, std::initializer_list<Field> fields) {
  Write(Level::kWarning, event, fields);
}
inline void Failure(absl::string_view event, std::initializer_list<Field> fields) {
  Write(Level::kError, event, fields);
}

}  // namespace stillpoint::log

#endif  // STILLPOINT_COMMON_LOG_LOG_H_
