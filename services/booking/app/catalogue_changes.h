// The one path of every change to a catalogue, so that none can forget a step:
//   replay? -> lock the catalogue -> read the part it takes -> judge -> lock whose time changes ->
//   say whose bookings it orphans -> store -> reply -> commit -> raise pointers.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_CATALOGUE_CHANGES_H_
#define STILLPOINT_SERVICES_BOOKING_APP_CATALOGUE_CHANGES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/booking/app/call.h"
#include "services/booking/domain/orphans.h"
#include "services/booking/ports/catalogue_store.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

// The reply for a part of the catalogue, as bytes; see Encode.
template <typename T>
using EncodePart = absl::FunctionRef<std::string(const T&)>;

// The live bookings that a change orphans (domain/orphans.h): they were supported before it and are
// not after it.
struct Affected {
  // More are counted, not named: the reply is kept for replays. Whoever has more to move than fits
  // here asks for all that is orphaned.
  static constexpr size_t kNamesMax = 100;

  std::vector<std::string> bookings;  // Ids, by start and id.
  int count = 0;
};

// As EncodePart, for changes that may orphan bookings.
template <typename T>
using EncodeChange = absl::FunctionRef<std::string(const T&, const Affected&)>;
using EncodeAffected = absl::FunctionRef<std::string(const Affected&)>;

// New values for some fields of a T, which `values.id` names.
template <typename T>
struct Patch {
  T values;
  std::set<std::string> fields;  // Names as in the API.
  std::string etag;              // What the caller read; empty: whatever is there.

  bool Has(const char* field) const { return fields.count(field) > 0; }
};

// Thread-safe.
class CatalogueChanges {
 public:
  CatalogueChanges(sql::Database& database, ports::Catalogues& catalogues,
                   ports::CatalogueStore& store, const ports::Ledger& ledger,
                   ports::VersionPointers& pointers)
      : database_(database),
        catalogues_(catalogues),
        store_(store),
        ledger_(ledger),
        pointers_(pointers) {}

  // A change in progress: what it sees, and where it stores.
  struct Edit {
    sql::Transaction& tx;
    const Tenant& tenant;
    const ports::CataloguePart& part;
    const domain::Catalogue& catalogue;  // Of it, before the change. Nobody else changes it now.
    ports::CatalogueStore& store;
    ports::Catalogues& catalogues;
    const ports::Ledger& ledger;
    const Reach& reach;  // Of the caller.
    std::vector<domain::ResourceVersion> touched;

    // See CatalogueStore::Touch.
    absl::Status Touch(std::vector<domain::ResourceId> resources);
    // The bookings in reach, of what was touched, that `changed` orphans, if it changes nothing
    // outside [start, end). After Touch: whoever books is before this and may be in the list, or
    // waits for the locks and sees the change. Before anything of the catalogue is written.
    absl::StatusOr<Affected> Orphans(const domain::ChangedPart& changed,
                                     absl::Time start = absl::InfinitePast(),
                                     absl::Time end = absl::InfiniteFuture());
    // The same if it changes only hours that begin on `date` in `zone`.
    absl::StatusOr<Affected> OrphansOf(absl::CivilDay date, const absl::TimeZone& zone,
                                       const domain::ChangedPart& changed);
    template <typename T>
    absl::Status Save(const T& thing) {
      return store.Save(tx, tenant, thing);
    }
    // CATALOGUE_FULL: the organization can have no further practitioner, or whatever `part` is of.
    absl::Status CheckSpace();
    absl::StatusOr<absl::CivilDay> Today();  // In UTC, by the store's clock.
  };

  // Runs `change`, which sees `part`, in one transaction and returns its reply, or that of an
  // earlier call with the same key. If the call only validates, all of it is rolled back and no
  // earlier call is asked. NotFound NOT_FOUND: no such organization.
  absl::StatusOr<std::string> Run(const Call& call, const ports::CataloguePart& part,
                                  absl::FunctionRef<absl::StatusOr<std::string>(Edit&)> change);

  // Adds an organization; never only validates. AlreadyExists NAME_TAKEN.
  absl::StatusOr<std::string> CreateOrganization(const Call& call, const std::string& display_name,
                                                 EncodePart<domain::Catalogue> encode);

 private:
  // Runs `body` and rolls back what it has done.
  absl::StatusOr<std::string> Validate(
      const Call& call, absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  ports::CatalogueStore& store_;
  const ports::Ledger& ledger_;
  ports::VersionPointers& pointers_;
};

// Aborted ETAG_MISMATCH unless `etag` is empty or that of `revision`.
absl::Status CheckEtag(const std::string& etag, int64_t revision);

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_CATALOGUE_CHANGES_H_
