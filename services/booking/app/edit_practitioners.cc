#include "services/booking/app/edit_practitioners.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/day_hours.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using Edit = CatalogueChanges::Edit;

ports::CataloguePart Of(const std::string& practitioner) {
  return {ports::CataloguePart::Kind::kPractitioner, practitioner};
}

}  // namespace

absl::StatusOr<std::string> EditPractitioners::Create(const Call& call,
                                                      domain::Practitioner practitioner,
                                                      EncodePart<domain::Practitioner> encode) {
  if (practitioner.id.empty()) practitioner.id = ids_.Next();
  practitioner.hours.clear();
  practitioner.time_off.clear();
  practitioner.overrides.clear();
  return changes_.Run(call, Of(practitioner.id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    if (edit.catalogue.FindPractitioner(practitioner.id) != nullptr) {
      return error::NameTaken("practitioner_id");
    }
    RETURN_IF_ERROR(edit.CheckSpace());
    RETURN_IF_ERROR(domain::CheckPractitioner(practitioner, "practitioner"));
    RETURN_IF_ERROR(edit.Touch({practitioner.resource()}));
    RETURN_IF_ERROR(edit.Save(practitioner));
    return encode(practitioner);
  });
}

absl::StatusOr<std::string> EditPractitioners::Update(const Call& call,
                                                      const Patch<domain::Practitioner>& patch,
                                                      EncodeChange<domain::Practitioner> encode) {
  return changes_.Run(call, Of(patch.values.id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(patch.values.id));
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(patch.etag, found->revision));
    domain::Practitioner practitioner = *found;
    if (patch.Has("display_name")) practitioner.display_name = patch.values.display_name;
    if (patch.Has("styles")) practitioner.styles = patch.values.styles;
    if (patch.Has("languages")) practitioner.languages = patch.values.languages;
    if (patch.Has("gender")) practitioner.gender = patch.values.gender;
    if (patch.Has("credentials")) practitioner.credentials = patch.values.credentials;
    ++practitioner.revision;
    RETURN_IF_ERROR(domain::CheckPractitioner(practitioner, "practitioner"));
    RETURN_IF_ERROR(edit.Touch({practitioner.resource()}));
    Affected affected;
    if (practitioner.credentials != found->credentials) {
      ASSIGN_OR_RETURN(affected, edit.Orphans({.practitioner = &practitioner}));
    }
    RETURN_IF_ERROR(edit.Save(practitioner));
    return encode(practitioner, affected);
  });
}

absl::StatusOr<std::string> EditPractitioners::SetWorkingHours(
    const Call& call, const std::string& practitioner_id, std::vector<domain::WorkingHours> hours,
    const std::string& etag, EncodeChange<domain::Practitioner> encode) {
  return changes_.Run(call, Of(practitioner_id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(practitioner_id));
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(etag, found->revision));
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    for (domain::WorkingHours& part : hours) {
      if (!call.reach.HasClinic(part.clinic)) part.clinic = std::string(kNobody);
    }
    RETURN_IF_ERROR(domain::CheckWorkingHours(hours, edit.catalogue, today, "working_hours"));
    domain::Practitioner practitioner = *found;
    practitioner.hours = hours;
    RETURN_IF_ERROR(
        domain::CheckOverridesApart(practitioner, edit.catalogue, today, "working_hours"));
    ++practitioner.revision;
    RETURN_IF_ERROR(edit.Touch({practitioner.resource()}));
    ASSIGN_OR_RETURN(const Affected affected, edit.Orphans({.practitioner = &practitioner}));
    RETURN_IF_ERROR(edit.Save(practitioner));
    return encode(practitioner, affected);
  });
}

absl::StatusOr<std::string> EditPractitioners::AddTimeOff(const Call& call,
                                                          const std::string& practitioner_id,
                                                          domain::TimeOff time_off,
                                                          EncodeChange<domain::TimeOff> encode) {
  time_off.id = ids_.Next();
  return changes_.Run(call, Of(practitioner_id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(practitioner_id));
    if (found == nullptr) return error::NotFound();
    if (found->time_off.size() >= domain::kTimeOffMax) return error::CatalogueFull();
    RETURN_IF_ERROR(domain::CheckTimeOff(time_off, "time_off"));
    RETURN_IF_ERROR(edit.Touch({found->resource()}));
    domain::Practitioner practitioner = *found;
    practitioner.time_off.push_back(time_off);
    ASSIGN_OR_RETURN(const Affected affected,
                     edit.Orphans({.practitioner = &practitioner}, time_off.start, time_off.end));
    RETURN_IF_ERROR(edit.store.AddTimeOff(edit.tx, edit.tenant, found->id, time_off));
    return encode(time_off, affected);
  });
}

absl::StatusOr<std::string> EditPractitioners::RemoveTimeOff(const Call& call,
                                                             const std::string& practitioner_id,
                                                             const std::string& id) {
  return changes_.Run(call, Of(practitioner_id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(practitioner_id));
    if (found == nullptr) return error::NotFound();
    const bool is_there =
        std::any_of(found->time_off.begin(), found->time_off.end(),
                    [&](const domain::TimeOff& time_off) { return time_off.id == id; });
    if (!is_there) return error::NotFound();
    RETURN_IF_ERROR(edit.Touch({found->resource()}));
    RETURN_IF_ERROR(edit.store.RemoveTimeOff(edit.tx, edit.tenant, found->id, id));
    return std::string();
  });
}

absl::StatusOr<std::string> EditPractitioners::SetOverride(
    const Call& call, const std::string& practitioner_id, const domain::DateOverride& day,
    EncodeChange<domain::DateOverride> encode) {
  return changes_.Run(call, Of(practitioner_id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(practitioner_id));
    if (found == nullptr) return error::NotFound();
    if (edit.catalogue.FindClinic(day.clinic) == nullptr || !call.reach.HasClinic(day.clinic)) {
      return error::ReferenceUnknown("date_override.clinic");
    }
    RETURN_IF_ERROR(domain::CheckOverride(day, "date_override"));
    domain::Practitioner practitioner = *found;
    domain::PutOverride(day, practitioner.overrides);
    if (practitioner.overrides.size() > domain::kOverridesMax) return error::CatalogueFull();
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    RETURN_IF_ERROR(
        domain::CheckOverridesApart(practitioner, edit.catalogue, today, "date_override"));
    RETURN_IF_ERROR(edit.Touch({practitioner.resource()}));
    ASSIGN_OR_RETURN(const Affected affected,
                     edit.OrphansOf(day.date, edit.catalogue.FindClinic(day.clinic)->zone,
                                    {.practitioner = &practitioner}));
    RETURN_IF_ERROR(edit.store.SetOverride(edit.tx, edit.tenant, practitioner.id, day));
    return encode(day, affected);
  });
}

absl::StatusOr<std::string> EditPractitioners::RemoveOverride(const Call& call,
                                                              const std::string& practitioner_id,
                                                              const std::string& clinic,
                                                              absl::CivilDay date,
                                                              EncodeAffected encode) {
  return changes_.Run(call, Of(practitioner_id), [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Practitioner* found =
        InReach(call.reach, edit.catalogue.FindPractitioner(practitioner_id));
    if (found == nullptr) return error::NotFound();
    domain::Practitioner practitioner = *found;
    if (!call.reach.HasClinic(clinic) ||
        !domain::TakeOverride(date, clinic, practitioner.overrides)) {
      return error::NotFound();
    }
    ASSIGN_OR_RETURN(const absl::CivilDay today, edit.Today());
    RETURN_IF_ERROR(domain::CheckOverridesApart(practitioner, edit.catalogue, today, "date"));
    RETURN_IF_ERROR(edit.Touch({practitioner.resource()}));
    ASSIGN_OR_RETURN(const Affected affected,
                     edit.OrphansOf(date, edit.catalogue.FindClinic(clinic)->zone,
                                    {.practitioner = &practitioner}));
    RETURN_IF_ERROR(edit.store.RemoveOverride(edit.tx, edit.tenant, practitioner.id,
                                              {.date = date, .clinic = clinic}));
    return encode(affected);
  });
}

}  // namespace stillpoint::booking::app
