#include "services/booking/app/search_slots.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/start_bounds.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::app {
namespace {

// The catalogue that a search began with may have changed meanwhile; a catalogue that changes more
// often than this within one search is being imported, and the newest seen will do.
constexpr int kTriesMax = 3;

// Of each place so many rooms are looked at first, and all others only if these do not do: with
// many rooms the first few have one for every start, and what is not looked at need not be read.
constexpr size_t kRoomsFirst = 8;
// A search over more months of people than this, or whose hours have yet to be expanded, would keep
// others waiting on its thread: 256 take about half a millisecond.
constexpr size_t kWarmMonthsMax = 256;
constexpr size_t kRoomsAll = std::numeric_limits<size_t>::max();

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

// Practitioners, each once: FillPeople takes their facts in this order.
std::vector<domain::ResourceId> PeopleOf(const domain::SlotPlan& plan) {
  std::vector<domain::ResourceId> people;
  const domain::Practitioner* last = nullptr;
  for (const domain::Candidate& candidate : plan.candidates) {
    if (candidate.practitioner == last) continue;
    last = candidate.practitioner;
    people.push_back(last->resource());
  }
  return people;
}

// The rooms of each place up to `until`, but for those that are filled in: FillRooms takes their
// facts in this order.
std::vector<domain::ResourceId> RoomsOf(const domain::SlotPlan& plan, size_t until) {
  std::vector<domain::ResourceId> rooms;
  for (const domain::Place& place : plan.places) {
    for (size_t i = place.free.size(); i < std::min(until, place.rooms.size()); ++i) {
      rooms.push_back(place.rooms[i]->resource());
    }
  }
  return rooms;
}

using NextFacts = std::vector<ports::BusyMonths>::const_iterator;

// Takes out what `busy` occupies, and notes when the first of its holds runs out.
void TakeBusy(const domain::BusyMonth& busy, domain::Bits& free, FoundSlots& found) {
  busy.TakeFrom(free, found.now);
  for (const domain::HeldTicks& held : busy.holds) {
    if (held.expires > found.now) found.until = std::min(found.until, held.expires);
  }
}

NextFacts FillPeople(NextFacts next, FoundSlots& found) {
  domain::SlotPlan& plan = found.plan;
  const domain::Practitioner* last = nullptr;
  for (domain::Candidate& candidate : plan.candidates) {
    if (last != nullptr && candidate.practitioner != last) ++next;
    last = candidate.practitioner;
    const domain::Ways* ways = plan.places[candidate.place].ways;
    if (plan.keeps_breaks) {
      candidate.open = candidate.free;
      candidate.unclaimed = domain::Bits(plan.facts_begin, plan.facts_end);
      candidate.unclaimed.Set(plan.facts_begin, plan.facts_end);
    }
    if (plan.has_leads) candidate.for_lead = candidate.free;
    for (const auto& busy : *next) {
      TakeBusy(*busy, candidate.free, found);
      if (ways != nullptr) domain::TakeTravel(*busy, *ways, found.now, candidate.free);
      if (plan.keeps_breaks) busy->TakeFrom(candidate.unclaimed, found.now);
      if (!plan.limits_days) continue;
      busy->EachVisit(found.now,
                      [&](domain::Tick begin, domain::Tick length, const domain::Surroundings&) {
                        candidate.visits.push_back({begin, length});
                      });
    }
    if (!plan.has_leads) continue;
    candidate.for_visit = candidate.free;
    for (const auto& busy : *next) {
      domain::TakeLeads(*busy, ways, found.now, candidate.for_visit, candidate.for_lead);
      if (!plan.keeps_breaks) continue;
      domain::TakeLeads(*busy, nullptr, found.now, candidate.unclaimed, candidate.unclaimed);
    }
  }
  return last == nullptr ? next : next + 1;
}

// Adds to `all` when one more room or device is free.
void FillOne(const ports::BusyMonths& months, FoundSlots& found, std::vector<domain::Bits>& all) {
  const domain::SlotPlan& plan = found.plan;
  domain::Bits& free = all.emplace_back(plan.facts_begin, plan.facts_end);
  free.Set(plan.facts_begin, plan.facts_end);
  for (const auto& busy : months) TakeBusy(*busy, free, found);
}

NextFacts FillRooms(NextFacts next, size_t until, FoundSlots& found) {
  for (domain::Place& place : found.plan.places) {
    while (place.free.size() < std::min(until, place.rooms.size())) {
      FillOne(*next++, found, place.free);
    }
  }
  return next;
}

void FillDevices(NextFacts next, FoundSlots& found) {
  for (domain::Place& place : found.plan.places) {
    for (size_t i = 0; i < place.devices.size(); ++i) FillOne(*next++, found, place.device_free);
  }
}

// What is past, or beyond the offering's horizon, cannot be booked, so nothing of it is read.
domain::SlotQuery Bookable(domain::SlotQuery query, absl::Time now,
                           const domain::Catalogue& catalogue) {
  query.begin = std::max(query.begin, domain::TickCeil(now));
  const domain::Offering* offering = catalogue.FindOffering(query.offering);
  if (offering != nullptr) {
    const absl::Time horizon = now + absl::Hours(24) * offering->horizon_days;
    query.end = std::min(query.end, domain::TickFloor(horizon) + 1);
    query.begin = std::min(query.begin, domain::TickFloor(horizon) + 1);
  }
  query.end = std::max(query.begin, query.end);
  return query;
}

// Bounds that lie outside the window decide nothing. What is past, or beyond the horizon, is
// outside of them.
AnswerBasis::At RulesAt(const AnswerBasis& basis, const domain::Clinic& clinic, absl::Time now) {
  const domain::StartBounds bounds =
      domain::BoundsOf(*basis.catalogue, clinic, *basis.offering, now);
  return {&clinic, basis.catalogue->PolicyAt(clinic.id, now),
          std::max(basis.begin, domain::TickCeil(bounds.earliest)),
          std::min(basis.end, domain::TickFloor(bounds.latest))};
}

domain::Month FirstMonth(const domain::SlotPlan& plan) { return domain::MonthOf(plan.facts_begin); }
domain::Month LastMonth(const domain::SlotPlan& plan) {
  return domain::MonthOf(std::max(plan.facts_begin, plan.facts_end - 1));
}

}  // namespace

SearchSlots::View SearchSlots::KnownView(const Tenant& tenant) {
  MutexLock lock(mutex_);
  const auto found = views_.find(tenant.organization());
  return found == views_.end() ? nullptr : found->second;
}

absl::StatusOr<SearchSlots::View> SearchSlots::ViewOf(const Tenant& tenant, bool newest,
                                                      Deadline deadline) {
  View known = KnownView(tenant);
  if (known != nullptr && !newest) return known;
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
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

absl::StatusOr<bool> SearchSlots::Fill(HoursCache& view, const Asked& asked, bool old_will_do,
                                       ReadFacts read, size_t (*more)(size_t), FoundSlots& found) {
  domain::SlotPlan& plan = found.plan;
  std::vector<domain::ResourceId> first = PeopleOf(plan);
  for (domain::ResourceId& room : RoomsOf(plan, kRoomsFirst)) first.push_back(std::move(room));
  // All of them: they are few, and which starts have one is wanted before the rooms are.
  for (const domain::Place& place : plan.places) {
    for (const domain::Device* device : place.devices) first.push_back(device->resource());
  }
  ASSIGN_OR_RETURN(const ports::FactsAnswer facts, read(first));
  if (facts.catalogue_version > view.catalogue()->version && !old_will_do) return false;
  RETURN_IF_ERROR(CheckNames(*view.catalogue(), asked.query, asked.online));
  view.Fill(asked.query, plan);
  size_t rooms = kRoomsFirst;
  FillDevices(FillRooms(FillPeople(facts.resources.begin(), found), rooms, found), found);
  domain::FindPeople(asked.query, asked.now, plan);
  while (!domain::FindRooms(plan)) {
    rooms = more(rooms);
    ASSIGN_OR_RETURN(const ports::FactsAnswer others, read(RoomsOf(plan, rooms)));
    FillRooms(others.resources.begin(), rooms, found);
  }
  return true;
}

absl::StatusOr<std::vector<domain::OwnClaim>> SearchSlots::OwnClaims(const Tenant& tenant,
                                                                     const std::string& booking,
                                                                     Deadline deadline) {
  std::vector<domain::OwnClaim> own;
  if (booking.empty()) return own;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    const absl::StatusOr<domain::Booking> found = ledger_.Get(tx, tenant, booking);
    if (absl::IsNotFound(found.status())) return absl::OkStatus();
    RETURN_IF_ERROR(found.status());
    std::vector<domain::ResourceId> resources;
    for (const domain::Claim& claim : domain::ClaimsOf(*found)) {
      resources.push_back(claim.resource);
    }
    ASSIGN_OR_RETURN(
        const std::vector<domain::Claim> claims,
        ledger_.ClaimsOn(tx, tenant, std::move(resources), found->start - domain::kClaimMax,
                         found->end + domain::kClaimMax));
    own = domain::OwnClaimsOf(*found, claims);
    return absl::OkStatus();
  }));
  return own;
}

absl::StatusOr<FoundSlots> SearchSlots::Run(const Tenant& tenant, const domain::SlotQuery& query,
                                            bool online, Deadline deadline) {
  const absl::Time now = clock_.TimeNow();
  ASSIGN_OR_RETURN(const std::vector<domain::OwnClaim> own,
                   OwnClaims(tenant, query.own_booking, deadline));
  ASSIGN_OR_RETURN(View view, ViewOf(tenant, /*newest=*/false, deadline));
  for (int i = 1;; ++i) {
    const Asked asked{Bookable(query, now, *view->catalogue()), online, now};
    FoundSlots found{view->catalogue(), view->MakePlan(asked.query), now};
    const auto read =
        [&](absl::Span<const domain::ResourceId> resources) -> absl::StatusOr<ports::FactsAnswer> {
      ASSIGN_OR_RETURN(
          ports::FactsAnswer facts,
          facts_.Read(tenant, resources, FirstMonth(found.plan), LastMonth(found.plan), deadline));
      for (size_t at = 0; at < resources.size() && !own.empty(); ++at) {
        domain::ForgetOwn(own, resources[at], facts.resources[at]);
      }
      return facts;
    };
    // Each read may be a round trip, so the third one brings all the rest.
    const auto fewer_steps = [](size_t rooms) {
      return rooms == kRoomsFirst ? 4 * kRoomsFirst : kRoomsAll;
    };
    ASSIGN_OR_RETURN(const bool filled,
                     Fill(*view, asked, i == kTriesMax, read, fewer_steps, found));
    if (filled) return found;
    ASSIGN_OR_RETURN(view, ViewOf(tenant, /*newest=*/true, deadline));
  }
}

std::optional<absl::StatusOr<FoundSlots>> SearchSlots::RunWarm(const Tenant& tenant,
                                                               const domain::SlotQuery& query,
                                                               bool online,
                                                               const ports::Freshness& fresh) {
  const View view = KnownView(tenant);
  if (view == nullptr || fresh.stamp.empty()) return std::nullopt;
  // An own booking is read from the database, which is waiting; ranking looks at every start.
  if (!query.own_booking.empty() || query.gaps) return std::nullopt;
  const absl::Time now = clock_.TimeNow();
  const Asked asked{Bookable(query, now, *view->catalogue()), online, now};
  FoundSlots found{view->catalogue(), view->MakePlan(asked.query), now};
  const size_t months = LastMonth(found.plan) - FirstMonth(found.plan) + 1;
  if (found.plan.candidates.size() * months > kWarmMonthsMax || !view->HasHours(found.plan)) {
    return std::nullopt;
  }
  bool cold = false;
  const auto recall =
      [&](absl::Span<const domain::ResourceId> resources) -> absl::StatusOr<ports::FactsAnswer> {
    std::optional<ports::FactsAnswer> facts =
        facts_.Recall(tenant, resources, FirstMonth(found.plan), LastMonth(found.plan), fresh);
    if (facts.has_value()) return *std::move(facts);
    cold = true;
    return absl::UnavailableError("not remembered");
  };
  const auto twice = [](size_t rooms) { return 2 * rooms; };
  const absl::StatusOr<bool> filled =
      Fill(*view, asked, /*old_will_do=*/false, recall, twice, found);
  if (cold || (filled.ok() && !*filled)) return std::nullopt;
  if (!filled.ok()) return filled.status();
  return found;
}

AnswerBasis SearchSlots::BasisOf(const FoundSlots& found, const domain::SlotQuery& query,
                                 const ports::Freshness& fresh) {
  AnswerBasis basis{.epoch = fresh.epoch,
                    .catalogue = found.catalogue,
                    .offering = found.plan.offering,
                    .begin = query.begin,
                    .end = query.end,
                    .places = {},
                    .from = found.now,
                    .until = found.until};
  basis.places.reserve(found.plan.places.size());
  for (const domain::Place& place : found.plan.places) {
    basis.places.push_back(RulesAt(basis, *place.clinic, found.now));
  }
  return basis;
}

bool SearchSlots::StillTrue(const AnswerBasis& basis, const ports::Freshness& fresh) const {
  if (fresh.stamp.empty() || fresh.epoch == 0 || fresh.epoch != basis.epoch) return false;
  const absl::Time now = clock_.TimeNow();
  if (now < basis.from || now >= basis.until) return false;
  return std::all_of(basis.places.begin(), basis.places.end(), [&](const AnswerBasis::At& at) {
    return at == RulesAt(basis, *at.clinic, now);
  });
}

}  // namespace stillpoint::booking::app
