#include "services/notification/app/test_world.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/notification/adapters/schema.h"

namespace stillpoint::notification::app {
namespace {

absl::Status Down() { return Error(absl::StatusCode::kUnavailable, "DOWN", "the fake is down"); }

absl::Time Beginning() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("America/Edmonton", &zone));
  return absl::FromCivil(absl::CivilHour(2027, 3, 8, 10), zone);
}

}  // namespace

absl::StatusOr<ports::EventPage> FakeBookings::ListEvents(absl::string_view cursor, int limit,
                                                          absl::Duration, Deadline) {
  if (down) return Down();
  int64_t from = 0;
  EXPECT_TRUE(cursor.empty() || absl::SimpleAtoi(cursor, &from));
  ports::EventPage page;
  const size_t end = std::min(events.size(), static_cast<size_t>(from + limit));
  page.events.assign(events.begin() + from, events.begin() + static_cast<int64_t>(end));
  page.next_cursor = end == 0 ? std::string(cursor) : absl::StrCat(end);
  return page;
}

absl::StatusOr<std::optional<domain::BookingFacts>> FakeBookings::Get(absl::string_view booking,
                                                                      Deadline) {
  if (down) return Down();
  const auto found = now.find(std::string(booking));
  if (found == now.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::optional<domain::Contact>> FakeContacts::Get(absl::string_view, Deadline) {
  if (down) return Down();
  return contact;
}

World::World(sql::Engine engine, MailOptions mail)
    : clock(Beginning()),
      database(stillpoint::testing::NewDatabase(engine, adapters::Migrations(), &clock)),
      relay(*database, bookings, ids),
      queue(*database),
      begin(*database, bookings, contacts, ids, crypto::Key::Random(), mail),
      complete(*database),
      manage(*database),
      templates(*database) {
  domain::Contact contact;
  contact.given_name = "Ana";
  contact.email = "ana@example.com";
  contact.phone = "+15550001111";
  contact.email_allowed = true;
  contacts.contact = contact;
  MoveTo(clock.TimeNow() + absl::Hours(72));
}

void World::MoveTo(absl::Time start, const std::string& booking) {
  domain::BookingFacts& facts = bookings.now[BookingName(booking)];
  facts.name = BookingName(booking);
  facts.client = "organizations/o/clients/c";
  facts.clinic = "organizations/o/clinics/k";
  facts.practitioner = "organizations/o/practitioners/p";
  facts.zone = "America/Edmonton";
  facts.start = start;
  facts.end = start + absl::Hours(1);
}

void World::Happens(domain::EventKind kind, const std::string& booking) {
  domain::BookingFacts& facts = bookings.now[BookingName(booking)];
  ++facts.revision;
  switch (kind) {
    case domain::EventKind::kConfirmed:
    case domain::EventKind::kRescheduled:
      facts.state = domain::BookingState::kConfirmed;
      break;
    case domain::EventKind::kCancelled:
      facts.state = domain::BookingState::kCancelled;
      break;
    case domain::EventKind::kCheckedIn:
      facts.state = domain::BookingState::kCheckedIn;
      break;
    case domain::EventKind::kCompleted:
      facts.state = domain::BookingState::kCompleted;
      break;
    case domain::EventKind::kNoShow:
      facts.state = domain::BookingState::kNoShow;
      break;
    default:
      break;
  }
  domain::BookingEvent event;
  event.kind = kind;
  event.booking = facts;
  event.booking.clinic_name = "Riverside";
  event.time = clock.TimeNow();
  bookings.events.push_back(event);
}

void World::Relay() {
  for (;;) {
    const size_t before = bookings.events.size();
    const auto applied = relay.RunOnce(absl::ZeroDuration(), Soon());
    ASSERT_TRUE(applied.ok()) << applied.status();
    if (*applied == 0 && before == bookings.events.size()) return;
  }
}

std::vector<ports::Lease> World::LeaseAll() {
  LeaseCommand command;
  command.worker = "w";
  command.channels = {domain::Channel::kEmail, domain::Channel::kSms};
  command.limit = 100;
  command.length = absl::Minutes(1);
  const auto leased = queue.Lease(command, Soon());
  EXPECT_TRUE(leased.ok()) << leased.status();
  return leased.ok() ? leased->leases : std::vector<ports::Lease>();
}

ports::Lease World::LeaseOne() {
  LeaseCommand command;
  command.worker = "w";
  command.channels = {domain::Channel::kEmail};
  command.limit = 1;
  command.length = absl::Minutes(1);
  const auto leased = queue.Lease(command, Soon());
  EXPECT_TRUE(leased.ok()) << leased.status();
  EXPECT_EQ(leased->leases.size(), 1u);
  return leased->leases.empty() ? ports::Lease() : leased->leases[0];
}

absl::StatusOr<BeginResult> World::Begin(const ports::Lease& lease) {
  return begin.Run(tenant, lease.id, lease.token, Soon());
}

absl::StatusOr<domain::State> World::Complete(const ports::Lease& lease, Outcome outcome,
                                              const std::string& code) {
  return complete.Run(tenant, {lease.id, lease.token, outcome, code}, Soon());
}

std::vector<View> World::All() {
  ports::Filter filter;
  filter.limit = 1000;
  auto views = manage.List(tenant, filter, true, Soon());
  EXPECT_TRUE(views.ok()) << views.status();
  return views.ok() ? *std::move(views) : std::vector<View>();
}

View World::Newest(domain::Kind kind, domain::Channel channel) {
  View newest;
  for (const View& view : All()) {
    const domain::Key& key = view.notification.key;
    if (key.kind == kind && key.channel == channel &&
        key.revision > newest.notification.key.revision) {
      newest = view;
    }
  }
  EXPECT_GT(newest.notification.key.revision, 0) << domain::KindName(kind);
  return newest;
}

std::vector<std::string> Reasons(const View& view) {
  std::vector<std::string> reasons;
  for (const domain::Decision& decision : view.decisions) {
    reasons.push_back(absl::StrCat(domain::StateName(decision.from), ">",
                                   domain::StateName(decision.to), ":", decision.reason));
  }
  return reasons;
}

}  // namespace stillpoint::notification::app
