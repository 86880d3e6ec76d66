// The files of data/templates-v1 as constants; the source is generated at build time
// (CMakeLists.txt).
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BUILTIN_DATA_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BUILTIN_DATA_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace stillpoint::notification::domain {

struct BuiltinText {
  absl::string_view id;    // File name without its ending.
  absl::string_view text;  // As in the file.
};

absl::Span<const BuiltinText> BuiltinTexts();

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BUILTIN_DATA_H_
