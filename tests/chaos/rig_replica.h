// What rig.cc and rig_catalogue.cc share: one process as services/booking/main.cc wires it, and the
// translation of answers.
#ifndef STILLPOINT_TESTS_CHAOS_RIG_REPLICA_H_
#define STILLPOINT_TESTS_CHAOS_RIG_REPLICA_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/redis/shared_reader.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/adapters/pointer_healer.h"
#include "services/booking/app/book_slot.h"
#include "services/booking/app/edit_clinics.h"
#include "services/booking/app/edit_offerings.h"
#include "services/booking/app/edit_organization.h"
#include "services/booking/app/edit_policies.h"
#include "services/booking/app/edit_practitioners.h"
#include "services/booking/app/explain_slot.h"
#include "services/booking/app/find_next.h"
#include "services/booking/app/move_booking.h"
#include "services/booking/app/nearest_starts.h"
#include "services/booking/app/read_bookings.h"
#include "services/booking/app/remembered_answers.h"
#include "services/booking/app/reschedule_booking.h"
#include "services/booking/app/search_slots.h"
#include "tests/chaos/rig.h"

namespace stillpoint::chaos {

namespace adapters = booking::adapters;
namespace app = booking::app;
namespace domain = booking::domain;
namespace ports = booking::ports;

// Generous: a call that takes longer has hung.
inline constexpr absl::Duration kCallMax = absl::Seconds(60);

inline absl::Time TimeOf(Minute minute) { return absl::FromUnixSeconds(minute * 60); }
inline Minute MinuteOf(absl::Time time) { return absl::ToUnixSeconds(time) / 60; }

app::Call CallOf(const std::string& organization, const Ask& ask);
Reply ReplyOf(const absl::StatusOr<std::string>& result);

// Forbids kBlockedClient, does not know kUnknownClient and clears all others.
class TestClearance final : public ports::Clearance {
 public:
  absl::StatusOr<ports::ClearanceAnswer> Get(const Tenant&, const std::string& client,
                                             domain::Modality, absl::Time, Deadline) override {
    if (client == kUnknownClient) return absl::NotFoundError("no such client");
    ports::ClearanceAnswer answer;
    answer.cleared = client != kBlockedClient;
    if (!answer.cleared) answer.reason = "CLEARANCE_REQUIRED";
    return answer;
  }
};

// Waits for Redis as long as it takes.
class PatientPointers final : public ports::VersionPointers {
 public:
  explicit PatientPointers(adapters::CachedFacts& facts) : facts_(facts) {}
  void Raise(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions) override {
    if (!facts_.TryRaise(tenant, versions, Deadline::After(kCallMax)).ok()) std::abort();
  }

 private:
  adapters::CachedFacts& facts_;
};

// For redis::Redis and redis::SharedReader.
template <typename Options>
Options OptionsOf(Rig::Patience patience) {
  Options options;
  if (patience == Rig::Patience::kEndless) {
    options.connect_timeout = options.command_timeout = kCallMax;
  }
  return options;
}

struct Rig::Shared {
  Shared(sql::Engine engine, const Clock& used_clock, const std::string& redis_address,
         Patience used_patience)
      : patience(used_patience),
        clock(used_clock),
        database(testing::NewDatabase(engine, adapters::Migrations(), &used_clock)),
        redis(*redis::Redis::Open(redis_address, OptionsOf<redis::Redis::Options>(used_patience))),
        reader(*redis::SharedReader::Open(
            redis_address, OptionsOf<redis::SharedReader::Options>(used_patience))) {}

  const Patience patience;
  const Clock& clock;
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<redis::Redis> redis;
  std::unique_ptr<redis::SharedReader> reader;
  crypto::Key key = crypto::Key::Random();
  Metrics metrics;
  SequenceIds ids{"v"};
  TestClearance clearance;
  adapters::SqlCatalogueStore store;
  ports::Ledger ledger{[](const Tenant&, domain::BookingEventKind, const domain::Booking& after,
                          const domain::Clinic&, absl::Time) { return after.id; }};
  std::vector<std::unique_ptr<Replica>> replicas[2];  // Without and with Redis.
};

// As services/booking/main.cc wires one process.
struct Rig::Replica {
  Replica(Shared& shared, bool with_redis)
      : facts(*shared.database, with_redis ? shared.redis.get() : nullptr, shared.key,
              shared.metrics, {}, with_redis ? shared.reader.get() : nullptr),
        healer(*shared.database, facts),
        patient(facts),
        pointers(shared.patience == Patience::kEndless
                     ? static_cast<ports::VersionPointers&>(patient)
                     : facts),
        changes(*shared.database, catalogues, shared.store, shared.ledger, pointers),
        clinics(changes, shared.ids),
        rooms(changes, shared.ids),
        devices(changes, shared.ids),
        practitioners(changes, shared.ids),
        offerings(changes, shared.ids),
        policies(changes),
        organizations(changes),
        search(*shared.database, catalogues, facts, shared.ledger, shared.clock),
        next(search, shared.clock),
        explain(*shared.database, catalogues, shared.ledger, shared.clearance),
        alternatives(search),
        book(*shared.database, catalogues, shared.ledger, shared.clearance, alternatives, pointers,
             shared.ids),
        move(*shared.database, catalogues, shared.ledger, shared.clearance, pointers),
        reschedule(*shared.database, catalogues, shared.ledger, alternatives, pointers,
                   shared.clearance),
        expire(*shared.database, catalogues, shared.ledger, pointers),
        read(*shared.database, shared.ledger) {}

  adapters::CatalogueCache catalogues;
  adapters::CachedFacts facts;
  adapters::PointerHealer healer;
  PatientPointers patient;
  ports::VersionPointers& pointers;
  app::CatalogueChanges changes;
  app::EditClinics clinics;
  app::EditRooms rooms;
  app::EditDevices devices;
  app::EditPractitioners practitioners;
  app::EditOfferings offerings;
  app::EditPolicies policies;
  app::EditOrganization organizations;
  app::SearchSlots search;
  app::RememberedAnswers answers;
  app::FindNext next;
  app::ExplainSlot explain;
  app::FindAlternatives alternatives;
  app::BookSlot book;
  app::MoveBooking move;
  app::RescheduleBooking reschedule;
  app::ExpireHolds expire;
  app::ReadBookings read;
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_RIG_REPLICA_H_
