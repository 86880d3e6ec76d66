#include "services/booking/app/find_slot.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/app/call.h"
#include "services/booking/app/surroundings.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/meal_break.h"
#include "services/booking/domain/rooms.h"
#include "services/booking/domain/start_bounds.h"

namespace stillpoint::booking::app {
namespace {

// Which of `all`, rooms or devices, a run locks: `found`, which an earlier run has found free, or
// the one to begin with.
template <typename T>
std::vector<const T*> FirstToTry(const std::vector<const T*>& all, bool lock_all, const T* found) {
  if (lock_all || all.empty()) return all;
  // By a newer catalogue it may no longer be one of them.
  const bool is_one = std::find(all.begin(), all.end(), found) != all.end();
  return {is_one ? found : all.front()};
}

bool IsFree(const domain::SlotCandidates& candidates, const domain::Room& room,
            absl::Span<const domain::Claim> claims, const domain::Booking* moving) {
  return domain::RoomIsFree(candidates, room, claims, moving);
}

bool IsFree(const domain::SlotCandidates& candidates, const domain::Device& device,
            absl::Span<const domain::Claim> claims, const domain::Booking* moving) {
  return domain::DeviceIsFree(candidates, device, claims, moving);
}

// For want of a T.
template <typename T>
absl::Status NoneFree(const domain::SlotCandidates& candidates, absl::string_view organization) {
  if constexpr (std::is_same_v<T, domain::Room>) {
    return domain::NoRoomFree(candidates, organization);
  } else {
    return domain::NoDeviceFree(candidates, organization);
  }
}

}  // namespace

void FindSlot::Plan(std::shared_ptr<const domain::Catalogue> catalogue, domain::SlotRequest wanted,
                    const domain::Booking* moving, size_t spread, std::string client) {
  catalogue_ = std::move(catalogue);
  wanted_ = std::move(wanted);
  moving_ = moving;
  spread_ = spread;
  client_ = std::move(client);
  auto candidates = domain::FindCandidates(*catalogue_, wanted_);
  refusal_ = candidates.status();
  if (!candidates.ok()) return;
  candidates_ = *std::move(candidates);
  const size_t by = wanted_.practitioner.empty()
                        ? spread
                        : domain::UsualRoomOf(*catalogue_, wanted_.practitioner);
  candidates_.SpreadRooms(
      by, moving == nullptr ? nullptr : catalogue_->FindRoom(moving->clinic, moving->room));
  candidates_.SpreadDevices(
      by, moving == nullptr ? nullptr : catalogue_->FindDevice(moving->clinic, moving->device));
}

absl::Status FindSlot::LockMore() {
  needs_locks_ = true;
  return ReadAgain();
}

std::string FindSlot::KeyOf(const domain::ResourceId& resource) const {
  return domain::LockKey(tenant_.organization(), resource);
}

absl::Status FindSlot::Ask(sql::Transaction& tx) {
  if (newer_ != nullptr) Plan(std::exchange(newer_, nullptr), wanted_, moving_, spread_, client_);
  if (!refusal_.ok()) return catalogues_.AskVersion(tx, tenant_, &version_);

  needs_locks_ = false;
  if (std::exchange(needs_another_, false)) ++others_;
  const bool all = others_ > kOthersMax;
  tried_ = FirstToTry(candidates_.rooms, all, catalogue_->FindRoom(room_found_free_));
  tried_devices_ = FirstToTry(candidates_.devices, all, catalogue_->FindDevice(device_found_free_));
  std::vector<domain::ResourceId> resources;
  for (const domain::Practitioner* who : candidates_.practitioners) {
    resources.push_back(who->resource());
  }
  for (const domain::Room* room : tried_) resources.push_back(room->resource());
  for (const domain::Device* device : tried_devices_) resources.push_back(device->resource());

  std::vector<std::string> keys;
  keys.reserve(resources.size());
  for (const domain::ResourceId& resource : resources) keys.push_back(KeyOf(resource));
  for (const domain::ResourceId& resource : also_lock_) keys.push_back(KeyOf(resource));
  for (const std::string& id : also_lock_bookings_) keys.push_back(BookingLockKey(tenant_, id));
  if (moving_ != nullptr) {
    keys.push_back(BookingLockKey(tenant_, moving_->id));
    for (const domain::Claim& claim : domain::ClaimsOf(*moving_)) {
      keys.push_back(KeyOf(claim.resource));
    }
  }
  // Two calls for one client may want different people: only this lock makes them wait.
  if (catalogue_->limits_clients()) keys.push_back(KeyOf(absl::StrCat("clients/", client_)));
  RETURN_IF_ERROR(tx.Lock(std::move(keys)));
  // Under the locks nobody changes hours, rooms or qualifications of the candidates; the plan
  // counts only if the catalogue is still the one that it was made from.
  RETURN_IF_ERROR(catalogues_.AskVersion(tx, tenant_, &version_));
  if (moving_ != nullptr) {
    RETURN_IF_ERROR(ledger_.AskBooking(tx, tenant_, moving_->id, &booking_));
  }
  client_visits_.Forget();
  if (catalogue_->limits_clients()) {
    RETURN_IF_ERROR(
        client_visits_.Ask(tx, tenant_, client_, *candidates_.clinic, candidates_.start));
  }
  shares_.clear();
  if (candidates_.practitioners.size() > 1) {
    RETURN_IF_ERROR(ledger_.AskShares(tx, tenant_, candidates_.practitioners, &shares_));
  }
  absl::Time start = candidates_.claims_start();
  absl::Time end = candidates_.claims_end();
  // Fairness needs the whole day, but only where there is a choice of people; so do limits.
  if (candidates_.practitioners.size() > 1 || catalogue_->limits_days()) {
    const domain::LocalDay day = domain::DayOf(candidates_);
    start = std::min(start, day.start);
    end = std::max(end, day.end);
  }
  if (catalogue_->keeps_breaks()) {
    const domain::LocalDay days = domain::DaysOf(*candidates_.clinic, start, end);
    start = days.start;
    end = days.end;
  }
  return ledger_.AskClaims(tx, tenant_, std::move(resources), start, end, &claims_);
}

absl::Status FindSlot::CheckClient(const domain::BookingPolicy& policy,
                                   domain::PolicyRules& used) const {
  const domain::ClientHistory history = client_visits_.Read(now_, moving_);
  const bool day_is_full = policy.client.DayIsFull(history.in_day);
  if ((day_is_full || policy.client.WeekIsFull(history.in_week)) &&
      !wanted_.override_of.SetsAside(domain::PolicyRule::kClientLimit, used)) {
    return error::ClientLimit(day_is_full ? "day" : "week");
  }
  if (policy.first_visit_consultation && !history.has_come_before &&
      candidates_.offering->modality != domain::Modality::kConsultation &&
      !wanted_.override_of.SetsAside(domain::PolicyRule::kFirstVisit, used)) {
    return error::FirstVisitConsultation();
  }
  return absl::OkStatus();
}

absl::StatusOr<FoundSlot> FindSlot::Decide(sql::Transaction& tx) {
  if (version_.empty()) return error::NotFound();
  if (version_[0][0].Int() != catalogue_->version) {
    ASSIGN_OR_RETURN(newer_, catalogues_.Get(tx, tenant_));
    return ReadAgain();
  }
  RETURN_IF_ERROR(refusal_);
  ASSIGN_OR_RETURN(now_, tx.Now());
  if (moving_ != nullptr) {
    ASSIGN_OR_RETURN(const domain::Booking again, ledger_.ReadBooking(booking_));
    if (again.revision != moving_->revision) return ReadAgain();
  }
  domain::PolicyRules used;
  RETURN_IF_ERROR(domain::CheckLeadTime(*catalogue_, *candidates_.clinic, *candidates_.offering,
                                        wanted_.start, now_, wanted_.override_of, used));
  const domain::BookingPolicy* policy = catalogue_->PolicyAt(candidates_.clinic->id, now_);
  if (policy != nullptr) {
    RETURN_IF_ERROR(CheckClient(*policy, used));
    candidates_.buffers = policy->buffers;
  }
  ASSIGN_OR_RETURN(const std::vector<domain::Claim> claims,
                   LiveClaims(tx, ledger_.ReadClaims(claims_)));
  FoundSlot found{
      .catalogue = catalogue_, .candidates = candidates_, .choice = {}, .moves = {}, .now = now_};
  const domain::DayRules rules = policy == nullptr ? domain::DayRules() : policy->day_rules();
  ASSIGN_OR_RETURN(found.choice.practitioner, ChoosePractitioner(rules, claims, used));
  const absl::StatusOr<const domain::Device*> device =
      Choose(tx, claims, candidates_.devices, tried_devices_, device_found_free_, found);
  // Where more has to be locked for the device, what the room needs is found out as well: there are
  // not so many runs.
  if (!device.ok() && !needs_locks_) return device.status();
  ASSIGN_OR_RETURN(found.choice.room,
                   Choose(tx, claims, candidates_.rooms, tried_, room_found_free_, found));
  ASSIGN_OR_RETURN(found.choice.device, device);
  if (!used.empty()) {
    found.override_of = wanted_.override_of;
    found.override_of.rules = std::move(used);
  }
  return found;
}

absl::StatusOr<const domain::Practitioner*> FindSlot::ChoosePractitioner(
    const domain::DayRules& rules, absl::Span<const domain::Claim> claims,
    domain::PolicyRules& used) const {
  const domain::Shares shares = ledger_.ReadShares(shares_);
  const auto choose = [&](const domain::DayRules& by) {
    return domain::ChoosePractitioner(candidates_, claims, by, shares, moving_,
                                      tenant_.organization());
  };
  absl::StatusOr<const domain::Practitioner*> who = choose(rules);
  const domain::PolicyRules& aside = wanted_.override_of.rules;
  if (who.ok() || aside.empty()) return who;
  domain::DayRules fewer = rules;
  if (aside.count(domain::PolicyRule::kPractitionerDay) > 0) fewer.limits = {};
  if (aside.count(domain::PolicyRule::kMealBreak) > 0) fewer.meal_break = {};
  // "Anybody" never means somebody who has a visit then.
  fewer.one_at_a_time =
      wanted_.practitioner.empty() || aside.count(domain::PolicyRule::kOneVisitAtATime) == 0;
  who = choose(fewer);
  if (!who.ok()) return who;
  const domain::Claim wanted =
      domain::PractitionerClaim(candidates_.start, candidates_.end, *candidates_.offering,
                                candidates_.buffers, candidates_.clinic->id);
  if (domain::WhatIsInTheWay((*who)->resource(), wanted, candidates_.ways, claims, moving_,
                             /*one_at_a_time=*/true) != domain::InTheWay::kNothing) {
    used.insert(domain::PolicyRule::kOneVisitAtATime);
  }
  if (!domain::IsWithinLimits(rules.limits, domain::DayOf(candidates_), (*who)->resource(),
                              candidates_.start, candidates_.end, claims, moving_)) {
    used.insert(domain::PolicyRule::kPractitionerDay);
  }
  const domain::Margins margins = domain::PractitionerMargins(*candidates_.offering);
  if (!domain::LeavesBreak(rules.meal_break, *candidates_.clinic, **who,
                           candidates_.start - margins.before, candidates_.end + margins.after,
                           claims, moving_)) {
    used.insert(domain::PolicyRule::kMealBreak);
  }
  return who;
}

template <typename T>
absl::StatusOr<const T*> FindSlot::Choose(sql::Transaction& tx,
                                          absl::Span<const domain::Claim> claims,
                                          const std::vector<const T*>& all,
                                          const std::vector<const T*>& tried,
                                          domain::ResourceId& found_free, FoundSlot& found) {
  if (all.empty()) return nullptr;
  for (const T* each : tried) {
    if (IsFree(candidates_, *each, claims, moving_)) return each;
  }
  if (tried.size() < all.size()) {
    ASSIGN_OR_RETURN(const T* another, TryAnother(tx, all, found_free));
    if (another != nullptr) return another;
  }
  return Rearrange<T>(tx, found);
}

template <typename T>
absl::StatusOr<const T*> FindSlot::TryAnother(sql::Transaction& tx,
                                              const std::vector<const T*>& all,
                                              domain::ResourceId& found_free) {
  // Without locks: that none is free is true at one instant, and so a fair answer; that one is free
  // is a hint, to be looked at again under its lock.
  std::vector<domain::ResourceId> resources;
  resources.reserve(all.size());
  for (const T* each : all) resources.push_back(each->resource());
  ASSIGN_OR_RETURN(const std::vector<domain::Claim> claims,
                   ledger_.ClaimsOn(tx, tenant_, std::move(resources), candidates_.busy_start(),
                                    candidates_.busy_end()));
  std::vector<domain::Claim> live = claims;
  std::erase_if(live, [&](const domain::Claim& claim) { return claim.HasRunOut(now_); });
  const auto free = std::find_if(all.begin(), all.end(), [&](const T* each) {
    return IsFree(candidates_, *each, live, moving_);
  });
  if (free == all.end()) return nullptr;
  found_free = (*free)->resource();
  if (!tx.Holds(KeyOf(found_free))) {
    needs_another_ = true;
    return LockMore();
  }
  std::vector<domain::Claim> own = claims;
  std::erase_if(own, [&](const domain::Claim& claim) { return claim.resource != found_free; });
  RETURN_IF_ERROR(LiveClaims(tx, std::move(own)).status());
  return *free;
}

template <typename T>
absl::StatusOr<const T*> FindSlot::Rearrange(sql::Transaction& tx, FoundSlot& found) {
  ASSIGN_OR_RETURN(const Surroundings around,
                   ReadSurroundings(tx, tenant_, ledger_, *catalogue_, candidates_, now_));
  // Whoever is moved may come to where a hold ran out, so these go first.
  RETURN_IF_ERROR(Expire(tx, around.run_out));
  std::optional<domain::Rearrangement<T>> plan = domain::FindRearrangement<T>(
      *catalogue_, candidates_, around.claims, around.bookings, moving_, now_);
  if (!plan.has_value()) return NoneFree<T>(candidates_, tenant_.organization());

  // It was found without locks, unless all that it touches happens to be locked.
  std::vector<domain::ResourceId> touched = {plan->vacated->resource()};
  for (const domain::ResourceMove& move : plan->moves) {
    touched.push_back(move.room != nullptr ? move.room->resource() : move.device->resource());
    for (const domain::Claim& claim : domain::ClaimsOf(move.booking)) {
      touched.push_back(claim.resource);
    }
  }
  bool holds_all = true;
  for (const domain::ResourceId& resource : touched) {
    if (tx.Holds(KeyOf(resource))) continue;
    holds_all = false;
    also_lock_.push_back(resource);
  }
  for (const domain::ResourceMove& move : plan->moves) {
    if (tx.Holds(BookingLockKey(tenant_, move.booking.id))) continue;
    holds_all = false;
    also_lock_bookings_.push_back(move.booking.id);
  }
  if (!holds_all) return LockMore();
  std::move(plan->moves.begin(), plan->moves.end(), std::back_inserter(found.moves));
  return plan->vacated;
}

absl::Status FindSlot::TakeTurn(sql::Transaction& tx, const FoundSlot& found) {
  if (found.candidates.practitioners.size() < 2) return absl::OkStatus();
  return ledger_.ChangeShares(
      tx, tenant_,
      domain::ShareChanges(found.candidates.practitioners, *found.choice.practitioner));
}

absl::Status FindSlot::MakeRoom(sql::Transaction& tx, const FoundSlot& found) {
  std::map<std::string, domain::Booking> moved;  // One may give up both its room and its device.
  for (const domain::ResourceMove& move : found.moves) {
    domain::Booking& booking = moved.try_emplace(move.booking.id, move.booking).first->second;
    const auto way = move.room != nullptr ? domain::BookingMove::kChangeRoom
                                          : domain::BookingMove::kChangeDevice;
    ASSIGN_OR_RETURN(const domain::BookingStep step, domain::FindStep(booking.state, way));
    domain::Booking after = domain::Advance(booking, step, found.now);
    if (move.room != nullptr) {
      after.room = move.room->id;
      after.turnover = domain::RoomMargins(*move.room).after;
    } else {
      after.device = move.device->id;
      after.device_turnover = domain::DeviceMargins(*move.device).after;
    }
    RETURN_IF_ERROR(ledger_.Store(tx, tenant_,
                                  {.before = booking, .after = after, .kind = step.event},
                                  *found.candidates.clinic, raised_));
    booking = std::move(after);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<domain::Claim>> FindSlot::LiveClaims(sql::Transaction& tx,
                                                                std::vector<domain::Claim> claims) {
  const absl::Time busy_start = candidates_.busy_start();
  const absl::Time busy_end = candidates_.busy_end();
  std::set<std::string> in_the_way;
  std::erase_if(claims, [&](const domain::Claim& claim) {
    if (!claim.HasRunOut(now_)) return false;
    if (claim.start < busy_end && busy_start < claim.end) in_the_way.insert(claim.booking);
    return true;
  });
  RETURN_IF_ERROR(Expire(tx, in_the_way));
  return claims;
}

absl::Status FindSlot::Expire(sql::Transaction& tx, const std::set<std::string>& ids) {
  std::vector<domain::Booking> holds;
  bool holds_all = true;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(holds.emplace_back(), ledger_.Get(tx, tenant_, id));
    // Its other resource changes too: whoever expires the hold from there must not meet us.
    for (const domain::Claim& claim : domain::ClaimsOf(holds.back())) {
      if (tx.Holds(KeyOf(claim.resource))) continue;
      holds_all = false;
      also_lock_.push_back(claim.resource);
    }
  }
  if (!holds_all) return LockMore();
  for (const domain::Booking& hold : holds) {
    RETURN_IF_ERROR(expire_.Run(tx, tenant_, hold, *catalogue_, now_, raised_));
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::app
