#include "tests/bench/servers.h"

#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/crypto/keys.h"
#include "common/rpc/token_maker.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint::bench {
namespace {

namespace bpb = ::stillpoint::booking::v1;
namespace cpb = ::stillpoint::client_record::v1;

constexpr absl::Duration kReady = absl::Seconds(20);
constexpr char kTrustDomain[] = "bench.local";
constexpr char kIssuer[] = "https://id.bench.local";
constexpr char kAudience[] = "stillpoint";

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

std::string ProgramPath(const std::string& name) {
  return absl::StrCat(STILLPOINT_BINARY_DIR, "/bin/", name);
}

class EchoService final : public bpb::AvailabilityService::CallbackService {
 public:
  explicit EchoService(int bytes) { answer_.set_next_page_token(std::string(bytes, 'x')); }
  grpc::ServerUnaryReactor* SearchSlots(grpc::CallbackServerContext* context,
                                        const bpb::SearchSlotsRequest*,
                                        bpb::SearchSlotsResponse* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  bpb::SearchSlotsResponse answer_;
};

// Clears everyone: what screening costs is the client record's figure, not booking's.
class ClearanceService final : public cpb::ScreeningService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetClearance(grpc::CallbackServerContext* context,
                                         const cpb::GetClearanceRequest*,
                                         cpb::GetClearanceResponse* response) override {
    response->mutable_clearance()->set_decision(cpb::Clearance::DECISION_CLEARED);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int Serve(grpc::Service& service, int port,
          const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), credentials);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

}  // namespace

int ServeEcho(int bytes, int port, const rpc::TlsFiles& tls) {
  EchoService service(bytes);
  if (tls.empty()) return Serve(service, port, grpc::InsecureServerCredentials());
  const auto credentials = rpc::ServerTls(tls, kTrustDomain);
  if (!credentials.ok()) Fail(credentials.status().ToString());
  return Serve(service, port, *credentials);
}

int ServeClearance(int port) {
  ClearanceService service;
  return Serve(service, port, grpc::InsecureServerCredentials());
}

Servers::Servers() {
  const std::map<std::string, std::string> roles = {{"operator", ""},        {"owner", "bench"},
                                                    {"front_desk", "bench"}, {"partner", "bench"},
                                                    {"service", ""},         {"worker", ""}};
  RandomIds ids;
  nlohmann::json callers = nlohmann::json::array();
  const auto add = [&](const std::string& name, const std::string& role,
                       const std::string& organization) -> nlohmann::json& {
    keys_[name] = absl::StrCat(ids.Next(), ids.Next());
    callers.push_back({{"key_hash", absl::BytesToHexString(crypto::Hash(keys_[name]))},
                       {"subject", "bench/" + name},
                       {"role", role},
                       {"organization", organization}});
    return callers.back();
  };
  for (const auto& [role, organization] : roles) add(role, role, organization);
  add("far_desk", "front_desk", "bench")["clinics"] = nlohmann::json::array({"far"});
  WriteSecret("callers.json", nlohmann::json{{"callers", callers}}.dump());
  WriteSecret("service.key", absl::BytesToHexString(crypto::Key::Random().bytes()));
  WriteSecret("peer.key", keys_["service"]);
}

std::string Servers::WriteSecret(const std::string& name, const std::string& text) const {
  const std::string path = absl::StrCat(dir_.path(), "/", name);
  std::ofstream(path) << text;
  chmod(path.c_str(), S_IRUSR | S_IWUSR);
  return path;
}

int Servers::Start(const std::string& name, std::vector<std::string> command, int port,
                   const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  auto process = testing::Process::Start(
      command,
      {.log_path = absl::StrCat(dir_.path(), "/", name, ".log"), .run_as = "", .environment = {}});
  if (!process.ok()) Fail(absl::StrCat(name, ": ", process.status().ToString()));
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), credentials);
  if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + kReady))) {
    std::ifstream log(absl::StrCat(dir_.path(), "/", name, ".log"));
    Fail(absl::StrCat(name,
                      " does not answer: ", std::string(std::istreambuf_iterator<char>(log), {})));
  }
  processes_[name] = *std::move(process);
  ports_[name] = port;
  return port;
}

std::vector<std::string> Servers::CommonFlags(const std::string& database, int port) const {
  return {"--listen", absl::StrCat("127.0.0.1:", port), "--database", database, "--callers-file",
          absl::StrCat(dir_.path(), "/callers.json"), "--secret-file",
          absl::StrCat(dir_.path(), "/service.key"), "--log-level", "warning",
          // One caller does everything; the limiter is asked all the same.
          "--caller-calls-per-second", "1000000", "--organization-calls-per-second", "1000000",
          "--peer-key-file", absl::StrCat(dir_.path(), "/peer.key")};
}

void Servers::MigrateFirst(const std::string& program, const std::string& database) const {
  std::vector<std::string> command = {ProgramPath(program), "migrate"};
  for (const std::string& word : CommonFlags(database, 0)) command.push_back(word);
  for (const char* flag : {"--client-record", "--booking"}) {
    if (program == "stillpoint-booking" && absl::string_view(flag) == "--booking") continue;
    command.push_back(flag);
    command.push_back("127.0.0.1:1");
  }
  auto process = testing::Process::Start(
      command,
      {.log_path = absl::StrCat(dir_.path(), "/migrate.log"), .run_as = "", .environment = {}});
  if (!process.ok()) Fail(process.status().ToString());
  const absl::StatusOr<int> code = (*process)->Wait(kReady);
  if (!code.ok() || *code != 0) {
    std::ifstream log(absl::StrCat(dir_.path(), "/migrate.log"));
    Fail(absl::StrCat(program,
                      " migrate failed: ", std::string(std::istreambuf_iterator<char>(log), {})));
  }
}

void Servers::StartClearance() {
  const int port = testing::FreePort();
  Start("clearance", {"/proc/self/exe", "--serve-clearance", absl::StrCat(port)}, port);
}

int Servers::StartEcho(int bytes) {
  const int port = testing::FreePort();
  return Start("echo", {"/proc/self/exe", "--serve-echo", absl::StrCat(bytes), absl::StrCat(port)},
               port);
}

void Servers::StartBooking(const std::string& database, const std::string& redis,
                           const std::vector<std::string>& more) {
  StartClearance();
  if (!absl::StartsWith(database, "sqlite:")) MigrateFirst("stillpoint-booking", database);
  const int port = testing::FreePort();
  std::vector<std::string> command = {ProgramPath("stillpoint-booking")};
  for (const std::string& word : CommonFlags(testing::Postgres::ServerUrl(database), port)) {
    command.push_back(word);
  }
  command.insert(command.end(),
                 {"--client-record", absl::StrCat("127.0.0.1:", ports_["clearance"]),
                  // As many as the benchmarks have calls in flight: a commit waits for the disk.
                  "--threads", "32", "--database-connections", "32"});
  if (!redis.empty()) command.insert(command.end(), {"--redis", redis});
  command.insert(command.end(), more.begin(), more.end());
  Start("booking", command, port);
}

rpc::TlsFiles Servers::WriteCertificate(const crypto::CertifiedKey& authority,
                                        const std::string& path) const {
  const absl::Time now = absl::Now();
  const auto pair = crypto::MakeCertificate(
      authority,
      {path, {"localhost"}, {"127.0.0.1"}, {absl::StrCat("spiffe://", kTrustDomain, "/", path)}},
      {now - absl::Hours(1), now + absl::Hours(24)});
  if (!pair.ok()) Fail(pair.status().ToString());
  const std::string stem = absl::StrReplaceAll(path, {{"/", "-"}});
  return {WriteSecret(stem + ".crt", pair->certificate), WriteSecret(stem + ".pem", pair->key),
          WriteSecret("ca.crt", authority.certificate)};
}

rpc::TlsFiles Servers::StartTls() {
  const absl::Time now = absl::Now();
  const auto authority =
      crypto::MakeAuthority("bench", {now - absl::Hours(1), now + absl::Hours(24)});
  if (!authority.ok()) Fail(authority.status().ToString());
  const auto credentials = rpc::ClientTls(WriteCertificate(*authority, "clients/bench"));
  if (!credentials.ok()) Fail(credentials.status().ToString());
  tls_ = *credentials;
  return WriteCertificate(*authority, "services/booking");
}

void Servers::StartTlsBooking(const std::string& database, const std::string& redis) {
  const rpc::TlsFiles files = StartTls();
  token_key_ = rpc::NewTokenKey();
  const auto keys = rpc::JwksOf(token_key_);
  if (!keys.ok()) Fail(keys.status().ToString());
  const int port = testing::FreePort();
  std::vector<std::string> command = {ProgramPath("stillpoint-booking")};
  for (const std::string& word : CommonFlags(database, port)) command.push_back(word);
  command.insert(
      command.end(),
      {"--redis", redis, "--threads", "32", "--tls-cert", files.certificate, "--tls-key", files.key,
       "--tls-ca", files.authorities, "--trust-domain", kTrustDomain, "--token-issuer", kIssuer,
       "--token-audience", kAudience, "--token-keys", WriteSecret("token-keys.json", *keys)});
  Start("tls-booking", command, port, tls_);
  tls_files_ = files;
}

rpc::Peer Servers::StartTlsEcho(int bytes) {
  const int port = testing::FreePort();
  Start("tls-echo",
        {"/proc/self/exe", "--serve-echo", absl::StrCat(bytes), absl::StrCat(port),
         tls_files_.certificate, tls_files_.key, tls_files_.authorities},
        port, tls_);
  return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", port), "-", tls_);
}

void Servers::StartNotification(const std::string& database) {
  if (!absl::StartsWith(database, "sqlite:")) MigrateFirst("stillpoint-notification", database);
  const int port = testing::FreePort();
  std::vector<std::string> command = {ProgramPath("stillpoint-notification")};
  for (const std::string& word : CommonFlags(testing::Postgres::ServerUrl(database), port)) {
    command.push_back(word);
  }
  // Nobody answers there: leasing asks no other service.
  command.insert(command.end(), {"--booking", "127.0.0.1:1", "--client-record", "127.0.0.1:1"});
  Start("notification", command, port);
}

void Servers::StartClientRecord(const std::string& database) {
  const int port = testing::FreePort();
  std::vector<std::string> command = {ProgramPath("stillpoint-client-record")};
  for (const std::string& word : CommonFlags(database, port)) command.push_back(word);
  Start("client-record", command, port);
}

rpc::Peer Servers::Booking(const std::string& role) const {
  return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", ports_.at("booking")), keys_.at(role));
}

rpc::Peer Servers::TlsBooking(const std::string& role) const {
  const nlohmann::json claims = {
      {"iss", kIssuer},          {"aud", kAudience},
      {"sub", "bench/" + role},  {"role", role},
      {"organization", "bench"}, {"exp", absl::ToUnixSeconds(absl::Now() + absl::Hours(1))}};
  const auto token = rpc::MakeToken(token_key_, claims.dump());
  if (!token.ok()) Fail(token.status().ToString());
  return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", ports_.at("tls-booking")), *token, tls_);
}

rpc::Peer Servers::ClientRecord(const std::string& role) const {
  return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", ports_.at("client-record")), keys_.at(role));
}

rpc::Peer Servers::Notification(const std::string& role) const {
  return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", ports_.at("notification")), keys_.at(role));
}

}  // namespace stillpoint::bench
