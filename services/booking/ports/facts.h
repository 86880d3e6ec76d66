// What occupies people and rooms, as searches want to know it.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/booking/domain/busy_month.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::ports {

// The months of one resource, ascending, none missing, all of one version.
using BusyMonths = std::vector<std::shared_ptr<const domain::BusyMonth>>;

struct FactsAnswer {
  // At least the version that was committed when the call began. 0: no such organization.
  int64_t catalogue_version = 0;
  std::vector<BusyMonths> resources;  // In the order asked for.
};

// Something that changes whenever anything of an organization does: facts that were the newest when
// it was read stay the newest until it is another. A value.
struct Freshness {
  std::string stamp;  // Empty: not known.
  // The same within this process alone, which also knows of its own changes that Redis was never
  // told: while it is the same, so is everything. 0: not known.
  int64_t epoch = 0;
};

// Thread-safe.
class Facts {
 public:
  virtual ~Facts() = default;

  // Finds out how fresh this process's memory is, without holding a thread meanwhile. Calls `then`
  // once, with what holds at some moment after the call; it must not block, and may be called
  // before this returns.
  virtual void AskFreshness(const Tenant& tenant, std::function<void(Freshness)> then) = 0;

  // As Read, from memory alone and without waiting for anything; nullopt if that does not hold all
  // of it, as new as `fresh`.
  virtual std::optional<FactsAnswer> Recall(const Tenant& tenant,
                                            absl::Span<const domain::ResourceId> resources,
                                            domain::Month first, domain::Month last,
                                            Freshness fresh) = 0;

  // The facts of `resources` in the months [first, last], none older than what was committed when
  // the call began. Unavailable, DeadlineExceeded: the database cannot answer.
  virtual absl::StatusOr<FactsAnswer> Read(const Tenant& tenant,
                                           absl::Span<const domain::ResourceId> resources,
                                           domain::Month first, domain::Month last,
                                           Deadline deadline) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_
