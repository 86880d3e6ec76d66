// Values as PostgreSQL wants and gives them.
#ifndef STILLPOINT_COMMON_SQL_POSTGRES_CODEC_H_
#define STILLPOINT_COMMON_SQL_POSTGRES_CODEC_H_

#include <libpq-fe.h>

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// Parameters in the form libpq takes them: binary, with their types, so that the server never
// guesses (it would read `$1 + 1` as a 32-bit sum). A NULL has no type and takes that of its place.
// Refers to the values it was made from.
class PostgresParameters {
 public:
  explicit PostgresParameters(absl::Span<const Value> values);
  int count() const { return static_cast<int>(types_.size()); }
  const Oid* types() const { return types_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  // One letter for each type: two calls with the same one may share a prepared statement.
  const std::string& signature() const { return signature_; }

 private:
  std::string signature_;
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::array<char, 8>> integers_;
};

// The rows of a result in text format. Integers, whole numerics and booleans read as integers,
// bytea as bytes, void as NULL, all else as text. Internal DB_ERROR: a number with a fraction or
// beyond 64 bits.
absl::StatusOr<Rows> RowsOf(const PGresult* result);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_POSTGRES_CODEC_H_
