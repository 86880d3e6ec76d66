#include "services/booking/app/follow_zones.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/app/call.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

using domain::Booking;
using domain::BookingState;
using domain::Claim;
using domain::ZoneMover;

// Read at a time.
constexpr int kPageSize = 500;
// So often a move is planned anew because others book or call off what it was planned upon.
constexpr int kAttempts = 3;

absl::Status Taken(const Tenant& tenant, const domain::ResourceId& resource) {
  return error::SlotTaken(absl::StartsWith(resource, "practitioners/") ? "practitioner"
                          : absl::StrContains(resource, "/rooms/")     ? "room"
                                                                       : "device",
                          absl::StrCat("organizations/", tenant.organization(), "/", resource), "");
}

ZoneMove MoveOf(const Tenant& tenant, const ZoneMover& mover) {
  return {.booking = mover.before,
          .before = mover.before.start,
          .after = mover.after.start,
          .refusal = mover.taken.has_value() ? Taken(tenant, *mover.taken) : absl::OkStatus(),
          .concern = mover.concern};
}

}  // namespace

absl::StatusOr<ZoneReport> FollowZones::Run(const FollowZonesCommand& command) {
  ZoneReport report;
  ZonePosition at = command.from;
  std::optional<ZonePlan> plan;
  int looks = 0;
  // However little time there is, each call comes a step further.
  const auto is_full = [&] {
    return report.moves.size() >= static_cast<size_t>(command.bookings_max) ||
           (looks > 0 && command.deadline.Remaining() < kReserve);
  };
  while (looks < kLooksMax && !is_full()) {
    ASSIGN_OR_RETURN(const Page page, Read(command, at));
    if (!plan.has_value()) {
      plan.emplace(command.tenant, ledger_, load_zone_, page.catalogue, page.now, group_max_);
    }
    for (const Booking& booking : page.bookings) {
      if (is_full()) break;
      ++looks;
      const absl::Status status = Look(command, at.pass, booking, *plan, report);
      if (!status.ok()) {
        if (report.moves.empty()) return status;
        report.next = at;
        return report;
      }
      at.after = ports::BookingPosition{booking.start, booking.id};
      if (at.pass == ZonePass::kEarlier) continue;
      ++report.seen;
      if (!booking.local_start.has_value()) ++report.unknown;
    }
    if (is_full() || page.bookings.size() == static_cast<size_t>(kPageSize)) continue;
    if (at.pass == ZonePass::kEarlier) return report;
    at = {.pass = ZonePass::kEarlier, .after = std::nullopt};
  }
  report.next = at;
  return report;
}

absl::StatusOr<FollowZones::Page> FollowZones::Read(const FollowZonesCommand& command,
                                                    const ZonePosition& at) {
  Page page;
  RETURN_IF_ERROR(
      database_.Read(command.tenant, command.deadline, [&](sql::Transaction& tx) -> absl::Status {
        // Tells also whether there is such an organization.
        ASSIGN_OR_RETURN(page.catalogue, catalogues_.Get(tx, command.tenant));
        ASSIGN_OR_RETURN(page.now, tx.Now());
        ASSIGN_OR_RETURN(page.bookings,
                         ledger_.List(tx, command.tenant,
                                      {.states = {BookingState::kHeld, BookingState::kConfirmed},
                                       .ends_after = page.now,
                                       .descending = at.pass == ZonePass::kLater},
                                      at.after, kPageSize));
        return absl::OkStatus();
      }));
  return page;
}

absl::Status FollowZones::Look(const FollowZonesCommand& command, ZonePass pass,
                               const Booking& booking, ZonePlan& plan, ZoneReport& report) {
  const std::optional<ZoneMove> move = plan.Judge(booking);
  // Of what belongs nowhere else the second pass tells.
  const bool is_later = move.has_value() && move->after > move->before;
  if (!move.has_value() || is_later != (pass == ZonePass::kLater)) return absl::OkStatus();
  if (!move->refusal.ok()) {
    report.moves.push_back(*move);
    return absl::OkStatus();
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const bool done, Follow(command, booking.id, plan, report));
    if (done) return absl::OkStatus();
    plan.Forget();
  }
  return ReadAgain();
}

absl::StatusOr<bool> FollowZones::Follow(const FollowZonesCommand& command,
                                         const std::string& booking, ZonePlan& plan,
                                         ZoneReport& report) {
  const Tenant& tenant = command.tenant;
  ZonePlan::Group group;
  RETURN_IF_ERROR(
      database_.Read(tenant, command.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(group, plan.Decide(tx, booking));
        return absl::OkStatus();
      }));
  // Called off, begun or moved by somebody in the meantime: nothing is left to do.
  if (group.movers.empty()) return true;
  if (command.validate_only || group.movers[0].taken.has_value()) {
    report.moves.push_back(MoveOf(tenant, group.movers[0]));
    return true;
  }
  std::erase_if(group.movers, [](const ZoneMover& mover) { return mover.taken.has_value(); });
  for (const std::string& hold : group.run_out) {
    RETURN_IF_ERROR(expire_.ExpireOne({tenant.organization(), hold}, command.deadline));
  }
  std::vector<Booking> moved;
  ports::RaisedVersions raised;
  const absl::Status status =
      database_.Write(tenant, command.deadline, [&](sql::Transaction& tx) -> absl::Status {
        raised.Clear();
        moved.clear();
        return MoveGroup(tx, tenant, group, plan.catalogue(), moved, raised);
      });
  const std::string reason = ReasonOf(status);
  if (reason == "ETAG_MISMATCH" || reason == "BOOKING_STATE" || reason == "SLOT_TAKEN") {
    return false;
  }
  RETURN_IF_ERROR(status);
  pointers_.Raise(tenant, raised.Read());
  for (size_t i = 0; i < moved.size(); ++i) {
    plan.Know(moved[i]);
    report.moves.push_back(MoveOf(tenant, group.movers[i]));
    report.moves.back().booking = std::move(moved[i]);
  }
  return true;
}

absl::Status FollowZones::MoveGroup(sql::Transaction& tx, const Tenant& tenant,
                                    const ZonePlan::Group& group,
                                    const domain::Catalogue& catalogue, std::vector<Booking>& moved,
                                    ports::RaisedVersions& raised) {
  std::vector<std::string> keys;
  std::set<std::string> members;
  for (const ZoneMover& mover : group.movers) {
    members.insert(mover.before.id);
    keys.push_back(BookingLockKey(tenant, mover.before.id));
    for (const Claim& claim : domain::ClaimsOf(mover.before)) {
      keys.push_back(domain::LockKey(tenant.organization(), claim.resource));
    }
  }
  RETURN_IF_ERROR(tx.Lock(std::move(keys)));
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  std::vector<Booking> before;
  before.reserve(group.movers.size());
  for (const ZoneMover& mover : group.movers) {
    ASSIGN_OR_RETURN(before.emplace_back(), ledger_.Get(tx, tenant, mover.before.id));
    if (before.back().revision != mover.before.revision) return error::EtagMismatch();
    for (const Claim& claim : domain::ClaimsOf(mover.after)) {
      ASSIGN_OR_RETURN(const std::vector<Claim> others,
                       ledger_.ClaimsOn(tx, tenant, {claim.resource}, claim.start, claim.end));
      for (const Claim& other : others) {
        if (!members.contains(other.booking) && domain::Excludes(claim, other)) {
          return Taken(tenant, claim.resource);
        }
      }
    }
  }
  // Each may be sent to where another was.
  for (const Booking& booking : before) {
    RETURN_IF_ERROR(ledger_.Vacate(tx, tenant, booking.id));
  }
  moved.reserve(before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    ASSIGN_OR_RETURN(const domain::BookingStep step,
                     domain::FindStep(before[i].state, domain::BookingMove::kFollowZone));
    Booking after = domain::Advance(before[i], step, now);
    after.start = group.movers[i].after.start;
    after.end = group.movers[i].after.end;
    moved.push_back(after);
    RETURN_IF_ERROR(ledger_.Store(tx, tenant,
                                  {.before = before[i],
                                   .after = std::move(after),
                                   .kind = domain::BookingEventKind::kZoneChanged,
                                   .vacated = true},
                                  ClinicOf(catalogue, before[i]), raised));
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::app
