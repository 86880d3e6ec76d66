// Reading what a user hands over in a file.
#ifndef STILLPOINT_SERVICES_CLI_FILES_H_
#define STILLPOINT_SERVICES_CLI_FILES_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace stillpoint::cli {

// The whole file as JSON. InvalidArgument INVALID_FIELD for `what`: unreadable, larger than 64 MiB
// (a platform of a hundred clinics is a few), or not JSON.
absl::StatusOr<nlohmann::json> ReadJsonFile(absl::string_view what, const std::string& path);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_FILES_H_
