#include <curl/curl.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/notification/adapters/channels.h"

namespace stillpoint::notification::adapters {
namespace {

using domain::Outcome;
using domain::SendResult;

// E.164: what a gateway takes as a number and nothing else.
bool IsPhone(absl::string_view phone) {
  if (phone.size() < 8 || phone.size() > 16 || phone[0] != '+') return false;
  for (const char c : phone.substr(1)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// ASCII letters, digits and common signs are in GSM's alphabet (70 instead of 160 characters per
// text otherwise); the rest goes as UCS-2.
bool FitsGsm(absl::string_view text) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x7f || (u < 0x20 && c != '\n') || c == '`') return false;
  }
  return true;
}

size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

std::string Escaped(CURL* curl, const std::string& value) {
  char* escaped = curl_easy_escape(curl, value.c_str(), static_cast<int>(value.size()));
  std::string out = escaped == nullptr ? "" : escaped;
  curl_free(escaped);
  return out;
}

class SmsChannel final : public ports::MessageChannel {
 public:
  explicit SmsChannel(SmsOptions options) : options_(std::move(options)) {}

  SendResult Send(const domain::Outbound& message, absl::Time, Deadline lease_end) override {
    if (!IsPhone(message.address)) return {Outcome::kRejected, "BAD_PHONE"};
    if (lease_end.Passed()) return {Outcome::kRetry, "LEASE_ENDED"};
    CURL* curl = curl_easy_init();
    if (curl == nullptr) return {Outcome::kRetry, "NO_HANDLE"};
    const std::string url = UrlFor(curl, message);  // Holds a secret and a text: never logged.
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(kConnectMax)));  // NOLINT
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(options_.limit)));  // NOLINT
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Discard);
    const CURLcode code = curl_easy_perform(curl);
    long answer = 0;  // NOLINT(google-runtime-int): libcurl's type.
    long sent = 0;    // NOLINT(google-runtime-int)
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    curl_easy_cleanup(curl);
    return Judge(code, static_cast<int>(answer), sent > 0);
  }

 private:
  std::string UrlFor(CURL* curl, const domain::Outbound& message) const {
    const std::vector<std::string> login =
        absl::StrSplit(options_.credentials, absl::MaxSplits(':', 1));
    const std::string coding = FitsGsm(message.text.body) ? "0" : "2";
    return absl::StrCat(options_.url, "?username=", Escaped(curl, login[0]),
                        "&password=", Escaped(curl, login.size() > 1 ? login[1] : ""),
                        "&from=", Escaped(curl, options_.from),
                        "&to=", Escaped(curl, message.address), "&coding=", coding,
                        "&charset=UTF-8&text=", Escaped(curl, message.text.body));
  }

  static SendResult Judge(CURLcode code, int answer, bool left) {
    if (code != CURLE_OK) {
      return {left ? Outcome::kUnknown : Outcome::kRetry,
              absl::StrCat("CURL-", static_cast<int>(code))};
    }
    const std::string word = absl::StrCat(answer);
    if (answer >= 200 && answer < 300) return {Outcome::kAccepted, word};
    // 403 is about our own login, 429 and 408 about the moment.
    const bool later = answer == 403 || answer == 401 || answer == 408 || answer == 429;
    if (answer >= 400 && answer < 500 && !later) return {Outcome::kRejected, word};
    // A proxy's 500, 502 or 504 does not say whether the gateway behind it took the text.
    if (answer >= 500 && answer != 503) return {Outcome::kUnknown, word};
    return {Outcome::kRetry, word};
  }

  const SmsOptions options_;
};

}  // namespace

std::unique_ptr<ports::MessageChannel> MakeSmsChannel(SmsOptions options) {
  return std::make_unique<SmsChannel>(std::move(options));
}

}  // namespace stillpoint::notification::adapters
