// What one call of FollowZones knows: which bookings belong at another instant, and which of them
// have to be looked at together.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_ZONE_PLAN_H_
#define STILLPOINT_SERVICES_BOOKING_APP_ZONE_PLAN_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/zone_moves.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// absl::LoadTimeZone, or what a test has in its place.
using LoadZone = std::function<bool(const std::string& name, absl::TimeZone* zone)>;

// What became of one booking, or would.
struct ZoneMove {
  domain::Booking booking;  // As it is now; only validated: as it was.
  absl::Time before;
  absl::Time after;      // Where it belongs.
  absl::Status refusal;  // Why it is not there; OK: it is, or would be.
  domain::ZoneConcern concern = domain::ZoneConcern::kNone;  // If it is.
};

// Used by one thread, for one organization and one call: what it has read it takes for true until
// Forget.
class ZonePlan {
 public:
  // Bookings that are looked at together. Of a longer row those at its end count as standing in the
  // way both where they are and where they belong.
  static constexpr size_t kGroupMax = 200;

  // A booking with all of whose place it needs.
  struct Group {
    std::vector<domain::ZoneMover> movers;  // First the one that was asked for; empty: it is none.
    std::set<std::string> run_out;          // Holds that have ended where one of them is to be.
  };

  // `now`, the store's, is before or at every later look.
  ZonePlan(const Tenant& tenant, const ports::Ledger& ledger, const LoadZone& load_zone,
           std::shared_ptr<const domain::Catalogue> catalogue, absl::Time now,
           size_t group_max = kGroupMax)
      : tenant_(tenant),
        ledger_(ledger),
        load_zone_(load_zone),
        catalogue_(std::move(catalogue)),
        now_(now),
        group_max_(group_max) {}

  const domain::Catalogue& catalogue() const { return *catalogue_; }

  // Where `booking`, as it is stored, belongs, and whether that is out of the question; nullopt: it
  // is there, is over, or is nobody's.
  std::optional<ZoneMove> Judge(const domain::Booking& booking);
  // What becomes of `booking` and whoever it depends on. In a transaction that reads.
  absl::StatusOr<Group> Decide(sql::Transaction& tx, const std::string& booking);

  // `booking` has become what it is here.
  void Know(const domain::Booking& booking);
  void Forget();

 private:
  struct Growing;

  // Reads those of `claims` whose bookings are not known.
  absl::Status Learn(sql::Transaction& tx, absl::Span<const domain::Claim> claims);
  // Finds who stands at or near the new place of the mover at `index`.
  absl::Status LookAround(sql::Transaction& tx, size_t index, Growing& growing);
  // Takes a claim there into account.
  void Take(const domain::Claim& claim, const domain::Claim& wanted, Growing& growing);

  const Tenant& tenant_;
  const ports::Ledger& ledger_;
  const LoadZone& load_zone_;
  const std::shared_ptr<const domain::Catalogue> catalogue_;
  const absl::Time now_;
  const size_t group_max_;
  std::map<std::string, std::optional<absl::TimeZone>> zones_;
  std::map<std::string, domain::Booking> known_;
  std::map<std::string, domain::ZoneMover> decided_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_ZONE_PLAN_H_
