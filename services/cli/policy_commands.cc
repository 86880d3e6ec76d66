// policies, set-policy: what visits must keep to. waive-fee: an exception from it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/cli/bookings.h"
#include "services/cli/commands.h"
#include "services/cli/files.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

// "120 min, 18:00 the day before"
std::string LeadText(const pb::LeadTime& lead) {
  std::vector<std::string> rules;
  if (lead.minutes() > 0) rules.push_back(absl::StrCat(lead.minutes(), " min"));
  if (lead.day_before_minute() > 0) {
    rules.push_back(absl::StrFormat("%02d:%02d the day before", lead.day_before_minute() / 60,
                                    lead.day_before_minute() % 60));
  }
  return absl::StrJoin(rules, ", ");
}

absl::StatusOr<std::string> OwnerOf(Session& session, const std::string& clinic) {
  if (clinic.empty()) return session.Parent();
  return session.Name("clinics", clinic);
}

void Print(const pb::BookingPolicy& policy, absl::TimeZone zone, Table& table) {
  const absl::Time effective = absl::FromUnixSeconds(policy.effective_time().seconds());
  table.Add({absl::StrCat(policy.version()),
             absl::FormatTime("%Y-%m-%d %H:%M %Ez", effective, zone),
             policy.withdrawn() ? "the organization's" : LeadText(policy.notice()),
             policy.horizon_days() == 0 ? "" : absl::StrCat(policy.horizon_days(), " days"),
             LeadText(policy.cancellation()), LeadText(policy.change())});
}

Table NewTable() { return Table({"VERSION", "FROM", "NOTICE", "HORIZON", "CANCEL", "MOVE"}); }

absl::Status List(Session& session, const std::string& clinic) {
  RETURN_IF_ERROR(session.Open());
  pb::ListBookingPoliciesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), OwnerOf(session, clinic));
  ASSIGN_OR_RETURN(const absl::TimeZone zone,
                   ZoneOfClinic(session, clinic.empty() ? "" : request.parent()));
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  pb::ListBookingPoliciesResponse all;
  do {
    pb::ListBookingPoliciesResponse page;
    RETURN_IF_ERROR(
        session.Call(session.booking(), request, &page, [&](auto* context, auto& req, auto* resp) {
          return stub->ListBookingPolicies(context, req, resp);
        }));
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  Table table = NewTable();
  for (const pb::BookingPolicy& policy : all.booking_policies()) Print(policy, zone, table);
  std::fputs(session.settings().json ? ToJson(all).c_str() : table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Set(Session& session, const std::string& path, const std::string& clinic) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(const nlohmann::json file, ReadJsonFile("file", path));
  pb::SetBookingPolicyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), OwnerOf(session, clinic));
  RETURN_IF_ERROR(FromJson("file", file.dump(), request.mutable_booking_policy()));
  request.set_request_id(session.NextRequestId());
  ASSIGN_OR_RETURN(const absl::TimeZone zone,
                   ZoneOfClinic(session, clinic.empty() ? "" : request.parent()));
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  pb::SetBookingPolicyResponse response;
  RETURN_IF_ERROR(session.Call(session.booking(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->SetBookingPolicy(context, req, resp);
                               }));
  Table table = NewTable();
  Print(response.booking_policy(), zone, table);
  std::fputs(session.settings().json ? ToJson(response).c_str() : table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Waive(Session& session, const std::string& booking, pb::Booking::FeeWaiver reason) {
  RETURN_IF_ERROR(session.Open());
  pb::WaiveFeeRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("bookings", booking));
  request.set_reason(reason);
  request.set_request_id(session.NextRequestId());
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  pb::WaiveFeeResponse response;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->WaiveFee(context, req, resp); }));
  std::fputs(session.settings().json ? ToJson(response).c_str()
                                     : DescribeBooking(response.booking()).c_str(),
             stdout);
  return absl::OkStatus();
}

}  // namespace

void AddPolicyCommands(CLI::App& app, Session& session) {
  auto clinic = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  CLI::App* list = app.add_subcommand("policies", "List the versions of a policy");
  list->add_option("--clinic", *clinic, "Clinic's id (default: the organization's own)");
  list->callback([&session, clinic] {
    session.action = [&session, clinic] { return List(session, *clinic); };
  });
  CLI::App* set = app.add_subcommand("set-policy", "Add a version, which takes effect at once");
  set->add_option("file", *path, "A BookingPolicy as JSON: {\"notice\": {\"minutes\": 120}}")
      ->required();
  set->add_option("--clinic", *clinic, "Clinic's id (default: the organization's own)");
  set->callback([&session, clinic, path] {
    session.action = [&session, clinic, path] { return Set(session, *path, *clinic); };
  });

  static const std::map<std::string, pb::Booking::FeeWaiver> kReasons = {
      {"illness", pb::Booking::FEE_WAIVER_ILLNESS},
      {"emergency", pb::Booking::FEE_WAIVER_EMERGENCY},
      {"clinic", pb::Booking::FEE_WAIVER_CLINIC},
      {"goodwill", pb::Booking::FEE_WAIVER_GOODWILL},
      {"other", pb::Booking::FEE_WAIVER_OTHER}};
  auto booking = std::make_shared<std::string>();
  auto reason = std::make_shared<pb::Booking::FeeWaiver>();
  CLI::App* waive = app.add_subcommand("waive-fee", "Take back a fee that is due");
  waive->add_option("booking", *booking, "Booking's id")->required();
  waive->add_option("--reason", *reason, "illness, emergency, clinic, goodwill, other")
      ->required()
      ->transform(CLI::CheckedTransformer(kReasons));
  waive->callback([&session, booking, reason] {
    session.action = [&session, booking, reason] { return Waive(session, *booking, *reason); };
  });
}

}  // namespace stillpoint::cli
