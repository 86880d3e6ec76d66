// stillpoint-booking: the only wiring of the catalogue, the search and the ledger.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "common/config/config.h"
#include "common/crypto/page_token.h"
#include "common/redis/redis.h"
#include "common/redis/shared_reader.h"
#include "common/rpc/client.h"
#include "common/rpc/metered.h"
#include "common/rpc/service_main.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/adapters/clearance_client.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/adapters/pointer_healer.h"
#include "services/booking/app/book_slot.h"
#include "services/booking/app/catalogue_changes.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/app/explain_slot.h"
#include "services/booking/app/find_next.h"
#include "services/booking/app/follow_zones.h"
#include "services/booking/app/hold_sweeper.h"
#include "services/booking/app/move_booking.h"
#include "services/booking/app/nearest_starts.h"
#include "services/booking/app/read_bookings.h"
#include "services/booking/app/read_catalogue.h"
#include "services/booking/app/reschedule_booking.h"
#include "services/booking/app/search_slots.h"
#include "services/booking/edge/access.h"
#include "services/booking/edge/availability_service.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/booking_service.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/event_service.h"

namespace {

namespace booking = stillpoint::booking;
namespace rpc = stillpoint::rpc;

struct Flags {
  rpc::ServiceFlags service;
  int64_t fact_months = booking::adapters::LocalFacts::Limits().months;
  std::string client_record;
  std::string client_record_key_file;
};

// Warm searches run on the reader's threads: one for each core, since they use nothing but CPU, and
// not more, since each has a connection to Redis.
int Lanes() {
  constexpr unsigned kLanesMax = 8;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, kLanesMax));
}

int Serve(rpc::ServiceContext& context, const Flags& flags) {
  std::unique_ptr<stillpoint::redis::Redis> redis;
  std::unique_ptr<stillpoint::redis::SharedReader> reader;
  if (!flags.service.redis.empty()) {
    auto opened = stillpoint::redis::Redis::Open(flags.service.redis, {});
    if (!opened.ok()) return rpc::ExitCodeOf(opened.status());
    redis = rpc::Metered(*std::move(opened), *context.metrics);
    const auto observe = [metrics = context.metrics.get()](absl::StatusCode code,
                                                           absl::Duration took) {
      metrics->RecordDependency("redis", code, took);
    };
    auto shared = stillpoint::redis::SharedReader::Open(flags.service.redis,
                                                        {.lanes = Lanes(), .observe = observe});
    if (!shared.ok()) return rpc::ExitCodeOf(shared.status());
    reader = *std::move(shared);
  }
  std::unique_ptr<booking::ports::Clearance> clearance =
      std::make_unique<booking::adapters::NoClearance>();
  if (!flags.client_record.empty()) {
    auto peer =
        rpc::Peer::Open(flags.client_record, flags.service.ToPeers(flags.client_record_key_file));
    if (!peer.ok()) return rpc::ExitCodeOf(peer.status());
    clearance =
        std::make_unique<booking::adapters::ClearanceClient>(*std::move(peer), *context.metrics);
  }
  stillpoint::sql::Database& database = *context.database;
  const stillpoint::crypto::PageTokens tokens(*context.secret);

  booking::adapters::CatalogueCache catalogues;
  booking::adapters::SqlCatalogueStore catalogue_store;
  booking::adapters::CachedFacts facts(database, redis.get(), *context.secret, *context.metrics,
                                       {.months = static_cast<size_t>(flags.fact_months)},
                                       reader.get());
  std::optional<booking::adapters::PointerHealer> healer;
  if (redis != nullptr) {
    healer.emplace(database, facts);
    healer->Start();
  }

  booking::app::ReadCatalogue read_catalogue(database, catalogues);
  const booking::ports::Ledger ledger(booking::edge::EncodeEvent);
  booking::app::CatalogueChanges change_catalogue(database, catalogues, catalogue_store, ledger,
                                                  facts);
  booking::edge::CatalogServiceImpl catalog_service(*context.edge, read_catalogue, change_catalogue,
                                                    *context.ids, tokens);

  booking::app::SearchSlots search(database, catalogues, facts, ledger, *context.clock);
  booking::app::FindAlternatives alternatives(search);
  booking::app::FindNext find_next(search, *context.clock);
  booking::app::ExplainSlot explain(database, catalogues, ledger, *clearance);
  booking::edge::AvailabilityServiceImpl availability_service(*context.edge, search, find_next,
                                                              explain, tokens, *context.metrics);

  booking::app::BookSlot book(database, catalogues, ledger, *clearance, alternatives, facts,
                              *context.ids);
  booking::app::MoveBooking move(database, catalogues, ledger, *clearance, facts);
  booking::app::RescheduleBooking reschedule(database, catalogues, ledger, alternatives, facts,
                                             *clearance);
  booking::app::ReadBookings read(database, ledger);
  booking::app::ListOrphans orphans(database, catalogues, ledger);
  booking::app::ExpireHolds expire_holds(database, catalogues, ledger, facts);
  booking::app::FollowZones follow_zones(
      database, catalogues, ledger, facts, expire_holds,
      [](const std::string& name, absl::TimeZone* zone) { return absl::LoadTimeZone(name, zone); });
  booking::edge::BookingServiceImpl booking_service(*context.edge, book, move, reschedule, read,
                                                    orphans, follow_zones, tokens);
  booking::edge::EventServiceImpl event_service(*context.edge, read);

  const booking::app::HoldSweeper sweeper(expire_holds);

  const int code =
      rpc::Run(context, {{"stillpoint.booking.v1.CatalogService", &catalog_service},
                         {"stillpoint.booking.v1.AvailabilityService", &availability_service},
                         {"stillpoint.booking.v1.BookingService", &booking_service},
                         {"stillpoint.booking.v1.EventService", &event_service}});
  reader.reset();  // Its callbacks use what is above.
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  stillpoint::Config config("stillpoint-booking", "Catalogue, availability and bookings.");
  Flags flags;
  flags.service.AddTo(config);
  config.Int("fact-months", &flags.fact_months, 0, 10'000'000,
             "Months of people and rooms whose busy times are kept in memory, 1.2 KB each");
  config.Text("client-record", &flags.client_record,
              "HOST:PORT of the client record service; empty: nothing can be cleared or booked");
  config.Text("peer-key-file", &flags.client_record_key_file,
              "file (mode 0600) with our bearer key there; empty: our certificate is enough");
  const auto migrations = booking::adapters::Migrations();
  auto context = rpc::OpenService("booking", argc, argv, config, flags.service, migrations,
                                  booking::edge::AccessTable());
  if (!context.ok()) return rpc::ExitCodeOf(context.status());
  return Serve(**context, flags);
}
