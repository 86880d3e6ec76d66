#include "services/booking/edge/slot_proto.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/edge/names.h"

namespace stillpoint::booking::edge {

absl::StatusOr<Tenant> ReadParent(const rpc::CallInfo& call, const std::string& parent) {
  std::string organization;
  RETURN_IF_ERROR(ReadName(parent, kOrganizationPattern, "parent", {&organization}));
  return call.TenantFor(organization);
}

bool IsOnline(const rpc::CallInfo& call) { return call.principal.role == rpc::Role::kPartner; }

void SlotToProto(const std::string& organization, const domain::FreeSlot& slot, int minutes,
                 ::stillpoint::booking::v1::Slot* out) {
  const absl::Time start = domain::TimeOf(slot.start);
  out->set_clinic(NameIn(organization, absl::StrCat("clinics/", slot.clinic->id)));
  out->set_practitioner(NameIn(organization, slot.practitioner->resource()));
  out->set_room(NameIn(organization, slot.room->resource()));
  *out->mutable_start_time() = rpc::ToProto(start);
  *out->mutable_end_time() = rpc::ToProto(start + absl::Minutes(minutes));
  out->set_local_start(absl::FormatTime(absl::RFC3339_sec, start, slot.clinic->zone));
}

}  // namespace stillpoint::booking::edge
