// notifications, why: what was sent, what was not, and the decisions behind it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/notification/v1/notification_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::notification::v1;

struct ListWords {
  std::string booking, client, state;
};

std::string StateName(pb::Notification::State state) {
  return WithoutPrefix(pb::Notification::State_Name(state), "STATE_");
}

absl::Status List(Session& session, const ListWords& words) {
  RETURN_IF_ERROR(session.Open());
  pb::ListNotificationsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_booking(), session.Name("bookings", words.booking));
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", words.client));
  if (!words.state.empty()) {
    pb::Notification::State state;
    if (!pb::Notification::State_Parse(absl::StrCat("STATE_", absl::AsciiStrToUpper(words.state)),
                                       &state)) {
      return InvalidField("--state", "scheduled, leased, submitting, accepted, suppressed, ...");
    }
    request.set_state(state);
  }
  auto stub = pb::NotificationService::NewStub(session.notification().channel());
  pb::ListNotificationsResponse all;
  do {
    pb::ListNotificationsResponse page;
    RETURN_IF_ERROR(session.Call(session.notification(), request, &page,
                                 [&](auto* context, auto& req, auto* resp) {
                                   return stub->ListNotifications(context, req, resp);
                                 }));
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  if (session.settings().json) {
    std::fputs(ToJson(all).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"NOTIFICATION", "KIND", "CHANNEL", "STATE", "DUE", "BOOKING", "REVISION"});
  for (const pb::Notification& each : all.notifications()) {
    table.Add({ShortId(each.name()), WithoutPrefix(pb::Kind_Name(each.kind()), "KIND_"),
               WithoutPrefix(pb::Channel_Name(each.channel()), "CHANNEL_"), StateName(each.state()),
               LocalTime(each.due_time(), ""), ShortId(each.booking()),
               absl::StrCat(each.booking_revision())});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Why(Session& session, const std::string& id) {
  RETURN_IF_ERROR(session.Open());
  pb::GetNotificationRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("notifications", id));
  auto stub = pb::NotificationService::NewStub(session.notification().channel());
  pb::GetNotificationResponse response;
  RETURN_IF_ERROR(session.Call(session.notification(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->GetNotification(context, req, resp);
                               }));
  if (session.settings().json) {
    std::fputs(ToJson(response).c_str(), stdout);
    return absl::OkStatus();
  }
  const pb::Notification& note = response.notification();
  std::string text =
      absl::StrCat(ShortId(note.name()), "  ", WithoutPrefix(pb::Kind_Name(note.kind()), "KIND_"),
                   " is ", StateName(note.state()), "\n");
  for (const pb::Decision& decision : note.decisions()) {
    absl::StrAppend(&text, "  ", LocalTime(decision.decide_time(), ""), "  ",
                    StateName(decision.from_state()), " -> ", StateName(decision.to_state()), ": ",
                    decision.reason(), decision.detail().empty() ? "" : " (", decision.detail(),
                    decision.detail().empty() ? "" : ")", "\n");
  }
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace

void AddNotificationCommands(CLI::App& app, Session& session) {
  auto words = std::make_shared<ListWords>();
  CLI::App* list = app.add_subcommand("notifications", "List messages and their states");
  list->add_option("--booking", words->booking, "Booking's id");
  list->add_option("--client", words->client, "Client's id");
  list->add_option("--state", words->state, "scheduled, accepted, suppressed, superseded, ...");
  list->callback(
      [=, &session] { session.action = [=, &session] { return List(session, *words); }; });
  auto id = std::make_shared<std::string>();
  CLI::App* why = app.add_subcommand("why", "Why a message was, or was not, sent");
  why->add_option("notification", *id, "Notification's id")->required();
  why->callback([=, &session] { session.action = [=, &session] { return Why(session, *id); }; });
}

}  // namespace stillpoint::cli
