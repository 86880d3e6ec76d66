// What must be known before a transaction begins, and what is said after one was refused.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_ASK_CLEARANCE_H_
#define STILLPOINT_SERVICES_BOOKING_APP_ASK_CLEARANCE_H_

#include <string>

#include "absl/status/status.h"
#include "services/booking/domain/slot.h"
#include "services/booking/ports/alternatives.h"
#include "services/booking/ports/clearance.h"

namespace stillpoint::booking::app {

// So many free times are offered to somebody whose time was taken: enough to choose from in one
// message, few enough to read out on the telephone.
inline constexpr int kAlternatives = 3;

// Refuses unless the client exists and, where `must_be_cleared`, the record clears the visit at
// `at`. InvalidArgument REFERENCE_UNKNOWN client, error::NotCleared, Unavailable
// CLEARANCE_UNAVAILABLE.
absl::Status AskClearance(ports::Clearance& clearance, const Tenant& tenant,
                          const std::string& client, domain::Modality modality, absl::Time at,
                          bool must_be_cleared, Deadline deadline);

// `refusal`, with alternatives if it is SLOT_TAKEN. They are a courtesy: without them it is the
// same refusal.
absl::Status WithAlternatives(const absl::Status& refusal, ports::Alternatives& alternatives,
                              const Tenant& tenant, const domain::SlotRequest& wanted,
                              Deadline deadline);

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_ASK_CLEARANCE_H_
