#include "common/error/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace stillpoint {
namespace {

constexpr absl::string_view kReason = "reason";
constexpr absl::string_view kRetryAfter = "retry_after_us";
constexpr absl::string_view kMetadataPrefix = "metadata/";
constexpr absl::string_view kFieldPrefix = "field/";

std::map<std::string, std::string> PayloadsWithPrefix(const absl::Status& status,
                                                      absl::string_view prefix) {
  std::map<std::string, std::string> found;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (url.substr(0, prefix.size()) == prefix) {
      found.emplace(url.substr(prefix.size()), std::string(value));
    }
  });
  return found;
}

}  // namespace

Error::Error(absl::StatusCode code, absl::string_view reason, absl::string_view message)
    : status_(code, message) {
  status_.SetPayload(kReason, absl::Cord(reason));
}

Error&& Error::With(absl::string_view key, absl::string_view value) && {
  status_.SetPayload(absl::StrCat(kMetadataPrefix, key), absl::Cord(value));
  return std::move(*this);
}

Error&& Error::Field(absl::string_view path, absl::string_view description) && {
  status_.SetPayload(absl::StrCat(kFieldPrefix, path), absl::Cord(description));
  return std::move(*this);
}

Error&& Error::RetryAfter(absl::Duration delay) && {
  status_.SetPayload(kRetryAfter, absl::Cord(absl::StrCat(absl::ToInt64Microseconds(delay))));
  return std::move(*this);
}

Error::operator absl::Status() && { return std::move(status_); }

absl::Status InvalidField(absl::string_view path, absl::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELD",
               absl::StrCat(path, ": ", description))
      .Field(path, description);
}

std::string ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kReason);
  return payload.has_value() ? std::string(*payload) : "";
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  return PayloadsWithPrefix(status, kMetadataPrefix);
}

std::map<std::string, std::string> FieldsOf(const absl::Status& status) {
  return PayloadsWithPrefix(status, kFieldPrefix);
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfter);
  int64_t micros = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &micros)) return std::nullopt;
  return absl::Microseconds(micros);
}

}  // namespace stillpoint
