#include "services/booking/app/edit_clinics.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/day_hours.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using Edit = CatalogueChanges::Edit;

ports::CataloguePart PartOf(const domain::Room& room) {
  return {ports::CataloguePart::Kind::kRoom, room.id, room.clinic};
}

ports::CataloguePart PartOf(const domain::Device& device) {
  return {ports::CataloguePart::Kind::kDevice, device.id, device.clinic};
}

void SortHours(std::vector<domain::WeeklyHours>& hours) {
  std::stable_sort(hours.begin(), hours.end(), [](const auto& a, const auto& b) {
    return std::tie(a.weekday, a.start_minute, a.weeks.of_month, a.valid_from) <
           std::tie(b.weekday, b.start_minute, b.weeks.of_month, b.valid_from);
  });
}

// Whose working time the clinic's zone and opening hours decide.
std::vector<domain::ResourceId> WorkingAt(const domain::Catalogue& catalogue,
                                          const std::string& clinic) {
  std::vector<domain::ResourceId> resources;
  for (const auto& [id, practitioner] : catalogue.practitioners) {
    if (practitioner.WorksAt(clinic)) resources.push_back(practitioner.resource());
  }
  return resources;
}

absl::Status CheckNewZone(Edit& edit, const domain::Clinic& changed) {
  domain::Catalogue catalogue = edit.catalogue;
  catalogue.clinics[changed.id] = changed;
  ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
  for (const auto& [id, practitioner] : catalogue.practitioners) {
    if (!practitioner.WorksAt(changed.id)) continue;
    absl::Status status = domain::CheckWorkingHours(practitioner.hours, catalogue, today, "");
    if (status.ok()) status = domain::CheckOverridesApart(practitioner, catalogue, today, "");
    if (!status.ok()) {
      return error::HoursOverlap("clinic.time_zone", absl::StrCat("hours of ", practitioner.id));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EditClinics::Create(const Call& call, domain::Clinic clinic,
                                                EncodePart<domain::Clinic> encode) {
  if (clinic.id.empty()) clinic.id = ids_.Next();
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    if (edit.catalogue.FindClinic(clinic.id) != nullptr) return error::NameTaken("clinic_id");
    if (edit.catalogue.clinics.size() >= domain::kThingsMax) return error::CatalogueFull();
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    RETURN_IF_ERROR(domain::CheckClinic(clinic, today, "clinic"));
    SortHours(clinic.opening_hours);
    RETURN_IF_ERROR(edit.Save(clinic));
    return encode(clinic);
  });
}

absl::StatusOr<std::string> EditClinics::Update(const Call& call,
                                                const Patch<domain::Clinic>& patch,
                                                EncodeChange<domain::Clinic> encode) {
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Clinic* found = InReach(call.reach, edit.catalogue.FindClinic(patch.values.id));
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(patch.etag, found->revision));
    domain::Clinic clinic = *found;
    if (patch.Has("display_name")) clinic.display_name = patch.values.display_name;
    if (patch.Has("address")) clinic.address = patch.values.address;
    if (patch.Has("time_zone")) {
      clinic.zone_name = patch.values.zone_name;
      clinic.zone = patch.values.zone;
    }
    if (patch.Has("holiday_region")) {
      clinic.holiday_region = patch.values.holiday_region;
      clinic.holidays = patch.values.holidays;
    }
    ++clinic.revision;
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    RETURN_IF_ERROR(domain::CheckClinic(clinic, today, "clinic"));
    const bool is_elsewhere = clinic.zone_name != found->zone_name;
    if (is_elsewhere) RETURN_IF_ERROR(CheckNewZone(edit, clinic));
    Affected affected;
    if (is_elsewhere || clinic.holiday_region != found->holiday_region) {
      RETURN_IF_ERROR(edit.Touch(WorkingAt(edit.catalogue, clinic.id)));
      ASSIGN_OR_RETURN(affected, edit.Orphans({.clinic = &clinic}));
    }
    RETURN_IF_ERROR(edit.Save(clinic));
    return encode(clinic, affected);
  });
}

absl::StatusOr<std::string> EditClinics::SetOpeningHours(const Call& call,
                                                         const std::string& clinic_id,
                                                         std::vector<domain::WeeklyHours> hours,
                                                         const std::string& etag,
                                                         EncodeChange<domain::Clinic> encode) {
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Clinic* found = InReach(call.reach, edit.catalogue.FindClinic(clinic_id));
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(etag, found->revision));
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    RETURN_IF_ERROR(domain::CheckOpeningHours(hours, today, "opening_hours"));
    domain::Clinic clinic = *found;
    clinic.opening_hours = hours;
    SortHours(clinic.opening_hours);
    ++clinic.revision;
    RETURN_IF_ERROR(edit.Touch(WorkingAt(edit.catalogue, clinic.id)));
    ASSIGN_OR_RETURN(const Affected affected, edit.Orphans({.clinic = &clinic}));
    RETURN_IF_ERROR(edit.Save(clinic));
    return encode(clinic, affected);
  });
}

absl::StatusOr<std::string> EditClinics::SetOverride(const Call& call,
                                                     const domain::DateOverride& day,
                                                     EncodeChange<domain::DateOverride> encode) {
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Clinic* found = InReach(call.reach, edit.catalogue.FindClinic(day.clinic));
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(domain::CheckOverride(day, "date_override"));
    domain::Clinic clinic = *found;
    domain::PutOverride(day, clinic.overrides);
    if (clinic.overrides.size() > domain::kOverridesMax) return error::CatalogueFull();
    RETURN_IF_ERROR(edit.Touch(WorkingAt(edit.catalogue, day.clinic)));
    ASSIGN_OR_RETURN(const Affected affected,
                     edit.OrphansOf(day.date, clinic.zone, {.clinic = &clinic}));
    RETURN_IF_ERROR(edit.store.SetOverride(edit.tx, edit.tenant, "", day));
    return encode(day, affected);
  });
}

absl::StatusOr<std::string> EditClinics::RemoveOverride(const Call& call,
                                                        const std::string& clinic_id,
                                                        absl::CivilDay date,
                                                        EncodeAffected encode) {
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Clinic* found = InReach(call.reach, edit.catalogue.FindClinic(clinic_id));
    if (found == nullptr) return error::NotFound();
    domain::Clinic clinic = *found;
    if (!domain::TakeOverride(date, clinic_id, clinic.overrides)) return error::NotFound();
    RETURN_IF_ERROR(edit.Touch(WorkingAt(edit.catalogue, clinic_id)));
    ASSIGN_OR_RETURN(const Affected affected,
                     edit.OrphansOf(date, clinic.zone, {.clinic = &clinic}));
    RETURN_IF_ERROR(
        edit.store.RemoveOverride(edit.tx, edit.tenant, "", {.date = date, .clinic = clinic_id}));
    return encode(affected);
  });
}

absl::StatusOr<std::string> EditRooms::Create(const Call& call, domain::Room room,
                                              EncodePart<domain::Room> encode) {
  if (room.id.empty()) room.id = ids_.Next();
  return changes_.Run(call, PartOf(room), [&](Edit& edit) -> absl::StatusOr<std::string> {
    if (InReach(call.reach, edit.catalogue.FindClinic(room.clinic)) == nullptr) {
      return error::NotFound();
    }
    if (edit.catalogue.FindRoom(room.clinic, room.id) != nullptr) {
      return error::NameTaken("room_id");
    }
    RETURN_IF_ERROR(edit.CheckSpace());
    RETURN_IF_ERROR(domain::CheckRoom(room, "room"));
    RETURN_IF_ERROR(edit.Touch({room.resource()}));
    RETURN_IF_ERROR(edit.Save(room));
    return encode(room);
  });
}

absl::StatusOr<std::string> EditRooms::Update(const Call& call, const Patch<domain::Room>& patch,
                                              EncodeChange<domain::Room> encode) {
  return changes_.Run(call, PartOf(patch.values), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Room* found = edit.catalogue.FindRoom(patch.values.clinic, patch.values.id);
    if (found == nullptr || !call.reach.HasClinic(found->clinic)) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(patch.etag, found->revision));
    domain::Room room = *found;
    if (patch.Has("display_name")) room.display_name = patch.values.display_name;
    if (patch.Has("kind")) room.kind = patch.values.kind;
    if (patch.Has("features")) room.features = patch.values.features;
    if (patch.Has("turnover_minutes")) room.turnover_minutes = patch.values.turnover_minutes;
    ++room.revision;
    RETURN_IF_ERROR(domain::CheckRoom(room, "room"));
    RETURN_IF_ERROR(edit.Touch({room.resource()}));
    Affected affected;
    if (room.kind != found->kind || room.features != found->features) {
      ASSIGN_OR_RETURN(affected, edit.Orphans({.room = &room}));
    }
    RETURN_IF_ERROR(edit.Save(room));
    return encode(room, affected);
  });
}

absl::StatusOr<std::string> EditDevices::Create(const Call& call, domain::Device device,
                                                EncodePart<domain::Device> encode) {
  if (device.id.empty()) device.id = ids_.Next();
  return changes_.Run(call, PartOf(device), [&](Edit& edit) -> absl::StatusOr<std::string> {
    if (InReach(call.reach, edit.catalogue.FindClinic(device.clinic)) == nullptr) {
      return error::NotFound();
    }
    if (edit.catalogue.FindDevice(device.clinic, device.id) != nullptr) {
      return error::NameTaken("device_id");
    }
    RETURN_IF_ERROR(edit.CheckSpace());
    RETURN_IF_ERROR(domain::CheckDevice(device, "device"));
    RETURN_IF_ERROR(edit.Touch({device.resource()}));
    RETURN_IF_ERROR(edit.Save(device));
    return encode(device);
  });
}

absl::StatusOr<std::string> EditDevices::Update(const Call& call,
                                                const Patch<domain::Device>& patch,
                                                EncodeChange<domain::Device> encode) {
  return changes_.Run(call, PartOf(patch.values), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Device* found = edit.catalogue.FindDevice(patch.values.clinic, patch.values.id);
    if (found == nullptr || !call.reach.HasClinic(found->clinic)) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(patch.etag, found->revision));
    domain::Device device = *found;
    if (patch.Has("display_name")) device.display_name = patch.values.display_name;
    if (patch.Has("kind")) device.kind = patch.values.kind;
    if (patch.Has("features")) device.features = patch.values.features;
    if (patch.Has("turnover_minutes")) device.turnover_minutes = patch.values.turnover_minutes;
    if (patch.Has("archived")) device.archived = patch.values.archived;
    ++device.revision;
    RETURN_IF_ERROR(domain::CheckDevice(device, "device"));
    RETURN_IF_ERROR(edit.Touch({device.resource()}));
    Affected affected;
    if (device.kind != found->kind || device.features != found->features) {
      ASSIGN_OR_RETURN(affected, edit.Orphans({.device = &device}));
    }
    RETURN_IF_ERROR(edit.Save(device));
    return encode(device, affected);
  });
}

}  // namespace stillpoint::booking::app
