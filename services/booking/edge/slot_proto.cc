#include "services/booking/edge/slot_proto.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/edge/names.h"

namespace stillpoint::booking::edge {

absl::StatusOr<Tenant> ReadParent(const rpc::CallInfo& call, const std::string& parent) {
  std::string organization;
  RETURN_IF_ERROR(ReadName(parent, kOrganizationPattern, "parent", {&organization}));
  return call.TenantFor(organization);
}

bool IsOnline(const rpc::CallInfo& call) {
  return call.principal.role == rpc::Role::kPartner ||
         call.principal.role == rpc::Role::kClientProxy;
}

std::string LocalTime(absl::Time time, const absl::TimeZone& zone) {
  const absl::TimeZone::CivilInfo local = zone.At(time);
  const absl::CivilSecond& wall = local.cs;
  const int offset = std::abs(local.offset) / 60;
  std::string text = "0000-00-00T00:00:00+00:00";
  const auto put = [&text](size_t at, int64_t number, size_t digits) {
    for (size_t i = digits; i > 0; --i, number /= 10) text[at + i - 1] = '0' + number % 10;
  };
  put(0, wall.year(), 4);
  put(5, wall.month(), 2);
  put(8, wall.day(), 2);
  put(11, wall.hour(), 2);
  put(14, wall.minute(), 2);
  put(17, wall.second(), 2);
  if (local.offset < 0) text[19] = '-';
  put(20, offset / 60, 2);
  put(23, offset % 60, 2);
  return text;
}

void SlotToProto(const std::string& organization, const domain::FreeSlot& slot, int minutes,
                 ::stillpoint::booking::v1::Slot* out) {
  const absl::Time start = domain::TimeOf(slot.start);
  out->set_clinic(absl::StrCat("organizations/", organization, "/clinics/", slot.clinic->id));
  out->set_practitioner(
      absl::StrCat("organizations/", organization, "/practitioners/", slot.practitioner->id));
  out->set_room(absl::StrCat(out->clinic(), "/rooms/", slot.room->id));
  if (slot.device != nullptr) {
    out->set_device(absl::StrCat(out->clinic(), "/devices/", slot.device->id));
  }
  *out->mutable_start_time() = rpc::ToProto(start);
  *out->mutable_end_time() = rpc::ToProto(start + absl::Minutes(minutes));
  out->set_local_start(LocalTime(start, slot.clinic->zone));
}

}  // namespace stillpoint::booking::edge
