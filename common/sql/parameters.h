// What both engines must agree on about parameters.
#ifndef STILLPOINT_COMMON_SQL_PARAMETERS_H_
#define STILLPOINT_COMMON_SQL_PARAMETERS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// InvalidArgument INVALID_TEXT: a text holds a NUL character, which PostgreSQL cannot store and
// SQLite would store but compare oddly.
absl::Status CheckParameters(absl::Span<const Value> parameters);

// As it reads back from a column: whole microseconds, rounded down.
inline absl::Time ToStoredTime(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_PARAMETERS_H_
