// Where a notification may go from where it is: one table, and nothing else decides it.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_LATTICE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_LATTICE_H_

#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain {

// True if the table has the move. No state moves to itself, except LEASED: another worker takes
// over.
bool MayMove(State from, State to);

// May still start a send: SCHEDULED, LEASED, CHECKED, RETRY. The schema allows one such row per
// (booking, occurrence, kind, channel). SUBMITTING is not among them: what is already with the
// provider cannot be taken back, so it must not keep its successor from being made.
bool IsLive(State state);

// Nothing follows, except what MayMove says of OUTCOME_UNKNOWN and DEAD.
bool IsSettled(State state);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_LATTICE_H_
