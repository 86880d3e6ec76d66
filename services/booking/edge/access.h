// Which roles may call what.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_ACCESS_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_ACCESS_H_

#include <vector>

#include "common/rpc/call.h"

namespace stillpoint::booking::edge {

// Every method of the service. A caller whose organization is another gets NOT_FOUND besides.
std::vector<rpc::MethodAccess> AccessTable();

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_ACCESS_H_
