// The whole path: events in, over real gRPC, a real database and a real mail server, mail out.
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/reach_testing.h"
#include "common/rpc/server.h"
#include "gtest/gtest.h"
#include "services/notification/adapters/channels.h"
#include "services/notification/adapters/grpc_worker_queue.h"
#include "services/notification/adapters/test_mail_server.h"
#include "services/notification/app/send_loop.h"
#include "services/notification/app/test_world.h"
#include "services/notification/edge/access.h"
#include "services/notification/edge/services.h"

namespace stillpoint::notification::edge {
namespace {

using domain::EventKind;
using domain::Kind;
using domain::State;
using rpc::Role;

rpc::Callers TestCallers() {
  return rpc::WithEveryRole({{crypto::Hash("desk"), {"o/desk", Role::kFrontDesk, "o"}},
                             {crypto::Hash("owner"), {"o/owner", Role::kOwner, "o"}},
                             {crypto::Hash("other"), {"x/owner", Role::kOwner, "x"}},
                             {crypto::Hash("worker"), {"workers/1", Role::kWorker, ""}}},
                            "o");
}

std::string MessageIdIn(const std::string& mail) {
  const size_t begin = mail.find("Message-ID: ");
  return begin == std::string::npos ? "" : mail.substr(begin, mail.find('\n', begin) - begin);
}

class WireTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  WireTest()
      : world_(GetParam()),
        edge_({}, TestCallers(), AccessTable(), metrics_),
        notifications_(edge_, world_.manage, tokens_, "m.example.com"),
        templates_(edge_, world_.templates),
        workers_(edge_, world_.queue, world_.begin, world_.complete) {
    auto server = rpc::Server::Start(
        {}, edge_, {&notifications_, &templates_, &workers_},
        {"stillpoint.notification.v1.NotificationService",
         "stillpoint.notification.v1.TemplateService", "stillpoint.notification.v1.WorkerService"},
        [] { return absl::OkStatus(); });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~WireTest() override { server_->Drain(); }

  // The real binary, with one thread.
  std::unique_ptr<stillpoint::testing::Process> StartWorker(const std::string& smtp) {
    const std::string key_file = dir_.path() + "/key";
    std::ofstream(key_file) << "worker\n";
    chmod(key_file.c_str(), 0600);
    auto started = stillpoint::testing::Process::Start(
        {STILLPOINT_BINARY_DIR "/bin/stillpoint-notification-worker", "--notification",
         absl::StrCat("127.0.0.1:", server_->port()), "--key-file", key_file, "--smtp", smtp,
         "--from", "desk@example.com", "--workers", "1", "--poll", "20"},
        {});
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }

  rpc::Peer As(const std::string& key) {
    return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", server_->port()), key);
  }

  // One unary call of the notification service.
  template <typename Request, typename Response>
  absl::Status Call(const std::string& key, const Request& request, Response* response,
                    grpc::Status (pb::NotificationService::Stub::*method)(grpc::ClientContext*,
                                                                          const Request&,
                                                                          Response*)) {
    const rpc::Peer peer = As(key);
    const auto stub = pb::NotificationService::NewStub(peer.channel());
    return peer.Call(app::World::Soon(), request, response,
                     [&](grpc::ClientContext* context, const auto& in, auto* out) {
                       return (stub.get()->*method)(context, in, out);
                     });
  }
  absl::Status List(const std::string& key, const pb::ListNotificationsRequest& request,
                    pb::ListNotificationsResponse* response) {
    return Call(key, request, response, &pb::NotificationService::Stub::ListNotifications);
  }

  stillpoint::testing::TempDir dir_;
  app::World world_;
  Metrics metrics_;
  rpc::Edge edge_;
  const crypto::PageTokens tokens_{crypto::Key::Random()};
  NotificationServiceImpl notifications_;
  TemplateServiceImpl templates_;
  WorkerServiceImpl workers_;
  std::unique_ptr<rpc::Server> server_;
};

TEST_P(WireTest, AConfirmedBookingBecomesAMailAndTheLogSaysHow) {
  const adapters::TestMailServer mail;
  const auto queue = adapters::MakeGrpcWorkerQueue(As("worker"));
  const auto smtp = adapters::MakeSmtpChannel({mail.url(), "desk@example.com"});
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  {
    app::SendLoop loop(*queue, *smtp, nullptr, world_.clock, metrics_, {2, absl::Milliseconds(10)});
    EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20), [&] {
      return world_.Newest(Kind::kConfirmation).notification.state == State::kAccepted;
    }));
  }
  const std::vector<std::string> mails = mail.Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_NE(mails[0].find("To: <ana@example.com>"), std::string::npos);
  EXPECT_NE(mails[0].find("Subject: Your appointment on Thursday, March 11"), std::string::npos);
  EXPECT_EQ(metrics_.Counted("sends", "accepted"), 1);

  pb::ListNotificationsRequest request;
  request.set_parent("organizations/o");
  request.set_with_decisions(true);
  request.set_state(pb::Notification::STATE_ACCEPTED);
  pb::ListNotificationsResponse response;
  ASSERT_TRUE(List("desk", request, &response).ok());
  ASSERT_EQ(response.notifications_size(), 1);
  EXPECT_EQ(response.notifications(0).decisions_size(), 4);
  EXPECT_EQ(response.notifications(0).attempts(0).provider_code(), "250");
  EXPECT_EQ(response.notifications(0).attempts(0).worker(), "workers/1");
}

// N1 and N2 with a real process killed -9 after the provider took the text and before it answered.
TEST_P(WireTest, AKilledWorkersMailIsRepeatedOnlyWhereTheKindSaysSo) {
  for (const bool repeatable : {true, false}) {
    const adapters::TestMailServer mail;
    world_.contacts.contact->email = "stuck@example.com";
    if (!repeatable) world_.clock.Advance(absl::Hours(74));
    world_.Happens(repeatable ? EventKind::kConfirmed : EventKind::kCompleted);
    world_.Relay();
    auto first = StartWorker(mail.url());
    EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20),
                                               [&] { return mail.Mails().size() == 1; }));
    first->Signal(SIGKILL);
    EXPECT_TRUE(first->Wait(absl::Seconds(10)).ok());
    const auto second = StartWorker(mail.url());
    world_.clock.Advance(absl::Minutes(3));  // Past the lease.
    const Kind kind = repeatable ? Kind::kConfirmation : Kind::kAftercare;
    const auto state = [&] { return world_.Newest(kind).notification.state; };
    EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20), [&] {
      return state() == (repeatable ? State::kRetry : State::kOutcomeUnknown);
    }));
    world_.clock.Advance(absl::Minutes(3));  // Past the backoff.
    if (!repeatable) break;
    EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20),
                                               [&] { return state() == State::kAccepted; }));
    EXPECT_TRUE(world_.Newest(kind).notification.duplicate_risk);
    const std::vector<std::string> mails = mail.Mails();
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(MessageIdIn(mails[0]), MessageIdIn(mails[1]));
  }
}

// N1 at a real provider: it took the aftercare, its answer was lost; it has one copy for ever.
TEST_P(WireTest, ALostAnswerIsNeverASecondMailWhereOnceIsEnough) {
  const adapters::TestMailServer mail;
  world_.contacts.contact->email = "drop@example.com";
  world_.Happens(EventKind::kConfirmed);
  world_.clock.Advance(absl::Hours(74));
  world_.Happens(EventKind::kCompleted);
  world_.Relay();
  const auto queue = adapters::MakeGrpcWorkerQueue(As("worker"));
  const auto smtp = adapters::MakeSmtpChannel({mail.url(), "desk@example.com"});
  app::SendLoop loop(*queue, *smtp, nullptr, world_.clock, metrics_, {2, absl::Milliseconds(10)});
  const auto state = [&] { return world_.Newest(Kind::kAftercare).notification.state; };
  EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20),
                                             [&] { return state() == State::kOutcomeUnknown; }));
  world_.clock.Advance(absl::Hours(5));
  // The queue is looked at again, which is proven by something else being sent from it.
  world_.MoveTo(world_.clock.TimeNow() + absl::Hours(90), "d");
  world_.Happens(EventKind::kConfirmed, "d");
  world_.contacts.contact->email = "ana@example.com";
  world_.Relay();
  EXPECT_TRUE(
      stillpoint::testing::WaitUntil(absl::Seconds(20), [&] { return mail.Mails().size() == 2; }));
  EXPECT_EQ(state(), State::kOutcomeUnknown);
}

TEST_P(WireTest, ATemporaryRefusalIsTriedAgainLater) {
  const adapters::TestMailServer mail;
  world_.contacts.contact->email = "later@example.com";
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  const auto queue = adapters::MakeGrpcWorkerQueue(As("worker"));
  const auto smtp = adapters::MakeSmtpChannel({mail.url(), "desk@example.com"});
  app::SendLoop loop(*queue, *smtp, nullptr, world_.clock, metrics_, {1, absl::Milliseconds(10)});
  const auto state = [&] { return world_.Newest(Kind::kConfirmation).notification.state; };
  EXPECT_TRUE(
      stillpoint::testing::WaitUntil(absl::Seconds(20), [&] { return state() == State::kRetry; }));
  world_.contacts.contact->email = "ana@example.com";
  world_.clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20),
                                             [&] { return state() == State::kAccepted; }));
  EXPECT_EQ(mail.Mails().size(), 1u);
}

TEST_P(WireTest, OnlyWorkersLeaseAndStrangersSeeNothing) {
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  for (const char* key : {"desk", "owner"}) {
    const auto queue = adapters::MakeGrpcWorkerQueue(As(key));
    EXPECT_EQ(
        ReasonOf(queue->Lease({domain::Channel::kEmail}, 1, absl::Minutes(1), app::World::Soon())
                     .status()),
        "ROLE_NOT_ALLOWED");
  }
  pb::ListNotificationsRequest request;
  request.set_parent("organizations/o");
  pb::ListNotificationsResponse response;
  EXPECT_EQ(ReasonOf(List("other", request, &response)), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(List("worker", request, &response)), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(List("nobody", request, &response)), "CALLER_UNKNOWN");

  pb::GetNotificationRequest get;
  pb::GetNotificationResponse got;
  get.set_name(domain::NameOf(world_.Newest(Kind::kReminder).notification));
  const auto method = &pb::NotificationService::Stub::GetNotification;
  EXPECT_EQ(ReasonOf(Call("other", get, &got, method)), "NOT_FOUND");
  get.set_name("organizations/x/notifications/guess");
  EXPECT_EQ(ReasonOf(Call("other", get, &got, method)), "NOT_FOUND");
  get.set_name("notifications/guess");
  EXPECT_EQ(ReasonOf(Call("other", get, &got, method)), "INVALID_FIELD");
}

TEST_P(WireTest, PagesAreBoundToTheirQuestion) {
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  pb::ListNotificationsRequest request;
  request.set_parent("organizations/o");
  request.set_page_size(1);
  pb::ListNotificationsResponse first, second;
  ASSERT_TRUE(List("desk", request, &first).ok());
  ASSERT_FALSE(first.next_page_token().empty());
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(List("desk", request, &second).ok());
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_NE(first.notifications(0).name(), second.notifications(0).name());
  EXPECT_EQ(ReasonOf(List("owner", request, &second)), "PAGE_TOKEN_INVALID");
  request.set_page_size(2);
  EXPECT_EQ(ReasonOf(List("desk", request, &second)), "PAGE_TOKEN_INVALID");
  request.set_page_size(1);
  request.set_state(pb::Notification::STATE_DEAD);
  EXPECT_EQ(ReasonOf(List("desk", request, &second)), "PAGE_TOKEN_INVALID");
  // Another organization's owner, who asks for their own with a token that is not.
  request.clear_state();
  EXPECT_EQ(ReasonOf(List("other", request, &second)), "NOT_FOUND");
  request.set_parent("organizations/x");
  EXPECT_EQ(ReasonOf(List("other", request, &second)), "PAGE_TOKEN_INVALID");
}

TEST_P(WireTest, BadInputNamesTheFieldAndWritesNothing) {
  using Spoil = std::function<void(pb::ListNotificationsRequest&)>;
  for (const auto& [field, spoil] : std::vector<std::pair<std::string, Spoil>>{
           {"parent", [](auto& r) { r.set_parent("o"); }},
           {"booking", [](auto& r) { r.set_booking("bookings/b"); }},
           {"client", [](auto& r) { r.set_client("organizations/o/clients/"); }},
           {"state", [](auto& r) { r.set_state(pb::Notification::State(99)); }},
           {"page_size", [](auto& r) { r.set_page_size(-1); }},
           {"page_token", [](auto& r) { r.set_page_token("guess"); }},
           {"start_time", [](auto& r) { r.mutable_start_time()->set_nanos(-1); }},
           {"end_time", [](auto& r) {
              r.mutable_start_time()->set_seconds(2);
              r.mutable_end_time()->set_seconds(1);
            }}}) {
    pb::ListNotificationsRequest request;
    request.set_parent("organizations/o");
    spoil(request);
    pb::ListNotificationsResponse response;
    const absl::Status status = List("desk", request, &response);
    EXPECT_EQ(ReasonOf(status), field == "page_token" ? "PAGE_TOKEN_INVALID" : "INVALID_FIELD");
    EXPECT_EQ(FieldsOf(status).count(field), 1u) << field << ": " << status;
  }
  using SpoilTemplate = std::function<void(pb::Template&)>;
  const rpc::Peer peer = As("owner");
  const auto stub = pb::TemplateService::NewStub(peer.channel());
  for (const auto& [field, spoil] : std::vector<std::pair<std::string, SpoilTemplate>>{
           {"template.kind", [](auto& t) { t.set_kind(pb::KIND_UNSPECIFIED); }},
           {"template.channel", [](auto& t) { t.set_channel(pb::Channel(99)); }},
           {"template.language", [](auto& t) { t.set_language("English"); }},
           {"template.subject", [](auto& t) { t.set_subject(std::string(1'000, 'x')); }},
           {"template.body", [](auto& t) { t.set_body(""); }}}) {
    pb::CreateTemplateVersionRequest request;
    request.set_parent("organizations/o");
    pb::Template& wording = *request.mutable_template_();
    wording.set_kind(pb::KIND_REMINDER);
    wording.set_channel(pb::CHANNEL_EMAIL);
    wording.set_language("en");
    wording.set_subject("Tomorrow");
    wording.set_body("See you.");
    spoil(wording);
    pb::CreateTemplateVersionResponse response;
    const absl::Status status =
        peer.Call(app::World::Soon(), request, &response,
                  [&](grpc::ClientContext* context, const auto& in, auto* out) {
                    return stub->CreateTemplateVersion(context, in, out);
                  });
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
    EXPECT_EQ(FieldsOf(status).count(field), 1u) << field << ": " << status;
  }
  const auto kept = world_.templates.Get(Tenant("o"), "reminder-email-en", 0, app::World::Soon());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->version, 1);  // The built-in one.
}

TEST_P(WireTest, CancelOverTheWireHappensOnce) {
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  pb::CancelNotificationRequest request;
  request.set_name(domain::NameOf(world_.Newest(Kind::kReminder).notification));
  request.set_request_id("r1");
  const auto method = &pb::NotificationService::Stub::CancelNotification;
  pb::CancelNotificationResponse first, second;
  ASSERT_TRUE(Call("desk", request, &first, method).ok());
  EXPECT_EQ(first.notification().state(), pb::Notification::STATE_SUPPRESSED);
  ASSERT_TRUE(Call("desk", request, &second, method).ok());
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  request.set_etag("v1");
  EXPECT_EQ(ReasonOf(Call("desk", request, &second, method)), "IDEMPOTENCY_KEY_REUSED");
}

TEST_P(WireTest, EveryRoleHasItsPlaceInTheMatrix) {
  world_.Happens(EventKind::kConfirmed);
  world_.Relay();
  const std::string name = domain::NameOf(world_.Newest(Kind::kReminder).notification);
  const std::vector<std::string> services = {"stillpoint.notification.v1.NotificationService",
                                             "stillpoint.notification.v1.TemplateService",
                                             "stillpoint.notification.v1.WorkerService"};
  rpc::AccessMatrix(
      As("").channel(), AccessTable(), "o",
      {name.substr(std::string("organizations/o").size()), "/templates/reminder-email-en"})
      .Check(services);
  // Nobody reaches a part of an organization here; a line that says so needs a case.
  rpc::ReachMatrix(As("").channel(), AccessTable(), {}, {}, nullptr).Check(services, {});
  EXPECT_EQ("\n" + rpc::AccessGuide(AccessTable()),
            rpc::GuideSection(STILLPOINT_SOURCE_DIR, "Notification"));
}

INSTANTIATE_TEST_SUITE_P(Engines, WireTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& test) {
                           return stillpoint::testing::EngineName(test.param);
                         });

}  // namespace
}  // namespace stillpoint::notification::edge
