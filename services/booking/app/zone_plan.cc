#include "services/booking/app/zone_plan.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using domain::Booking;
using domain::BookingState;
using domain::Claim;
using domain::ZoneMover;

// How far from its new place a booking looks for others: the longest way (8 hours), a buffer, and
// three hours by which the clocks of two zones change against each other. Of zones that change by
// more two bookings could be told as moving to one place, of which the second then stays.
constexpr absl::Duration kReach = absl::Hours(12);

bool OnGrid(absl::Time time) { return domain::TimeOf(domain::TickFloor(time)) == time; }

Booking At(Booking booking, absl::Time start) {
  booking.end = start + (booking.end - booking.start);
  booking.start = start;
  return booking;
}

}  // namespace

// A group of which not all members are known.
struct ZonePlan::Growing {
  Group group;
  std::set<std::string> members;
  std::vector<Claim> fixed;
};

std::optional<ZoneMove> ZonePlan::Judge(const Booking& booking) {
  const bool held = booking.state == BookingState::kHeld && booking.hold_expires > now_;
  if (!held && booking.state != BookingState::kConfirmed) return std::nullopt;
  const auto [zone, is_new] = zones_.try_emplace(booking.zone);
  if (is_new) {
    absl::TimeZone loaded;
    if (load_zone_(booking.zone, &loaded)) zone->second = loaded;
  }
  ZoneMove move{.booking = booking, .before = booking.start, .after = booking.start, .refusal = {}};
  if (zone->second.has_value()) {
    move.after = domain::StartByZone(booking, *zone->second);
    if (move.after == move.before) return std::nullopt;
  }
  if (std::max(move.before, move.after) <= now_) return std::nullopt;
  if (!zone->second.has_value()) {
    move.refusal = error::ZoneUnknown("zone");
  } else if (move.after <= now_) {
    move.refusal = error::StartInPast();
  } else if (!OnGrid(move.after)) {
    move.refusal = error::OffGrid("start_time");
  }
  return move;
}

absl::StatusOr<ZonePlan::Group> ZonePlan::Decide(sql::Transaction& tx, const std::string& booking) {
  Growing growing;
  if (const auto decided = decided_.find(booking); decided != decided_.end()) {
    growing.group.movers.push_back(decided->second);
    return std::move(growing.group);
  }
  ASSIGN_OR_RETURN(const Booking asked, ledger_.Get(tx, tenant_, booking));
  known_.insert_or_assign(booking, asked);
  const std::optional<ZoneMove> move = Judge(asked);
  if (!move.has_value() || !move->refusal.ok()) return std::move(growing.group);
  growing.members.insert(booking);
  growing.group.movers.push_back({.before = asked, .after = At(asked, move->after)});
  for (size_t i = 0; i < growing.group.movers.size(); ++i) {
    // Whoever is known to stay depends on nobody any more.
    if (growing.group.movers[i].taken.has_value()) continue;
    RETURN_IF_ERROR(LookAround(tx, i, growing));
  }
  std::vector<ZoneMover>& movers = growing.group.movers;
  domain::DecideZoneMoves(*catalogue_, growing.fixed, absl::MakeSpan(movers));
  // What is known of those at the end of a row that is too long may not be all.
  const size_t sure = movers.size() < group_max_ ? movers.size() : 1;
  for (size_t i = 0; i < sure; ++i) decided_.insert_or_assign(movers[i].before.id, movers[i]);
  return std::move(growing.group);
}

absl::Status ZonePlan::LookAround(sql::Transaction& tx, size_t index, Growing& growing) {
  const std::vector<Claim> wanted = domain::ClaimsOf(growing.group.movers[index].after);
  std::vector<domain::ResourceId> resources;
  resources.reserve(wanted.size());
  absl::Time start = absl::InfiniteFuture(), end = absl::InfinitePast();
  for (const Claim& claim : wanted) {
    resources.push_back(claim.resource);
    start = std::min(start, claim.start);
    end = std::max(end, claim.end);
  }
  ASSIGN_OR_RETURN(const std::vector<Claim> claims,
                   ledger_.ClaimsOn(tx, tenant_, resources, start - kReach, end + kReach));
  RETURN_IF_ERROR(Learn(tx, claims));
  for (const Claim& claim : claims) {
    for (const Claim& mine : wanted) {
      if (claim.resource == mine.resource) Take(claim, mine, growing);
    }
  }
  return absl::OkStatus();
}

absl::Status ZonePlan::Learn(sql::Transaction& tx, absl::Span<const Claim> claims) {
  std::set<std::string> missing;
  for (const Claim& claim : claims) {
    if (!known_.contains(claim.booking)) missing.insert(claim.booking);
  }
  std::vector<sql::Rows> rows(missing.size());
  size_t asked = 0;
  for (const std::string& id : missing) {
    RETURN_IF_ERROR(ledger_.AskBooking(tx, tenant_, id, &rows[asked++]));
  }
  RETURN_IF_ERROR(tx.Flush());
  for (const sql::Rows& row : rows) {
    ASSIGN_OR_RETURN(Booking booking, ledger_.ReadBooking(row));
    std::string id = booking.id;
    known_.insert_or_assign(std::move(id), std::move(booking));
  }
  return absl::OkStatus();
}

void ZonePlan::Take(const Claim& claim, const Claim& wanted, Growing& growing) {
  if (growing.members.contains(claim.booking)) return;
  if (claim.HasRunOut(now_)) {
    if (claim.start < wanted.end && wanted.start < claim.end) {
      growing.group.run_out.insert(claim.booking);
    }
    return;
  }
  const Booking& booking = known_.at(claim.booking);
  const auto meets = [&](const Claim& other) {
    return domain::ZoneClaimsMeet(*catalogue_, wanted, other);
  };
  // Where it stands when all is done.
  const auto stands = [&](const Booking& there) {
    for (Claim& other : domain::ClaimsOf(there)) {
      if (other.resource == wanted.resource && meets(other)) {
        growing.fixed.push_back(std::move(other));
      }
    }
  };
  const std::optional<ZoneMove> move = Judge(booking);
  if (!move.has_value() || !move->refusal.ok()) return stands(booking);
  ZoneMover mover{.before = booking, .after = At(booking, move->after)};
  if (const auto decided = decided_.find(booking.id); decided != decided_.end()) {
    mover = decided->second;
    if (!mover.taken.has_value()) return stands(mover.after);
  }
  if (growing.group.movers.size() >= group_max_) {
    stands(mover.before);
    return stands(mover.after);
  }
  bool near = meets(claim);
  for (const Claim& other : domain::ClaimsOf(mover.after)) {
    near = near || (other.resource == wanted.resource && meets(other));
  }
  if (!near) return;
  growing.members.insert(booking.id);
  growing.group.movers.push_back(std::move(mover));
}

void ZonePlan::Know(const Booking& booking) {
  known_.insert_or_assign(booking.id, booking);
  decided_.erase(booking.id);
}

void ZonePlan::Forget() {
  known_.clear();
  decided_.clear();
}

}  // namespace stillpoint::booking::app
