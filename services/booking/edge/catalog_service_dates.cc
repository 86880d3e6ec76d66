// The part of CatalogService about single dates.
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/reply.h"

namespace stillpoint::booking::edge {
namespace {

// Whose date it is; one of the two ids is empty.
struct Owner {
  std::string organization;
  std::string clinic;
  std::string practitioner;
};

absl::StatusOr<Owner> ReadOwner(const std::string& parent) {
  Owner owner;
  if (MatchName(parent, kClinicPattern, {&owner.organization, &owner.clinic})) return owner;
  RETURN_IF_ERROR(
      ReadName(parent, kPractitionerPattern, "parent", {&owner.organization, &owner.practitioner}));
  return owner;
}

}  // namespace

grpc::ServerUnaryReactor* CatalogServiceImpl::SetDateOverride(
    grpc::CallbackServerContext* context, const pb::SetDateOverrideRequest* request,
    pb::SetDateOverrideResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.SetDateOverride",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, owner.organization));
        ASSIGN_OR_RETURN(const domain::DateOverride day,
                         FromProto(request->date_override(), owner.organization, owner.clinic));
        const auto encode =
            EncodeChangeIn(owner.organization, &pb::SetDateOverrideResponse::mutable_date_override);
        return rpc::Answer(owner.practitioner.empty()
                               ? clinics_.SetOverride(call, day, encode)
                               : practitioners_.SetOverride(call, owner.practitioner, day, encode),
                           response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::RemoveDateOverride(
    grpc::CallbackServerContext* context, const pb::RemoveDateOverrideRequest* request,
    pb::RemoveDateOverrideResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.RemoveDateOverride",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, owner.organization));
        ASSIGN_OR_RETURN(const absl::CivilDay date, FromProto(request->date(), "date"));
        const auto encode = [&](const app::Affected& affected) {
          pb::RemoveDateOverrideResponse reply;
          SetAffected(owner.organization, affected, &reply);
          return reply.SerializeAsString();
        };
        if (owner.practitioner.empty()) {
          return rpc::Answer(clinics_.RemoveOverride(call, owner.clinic, date, encode), response);
        }
        std::string organization;
        std::string clinic;
        RETURN_IF_ERROR(
            ReadName(request->clinic(), kClinicPattern, "clinic", {&organization, &clinic}));
        if (organization != owner.organization) return error::NotFound();
        return rpc::Answer(
            practitioners_.RemoveOverride(call, owner.practitioner, clinic, date, encode),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListDateOverrides(
    grpc::CallbackServerContext* context, const pb::ListDateOverridesRequest* request,
    pb::ListDateOverridesResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.ListDateOverrides",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
        ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(owner.organization));
        ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                         read_.Run(tenant, info.deadline));
        const domain::Clinic* clinic = catalogue->FindClinic(owner.clinic);
        const domain::Practitioner* practitioner = catalogue->FindPractitioner(owner.practitioner);
        if (clinic == nullptr && practitioner == nullptr) return error::NotFound();
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        // Years have four digits, so the order of keys is that of dates.
        std::map<std::string, domain::DateOverride> by_date;
        for (const domain::DateOverride& day :
             clinic != nullptr ? clinic->overrides : practitioner->overrides) {
          by_date.emplace(absl::StrFormat("%04d-%02d-%02d/%s", day.date.year(), day.date.month(),
                                          day.date.day(), day.clinic),
                          day);
        }
        response->set_next_page_token(
            EmitPage(tokens_, page, by_date, "", [&](const domain::DateOverride& day) {
              ToProto(owner.organization, day, response->add_date_overrides());
            }));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListHolidays(grpc::CallbackServerContext* context,
                                                           const pb::ListHolidaysRequest* request,
                                                           pb::ListHolidaysResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.ListHolidays",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      std::string id;
                      RETURN_IF_ERROR(ReadName(request->clinic(), kClinicPattern, "clinic",
                                               {&organization, &id}));
                      ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
                      ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                                       read_.Run(tenant, info.deadline));
                      const domain::Clinic* clinic = catalogue->FindClinic(id);
                      if (clinic == nullptr) return error::NotFound();
                      absl::CivilDay first = absl::CivilDay::min();
                      absl::CivilDay last = absl::CivilDay::max();
                      if (request->has_first_date()) {
                        ASSIGN_OR_RETURN(first, FromProto(request->first_date(), "first_date"));
                      }
                      if (request->has_last_date()) {
                        ASSIGN_OR_RETURN(last, FromProto(request->last_date(), "last_date"));
                      }
                      if (last < first) return error::RangeReversed("last_date");
                      if (clinic->holidays == nullptr) return absl::OkStatus();
                      const domain::HolidayCalendar& calendar = *clinic->holidays;
                      response->set_region(calendar.region);
                      response->set_region_display_name(calendar.display_name);
                      ToProto(calendar.first, response->mutable_known_from());
                      ToProto(calendar.last, response->mutable_known_until());
                      for (const domain::Holiday& holiday : calendar.holidays) {
                        if (holiday.date < first || holiday.date > last) continue;
                        ToProto(holiday, response->add_holidays());
                      }
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::booking::edge
