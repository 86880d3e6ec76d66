// Pages of lists that are in memory.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_PAGING_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_PAGING_H_

#include <algorithm>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/crypto/page_token.h"
#include "common/error/error.h"
#include "common/rpc/call.h"

namespace stillpoint::booking::edge {

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1'000;  // About 1 MB of the largest resource.

// Where a page begins, and what its tokens are bound to.
struct Page {
  std::string after;  // The key of the last item of the page before; empty: the first page.
  int size = kPageSizeDefault;
  std::string binding;
};

// Reads page_size and page_token of `request`. InvalidArgument INVALID_FIELD, PAGE_TOKEN_INVALID.
template <typename Request>
absl::StatusOr<Page> ReadPage(const crypto::PageTokens& tokens, const rpc::CallInfo& call,
                              const Request& request) {
  if (request.page_size() < 0) return InvalidField("page_size", "must not be negative");
  Request rest = request;
  rest.clear_page_token();
  Page page;
  if (request.page_size() > 0) page.size = std::min(request.page_size(), kPageSizeMax);
  // The organization is part of the request, the caller is not.
  page.binding = crypto::Frame({call.principal.subject, call.method, rest.SerializeAsString()});
  ASSIGN_OR_RETURN(page.after, tokens.Read(request.page_token(), page.binding));
  return page;
}

// Calls `emit(part)` for those of one page, among the keys that begin with `prefix`. Returns the
// token of the next page, empty if there is none.
template <typename Part, typename Emit>
std::string EmitPage(const crypto::PageTokens& tokens, const Page& page,
                     const std::map<std::string, Part>& parts, const std::string& prefix,
                     Emit emit) {
  auto it = page.after.empty() ? parts.lower_bound(prefix) : parts.upper_bound(page.after);
  std::string last;
  for (int left = page.size; it != parts.end() && absl::StartsWith(it->first, prefix);
       ++it, --left) {
    if (left == 0) return tokens.Make(last, page.binding);
    emit(it->second);
    last = it->first;
  }
  return "";
}

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_PAGING_H_
