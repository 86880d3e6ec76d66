#include "services/notification/edge/convert.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/status.h"

namespace stillpoint::notification::edge {
namespace {

using domain::State;

constexpr int kPageDefault = 50;
constexpr int kPageMax = 1000;

pb::Notification::State ToProto(State state) {
  return static_cast<pb::Notification::State>(static_cast<int>(state));
}

// Everything but the page token itself: a token is good for the same question only.
std::string Binding(const rpc::CallInfo& call, const pb::ListNotificationsRequest& request) {
  pb::ListNotificationsRequest copy = request;
  copy.clear_page_token();
  return crypto::Frame({call.principal.subject, call.method, copy.SerializeAsString()});
}

// Empty, or the name of a resource of this organization.
absl::Status CheckName(const std::string& name, const Tenant& tenant, absl::string_view pattern,
                       absl::string_view field) {
  if (name.empty()) return absl::OkStatus();
  std::string organization, id;
  if (!MatchName(name, pattern, {&organization, &id})) {
    return InvalidField(field, absl::StrCat("must look like ", pattern));
  }
  return organization == tenant.organization() ? absl::OkStatus() : rpc::NotFound();
}

void ToProto(const domain::Attempt& attempt, const std::string& organization, pb::Attempt* out) {
  out->set_number(attempt.number);
  out->set_token(attempt.token);
  out->set_worker(attempt.worker);
  out->set_template_(
      absl::StrCat("organizations/", organization, "/templates/", attempt.template_id));
  out->set_template_version(attempt.template_version);
  out->set_body_hash(attempt.body_hash);
  *out->mutable_begin_time() = rpc::ToProto(attempt.begun);
  if (attempt.ended.has_value()) *out->mutable_end_time() = rpc::ToProto(*attempt.ended);
  out->set_outcome(ToProto(attempt.outcome));
  out->set_provider_code(attempt.provider_code);
}

}  // namespace

absl::StatusOr<Target> ReadTarget(const rpc::CallInfo& call, const std::string& name,
                                  absl::string_view pattern, absl::string_view field) {
  std::string organization, id;
  if (!MatchName(name, pattern, {&organization, &id})) {
    return InvalidField(field, absl::StrCat("must look like ", pattern));
  }
  ASSIGN_OR_RETURN(Tenant tenant, call.TenantFor(organization));
  return Target{std::move(tenant), std::move(id)};
}

absl::StatusOr<Tenant> ReadParent(const rpc::CallInfo& call, const std::string& parent) {
  std::string organization;
  if (!MatchName(parent, "organizations/{}", {&organization})) {
    return InvalidField("parent", "must look like organizations/{}");
  }
  return call.TenantFor(organization);
}

void ToProto(const app::View& view, absl::string_view mail_domain, pb::Notification* out) {
  const domain::Notification& n = view.notification;
  out->set_name(domain::NameOf(n));
  out->set_booking(n.key.booking);
  out->set_client(n.client);
  out->set_kind(static_cast<pb::Kind>(n.key.kind));
  out->set_channel(static_cast<pb::Channel>(n.key.channel));
  out->set_occurrence(n.key.occurrence);
  out->set_booking_revision(n.key.revision);
  out->set_state(ToProto(n.state));
  *out->mutable_due_time() = rpc::ToProto(n.due);
  *out->mutable_expire_time() = rpc::ToProto(n.not_after);
  out->set_attempt_count(n.attempts);
  out->set_duplicate_risk(n.duplicate_risk);
  if (n.state == State::kLeased || n.state == State::kSubmitting) {
    *out->mutable_lease_expire_time() = rpc::ToProto(n.lease_until);
  }
  out->set_message_id(domain::MessageIdOf(n, mail_domain));
  out->set_etag(app::EtagOf(n));
  *out->mutable_create_time() = rpc::ToProto(n.created);
  for (const domain::Decision& decision : view.decisions) {
    pb::Decision* row = out->add_decisions();
    *row->mutable_decide_time() = rpc::ToProto(decision.time);
    row->set_from_state(ToProto(decision.from));
    row->set_to_state(ToProto(decision.to));
    row->set_reason(decision.reason);
    row->set_detail(decision.detail);
  }
  for (const domain::Attempt& attempt : view.attempts) {
    ToProto(attempt, n.organization, out->add_attempts());
  }
}

void ToProto(const domain::Template& wording, const Tenant& tenant, pb::Template* out) {
  out->set_name(absl::StrCat("organizations/", tenant.organization(), "/templates/",
                             domain::TemplateId(wording.kind, wording.channel, wording.language)));
  out->set_version(wording.version);
  out->set_kind(static_cast<pb::Kind>(wording.kind));
  out->set_channel(static_cast<pb::Channel>(wording.channel));
  out->set_language(wording.language);
  out->set_subject(wording.subject);
  out->set_body(wording.body);
  if (wording.created.has_value()) *out->mutable_create_time() = rpc::ToProto(*wording.created);
}

void ToProto(const app::BeginResult& result, pb::BeginSendResponse* out) {
  out->set_state(ToProto(result.state));
  out->set_reason(result.reason);
  if (!result.message.has_value()) return;
  const app::Outbound& message = *result.message;
  pb::OutboundMessage* to = out->mutable_message();
  to->set_channel(static_cast<pb::Channel>(message.channel));
  to->set_address(message.address);
  to->set_subject(message.text.subject);
  to->set_body(message.text.body);
  to->set_message_id(message.message_id);
  for (const auto& [name, value] : message.headers) {
    pb::Header* header = to->add_headers();
    header->set_name(name);
    header->set_value(value);
  }
}

absl::StatusOr<ports::Filter> ReadFilter(const rpc::CallInfo& call, const Tenant& tenant,
                                         const pb::ListNotificationsRequest& request,
                                         const crypto::PageTokens& tokens) {
  ports::Filter filter;
  RETURN_IF_ERROR(CheckName(request.booking(), tenant, "organizations/{}/bookings/{}", "booking"));
  RETURN_IF_ERROR(CheckName(request.client(), tenant, "organizations/{}/clients/{}", "client"));
  filter.booking = request.booking();
  filter.client = request.client();
  if (!pb::Notification::State_IsValid(request.state())) {
    return InvalidField("state", "is not a state");
  }
  filter.state = static_cast<State>(request.state());
  if (request.has_start_time()) {
    ASSIGN_OR_RETURN(filter.from, rpc::ReadTime(&request.start_time(), "start_time"));
  }
  if (request.has_end_time()) {
    ASSIGN_OR_RETURN(filter.until, rpc::ReadTime(&request.end_time(), "end_time"));
  }
  if (filter.from.has_value() && filter.until.has_value() && *filter.until < *filter.from) {
    return InvalidField("end_time", "is before start_time");
  }
  if (request.page_size() < 0 || request.page_size() > kPageMax) {
    return InvalidField("page_size", "must be 0-1000");
  }
  filter.limit = (request.page_size() == 0 ? kPageDefault : request.page_size()) + 1;
  ASSIGN_OR_RETURN(const std::string cursor,
                   tokens.Read(request.page_token(), Binding(call, request)));
  if (!cursor.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(cursor, absl::MaxSplits(' ', 1));
    int64_t due_us = 0;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &due_us)) {
      return InvalidField("page_token", "is not of this service");
    }
    filter.after_due = absl::FromUnixMicros(due_us);
    filter.after_id = parts[1];
  }
  return filter;
}

std::string NextPageToken(const rpc::CallInfo& call, const pb::ListNotificationsRequest& request,
                          const crypto::PageTokens& tokens, const domain::Notification& last) {
  return tokens.Make(absl::StrCat(absl::ToUnixMicros(last.due), " ", last.id),
                     Binding(call, request));
}

absl::StatusOr<domain::Template> ReadTemplate(const pb::Template& in) {
  if (!domain::IsKind(in.kind())) return InvalidField("template.kind", "is required");
  if (!domain::IsChannel(in.channel())) return InvalidField("template.channel", "is required");
  domain::Template wording;
  wording.kind = static_cast<domain::Kind>(in.kind());
  wording.channel = static_cast<domain::Channel>(in.channel());
  wording.language = in.language();
  wording.subject = in.subject();
  wording.body = in.body();
  domain::Template read_back;  // The id must be readable, or the template could never be found.
  if (!domain::ParseTemplateId(domain::TemplateId(wording.kind, wording.channel, wording.language),
                               &read_back.kind, &read_back.channel, &read_back.language)) {
    return InvalidField("template.language", "must be 2-3 lower-case letters");
  }
  return wording;
}

}  // namespace stillpoint::notification::edge
