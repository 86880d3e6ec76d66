// What the calls of AvailabilityService share: whose it is, and a free slot on the wire.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_PROTO_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/tenant.h"
#include "common/rpc/edge.h"
#include "services/booking/domain/slots.h"
#include "stillpoint/booking/v1/availability_service.pb.h"

namespace stillpoint::booking::edge {

// The tenant that `parent` names, if the caller may act for it. InvalidArgument INVALID_FIELD,
// NotFound NOT_FOUND.
absl::StatusOr<Tenant> ReadParent(const rpc::CallInfo& call, const std::string& parent);

// True for partners, who see only what can be booked online.
bool IsOnline(const rpc::CallInfo& call);

// `time` on the wall clock of `zone`, as absl::FormatTime(absl::RFC3339_sec) writes it but ten
// times as fast: a page holds hundreds. Years 0 to 9999, offsets of whole minutes.
std::string LocalTime(absl::Time time, const absl::TimeZone& zone);

void SlotToProto(const std::string& organization, const domain::FreeSlot& slot, int minutes,
                 ::stillpoint::booking::v1::Slot* out);

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_PROTO_H_
