#include <string>
#include <vector>

#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/notification/app/test_world.h"

namespace stillpoint::notification::app {
namespace {

using domain::EventKind;
using domain::Kind;
using domain::State;

class ManageTest : public ::testing::TestWithParam<sql::Engine> {};

std::string Bytes(const View& view) {
  return view.notification.id + std::string(domain::StateName(view.notification.state)) +
         EtagOf(view.notification);
}

sql::RequestKey Key(const std::string& id, const std::string& payload = "p") {
  return {"NotificationService.CancelNotification", "desk", id, payload};
}

TEST_P(ManageTest, CancelHappensOnceAndTheReplayGetsTheSameBytes) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const domain::Notification reminder = world.Newest(Kind::kReminder).notification;
  const ChangeCommand command{reminder.id, EtagOf(reminder), Key("r1")};
  const auto first = world.manage.Cancel(world.tenant, command, Bytes, World::Soon());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*world.manage.Cancel(world.tenant, command, Bytes, World::Soon()), *first);
  EXPECT_EQ(ReasonOf(world.manage
                         .Cancel(world.tenant, {reminder.id, "", Key("r1", "other")}, Bytes,
                                 World::Soon())
                         .status()),
            "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(
      ReasonOf(world.manage.Cancel(world.tenant, {reminder.id, "", Key("r2")}, Bytes, World::Soon())
                   .status()),
      "NOTIFICATION_NOT_CANCELLABLE");
  EXPECT_EQ(world.Newest(Kind::kReminder).decisions.back().reason, "CANCELLED_BY_STAFF");
}

TEST_P(ManageTest, AStaleEtagIsRefused) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const std::string id = world.Newest(Kind::kReminder).notification.id;
  EXPECT_EQ(
      ReasonOf(world.manage.Cancel(world.tenant, {id, "v9", {}}, Bytes, World::Soon()).status()),
      "ETAG_MISMATCH");
}

TEST_P(ManageTest, AnotherOrganizationSeesNothing) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const std::string id = world.Newest(Kind::kReminder).notification.id;
  const Tenant stranger("x");
  EXPECT_EQ(ReasonOf(world.manage.Get(stranger, id, World::Soon()).status()), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(world.manage.Cancel(stranger, {id, "", {}}, Bytes, World::Soon()).status()),
            "NOT_FOUND");
  EXPECT_TRUE(world.manage.List(stranger, {}, true, World::Soon())->empty());
  EXPECT_EQ(ReasonOf(world.begin.Run(stranger, id, 1, World::Soon()).status()), "NOT_FOUND");
}

TEST_P(ManageTest, OnlyTheDeadAreRedriven) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const std::string id = world.Newest(Kind::kReminder).notification.id;
  EXPECT_EQ(
      ReasonOf(world.manage.Redrive(world.tenant, {id, "", {}}, Bytes, World::Soon()).status()),
      "NOTIFICATION_NOT_DEAD");
}

TEST_P(ManageTest, ListsByEachFilterAndGoesOnAfterAPlace) {
  World world(GetParam());
  for (const char* booking : {"b", "d", "e"}) {
    world.MoveTo(world.clock.TimeNow() + absl::Hours(72), booking);
    world.Happens(EventKind::kConfirmed, booking);
  }
  world.Happens(EventKind::kCancelled, "e");
  world.Relay();
  const auto count = [&](const ports::Filter& filter) {
    return world.manage.List(world.tenant, filter, false, World::Soon())->size();
  };
  EXPECT_EQ(count({}), 6u);
  ports::Filter filter;
  filter.booking = World::BookingName("d");
  EXPECT_EQ(count(filter), 2u);
  filter = {};
  filter.state = State::kSuppressed;
  EXPECT_EQ(count(filter), 2u);
  filter = {};
  filter.client = "organizations/o/clients/other";
  EXPECT_EQ(count(filter), 0u);
  filter = {};
  filter.from = world.clock.TimeNow() + absl::Hours(1);
  EXPECT_EQ(count(filter), 3u);
  filter = {};
  filter.until = world.clock.TimeNow() + absl::Hours(1);
  EXPECT_EQ(count(filter), 3u);

  std::vector<std::string> paged;
  filter = {};
  filter.limit = 1;
  for (;;) {
    const auto page = world.manage.List(world.tenant, filter, false, World::Soon());
    if (page->empty()) break;
    paged.push_back(page->front().notification.id);
    filter.after_due = page->front().notification.due;
    filter.after_id = page->front().notification.id;
  }
  std::vector<std::string> all;
  for (const View& view : world.All()) all.push_back(view.notification.id);
  EXPECT_EQ(paged, all);
}

TEST_P(ManageTest, TemplatesCountUpFromTheBuiltInOne) {
  World world(GetParam());
  domain::Template wording;
  wording.kind = Kind::kReminder;
  wording.language = "fr";
  wording.subject = "Rappel";
  wording.body = "Bonjour {{given_name}}";
  const auto serialise = [](const domain::Template& made) { return std::to_string(made.version); };
  EXPECT_EQ(*world.templates.Create(world.tenant, wording, Key("t1"), serialise, World::Soon()),
            "2");
  EXPECT_EQ(*world.templates.Create(world.tenant, wording, Key("t1"), serialise, World::Soon()),
            "2");
  wording.language = "en";
  EXPECT_EQ(*world.templates.Create(world.tenant, wording, {}, serialise, World::Soon()), "2");
  EXPECT_EQ(*world.templates.Create(world.tenant, wording, {}, serialise, World::Soon()), "3");
  EXPECT_EQ(world.templates.Get(world.tenant, "reminder-email-en", 0, World::Soon())->version, 3);
  EXPECT_EQ(world.templates.Get(world.tenant, "reminder-email-en", 1, World::Soon())->version, 1);
  EXPECT_EQ(
      ReasonOf(world.templates.Get(world.tenant, "reminder-email-fr", 1, World::Soon()).status()),
      "NOT_FOUND");
  EXPECT_EQ(world.templates.List(world.tenant, World::Soon())->size(), 11u);
  EXPECT_EQ(world.templates.List(Tenant("x"), World::Soon())->size(), 10u);
}

INSTANTIATE_TEST_SUITE_P(Engines, ManageTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& test) {
                           return stillpoint::testing::EngineName(test.param);
                         });

}  // namespace
}  // namespace stillpoint::notification::app
