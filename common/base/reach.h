// How much of its organization one call may touch.
#ifndef STILLPOINT_COMMON_BASE_REACH_H_
#define STILLPOINT_COMMON_BASE_REACH_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace stillpoint {

// A value, made from an authorised call (rpc::CallInfo::reach) and handed to the use case, which
// answers for what is out of reach exactly as for what does not exist. The default reaches all of
// the organization.
struct Reach {
  std::vector<std::string> clinics = {};  // Ids; empty: every clinic.
  std::string practitioner = {};          // Id; empty: everybody's.
  std::string client = {};                // Id; empty: every client.

  bool HasClinic(absl::string_view id) const {
    return clinics.empty() || std::find(clinics.begin(), clinics.end(), id) != clinics.end();
  }
  bool HasPractitioner(absl::string_view id) const {
    return practitioner.empty() || practitioner == id;
  }
  bool HasClient(absl::string_view id) const { return client.empty() || client == id; }
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_REACH_H_
