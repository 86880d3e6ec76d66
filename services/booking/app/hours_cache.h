// What searches make of one version of a catalogue: hours already in UTC, and who needs which room.
// Expanding weekly hours costs 10-20 times what the rest of a search does, so it is done once per
// version, person, clinic and month.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_HOURS_CACHE_H_
#define STILLPOINT_SERVICES_BOOKING_APP_HOURS_CACHE_H_

#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/base/mutex.h"
#include "services/booking/domain/busy_month.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/slots.h"

namespace stillpoint::booking::app {

// Thread-safe; shared by the searches of one organization until its catalogue changes.
class HoursCache {
 public:
  // Beyond this many months (about 1.2 KB each) all are dropped and made anew.
  static constexpr size_t kMonthsMax = 20'000;

  explicit HoursCache(std::shared_ptr<const domain::Catalogue> catalogue)
      : catalogue_(std::move(catalogue)) {}

  const std::shared_ptr<const domain::Catalogue>& catalogue() const { return catalogue_; }

  // domain::MakePlan of this catalogue.
  domain::SlotPlan MakePlan(const domain::SlotQuery& query);

  // True if Fill has nothing to expand for `plan`.
  bool HasHours(const domain::SlotPlan& plan);

  // Sets Candidate::free to the hours of each candidate, and Place::grid. `plan` was made from this
  // catalogue.
  void Fill(const domain::SlotQuery& query, domain::SlotPlan& plan);

 private:
  using OpenKey = std::tuple<const domain::Practitioner*, const domain::Clinic*, domain::Month>;
  using GridKey = std::tuple<const domain::Clinic*, int, domain::Month>;  // With the step.
  using RoomsKey = std::pair<const domain::Offering*, const domain::Clinic*>;

  // Stays where it is as long as this does.
  const std::vector<const domain::Room*>& RoomsOf(const domain::Offering& offering,
                                                  const domain::Clinic& clinic);

  const std::shared_ptr<const domain::Catalogue> catalogue_;
  Mutex mutex_;
  absl::flat_hash_map<OpenKey, domain::Bits> open_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<GridKey, domain::Bits> grids_ ABSL_GUARDED_BY(mutex_);
  std::map<RoomsKey, std::vector<const domain::Room*>> rooms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_HOURS_CACHE_H_
