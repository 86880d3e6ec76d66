#include "services/booking/app/edit_offerings.h"

#include "common/base/status_macros.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using Edit = CatalogueChanges::Edit;

void Apply(const Patch<domain::Offering>& patch, domain::Offering& offering) {
  const domain::Offering& values = patch.values;
  const auto set = [&](const char* field, auto domain::Offering::*member) {
    if (patch.Has(field)) offering.*member = values.*member;
  };
  set("display_name", &domain::Offering::display_name);
  set("modality", &domain::Offering::modality);
  set("duration_minutes", &domain::Offering::variants);
  set("buffer_before_minutes", &domain::Offering::buffer_before_minutes);
  set("buffer_after_minutes", &domain::Offering::buffer_after_minutes);
  set("step_minutes", &domain::Offering::step_minutes);
  set("credential_kind", &domain::Offering::credential_kind);
  set("room_kind", &domain::Offering::room_kind);
  set("room_features", &domain::Offering::room_features);
  set("device_kind", &domain::Offering::device_kind);
  set("device_features", &domain::Offering::device_features);
  set("notice_minutes", &domain::Offering::notice_minutes);
  set("horizon_days", &domain::Offering::horizon_days);
  set("price", &domain::Offering::price_cents);
  set("price", &domain::Offering::currency);
  set("online_bookable", &domain::Offering::online_bookable);
  set("clinics", &domain::Offering::clinics);
}

}  // namespace

absl::StatusOr<std::string> EditOfferings::Create(const Call& call, domain::Offering offering,
                                                  EncodePart<domain::Offering> encode) {
  if (offering.id.empty()) offering.id = ids_.Next();
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    if (edit.catalogue.FindOffering(offering.id) != nullptr) {
      return error::NameTaken("offering_id");
    }
    if (edit.catalogue.offerings.size() >= domain::kThingsMax) return error::CatalogueFull();
    RETURN_IF_ERROR(domain::CheckOffering(offering, edit.catalogue, "offering"));
    RETURN_IF_ERROR(edit.Save(offering));
    return encode(offering);
  });
}

absl::StatusOr<std::string> EditOfferings::Update(const Call& call,
                                                  const Patch<domain::Offering>& patch,
                                                  EncodePart<domain::Offering> encode) {
  return changes_.Run(call, {}, [&](Edit& edit) -> absl::StatusOr<std::string> {
    const domain::Offering* found = edit.catalogue.FindOffering(patch.values.id);
    if (found == nullptr) return error::NotFound();
    RETURN_IF_ERROR(CheckEtag(patch.etag, found->revision));
    domain::Offering offering = *found;
    Apply(patch, offering);
    ++offering.revision;
    RETURN_IF_ERROR(domain::CheckOffering(offering, edit.catalogue, "offering"));
    RETURN_IF_ERROR(edit.Save(offering));
    return encode(offering);
  });
}

}  // namespace stillpoint::booking::app
