// A message ready to be handed to a provider, and what can come of that.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_OUTBOUND_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_OUTBOUND_H_

#include <string>
#include <utility>
#include <vector>

#include "services/notification/domain/notification.h"
#include "services/notification/domain/template.h"

namespace stillpoint::notification::domain {

// Personal data: passed on, never stored, never logged.
struct Outbound {
  Channel channel = Channel::kEmail;
  std::string address;  // Mail address, or E.164.
  Text text;
  std::vector<std::pair<std::string, std::string>> headers;  // Further ones of a mail.
  std::string message_id;                                    // Without angle brackets.
};

// Numbers are those of the API.
enum class Outcome {
  kAccepted = 1,  // The provider took responsibility.
  kRejected = 2,  // It refused for good.
  kRetry = 3,     // It certainly did not take it and may later.
  kUnknown = 4,   // Nobody knows.
};

struct SendResult {
  Outcome outcome = Outcome::kUnknown;
  std::string code;  // 0-64 characters of [A-Za-z0-9._-].
};

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_OUTBOUND_H_
