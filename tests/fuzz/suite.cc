#include "tests/fuzz/suite.h"

#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/crypto/keys.h"
#include "common/crypto/page_token.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/adapters/clearance_client.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/app/nearest_starts.h"
#include "services/booking/edge/access.h"
#include "services/booking/edge/availability_service.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/booking_service.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/event_service.h"
#include "services/client_record/adapters/care_client.h"
#include "services/client_record/adapters/content.h"
#include "services/client_record/adapters/schema.h"
#include "services/client_record/edge/access.h"
#include "services/client_record/edge/client_service.h"
#include "services/client_record/edge/note_service.h"
#include "services/client_record/edge/screening_service.h"
#include "services/notification/adapters/grpc_peers.h"
#include "services/notification/adapters/schema.h"
#include "services/notification/app/relay.h"
#include "services/notification/edge/access.h"
#include "services/notification/edge/services.h"

namespace stillpoint::fuzz {
namespace {

// A call that takes longer than this is a finding: a request of a few bytes that costs seconds is a
// way to stop a server. Generous, for a loaded machine under sanitizers.
constexpr std::chrono::seconds kCallMax{20};
constexpr int kThreads = 4;  // A call waits for one of another service on the same pool.

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "fuzz: the suite does not start: %s\n", status.ToString().c_str());
  std::abort();
}

// The same keys in every run, so that what fails once fails again.
crypto::Key FixedKey() {
  return crypto::Key::FromBytes(std::string(crypto::Key::kBytes, 'k')).value();
}

rpc::Callers::Known Known(const std::string& key, rpc::Principal principal) {
  return {crypto::Hash(key), std::move(principal)};
}

rpc::Callers KnownCallers() {
  std::vector<rpc::Callers::Known> known;
  for (const rpc::RoleTraits& role : rpc::AllRoles()) {
    rpc::Principal principal;
    principal.subject = absl::StrCat("fuzz/", role.name);
    principal.role = role.role;
    if (!role.every_organization) principal.organization = "o";
    if (role.role == rpc::Role::kPractitioner)
      principal.subject = "organizations/o/practitioners/p";
    if (role.role == rpc::Role::kClientProxy) principal.client = "ana";
    known.push_back(Known(role.name, std::move(principal)));
  }
  known.push_back(Known("bound_manager", {.subject = "fuzz/bound",
                                          .role = rpc::Role::kManager,
                                          .organization = "o",
                                          .clinics = {"c"}}));
  known.push_back(
      Known("stranger", {.subject = "fuzz/x", .role = rpc::Role::kOwner, .organization = "x"}));
  known.push_back(
      Known("strange_desk",
            {.subject = "fuzz/xdesk", .role = rpc::Role::kFrontDesk, .organization = "x"}));
  return rpc::Callers(std::move(known));
}

std::vector<rpc::MethodAccess> WholeAccess() {
  std::vector<rpc::MethodAccess> all = booking::edge::AccessTable();
  for (const rpc::MethodAccess& line : client_record::edge::Access()) all.push_back(line);
  for (const rpc::MethodAccess& line : notification::edge::AccessTable()) all.push_back(line);
  return all;
}

// As services/booking/main.cc, without Redis.
struct Booking {
  Booking(rpc::Edge& edge, const Clock& clock, Metrics& metrics, const rpc::Peer& peer)
      : database(
            testing::NewDatabase(sql::Engine::kSqlite, booking::adapters::Migrations(), &clock)),
        clearance(peer, metrics),
        facts(*database, nullptr, key, metrics),
        read_catalogue(*database, catalogues),
        change_catalogue(*database, catalogues, catalogue_store, ledger, facts),
        catalog_service(edge, read_catalogue, change_catalogue, ids, tokens),
        search(*database, catalogues, facts, ledger, clock),
        alternatives(search),
        next(search, clock),
        explain(*database, catalogues, ledger, clearance),
        availability_service(edge, search, next, explain, tokens, metrics),
        book(*database, catalogues, ledger, clearance, alternatives, facts, ids),
        move(*database, catalogues, ledger, clearance, facts),
        reschedule(*database, catalogues, ledger, alternatives, facts, clearance),
        read(*database, ledger),
        orphans(*database, catalogues, ledger),
        expire(*database, catalogues, ledger, facts),
        follow_zones(*database, catalogues, ledger, facts, expire,
                     [](const std::string& name, absl::TimeZone* zone) {
                       return absl::LoadTimeZone(name, zone);
                     }),
        booking_service(edge, book, move, reschedule, read, orphans, follow_zones, tokens),
        event_service(edge, read) {}

  const crypto::Key key = FixedKey();
  const crypto::PageTokens tokens{key};
  SequenceIds ids{"b"};
  std::unique_ptr<sql::Database> database;
  booking::adapters::ClearanceClient clearance;
  booking::adapters::CatalogueCache catalogues;
  booking::adapters::SqlCatalogueStore catalogue_store;
  booking::adapters::CachedFacts facts;
  booking::app::ReadCatalogue read_catalogue;
  const booking::ports::Ledger ledger{booking::edge::EncodeEvent};
  booking::app::CatalogueChanges change_catalogue;
  booking::edge::CatalogServiceImpl catalog_service;
  booking::app::SearchSlots search;
  booking::app::FindAlternatives alternatives;
  booking::app::FindNext next;
  booking::app::ExplainSlot explain;
  booking::edge::AvailabilityServiceImpl availability_service;
  booking::app::BookSlot book;
  booking::app::MoveBooking move;
  booking::app::RescheduleBooking reschedule;
  booking::app::ReadBookings read;
  booking::app::ListOrphans orphans;
  booking::app::ExpireHolds expire;
  booking::app::FollowZones follow_zones;
  booking::edge::BookingServiceImpl booking_service;
  booking::edge::EventServiceImpl event_service;
};

// As services/client_record/main.cc.
struct Record {
  Record(rpc::Edge& edge, const Clock& clock, Metrics& metrics, const rpc::Peer& peer)
      : database(testing::NewDatabase(sql::Engine::kSqlite, client_record::adapters::Migrations(),
                                      &clock)),
        care(peer, metrics),
        records(*database, ring, care),
        clients(edge, use_cases, tokens),
        consents(edge, use_cases),
        intakes(edge, use_cases, tokens),
        screening(edge, use_cases),
        notes(edge, use_cases, tokens),
        audit(edge, use_cases, tokens) {}

  const crypto::Key key = FixedKey();
  const crypto::PageTokens tokens{key};
  const client_record::ports::KeyRing ring{key};
  SequenceIds ids{"r"};
  const client_record::domain::Content content = client_record::adapters::LoadContent().value();
  std::unique_ptr<sql::Database> database;
  const client_record::adapters::CareClient care;
  const client_record::app::Records records;
  const client_record::edge::UseCases use_cases{records, content, ids};
  client_record::edge::ClientServiceImpl clients;
  client_record::edge::ConsentServiceImpl consents;
  client_record::edge::IntakeServiceImpl intakes;
  client_record::edge::ScreeningServiceImpl screening;
  client_record::edge::SessionNoteServiceImpl notes;
  client_record::edge::AuditServiceImpl audit;
};

// As services/notification/main.cc.
struct Notification {
  Notification(rpc::Edge& edge, const Clock& clock, const rpc::Peer& peer)
      : database(testing::NewDatabase(sql::Engine::kSqlite, notification::adapters::Migrations(),
                                      &clock)),
        bookings(notification::adapters::MakeGrpcBookings(peer)),
        contacts(notification::adapters::MakeGrpcContacts(peer)),
        manage(*database),
        templates(*database),
        queue(*database),
        begin(*database, *bookings, *contacts, ids, key, {}),
        complete(*database),
        relay(*database, *bookings, ids),
        notifications(edge, manage, tokens, notification::app::MailOptions().message_id_domain),
        template_service(edge, templates),
        workers(edge, queue, begin, complete) {}

  const crypto::Key key = FixedKey();
  const crypto::PageTokens tokens{key};
  SequenceIds ids{"n"};
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<notification::ports::Bookings> bookings;
  std::unique_ptr<notification::ports::Contacts> contacts;
  notification::app::ManageNotifications manage;
  notification::app::ManageTemplates templates;
  notification::app::LeaseQueue queue;
  notification::app::BeginSend begin;
  notification::app::CompleteSend complete;
  notification::app::Relay relay;
  notification::edge::NotificationServiceImpl notifications;
  notification::edge::TemplateServiceImpl template_service;
  notification::edge::WorkerServiceImpl workers;
};

}  // namespace

const std::vector<std::string>& FuzzCallers() {
  static const auto& callers = *new std::vector<std::string>([] {
    std::vector<std::string> keys = {"bound_manager", "stranger", "strange_desk", "nobody"};
    for (const rpc::RoleTraits& role : rpc::AllRoles()) keys.emplace_back(role.name);
    return keys;
  }());
  return callers;
}

bool IsOfO(const std::string& caller) {
  if (caller == "bound_manager") return true;
  const rpc::RoleTraits* role = rpc::FindRole(caller);
  return role != nullptr && !role->every_organization;
}

const std::vector<std::string>& FuzzServices() {
  static const auto& services =
      *new std::vector<std::string>{"stillpoint.booking.v1.CatalogService",
                                    "stillpoint.booking.v1.AvailabilityService",
                                    "stillpoint.booking.v1.BookingService",
                                    "stillpoint.booking.v1.EventService",
                                    "stillpoint.client_record.v1.ClientService",
                                    "stillpoint.client_record.v1.ConsentService",
                                    "stillpoint.client_record.v1.IntakeService",
                                    "stillpoint.client_record.v1.ScreeningService",
                                    "stillpoint.client_record.v1.SessionNoteService",
                                    "stillpoint.client_record.v1.AuditService",
                                    "stillpoint.notification.v1.NotificationService",
                                    "stillpoint.notification.v1.TemplateService",
                                    "stillpoint.notification.v1.WorkerService"};
  return services;
}

struct Suite::Parts {
  Parts()
      : address("unix:" + folder.path() + "/suite.sock"),
        peer(rpc::Peer::Connect(address, "service")),
        booking(edge, clock, metrics, peer),
        record(edge, clock, metrics, peer),
        notification(edge, clock, peer),
        stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {
    auto started = rpc::Server::Start(
        {.listen = address}, edge,
        {&booking.catalog_service, &booking.availability_service, &booking.booking_service,
         &booking.event_service, &record.clients, &record.consents, &record.intakes,
         &record.screening, &record.notes, &record.audit, &notification.notifications,
         &notification.template_service, &notification.workers},
        FuzzServices(), [] { return absl::OkStatus(); });
    if (!started.ok()) Die(started.status());
    server = *std::move(started);
  }

  const testing::TempDir folder;
  const std::string address;
  FakeClock clock{kFuzzStart};
  Metrics metrics;
  rpc::Edge edge{{.threads = kThreads, .deadline_max = absl::FromChrono(kCallMax)},
                 KnownCallers(),
                 WholeAccess(),
                 metrics};
  rpc::Peer peer;
  Booking booking;
  Record record;
  Notification notification;
  grpc::GenericStub stub;
  grpc::CompletionQueue queue;
  std::unique_ptr<rpc::Server> server;
};

Suite::Suite() : parts_(std::make_unique<Parts>()) {}
Suite::~Suite() = default;

void Suite::Advance(absl::Duration by) { parts_->clock.Advance(by); }

void Suite::SetClock(absl::Time now) { parts_->clock.Set(now); }

void Suite::Relay() {
  const auto applied = parts_->notification.relay.RunOnce(
      absl::ZeroDuration(), Deadline::After(absl::FromChrono(kCallMax)));
  if (!applied.ok()) {
    std::fprintf(stderr, "fuzz: the relay failed: %s\n", applied.status().ToString().c_str());
    std::abort();
  }
}

Answer Suite::Call(const std::string& method, const std::string& caller,
                   const std::string& request) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + caller);
  context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  context.set_wait_for_ready(true);
  const grpc::Slice slice(request);
  const auto call =
      parts_->stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&slice, 1), &parts_->queue);
  const absl::Time start = SystemClock().TimeNow();
  call->StartCall();
  Answer answer;
  grpc::ByteBuffer response;
  call->Finish(&response, &answer.status, this);
  void* tag = nullptr;
  bool ok = false;
  if (!parts_->queue.Next(&tag, &ok) || !ok) std::abort();
  answer.took = SystemClock().TimeNow() - start;
  std::vector<grpc::Slice> parts;
  if (answer.status.ok() && response.Dump(&parts).ok()) {
    for (const grpc::Slice& part : parts) {
      answer.bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return answer;
}

}  // namespace stillpoint::fuzz
