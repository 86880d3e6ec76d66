#include "services/booking/app/search_slots.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

// The catalogue that a search began with may have changed meanwhile; a catalogue that changes more
// often than this within one search is being imported, and the newest seen will do.
constexpr int kTriesMax = 3;

absl::Status CheckNames(const domain::Catalogue& catalogue, const domain::SlotQuery& query,
                        bool online) {
  for (size_t i = 0; i < query.clinics.size(); ++i) {
    if (catalogue.FindClinic(query.clinics[i]) == nullptr) {
      return error::ReferenceUnknown(absl::StrCat("filter.clinics[", i, "]"));
    }
  }
  for (size_t i = 0; i < query.practitioners.size(); ++i) {
    if (catalogue.FindPractitioner(query.practitioners[i]) == nullptr) {
      return error::ReferenceUnknown(absl::StrCat("filter.practitioners[", i, "]"));
    }
  }
  const domain::Offering* offering = catalogue.FindOffering(query.offering);
  if (offering == nullptr) return error::ReferenceUnknown("filter.offering");
  if (online && !offering->online_bookable) return error::OfferingUnavailable();
  if (!offering->HasVariant(query.length_minutes)) {
    return InvalidField("filter.duration_minutes", "not a duration variant of the offering");
  }
  return absl::OkStatus();
}

// Practitioners, each once, then the rooms, place by place: FillFree takes them in this order.
std::vector<domain::ResourceId> ResourcesOf(const domain::SlotPlan& plan) {
  std::vector<domain::ResourceId> resources;
  const domain::Practitioner* last = nullptr;
  for (const domain::Candidate& candidate : plan.candidates) {
    if (candidate.practitioner == last) continue;
    last = candidate.practitioner;
    resources.push_back(last->resource());
  }
  for (const domain::Place& place : plan.places) {
    for (const domain::RoomChoice& choice : place.rooms) {
      resources.push_back(choice.room->resource());
    }
  }
  return resources;
}

void FillFree(const std::vector<ports::BusyMonths>& facts, absl::Time now, domain::SlotPlan& plan) {
  auto next = facts.begin();
  const domain::Practitioner* last = nullptr;
  for (domain::Candidate& candidate : plan.candidates) {
    if (last != nullptr && candidate.practitioner != last) ++next;
    last = candidate.practitioner;
    for (const auto& busy : *next) busy->TakeFrom(candidate.free, now);
  }
  if (last != nullptr) ++next;
  for (domain::Place& place : plan.places) {
    for (domain::RoomChoice& choice : place.rooms) {
      choice.free = domain::Bits(plan.facts_begin, plan.facts_end);
      choice.free.Set(plan.facts_begin, plan.facts_end);
      for (const auto& busy : *next) busy->TakeFrom(choice.free, now);
      ++next;
    }
  }
}

}  // namespace

absl::StatusOr<SearchSlots::View> SearchSlots::ViewOf(const Tenant& tenant, bool newest,
                                                      Deadline deadline) {
  View known;
  {
    MutexLock lock(mutex_);
    const auto found = views_.find(tenant.organization());
    if (found != views_.end()) known = found->second;
  }
  if (known != nullptr && !newest) return known;
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
    return absl::OkStatus();
  }));
  if (known != nullptr && known->catalogue()->version >= catalogue->version) return known;
  View view = std::make_shared<HoursCache>(std::move(catalogue));
  MutexLock lock(mutex_);
  if (views_.size() >= kOrganizationsMax) views_.erase(views_.begin());
  views_[tenant.organization()] = view;
  return view;
}

absl::StatusOr<FoundSlots> SearchSlots::Run(const Tenant& tenant, domain::SlotQuery query,
                                            bool online, Deadline deadline) {
  const absl::Time now = clock_.TimeNow();
  query.begin = std::max(query.begin, domain::TickCeil(now));
  query.end = std::max(query.begin, query.end);
  ASSIGN_OR_RETURN(View view, ViewOf(tenant, /*newest=*/false, deadline));
  for (int i = 0;; ++i) {
    FoundSlots found{view->catalogue(), domain::MakePlan(*view->catalogue(), query)};
    const domain::Month first = domain::MonthOf(found.plan.facts_begin);
    const domain::Month last =
        domain::MonthOf(std::max(found.plan.facts_begin, found.plan.facts_end - 1));
    ASSIGN_OR_RETURN(const ports::FactsAnswer facts,
                     facts_.Read(tenant, ResourcesOf(found.plan), first, last, deadline));
    if (facts.catalogue_version > view->catalogue()->version && i + 1 < kTriesMax) {
      ASSIGN_OR_RETURN(view, ViewOf(tenant, /*newest=*/true, deadline));
      continue;
    }
    RETURN_IF_ERROR(CheckNames(*view->catalogue(), query, online));
    view->Fill(query, found.plan);
    FillFree(facts.resources, now, found.plan);
    domain::FindSlots(query, now, found.plan);
    return found;
  }
}

}  // namespace stillpoint::booking::app
