// A notification service without its wire, for tests: a real database, a clock that stands still,
// and neighbours that are values.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_TEST_WORLD_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_TEST_WORLD_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/crypto/keys.h"
#include "common/testing/databases.h"
#include "services/notification/app/begin_send.h"
#include "services/notification/app/complete_send.h"
#include "services/notification/app/lease_queue.h"
#include "services/notification/app/manage_notifications.h"
#include "services/notification/app/manage_templates.h"
#include "services/notification/app/relay.h"

namespace stillpoint::notification::app {

// A booking service that is a list of events and the newest facts.
class FakeBookings final : public ports::Bookings {
 public:
  absl::StatusOr<ports::EventPage> ListEvents(absl::string_view cursor, int limit, absl::Duration,
                                              Deadline) override;
  absl::StatusOr<std::optional<domain::BookingFacts>> Get(absl::string_view booking,
                                                          Deadline) override;
  std::vector<domain::BookingEvent> events;
  std::map<std::string, domain::BookingFacts> now;
  bool down = false;
};

class FakeContacts final : public ports::Contacts {
 public:
  absl::StatusOr<std::optional<domain::Contact>> Get(absl::string_view client, Deadline) override;
  std::optional<domain::Contact> contact;
  bool down = false;
};

// Edmonton, Monday 2027-03-08, 10:00 at the beginning; one client who may be mailed.
class World {
 public:
  explicit World(sql::Engine engine, MailOptions mail = {});

  // Something happens to the booking `b`: revision counts up and the event is in the stream.
  void Happens(domain::EventKind kind, const std::string& booking = "b");
  // Sets the visit's time; takes effect with the next event.
  void MoveTo(absl::Time start, const std::string& booking = "b");
  // Runs the relay until nothing is new.
  void Relay();
  // Leases one for a minute; the test fails if there is none. Mail only.
  ports::Lease LeaseOne();
  std::vector<ports::Lease> LeaseAll();
  absl::StatusOr<BeginResult> Begin(const ports::Lease& lease);
  absl::StatusOr<domain::State> Complete(const ports::Lease& lease, Outcome outcome,
                                         const std::string& code = "250");
  // Every notification of organization `o`, in due order.
  std::vector<View> All();
  // The newest of that kind (highest revision); the test fails if there is none.
  View Newest(domain::Kind kind, domain::Channel channel = domain::Channel::kEmail);

  static Deadline Soon() { return Deadline::After(absl::Seconds(30)); }
  static std::string BookingName(const std::string& id) { return "organizations/o/bookings/" + id; }

  const Tenant tenant{"o"};
  FakeClock clock;
  SequenceIds ids{"n"};
  std::unique_ptr<sql::Database> database;
  FakeBookings bookings;
  FakeContacts contacts;
  app::Relay relay;
  LeaseQueue queue;
  BeginSend begin;
  CompleteSend complete;
  ManageNotifications manage;
  ManageTemplates templates;
};

// "SCHEDULED>LEASED:REASON" of each decision: what a test compares.
std::vector<std::string> Reasons(const View& view);

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_TEST_WORLD_H_
