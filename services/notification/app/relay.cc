#include "services/notification/app/relay.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "services/notification/app/move.h"
#include "services/notification/ports/booking_store.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {
namespace {

using domain::Notification;
using domain::OldOnes;
using domain::State;

constexpr char kRelayLock[] = "relay:booking";
// More than a booking that is moved every day for a year has.
constexpr int kOfBookingMax = 1000;

Notification FromPlan(const domain::Planned& planned, const domain::BookingFacts& booking,
                      const Tenant& tenant, std::string id, absl::Time now) {
  Notification notification;
  notification.organization = tenant.organization();
  notification.id = std::move(id);
  notification.key = planned.key;
  notification.client = booking.client;
  notification.state = planned.state;
  notification.due = planned.due;
  notification.not_after = planned.not_after;
  notification.told = booking;
  notification.lease_until = absl::UnixEpoch();
  notification.created = now;
  return notification;
}

// Of a visit that was `known` until now: those that were about to leave when a check saw that it
// had moved, before the event that says how came here. What an event has superseded is older than
// what was made for that event.
absl::StatusOr<std::vector<Notification>> StoppedEarly(sql::Transaction& tx, const Tenant& tenant,
                                                       const domain::BookingFacts& known) {
  ports::Filter filter;
  filter.booking = known.name;
  filter.limit = kOfBookingMax;
  ASSIGN_OR_RETURN(std::vector<Notification> stopped, ports::ListNotifications(tx, tenant, filter));
  int64_t newest = 0;
  for (const Notification& each : stopped) newest = std::max(newest, each.key.revision);
  std::erase_if(stopped, [&](const Notification& each) {
    return each.state != State::kSuperseded || each.key.revision != newest ||
           !domain::SameVisit(each.told, known);
  });
  return stopped;
}

}  // namespace

absl::StatusOr<int> Relay::RunOnce(absl::Duration wait, Deadline deadline) {
  std::string cursor;
  RETURN_IF_ERROR(
      database_.Read(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(cursor, ports::ReadCursor(tx));
        return absl::OkStatus();
      }));
  ASSIGN_OR_RETURN(const ports::EventPage page,
                   bookings_.ListEvents(cursor, kRelayPage, wait, deadline));
  if (page.next_cursor == cursor) return 0;

  std::vector<std::string> locks = {kRelayLock};
  for (const domain::BookingEvent& event : page.events) {
    locks.push_back(ports::BookingLock(event.booking.name));
  }
  int applied = 0;
  RETURN_IF_ERROR(
      database_.Write(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        applied = 0;
        RETURN_IF_ERROR(tx.Lock(locks));
        ASSIGN_OR_RETURN(const std::string stored, ports::ReadCursor(tx));
        if (stored != cursor) return absl::OkStatus();  // Another replica was faster.
        ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
        for (const domain::BookingEvent& event : page.events) {
          ASSIGN_OR_RETURN(const bool changed, Apply(tx, event, now));
          if (changed) ++applied;
        }
        return ports::SaveCursor(tx, page.next_cursor);
      }));
  return applied;
}

absl::StatusOr<bool> Relay::Apply(sql::Transaction& tx, const domain::BookingEvent& event,
                                  absl::Time now) {
  std::string organization, booking_id;
  if (!MatchName(event.booking.name, "organizations/{}/bookings/{}",
                 {&organization, &booking_id})) {
    // Passing over it keeps everybody else's messages flowing.
    log::Failure("relay_event_without_booking", {});
    return false;
  }
  const Tenant tenant(organization);
  ASSIGN_OR_RETURN(const std::optional<domain::BookingFacts> known,
                   ports::FindBooking(tx, tenant, event.booking.name));
  if (known.has_value() && event.booking.revision <= known->revision) return false;

  ports::NotificationStore store(tx, tenant);
  domain::Plan plan = domain::PlanFor(event);
  if (plan.old_ones == OldOnes::kRenew && known.has_value()) {
    ASSIGN_OR_RETURN(const std::vector<Notification> stopped, StoppedEarly(tx, tenant, *known));
    for (const Notification& old : stopped) plan.make.push_back(domain::Renewed(event, old));
  }
  if (plan.old_ones != OldOnes::kKeep) {
    const State to = plan.old_ones == OldOnes::kSuppress ? State::kSuppressed : State::kSuperseded;
    ASSIGN_OR_RETURN(std::vector<Notification> live, store.ListLive(event.booking.name));
    for (Notification& old : live) {
      if (plan.old_ones == OldOnes::kRenew) plan.make.push_back(domain::Renewed(event, old));
      RETURN_IF_ERROR(Move(store, old, to, plan.reason, "", now));
    }
  }
  for (const domain::Planned& planned : plan.make) {
    Notification made = FromPlan(planned, event.booking, tenant, ids_.Next(), now);
    ASSIGN_OR_RETURN(const bool inserted,
                     store.Insert(made, {State::kNone, planned.state, planned.reason, "", now}));
    // The revision guard above makes a second one impossible; if not, it must be seen.
    if (!inserted) log::Failure("planned_notification_exists", {{"booking", event.booking.name}});
  }
  RETURN_IF_ERROR(ports::SaveBooking(tx, tenant, event.booking));
  return true;
}

}  // namespace stillpoint::notification::app
