// stillpoint-notification-worker: takes due messages from the notification service and hands them
// to mail and text providers. Holds no state; run as many as are needed.
#include <curl/curl.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/config/config.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/client.h"
#include "common/rpc/private_file.h"
#include "common/rpc/private_memory.h"
#include "common/rpc/server.h"
#include "common/rpc/service_main.h"
#include "services/notification/adapters/channels.h"
#include "services/notification/adapters/grpc_worker_queue.h"
#include "services/notification/adapters/mime.h"
#include "services/notification/app/send_loop.h"

namespace {

namespace adapters = stillpoint::notification::adapters;

struct Flags {
  std::string notification, key_file, metrics_listen, simulated_clock;
  stillpoint::rpc::TlsFiles tls;
  bool plaintext = false;
  adapters::SmtpOptions smtp;
  std::string smtp_credentials_file;
  adapters::SmsOptions sms;
  std::string sms_credentials_file;
  int64_t poll_ms = 500;
  int64_t workers = 4;
};

void AddFlags(stillpoint::Config& config, Flags& flags) {
  config.RequiredText("notification", &flags.notification, "address of the notification service");
  config.Text("key-file", &flags.key_file,
              "file with our bearer key; empty: our certificate is enough");
  flags.tls.AddTo(config);
  config.Bool("allow-plaintext-network", &flags.plaintext,
              "call beyond this machine without TLS: something else guards the wire");
  config.RequiredText("smtp", &flags.smtp.url, "smtp://HOST:PORT or smtps://HOST:PORT");
  config.RequiredText("from", &flags.smtp.from, "mail address of the sender");
  config.Text("smtp-credentials-file", &flags.smtp_credentials_file,
              "file with USER:PASSWORD; empty: no login");
  config.Bool("smtp-require-tls", &flags.smtp.require_tls, "refuse to send without TLS");
  config.Text("sms-gateway", &flags.sms.url,
              "http://HOST:PORT/cgi-bin/sendsms (kannel); empty: no texts");
  config.Text("sms-from", &flags.sms.from, "sender number or name of texts");
  config.Text("sms-credentials-file", &flags.sms_credentials_file, "file with USER:PASSWORD");
  config.Int("poll", &flags.poll_ms, 10, 60'000, "ms between looks at an empty queue");
  config.Int("workers", &flags.workers, 1, 64, "messages sent at one time");
  config.Text("metrics-listen", &flags.metrics_listen, "HOST:PORT of /metrics; empty: none");
  config.Text("simulated-clock", &flags.simulated_clock,
              "file with an offset in microseconds; dates mails in a demonstration");
}

absl::Status ReadCredentials(const std::string& path, std::string* credentials) {
  if (path.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string content, stillpoint::rpc::ReadPrivateFile(path));
  *credentials = std::string(absl::StripAsciiWhitespace(content));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<stillpoint::Clock>> OpenClock(const std::string& path) {
  if (path.empty()) return std::make_unique<stillpoint::SystemClock>();
  ASSIGN_OR_RETURN(std::unique_ptr<stillpoint::Clock> clock,
                   stillpoint::SimulatedClock::Open(path));
  return clock;
}

absl::Status Run(Flags& flags) {
  if (!adapters::IsPlainAddress(flags.smtp.from)) {
    return stillpoint::Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                             "--from is not a mail address");
  }
  RETURN_IF_ERROR(ReadCredentials(flags.smtp_credentials_file, &flags.smtp.credentials));
  RETURN_IF_ERROR(ReadCredentials(flags.sms_credentials_file, &flags.sms.credentials));
  ASSIGN_OR_RETURN(const std::unique_ptr<stillpoint::Clock> clock,
                   OpenClock(flags.simulated_clock));
  ASSIGN_OR_RETURN(stillpoint::rpc::Peer peer,
                   stillpoint::rpc::Peer::Open(flags.notification,
                                               {flags.key_file, flags.tls, flags.plaintext}));
  stillpoint::Metrics metrics;
  if (!flags.metrics_listen.empty()) RETURN_IF_ERROR(metrics.Serve(flags.metrics_listen));
  const auto queue = adapters::MakeGrpcWorkerQueue(std::move(peer));
  const auto smtp = adapters::MakeSmtpChannel(flags.smtp);
  const auto sms = flags.sms.url.empty() ? nullptr : adapters::MakeSmsChannel(flags.sms);
  {
    stillpoint::notification::app::SendLoop loop(
        *queue, *smtp, sms.get(), *clock, metrics,
        {static_cast<int>(flags.workers), absl::Milliseconds(flags.poll_ms)});
    std::puts(R"({"event":"working","service":"notification-worker"})");
    std::fflush(stdout);
    stillpoint::rpc::WaitForStopSignal();
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  stillpoint::rpc::KeepMemoryPrivate();
  stillpoint::rpc::BlockStopSignals();
  stillpoint::Config config("stillpoint-notification-worker", "Sends due messages.");
  Flags flags;
  AddFlags(config, flags);
  if (const absl::Status status = config.Parse(argc, argv); !status.ok()) {
    return stillpoint::rpc::ExitCodeOf(status);
  }
  stillpoint::log::Start("notification-worker", stillpoint::log::Level::kInfo);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const absl::Status status = Run(flags);
  curl_global_cleanup();
  return status.ok() ? 0 : stillpoint::rpc::ExitCodeOf(status);
}
