#include "services/client_record/edge/target.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::edge {
namespace {

constexpr int kPageSizeDefault = 50;

// The tenant is judged before anything else, so that what is wrong with a name of another
// organization is never told.
absl::StatusOr<Target> Authorise(const rpc::CallInfo& call, const std::string& organization,
                                 std::string client, std::string id) {
  ASSIGN_OR_RETURN(Tenant tenant, call.TenantFor(organization));
  app::Caller caller{std::move(tenant), call.principal.subject, call.method,
                     call.deadline,     call.reach(),           client};
  return Target{std::move(caller), std::move(client), std::move(id)};
}

absl::Status NotSuch(absl::string_view field, absl::string_view pattern) {
  return InvalidField(field, absl::StrCat("is not a name like ", pattern));
}

absl::StatusOr<Target> BelowClient(const rpc::CallInfo& call, absl::string_view name,
                                   absl::string_view field, absl::string_view collection) {
  const std::string pattern = absl::StrCat("organizations/{}/clients/{}/", collection, "/{}");
  std::string organization, client, id;
  if (!MatchName(name, pattern, {&organization, &client, &id})) return NotSuch(field, pattern);
  return Authorise(call, organization, std::move(client), std::move(id));
}

}  // namespace

absl::StatusOr<Target> OrganizationTarget(const rpc::CallInfo& call, absl::string_view name,
                                          absl::string_view field) {
  std::string organization;
  if (!MatchName(name, "organizations/{}", {&organization}))
    return NotSuch(field, "organizations/{}");
  return Authorise(call, organization, "", "");
}

absl::StatusOr<Target> ClientTarget(const rpc::CallInfo& call, absl::string_view name,
                                    absl::string_view field) {
  std::string organization, client;
  if (!MatchName(name, "organizations/{}/clients/{}", {&organization, &client})) {
    return NotSuch(field, "organizations/{}/clients/{}");
  }
  return Authorise(call, organization, std::move(client), "");
}

absl::StatusOr<Target> IntakeTarget(const rpc::CallInfo& call, absl::string_view name,
                                    absl::string_view field) {
  return BelowClient(call, name, field, "intakes");
}

absl::StatusOr<Target> NoteTarget(const rpc::CallInfo& call, absl::string_view name,
                                  absl::string_view field) {
  return BelowClient(call, name, field, "sessionNotes");
}

absl::StatusOr<Target> PractitionerTarget(const rpc::CallInfo& call, absl::string_view name,
                                          absl::string_view field) {
  std::string organization, practitioner;
  if (!MatchName(name, "organizations/{}/practitioners/{}", {&organization, &practitioner})) {
    return NotSuch(field, "organizations/{}/practitioners/{}");
  }
  return Authorise(call, organization, "", std::move(practitioner));
}

absl::Status RequirePractitioner(const Target& target) {
  std::string organization, practitioner;
  const bool named = MatchName(target.caller.subject, "organizations/{}/practitioners/{}",
                               {&organization, &practitioner});
  if (!named || organization != target.organization()) return error::NotAuthor();
  return absl::OkStatus();
}

absl::StatusOr<Page> ReadPage(const crypto::PageTokens& tokens, const rpc::CallInfo& call,
                              absl::string_view arguments, int32_t page_size, int size_max,
                              absl::string_view token) {
  if (page_size < 0) return InvalidField("page_size", "is negative");
  Page page;
  page.limit = std::min(page_size == 0 ? kPageSizeDefault : page_size, size_max);
  page.binding =
      crypto::Frame({call.principal.subject, call.method, arguments, absl::StrCat(page_size)});
  ASSIGN_OR_RETURN(page.cursor, tokens.Read(token, page.binding));
  return page;
}

}  // namespace stillpoint::client_record::edge
