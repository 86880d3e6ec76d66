#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/notification/adapters/channels.h"
#include "services/notification/adapters/mime.h"

namespace stillpoint::notification::adapters {
namespace {

using domain::Outcome;
using domain::SendResult;

// What libcurl reads from, and what that tells about how far we got.
struct Upload {
  const std::string& mail;
  Deadline lease_end;
  size_t sent = 0;
  bool complete = false;  // libcurl was told that this is all: the final dot may be on its way.
};

size_t ReadMail(char* to, size_t size, size_t count, void* data) {
  auto* upload = static_cast<Upload*>(data);
  // Asked once more at the last moment at which nothing has been given away yet.
  if (upload->lease_end.Passed()) return CURL_READFUNC_ABORT;
  const size_t bytes = std::min(size * count, upload->mail.size() - upload->sent);
  std::memcpy(to, upload->mail.data() + upload->sent, bytes);
  upload->sent += bytes;
  if (bytes == 0) upload->complete = true;
  return bytes;
}

class SmtpChannel final : public ports::MessageChannel {
 public:
  explicit SmtpChannel(SmtpOptions options) : options_(std::move(options)) {}

  SendResult Send(const domain::Outbound& message, absl::Time now, Deadline lease_end) override {
    const auto mail = MakeMail(message, options_.from, now);
    if (!mail.ok()) return {Outcome::kRejected, "BAD_MESSAGE"};
    if (lease_end.Passed()) return {Outcome::kRetry, "LEASE_ENDED"};
    // A handle per mail: no state of one message can reach another.
    CURL* curl = curl_easy_init();
    if (curl == nullptr) return {Outcome::kRetry, "NO_HANDLE"};
    curl_slist* recipients = curl_slist_append(nullptr, message.address.c_str());
    Upload upload{*mail, lease_end};
    SetOptions(curl, recipients, &upload);
    const CURLcode code = curl_easy_perform(curl);
    long answer = 0;  // NOLINT(google-runtime-int): libcurl's type.
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return Judge(code, static_cast<int>(answer), upload);
  }

 private:
  void SetOptions(CURL* curl, curl_slist* recipients, Upload* upload) const {
    curl_easy_setopt(curl, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(kConnectMax)));  // NOLINT
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(options_.limit)));  // NOLINT
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(options_.require_tls ? CURLUSESSL_ALL  // NOLINT
                                                            : CURLUSESSL_TRY));
    if (!options_.credentials.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERPWD, options_.credentials.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, options_.from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &ReadMail);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
  }

  static SendResult Judge(CURLcode code, int answer, const Upload& upload) {
    // After the text was accepted only the farewell can fail, and it does not matter.
    if (upload.complete && answer >= 200 && answer < 300) {
      return {Outcome::kAccepted, absl::StrCat(answer)};
    }
    if (code == CURLE_OK) return {Outcome::kAccepted, absl::StrCat(answer)};
    if (code == CURLE_ABORTED_BY_CALLBACK) return {Outcome::kRetry, "LEASE_ENDED"};
    // Our own credentials are refused: not the recipient's fault, and mended by the operator.
    if (code == CURLE_LOGIN_DENIED) return {Outcome::kRetry, "LOGIN_DENIED"};
    // Refused before the recipient was named (greeting, HELO, STARTTLS): the operator's to mend
    // too.
    if (code == CURLE_USE_SSL_FAILED || code == CURLE_REMOTE_ACCESS_DENIED ||
        (code == CURLE_WEIRD_SERVER_REPLY && !upload.complete)) {
      return {Outcome::kRetry, absl::StrCat("CURL-", static_cast<int>(code))};
    }
    if (answer >= 400 && answer < 500) return {Outcome::kRetry, absl::StrCat(answer)};
    if (answer >= 500 && answer < 600) return {Outcome::kRejected, absl::StrCat(answer)};
    const std::string word = absl::StrCat("CURL-", static_cast<int>(code));
    return {upload.complete ? Outcome::kUnknown : Outcome::kRetry, word};
  }

  const SmtpOptions options_;
};

}  // namespace

std::unique_ptr<ports::MessageChannel> MakeSmtpChannel(SmtpOptions options) {
  return std::make_unique<SmtpChannel>(std::move(options));
}

}  // namespace stillpoint::notification::adapters
