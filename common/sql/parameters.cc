#include "common/sql/parameters.h"

#include "common/error/error.h"

namespace stillpoint::sql {

absl::Status CheckParameters(absl::Span<const Value> parameters) {
  for (const Value& value : parameters) {
    const auto* text = std::get_if<std::string>(&value.variant());
    if (text != nullptr && text->find('\0') != std::string::npos) {
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_TEXT",
                   "a text holds a NUL character");
    }
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::sql
