// Where bookings and their claims live. One implementation in SQL serves both engines; every
// function works in the caller's transaction.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_LEDGER_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_LEDGER_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/slot.h"
#include "services/booking/ports/raised_versions.h"

namespace stillpoint::booking::ports {

// Which bookings to list. Every filter that is set must hold.
struct BookingFilter {
  std::string clinic = {};
  std::vector<std::string> clinics = {};  // One of these; empty: any.
  std::string practitioner = {};
  std::string client = {};
  std::vector<domain::BookingState> states = {};  // Empty: any.
  std::optional<absl::Time> ends_after = {};
  std::optional<absl::Time> starts_before = {};
  bool descending = false;  // The latest first.
};

// The place of a booking in a list.
struct BookingPosition {
  absl::Time start;
  std::string id;
};

// One step of a booking's life, to be stored as a whole.
struct BookingChange {
  std::optional<domain::Booking> before;  // None for a new booking.
  domain::Booking after;
  domain::BookingEventKind kind;
  bool vacated = false;  // Vacate has already taken out the claims of `before`.
};

// A hold that has run out, of any organization.
struct ExpiredHold {
  std::string organization;
  std::string booking;
};

// When a visit of a client starts, for limits.
struct ClientStart {
  std::string booking;
  absl::Time start;
  std::optional<absl::Time> expires = {};  // Of a hold.
};

// An event as the bytes that consumers get; the wire's format is known to the edge alone.
using EventEncoder = std::function<std::string(const Tenant& tenant, domain::BookingEventKind kind,
                                               const domain::Booking& after,
                                               const domain::Clinic& clinic, absl::Time time)>;

// Thread-safe.
class Ledger {
 public:
  explicit Ledger(EventEncoder encode) : encode_(std::move(encode)) {}

  // NotFound NOT_FOUND.
  absl::StatusOr<domain::Booking> Get(sql::Transaction& tx, const Tenant& tenant,
                                      const std::string& id) const;
  // The same in two halves, for who has more to ask in one round trip (sql::Transaction::Ask).
  absl::Status AskBooking(sql::Transaction& tx, const Tenant& tenant, const std::string& id,
                          sql::Rows* rows) const;
  absl::StatusOr<domain::Booking> ReadBooking(const sql::Rows& rows) const;

  // Up to `limit` bookings after `after`, by start and id.
  absl::StatusOr<std::vector<domain::Booking>> List(sql::Transaction& tx, const Tenant& tenant,
                                                    const BookingFilter& filter,
                                                    const std::optional<BookingPosition>& after,
                                                    int limit) const;

  // The claims on any of `resources`, no two of which are the same, that meet [start, end), those
  // of expired holds included.
  absl::StatusOr<std::vector<domain::Claim>> ClaimsOn(sql::Transaction& tx, const Tenant& tenant,
                                                      std::vector<domain::ResourceId> resources,
                                                      absl::Time start, absl::Time end) const;
  // The same in two halves. `resources` is not empty.
  absl::Status AskClaims(sql::Transaction& tx, const Tenant& tenant,
                         std::vector<domain::ResourceId> resources, absl::Time start,
                         absl::Time end, sql::Rows* rows) const;
  std::vector<domain::Claim> ReadClaims(const sql::Rows& rows) const;

  // Whose claims on any of `resources`, no two of which are the same, meet [start, end), by start
  // and id. Of each booking only what domain/orphans.h reads: where, when, with whom, its buffers,
  // its state and when a hold runs out.
  absl::StatusOr<std::vector<domain::Booking>> ClaimantsOf(
      sql::Transaction& tx, const Tenant& tenant, const std::vector<domain::ResourceId>& resources,
      absl::Time start, absl::Time end) const;

  // The visits of a client that start in [start, end) and occupy somebody's time, holds that ran
  // out included. In two halves, as above.
  absl::Status AskClientStarts(sql::Transaction& tx, const Tenant& tenant,
                               const std::string& client, absl::Time start, absl::Time end,
                               sql::Rows* rows) const;
  // The ids of up to two visits of a client that start before `start`, are agreed and were not
  // called off.
  absl::Status AskClientBefore(sql::Transaction& tx, const Tenant& tenant,
                               const std::string& client, absl::Time start, sql::Rows* rows) const;
  std::vector<ClientStart> ReadClientStarts(const sql::Rows& rows) const;

  // When the holds that `caller` took and that nobody ended run out, the last `limit` of them,
  // latest first. In two halves, as above.
  absl::Status AskHoldsOf(sql::Transaction& tx, const Tenant& tenant, const std::string& caller,
                          int limit, sql::Rows* rows) const;
  std::vector<absl::Time> ReadHoldsOf(const sql::Rows& rows) const;

  // What `practitioners` (ids) have to their credit. In two halves, as above.
  absl::Status AskShares(sql::Transaction& tx, const Tenant& tenant,
                         const std::vector<const domain::Practitioner*>& practitioners,
                         sql::Rows* rows) const;
  domain::Shares ReadShares(const sql::Rows& rows) const;
  // Adds to what they have. The caller holds the practitioners' locks.
  absl::Status ChangeShares(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Shares& changes) const;

  // Takes out the claims of `booking`, whose place others get before Store gives it a new one in
  // the same transaction.
  absl::Status Vacate(sql::Transaction& tx, const Tenant& tenant, const std::string& booking) const;

  // Writes the booking, its claims in place of those it had, the versions of every resource that it
  // touched or touches, and its event. Whoever no longer gives a visit that fell to them by turn
  // has it back to their credit. The caller holds the locks of those resources and of the
  // booking. Adds the new versions to `raised`, for searches to be told after the commit. Aborted
  // TX_CONFLICT: `before` is not what is stored. FailedPrecondition OVERLAP, from here or from the
  // commit: another claim is in the way.
  absl::Status Store(sql::Transaction& tx, const Tenant& tenant, const BookingChange& change,
                     const domain::Clinic& clinic, RaisedVersions& raised) const;

  // Up to `limit` holds that ran out at or before `now`, the oldest first.
  absl::StatusOr<std::vector<ExpiredHold>> ExpiredHolds(sql::Transaction& tx, absl::Time now,
                                                        int limit) const;

 private:
  const EventEncoder encode_;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_LEDGER_H_
