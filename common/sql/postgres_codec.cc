#include "common/sql/postgres_codec.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::sql {
namespace {

// From the server's catalogue (pg_type.dat); they never change.
constexpr Oid kUnspecified = 0;
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kNumeric = 1700;  // What SUM of a BIGINT gives.
constexpr Oid kVoid = 2278;

constexpr int kBinary = 1;

std::array<char, 8> BigEndian(int64_t number) {
  std::array<char, 8> bytes;
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(static_cast<uint64_t>(number) >> (8 * (7 - i)));
  }
  return bytes;
}

absl::StatusOr<Value> ColumnOf(Oid type, absl::string_view text) {
  switch (type) {
    case kInt8:
    case kInt4:
    case kInt2:
    case kNumeric: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) {
        return Error(absl::StatusCode::kInternal, "DB_ERROR", "a column is not a 64-bit integer");
      }
      return Value(number);
    }
    case kBool:
      return Value(text == "t");
    case kBytea:
      absl::ConsumePrefix(&text, "\\x");
      return Value(Blob{absl::HexStringToBytes(text)});
    case kVoid:
      return Value();
    default:
      return Value(text);
  }
}

}  // namespace

PostgresParameters::PostgresParameters(absl::Span<const Value> values) : integers_(values.size()) {
  const auto add = [&](char letter, Oid type, const char* data, size_t size) {
    signature_.push_back(letter);
    types_.push_back(type);
    values_.push_back(data);
    lengths_.push_back(static_cast<int>(size));
    formats_.push_back(kBinary);
  };
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& variant = values[i].variant();
    if (const auto* number = std::get_if<int64_t>(&variant)) {
      integers_[i] = BigEndian(*number);
      add('i', kInt8, integers_[i].data(), integers_[i].size());
    } else if (const auto* text = std::get_if<std::string>(&variant)) {
      add('t', kText, text->data(), text->size());
    } else if (const auto* blob = std::get_if<Blob>(&variant)) {
      add('b', kBytea, blob->bytes.data(), blob->bytes.size());
    } else {
      add('n', kUnspecified, nullptr, 0);
    }
  }
}

absl::StatusOr<Rows> RowsOf(const PGresult* result) {
  const int columns = PQnfields(result);
  Rows rows;
  rows.reserve(PQntuples(result));
  for (int r = 0; r < PQntuples(result); ++r) {
    Row row;
    row.reserve(columns);
    for (int c = 0; c < columns; ++c) {
      if (PQgetisnull(result, r, c)) {
        row.emplace_back();
        continue;
      }
      const absl::string_view text(PQgetvalue(result, r, c), PQgetlength(result, r, c));
      ASSIGN_OR_RETURN(Value value, ColumnOf(PQftype(result, c), text));
      row.push_back(std::move(value));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace stillpoint::sql
