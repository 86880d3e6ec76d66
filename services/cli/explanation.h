// Why a time can or cannot be booked, for people.
#ifndef STILLPOINT_SERVICES_CLI_EXPLANATION_H_
#define STILLPOINT_SERVICES_CLI_EXPLANATION_H_

#include <string>

#include "stillpoint/booking/v1/availability_service.pb.h"

namespace stillpoint::cli {

// The verdict in one line, then one row for each obstacle, and for each practitioner, room and
// device that has none.
std::string ExplanationText(const booking::v1::ExplainSlotResponse& explained);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_EXPLANATION_H_
