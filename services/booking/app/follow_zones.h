// After a change of the zone data: future bookings whose local time has become another instant.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_H_
#define STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/app/zone_plan.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

// Whoever is sent to a later time goes before the one whose place that was, so the last goes first;
// of those who are sent to an earlier time the first. So a whole day moves by an hour one by one,
// and only those that need each other's places move together.
enum class ZonePass { kLater = 1, kEarlier = 2 };

// How far a job has come.
struct ZonePosition {
  ZonePass pass = ZonePass::kLater;
  std::optional<ports::BookingPosition> after;  // None: at its beginning.
};

struct FollowZonesCommand {
  Tenant tenant;
  ZonePosition from;
  // That are told in one call, >= 1; more by those who move together with the last one.
  int bookings_max = 0;
  bool validate_only = false;
  Deadline deadline;
};

struct ZoneReport {
  std::vector<ZoneMove> moves;
  int64_t seen = 0;                  // Bookings looked at, those of the second pass not again.
  int64_t unknown = 0;               // Of these, those that have no local start, and stay.
  std::optional<ZonePosition> next;  // None: done.
};

// Thread-safe.
class FollowZones {
 public:
  // Looked at in one call, so that one in which nothing has to move ends too.
  static constexpr int kLooksMax = 5'000;
  // A call that has less left begins no other move: each is a transaction of its own.
  static constexpr absl::Duration kReserve = absl::Seconds(1);

  FollowZones(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger,
              ports::VersionPointers& pointers, ExpireHolds& expire, LoadZone load_zone,
              size_t group_max = ZonePlan::kGroupMax)
      : database_(database),
        catalogues_(catalogues),
        ledger_(ledger),
        pointers_(pointers),
        expire_(expire),
        load_zone_(std::move(load_zone)),
        group_max_(group_max) {}

  // Goes on from where the command says. HELD and CONFIRMED bookings that have yet to start are
  // moved with one event each, if nothing that stays is in the way of what they occupy; those that
  // need each other's places in one transaction. Rules of the policy, hours and clearance were kept
  // at that local time already; of buffers and ways that are not is told. They keep everything but
  // their instants. What cannot be moved is told and stays: SLOT_TAKEN, START_IN_PAST, OFF_GRID,
  // ZONE_UNKNOWN. Validated only, it tells what it would do if nobody else did anything. A failure
  // after the first move ends the call there, so that what has moved is told. NotFound NOT_FOUND:
  // no such organization.
  absl::StatusOr<ZoneReport> Run(const FollowZonesCommand& command);

 private:
  // Some of the bookings that are to be looked at, in the order of the pass.
  struct Page {
    std::vector<domain::Booking> bookings;
    std::shared_ptr<const domain::Catalogue> catalogue;
    absl::Time now;
  };

  absl::StatusOr<Page> Read(const FollowZonesCommand& command, const ZonePosition& at);
  // Looks at a booking, and moves it if it is to go in this pass.
  absl::Status Look(const FollowZonesCommand& command, ZonePass pass,
                    const domain::Booking& booking, ZonePlan& plan, ZoneReport& report);
  // Moves a booking with all that have to go with it. False: somebody else has changed what was
  // planned upon.
  absl::StatusOr<bool> Follow(const FollowZonesCommand& command, const std::string& booking,
                              ZonePlan& plan, ZoneReport& report);
  // In one transaction.
  absl::Status MoveGroup(sql::Transaction& tx, const Tenant& tenant, const ZonePlan::Group& group,
                         const domain::Catalogue& catalogue, std::vector<domain::Booking>& moved,
                         ports::RaisedVersions& raised);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  ports::VersionPointers& pointers_;
  ExpireHolds& expire_;
  const LoadZone load_zone_;
  const size_t group_max_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_H_
