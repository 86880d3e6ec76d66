// figures, audit, audit-verify.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/client_record/v1/audit_service.grpc.pb.h"
#include "stillpoint/notification/v1/notification_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace bpb = ::stillpoint::booking::v1;
namespace cpb = ::stillpoint::client_record::v1;
namespace npb = ::stillpoint::notification::v1;

using Counts = std::map<std::string, int>;
constexpr int kPageSize = 1000;  // The largest page there is: this reads everything.

absl::Status CountBookings(Session& session, Counts* counts) {
  auto stub = bpb::BookingService::NewStub(session.booking().channel());
  bpb::ListBookingsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  request.set_page_size(kPageSize);
  do {
    bpb::ListBookingsResponse page;
    RETURN_IF_ERROR(
        session.Call(session.booking(), request, &page, [&](auto* context, auto& req, auto* resp) {
          return stub->ListBookings(context, req, resp);
        }));
    for (const bpb::Booking& booking : page.bookings()) {
      ++(*counts)[WithoutPrefix(bpb::Booking::State_Name(booking.state()), "STATE_")];
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status CountNotifications(Session& session, Counts* counts) {
  auto stub = npb::NotificationService::NewStub(session.notification().channel());
  npb::ListNotificationsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  request.set_page_size(kPageSize);
  do {
    npb::ListNotificationsResponse page;
    RETURN_IF_ERROR(session.Call(session.notification(), request, &page,
                                 [&](auto* context, auto& req, auto* resp) {
                                   return stub->ListNotifications(context, req, resp);
                                 }));
    for (const npb::Notification& each : page.notifications()) {
      ++(*counts)[WithoutPrefix(npb::Notification::State_Name(each.state()), "STATE_")];
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status Figures(Session& session) {
  RETURN_IF_ERROR(session.Open());
  Counts bookings, notifications;
  RETURN_IF_ERROR(CountBookings(session, &bookings));
  RETURN_IF_ERROR(CountNotifications(session, &notifications));
  if (session.settings().json) {
    const nlohmann::json json = {{"bookings", bookings}, {"notifications", notifications}};
    std::fputs((json.dump(2) + "\n").c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"WHAT", "STATE", "COUNT"});
  for (const auto& [state, count] : bookings) table.Add({"bookings", state, absl::StrCat(count)});
  for (const auto& [state, count] : notifications) {
    table.Add({"messages", state, absl::StrCat(count)});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Audit(Session& session, const std::string& client) {
  RETURN_IF_ERROR(session.Open());
  cpb::ListAuditEntriesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", client));
  auto stub = cpb::AuditService::NewStub(session.client_record().channel());
  cpb::ListAuditEntriesResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->ListAuditEntries(context, req, resp);
                               }));
  if (session.settings().json) {
    std::fputs(ToJson(response).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"TIME", "WHO", "WHAT", "CLIENT"});
  for (const cpb::AuditEntry& entry : response.entries()) {
    table.Add({LocalTime(entry.access_time(), ""), entry.subject(), entry.method(),
               ShortId(entry.client())});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status VerifyAudit(Session& session) {
  RETURN_IF_ERROR(session.Open());
  cpb::VerifyAuditChainRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  auto stub = cpb::AuditService::NewStub(session.client_record().channel());
  cpb::VerifyAuditChainResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->VerifyAuditChain(context, req, resp);
                               }));
  std::fputs(session.settings().json
                 ? ToJson(response).c_str()
                 : (response.intact() ? std::string("the audit chain is intact\n")
                                      : absl::StrCat("BROKEN: ", response.finding(), "\n"))
                       .c_str(),
             stdout);
  if (response.intact()) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "AUDIT_BROKEN", response.finding());
}

}  // namespace

void AddReportCommands(CLI::App& app, Session& session) {
  app.add_subcommand("figures", "Count bookings and messages by state")->callback([&session] {
    session.action = [&session] { return Figures(session); };
  });
  auto client = std::make_shared<std::string>();
  CLI::App* audit = app.add_subcommand("audit", "Who read or changed records");
  audit->add_option("--client", *client, "Only of this client");
  audit->callback(
      [=, &session] { session.action = [=, &session] { return Audit(session, *client); }; });
  app.add_subcommand("audit-verify", "Check the audit chain for edits and gaps")
      ->callback([&session] { session.action = [&session] { return VerifyAudit(session); }; });
}

}  // namespace stillpoint::cli
