// What a failure says to a caller: a code, a stable reason, the facts, the fields at fault. Carried
// by absl::Status as payloads, so every layer passes it on unchanged; common/rpc turns it into
// google.rpc details once, at the edge.
#ifndef STILLPOINT_COMMON_ERROR_ERROR_H_
#define STILLPOINT_COMMON_ERROR_ERROR_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint {

// Builds one error. Converts to absl::Status and, in a return statement, to any absl::StatusOr:
//   return Error(absl::StatusCode::kFailedPrecondition, "SLOT_TAKEN", "the room is taken")
//       .With("resource", room);
// `reason` is UPPER_SNAKE_CASE and never changes once released. `message` is for developers and
// holds no personal data, as do the metadata.
class Error {
 public:
  Error(absl::StatusCode code, absl::string_view reason, absl::string_view message);
  // A fact that a program may act on. Keys are lower_snake_case.
  Error&& With(absl::string_view key, absl::string_view value) &&;
  // The request field at fault, as a path (`draft.start_time`), and what is wrong with it.
  Error&& Field(absl::string_view path, absl::string_view description) &&;
  // The same request may succeed after this long.
  Error&& RetryAfter(absl::Duration delay) &&;
  operator absl::Status() &&;  // NOLINT(google-explicit-constructor): the point of the class.

 private:
  absl::Status status_;
};

// InvalidArgument INVALID_FIELD for one field.
absl::Status InvalidField(absl::string_view path, absl::string_view description);

// What `status` carries. Empty for OK and for errors that were not made by Error.
std::string ReasonOf(const absl::Status& status);
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
std::map<std::string, std::string> FieldsOf(const absl::Status& status);  // path -> description
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_ERROR_ERROR_H_
