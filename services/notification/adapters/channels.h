// The real ways out: SMTP and a kannel-compatible text gateway, both by libcurl.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_CHANNELS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_CHANNELS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/notification/ports/worker.h"

namespace stillpoint::notification::adapters {

// Longer than a mail server takes to judge a message, shorter than a lease.
inline constexpr absl::Duration kConnectMax = absl::Seconds(10);
inline constexpr absl::Duration kSendMax = absl::Seconds(30);

struct SmtpOptions {
  std::string url;               // smtp://HOST:PORT or smtps://HOST:PORT
  std::string from;              // Plain address; envelope and header.
  std::string credentials = "";  // USER:PASSWORD, or empty.
  bool require_tls = false;      // Else STARTTLS is used where offered.
  absl::Duration limit = kSendMax;
};

// 4xx: RETRY; 5xx: REJECTED; connection lost before the text was complete: RETRY, after it:
// UNKNOWN.
std::unique_ptr<ports::MessageChannel> MakeSmtpChannel(SmtpOptions options);

struct SmsOptions {
  std::string url;          // http://HOST:PORT/cgi-bin/sendsms
  std::string from;         // Sender number or name.
  std::string credentials;  // USER:PASSWORD
  absl::Duration limit = kSendMax;
};

// 202: ACCEPTED; 400: REJECTED; 403 (our credentials) and 5xx: RETRY; no connection: RETRY; no
// answer to a request that left: UNKNOWN.
std::unique_ptr<ports::MessageChannel> MakeSmsChannel(SmsOptions options);

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_CHANNELS_H_
