// A message as RFC 5322 text. Pure.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_MIME_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_MIME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/notification/domain/outbound.h"

namespace stillpoint::notification::adapters {

// True for an address that may stand in an envelope and a header as it is: one '@', no white space,
// control characters, angle brackets, quotes or commas, at most 254 characters, ASCII.
bool IsPlainAddress(absl::string_view address);

// UTF-8 as encoded words of at most 75 characters each, folded (RFC 2047); ASCII as it is.
std::string EncodeHeader(absl::string_view value);

// Headers and body, lines end in CRLF and have at most 76 characters (998 in headers). Body in
// quoted-printable, so that any line length and any UTF-8 travels.
// InvalidArgument BAD_MESSAGE: an address or header that could break out of its line.
absl::StatusOr<std::string> MakeMail(const domain::Outbound& message, absl::string_view from,
                                     absl::Time now);

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_MIME_H_
