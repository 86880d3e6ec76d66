#include "common/rpc/jwks_url.h"

#include <curl/curl.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/crypto/certificates.h"
#include "common/error/error.h"
#include "common/rpc/jwks.h"
#include "common/rpc/listen_address.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kHeaderBytesMax = 32 << 10;  // No issuer needs a tenth of it.
constexpr long kConnectMsMax = 3000;          // NOLINT(google-runtime-int): libcurl's type.

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

absl::Status BadUrl(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat("--token-keys: ", what));
}

absl::Status Away(absl::string_view what) {
  return Error(absl::StatusCode::kUnavailable, "TOKEN_KEYS_AWAY",
               absl::StrCat("the token issuer ", what));
}

struct Answer {
  std::string body;
  size_t header_bytes = 0;
};

// libcurl ends a transfer of whose bytes fewer are taken than it gave.
size_t TakeBody(char* data, size_t size, size_t count, void* to) {
  std::string& body = static_cast<Answer*>(to)->body;
  if (body.size() + size * count > kJwksBytesMax) return 0;
  body.append(data, size * count);
  return size * count;
}

size_t CountHeader(char*, size_t size, size_t count, void* to) {
  size_t& bytes = static_cast<Answer*>(to)->header_bytes;
  bytes += size * count;
  return bytes > kHeaderBytesMax ? 0 : size * count;
}

int StopIfTold(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
}

// "" if the URL has no such part.
std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  const bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK && text != nullptr;
  std::string found = there ? text : "";
  curl_free(text);
  return found;
}

bool IsPlain(const JwksUrl& from) { return from.url.compare(0, 7, "http://") == 0; }

void SetOptions(CURL* curl, const JwksUrl& from, const std::atomic<bool>& stop, Answer* answer) {
  curl_easy_setopt(curl, CURLOPT_URL, from.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, IsPlain(from) ? "http" : "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMsMax);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(from.limit)));  // NOLINT
  // Of an answer that says its length; TakeBody holds the others to it.
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kJwksBytesMax));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &CountHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &StopIfTold);
  // libcurl hands it back as it is; the function above only reads it.
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // NOLINT
  if (!from.authorities.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, from.authorities.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // Or the system's would count besides.
  }
  // What the environment says of proxies is for the way out, not for this machine.
  if (IsPlain(from)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

}  // namespace

bool IsUrl(absl::string_view place) { return place.find("://") != absl::string_view::npos; }

absl::Status CheckJwksUrl(const JwksUrl& from) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, from.url.c_str(), 0) != CURLUE_OK) {
    return BadUrl("not a URL, and no file has such a name");
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT}) {
    if (!PartOf(url.get(), part).empty()) return BadUrl("a URL with a user or a fragment");
  }
  const std::string host = PartOf(url.get(), CURLUPART_HOST);
  if (IsPlain(from)) {
    return IsLocalAddress(absl::StrCat(host, ":0"))
               ? absl::OkStatus()
               : BadUrl("keys come by https, from this machine also by http");
  }
  if (from.url.compare(0, 8, "https://") != 0) return BadUrl("neither a file nor an https URL");
  if (from.authorities.empty()) return absl::OkStatus();
  std::ostringstream pem;
  pem << std::ifstream(from.authorities, std::ios::binary).rdbuf();
  const absl::Status authorities = crypto::CheckAuthorities(pem.str());
  if (authorities.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat("--token-keys-ca: ", authorities.message()));
}

absl::StatusOr<std::string> FetchJwks(const JwksUrl& from, const std::atomic<bool>& stop) {
  const Handle curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return Away("could not be asked");
  Answer answer;
  SetOptions(curl.get(), from, stop, &answer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED) {
    return Away("answers with too much");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return Away("takes too long");
  // The text of a code, which has nothing of the answer in it.
  if (code != CURLE_OK) return Away(absl::StrCat("is away: ", curl_easy_strerror(code)));
  long status = 0;  // NOLINT(google-runtime-int): libcurl's type.
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Away(absl::StrCat("answers with ", status));
  return std::move(answer.body);
}

}  // namespace stillpoint::rpc
