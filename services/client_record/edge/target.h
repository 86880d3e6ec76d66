// What a request is about: the name it carries, and the tenant it may touch.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_TARGET_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_TARGET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/crypto/page_token.h"
#include "common/rpc/call.h"
#include "services/client_record/app/records.h"

namespace stillpoint::client_record::edge {

struct Target {
  app::Caller caller;
  std::string client;  // Id; empty for an organization.
  std::string id;      // Of the thing below the client, or of the practitioner; may be empty.

  const std::string& organization() const { return caller.tenant.organization(); }
};

// Each reads one kind of name. InvalidArgument INVALID_FIELD for `field`: not such a name. NotFound
// NOT_FOUND: another organization's. Ids are not looked up.
absl::StatusOr<Target> OrganizationTarget(const rpc::CallInfo& call, absl::string_view name,
                                          absl::string_view field);
absl::StatusOr<Target> ClientTarget(const rpc::CallInfo& call, absl::string_view name,
                                    absl::string_view field);
absl::StatusOr<Target> IntakeTarget(const rpc::CallInfo& call, absl::string_view name,
                                    absl::string_view field);
absl::StatusOr<Target> NoteTarget(const rpc::CallInfo& call, absl::string_view name,
                                  absl::string_view field);
absl::StatusOr<Target> PractitionerTarget(const rpc::CallInfo& call, absl::string_view name,
                                          absl::string_view field);

// PermissionDenied NOT_AUTHOR unless the caller is a practitioner of the target's organization by
// name: only a person can sign.
absl::Status RequirePractitioner(const Target& target);

// One page of a list. `arguments` is everything the caller asked for except the token.
struct Page {
  int limit = 0;
  std::string cursor;   // Empty: the first page.
  std::string binding;  // For the next token.
};
// 0 means 50; more than `size_max` means size_max. InvalidArgument INVALID_FIELD,
// PAGE_TOKEN_INVALID.
absl::StatusOr<Page> ReadPage(const crypto::PageTokens& tokens, const rpc::CallInfo& call,
                              absl::string_view arguments, int32_t page_size, int size_max,
                              absl::string_view token);

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_TARGET_H_
