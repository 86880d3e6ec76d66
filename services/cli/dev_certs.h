// Certificates for one machine: development, tests and the local run.
#ifndef STILLPOINT_SERVICES_CLI_DEV_CERTS_H_
#define STILLPOINT_SERVICES_CLI_DEV_CERTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace stillpoint::cli {

// Longer than anybody works on one thing without a restart, and too short to be carried into
// production and forgotten there.
inline constexpr absl::Duration kDevCertificatesHold = absl::Hours(24 * 30);

// Makes a new authority and, signed by it, a certificate for each service, the worker and a caller,
// valid on localhost from an hour before `now`. Writes ca.crt, and NAME.crt and NAME.key (mode
// 0600) into the folder `directory`, which is made if need be (mode 0700). The authority's key is
// written nowhere, so nobody can sign another certificate with it. Returns the paths written.
//
// InvalidArgument INVALID_FIELD: the trust domain is not one, the folder cannot be written, or a
// file is there already and `force` is not set. With `force` each file is replaced in one step; a
// server that is running sees key and certificate change one after the other.
absl::StatusOr<std::vector<std::string>> WriteDevCertificates(const std::string& directory,
                                                              const std::string& trust_domain,
                                                              bool force, absl::Time now);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_DEV_CERTS_H_
