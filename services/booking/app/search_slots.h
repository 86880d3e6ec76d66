// Finding free times, from facts that may come from anywhere but are never older than what is
// committed.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/app/hours_cache.h"
#include "services/booking/domain/own_claim.h"
#include "services/booking/domain/slots.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/facts.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// A quarter: as far as calendars look. The facts of a search are read by month, so this bounds what
// one call can make the service read to five months per person and room.
inline constexpr absl::Duration kWindowMax = absl::Hours(24 * 92);

// The free starts: list them with domain::ListSlots, or candidate by candidate.
struct FoundSlots {
  std::shared_ptr<const domain::Catalogue> catalogue;  // Keeps the plan's pointers alive.
  domain::SlotPlan plan;
  absl::Time now;                             // The present that it was judged by.
  absl::Time until = absl::InfiniteFuture();  // The next hold that is in the way runs out then.
};

// All that an answer follows from, but for the question. A value.
struct AnswerBasis {
  // What the rules of a clinic come to at some moment.
  struct At {
    const domain::Clinic* clinic;
    const domain::BookingPolicy* policy;
    domain::Tick earliest;
    domain::Tick latest;
    friend bool operator==(const At&, const At&) = default;
  };
  int64_t epoch = 0;                                   // ports::Freshness.
  std::shared_ptr<const domain::Catalogue> catalogue;  // Keeps the pointers alive.
  const domain::Offering* offering = nullptr;
  domain::Tick begin = 0;  // The window of the question.
  domain::Tick end = 0;
  std::vector<At> places;
  absl::Time from;
  absl::Time until;
};

// Thread-safe.
class SearchSlots {
 public:
  // Organizations whose hours are kept expanded; about 2 MB each with 50 people.
  static constexpr size_t kOrganizationsMax = 200;

  SearchSlots(sql::Database& database, ports::Catalogues& catalogues, ports::Facts& facts,
              const ports::Ledger& ledger, const Clock& clock)
      : database_(database),
        catalogues_(catalogues),
        facts_(facts),
        ledger_(ledger),
        clock_(clock) {}

  // `online`: asked by a partner, who may only see what can be booked online. NotFound NOT_FOUND:
  // no such organization. InvalidArgument REFERENCE_UNKNOWN or INVALID_FIELD, with paths below
  // `filter`. FailedPrecondition OFFERING_UNAVAILABLE: not for partners. The window is the caller's
  // to check.
  absl::StatusOr<FoundSlots> Run(const Tenant& tenant, const domain::SlotQuery& query, bool online,
                                 Deadline deadline);

  // The same from what this process remembers, without waiting for anything and in short time;
  // nullopt if that is not enough, or would take long. `then` of AskFreshness may call it.
  std::optional<absl::StatusOr<FoundSlots>> RunWarm(const Tenant& tenant,
                                                    const domain::SlotQuery& query, bool online,
                                                    const ports::Freshness& fresh);
  // What an answer of RunWarm to `query` follows from.
  static AnswerBasis BasisOf(const FoundSlots& found, const domain::SlotQuery& query,
                             const ports::Freshness& fresh);
  // True if RunWarm would find the same again.
  bool StillTrue(const AnswerBasis& basis, const ports::Freshness& fresh) const;

  // As ports::Facts::AskFreshness.
  void AskFreshness(const Tenant& tenant, std::function<void(ports::Freshness)> then) {
    facts_.AskFreshness(tenant, std::move(then));
  }

 private:
  using View = std::shared_ptr<HoursCache>;
  // Reads facts of the resources that a plan needs next.
  using ReadFacts =
      absl::FunctionRef<absl::StatusOr<ports::FactsAnswer>(absl::Span<const domain::ResourceId>)>;

  View KnownView(const Tenant& tenant);
  struct Asked {
    const domain::SlotQuery query;
    const bool online;
    const absl::Time now;
  };
  // Fills in `found`, whose plan was made from `view`; false if the catalogue has changed since,
  // unless an old one will do. `more`: how many rooms to look at if so many are not enough.
  static absl::StatusOr<bool> Fill(HoursCache& view, const Asked& asked, bool old_will_do,
                                   ReadFacts read, size_t (*more)(size_t), FoundSlots& found);

  // What that booking occupies; nothing for none, or if it does no more, so that a hold that has
  // just run out does not spoil the search for the next one.
  absl::StatusOr<std::vector<domain::OwnClaim>> OwnClaims(const Tenant& tenant,
                                                          const std::string& booking,
                                                          Deadline deadline);

  // The last known catalogue with its hours, or the database's newest if none is known or `newest`.
  absl::StatusOr<View> ViewOf(const Tenant& tenant, bool newest, Deadline deadline);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  ports::Facts& facts_;
  const ports::Ledger& ledger_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, View> views_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_
