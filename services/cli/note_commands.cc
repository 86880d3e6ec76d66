// note draft, sign, show, addendum.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/files.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"
#include "stillpoint/client_record/v1/session_note_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::client_record::v1;
namespace bpb = ::stillpoint::booking::v1;

template <typename Response>
void Print(const Session& session, const Response& response) {
  if (session.settings().json) {
    std::fputs(ToJson(response).c_str(), stdout);
    return;
  }
  const pb::SessionNote& note = response.note();
  std::string text = absl::StrCat(
      note.name(), "  ", WithoutPrefix(pb::SessionNote::State_Name(note.state()), "STATE_"),
      "\n  by ", ShortId(note.author()), "\n  subjective: ", note.content().subjective(),
      "\n  objective: ", note.content().objective(),
      "\n  assessment: ", note.content().assessment(), "\n  plan: ", note.content().plan(), "\n");
  if (!note.signature().empty()) {
    absl::StrAppend(&text, "  signature (Ed25519): ", absl::BytesToHexString(note.signature()),
                    "\n");
  }
  for (const pb::Addendum& addendum : note.addenda()) {
    absl::StrAppend(&text, "  addendum by ", ShortId(addendum.author()), " (", addendum.reason(),
                    "): ", addendum.text(), "\n");
  }
  std::fputs(text.c_str(), stdout);
}

// Times and modality of the session, from its booking and its offering.
absl::Status FillFromBooking(Session& session, const std::string& booking, pb::SessionNote* note) {
  auto bookings = bpb::BookingService::NewStub(session.booking().channel());
  bpb::GetBookingRequest get;
  get.set_name(booking);
  bpb::GetBookingResponse found;
  RETURN_IF_ERROR(
      session.Call(session.booking(), get, &found, [&](auto* context, auto& req, auto* resp) {
        return bookings->GetBooking(context, req, resp);
      }));
  auto catalog = bpb::CatalogService::NewStub(session.booking().channel());
  bpb::GetOfferingRequest get_offering;
  get_offering.set_name(found.booking().offering());
  bpb::GetOfferingResponse offering;
  RETURN_IF_ERROR(session.Call(session.booking(), get_offering, &offering,
                               [&](auto* context, auto& req, auto* resp) {
                                 return catalog->GetOffering(context, req, resp);
                               }));
  note->set_booking(booking);
  note->set_modality(offering.offering().modality());
  *note->mutable_start_time() = found.booking().start_time();
  *note->mutable_end_time() = found.booking().end_time();
  return absl::OkStatus();
}

absl::Status Draft(Session& session, const std::string& client, const std::string& booking,
                   const std::string& path) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(const nlohmann::json content, ReadJsonFile("--file", path));
  pb::CreateDraftRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name("clients", client));
  ASSIGN_OR_RETURN(const std::string booking_name, session.Name("bookings", booking));
  RETURN_IF_ERROR(FillFromBooking(session, booking_name, request.mutable_note()));
  RETURN_IF_ERROR(FromJson("--file", content.dump(), request.mutable_note()->mutable_content()));
  request.set_request_id(session.NextRequestId());
  auto stub = pb::SessionNoteService::NewStub(session.client_record().channel());
  pb::CreateDraftResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->CreateDraft(context, req, resp); }));
  Print(session, response);
  return absl::OkStatus();
}

absl::StatusOr<pb::GetNoteResponse> Get(Session& session, const std::string& name) {
  auto stub = pb::SessionNoteService::NewStub(session.client_record().channel());
  pb::GetNoteRequest request;
  request.set_name(name);
  pb::GetNoteResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->GetNote(context, req, resp); }));
  return response;
}

absl::Status Sign(Session& session, const std::string& name,
                  const std::vector<std::string>& rules) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(const pb::GetNoteResponse draft, Get(session, name));
  pb::SignNoteRequest request;
  request.set_name(name);
  request.set_etag(draft.note().etag());
  for (const std::string& rule : rules) {
    const std::vector<std::string> parts = absl::StrSplit(rule, '@');
    int version = 1;
    if (parts.size() > 2 || (parts.size() == 2 && !absl::SimpleAtoi(parts[1], &version))) {
      return InvalidField("--acknowledge", "RULE or RULE@VERSION");
    }
    pb::Acknowledgement& acknowledgement = *request.add_acknowledgements();
    acknowledgement.set_rule(parts[0]);
    acknowledgement.set_rule_version(version);
  }
  request.set_request_id(session.NextRequestId());
  auto stub = pb::SessionNoteService::NewStub(session.client_record().channel());
  pb::SignNoteResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->SignNote(context, req, resp); }));
  Print(session, response);
  return absl::OkStatus();
}

absl::Status AddAddendum(Session& session, const std::string& name, const std::string& reason,
                         const std::string& text) {
  RETURN_IF_ERROR(session.Open());
  pb::AddAddendumRequest request;
  request.set_name(name);
  request.set_reason(reason);
  request.set_text(text);
  request.set_request_id(session.NextRequestId());
  auto stub = pb::SessionNoteService::NewStub(session.client_record().channel());
  pb::AddAddendumResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->AddAddendum(context, req, resp); }));
  Print(session, response);
  return absl::OkStatus();
}

}  // namespace

void AddNoteCommands(CLI::App& app, Session& session) {
  CLI::App* note = app.add_subcommand("note", "Session notes: draft, sign, show, addendum");
  note->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto booking = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  CLI::App* draft = note->add_subcommand("draft", "Begin the note of a session");
  draft->add_option("client", *name, "Client's id")->required();
  draft->add_option("--booking", *booking, "Booking's id")->required();
  draft->add_option("--file", *file, "JSON: subjective, objective, assessment, plan, ...")
      ->required();
  draft->callback([=, &session] {
    session.action = [=, &session] { return Draft(session, *name, *booking, *file); };
  });
  auto rules = std::make_shared<std::vector<std::string>>();
  CLI::App* sign = note->add_subcommand("sign", "Sign a draft; it never changes again");
  sign->add_option("note", *name, "Note's full name")->required();
  sign->add_option("--acknowledge", *rules, "Each MODIFY finding: RULE or RULE@VERSION");
  sign->callback(
      [=, &session] { session.action = [=, &session] { return Sign(session, *name, *rules); }; });
  CLI::App* show = note->add_subcommand("show", "Show a note");
  show->add_option("note", *name, "Note's full name")->required();
  show->callback([=, &session] {
    session.action = [=, &session]() -> absl::Status {
      RETURN_IF_ERROR(session.Open());
      ASSIGN_OR_RETURN(const pb::GetNoteResponse response, Get(session, *name));
      Print(session, response);
      return absl::OkStatus();
    };
  });
  auto reason = std::make_shared<std::string>();
  auto text = std::make_shared<std::string>();
  CLI::App* addendum = note->add_subcommand("addendum", "Correct a signed note");
  addendum->add_option("note", *name, "Note's full name")->required();
  addendum->add_option("--reason", *reason, "Why")->required();
  addendum->add_option("--text", *text, "What")->required();
  addendum->callback([=, &session] {
    session.action = [=, &session] { return AddAddendum(session, *name, *reason, *text); };
  });
}

}  // namespace stillpoint::cli
