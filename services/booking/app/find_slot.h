// The claim transaction's first half: locking, reading and deciding about one wanted time.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/app/client_visits.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/domain/rearrange.h"
#include "services/booking/domain/slot.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// A time that is free, with everything locked that it will occupy.
struct FoundSlot {
  std::shared_ptr<const domain::Catalogue> catalogue;  // Keeps the pointers below alive.
  domain::SlotCandidates candidates;
  domain::SlotChoice choice;
  std::vector<domain::ResourceMove> moves;  // That have to be made first, in this order.
  absl::Time now;
  domain::PolicyOverride override_of = {};  // What had to be set aside.
};

// Looks for one wanted time on behalf of one call, over as many runs as its transaction takes.
//
// Only what is chosen gets locked, so that callers of other people and rooms never wait: everybody
// who could give the visit (whom it falls to follows from all of their days), and one room, tried
// without knowing whether it is free. If it is not, the next run tries one that is. A device, where
// the offering takes one, is chosen in the same way and in the same runs.
//
// A run is Ask, one round trip, Decide. What a run finds out about what to lock is kept for the
// next one; a plan that follows from an older catalogue is made again.
class FindSlot {
 public:
  // Runs that needed another room or device before all of them are locked at once, which ends any
  // bad luck.
  static constexpr int kOthersMax = 2;

  // The references outlive this.
  FindSlot(ports::Catalogues& catalogues, const ports::Ledger& ledger, const Tenant& tenant,
           ports::RaisedVersions& raised)
      : catalogues_(catalogues),
        ledger_(ledger),
        expire_(ledger),
        tenant_(tenant),
        raised_(raised) {}

  // Works out who and which rooms come into question by `catalogue`, the newest known. Needs no
  // transaction, so that none is kept waiting by it. `moving`, a booking that is moved to the
  // wanted time, may be null and outlives the run. `spread` leads callers who leave everything
  // open to different rooms. `client`: an id, whose visits are counted where a policy limits them.
  void Plan(std::shared_ptr<const domain::Catalogue> catalogue, domain::SlotRequest wanted,
            const domain::Booking* moving, size_t spread, std::string client);

  // Ask also locks `key`, which is no resource's.
  void AlsoLock(std::string key) { also_lock_.push_back(std::move(key)); }

  // Locks (also `moving`, with what it occupies) and asks for what decides. Only locks and
  // questions, so it may travel with other ones.
  absl::Status Ask(sql::Transaction& tx);

  // Judges by the store's clock: hours, rules, overlaps. Holds that ran out and are in the way are
  // expired in the same transaction. Errors: those of domain/slot.h; NotFound NOT_FOUND: no such
  // organization; Aborted TX_CONFLICT when the catalogue or `moving` changed before the locks were
  // had, or other locks are needed.
  absl::StatusOr<FoundSlot> Decide(sql::Transaction& tx);

  // Charges the practitioner of `found` for a visit that was for anybody; nothing where there was
  // no choice.
  absl::Status TakeTurn(sql::Transaction& tx, const FoundSlot& found);
  // Makes the moves of `found`, of rooms and of devices: each is a change of that booking like any
  // other, with its event.
  absl::Status MakeRoom(sql::Transaction& tx, const FoundSlot& found);

 private:
  // The live ones of `claims`; holds that ran out and stand in the way are expired.
  absl::StatusOr<std::vector<domain::Claim>> LiveClaims(sql::Transaction& tx,
                                                        std::vector<domain::Claim> claims);
  absl::Status Expire(sql::Transaction& tx, const std::set<std::string>& ids);
  absl::Status CheckClient(const domain::BookingPolicy& policy, domain::PolicyRules& used) const;
  // Within the rules of the day; with those set aside that may be, if nobody can have it within all
  // of them. `used` is told which ones whoever is chosen breaks.
  absl::StatusOr<const domain::Practitioner*> ChoosePractitioner(
      const domain::DayRules& rules, absl::Span<const domain::Claim> claims,
      domain::PolicyRules& used) const;
  // One of `all`, rooms or devices, that is free of `claims` or can be made so; null: none is
  // needed. `tried` are locked, and `claims` known only of them.
  template <typename T>
  absl::StatusOr<const T*> Choose(sql::Transaction& tx, absl::Span<const domain::Claim> claims,
                                  const std::vector<const T*>& all,
                                  const std::vector<const T*>& tried,
                                  domain::ResourceId& found_free, FoundSlot& found);
  // After those that were tried: the first of `all`, rooms or devices, that is free, for this run
  // if it needs no lock, else for the next. Null: none is.
  template <typename T>
  absl::StatusOr<const T*> TryAnother(sql::Transaction& tx, const std::vector<const T*>& all,
                                      domain::ResourceId& found_free);
  // When none is free: by moving bookings that did not ask for the one they have.
  template <typename T>
  absl::StatusOr<const T*> Rearrange(sql::Transaction& tx, FoundSlot& found);
  // Ends a run that has found out what the next one has to lock.
  absl::Status LockMore();
  std::string KeyOf(const domain::ResourceId& resource) const;

  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  const ExpireHold expire_;
  const Tenant& tenant_;
  ports::RaisedVersions& raised_;

  // The plan.
  std::shared_ptr<const domain::Catalogue> catalogue_;
  domain::SlotRequest wanted_;
  const domain::Booking* moving_ = nullptr;
  size_t spread_ = 0;
  std::string client_;
  absl::Status refusal_;  // Stands if the catalogue is still the newest.
  domain::SlotCandidates candidates_;

  // What earlier runs found out.
  std::shared_ptr<const domain::Catalogue> newer_;
  bool needs_another_ = false;                              // Room or device, in the next run.
  int others_ = 0;                                          // Runs that needed another.
  domain::ResourceId room_found_free_, device_found_free_;  // By the last of them.
  std::vector<domain::ResourceId> also_lock_;
  std::vector<std::string> also_lock_bookings_;

  // This run.
  std::vector<const domain::Room*> tried_;
  std::vector<const domain::Device*> tried_devices_;
  bool needs_locks_ = false;  // LockMore.
  sql::Rows version_, booking_, claims_, shares_;
  ClientVisits client_visits_{ledger_};
  absl::Time now_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_
