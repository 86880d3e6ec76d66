#include <cstdlib>

#include "common/sql/database.h"

namespace stillpoint::sql {
namespace {

// A wrong type means that a statement and its reader disagree: our bug, not the caller's.
template <typename T>
const T& Get(const std::variant<std::monostate, int64_t, std::string, Blob>& value,
             const T& if_null) {
  if (std::holds_alternative<std::monostate>(value)) return if_null;
  const T* held = std::get_if<T>(&value);
  if (held == nullptr) std::abort();
  return *held;
}

}  // namespace

int64_t Value::Int() const {
  static constexpr int64_t kZero = 0;
  return Get<int64_t>(value_, kZero);
}

const std::string& Value::Text() const {
  static const std::string& empty = *new std::string();
  return Get<std::string>(value_, empty);
}

const std::string& Value::Bytes() const {
  static const Blob& empty = *new Blob();
  return Get<Blob>(value_, empty).bytes;
}

}  // namespace stillpoint::sql
