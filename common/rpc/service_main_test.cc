// Runs the test server as a process, as an operator would.
#include "common/rpc/service_main.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/private_memory.h"
#include "common/rpc/test_certificates.h"
#include "common/rpc/test_echo.grpc.pb.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::Postgres;
using ::stillpoint::testing::Process;
using ::stillpoint::testing::TempDir;
using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(30);

class ServiceMainTest : public ::testing::Test {
 protected:
  ServiceMainTest() {
    WriteFile("secret", std::string(64, 'a'), 0600);
    WriteFile(
        "callers",
        absl::StrCat(R"({"callers": [{"key_hash": ")", absl::BytesToHexString(crypto::Hash("key")),
                     R"(", "subject": "s", "role": "service"}, {"key_hash": ")",
                     absl::BytesToHexString(crypto::Hash("desk")),
                     R"(", "subject": "d", "role": "front_desk", "organization": "acme"}]})"),
        0600);
  }

  std::string PathOf(const std::string& name) const { return dir_.path() + "/" + name; }

  void WriteFile(const std::string& name, const std::string& content, mode_t mode) {
    std::ofstream(PathOf(name)) << content;
    chmod(PathOf(name).c_str(), mode);
  }

  std::string Log() const {
    std::ostringstream text;
    text << std::ifstream(PathOf(log_name_)).rdbuf();
    return text.str();
  }

  std::string Sqlite() const { return "--database=sqlite:" + PathOf("db"); }

  std::unique_ptr<Process> Start(std::vector<std::string> words) {
    words.insert(words.begin(), STILLPOINT_BINARY_DIR "/bin/rpc_test_server");
    words.push_back("--secret-file=" + PathOf("secret"));
    if (std::find(words.begin(), words.end(), "no-callers") == words.end()) {
      words.push_back("--callers-file=" + PathOf("callers"));
    } else {
      words.erase(std::find(words.begin(), words.end(), "no-callers"));
    }
    Process::Options options;
    log_name_ =
        absl::StrCat("log", ++starts_);  // Not the last one's, which WaitForPort might read.
    options.log_path = PathOf(log_name_);
    auto process = Process::Start(words, options);
    EXPECT_TRUE(process.ok()) << process.status();
    return *std::move(process);
  }

  // Starts it and expects its end.
  int ExitCode(const std::vector<std::string>& words) {
    return Start(words)->Wait(kLong).value_or(-1);
  }

  // The port of the "serving" line.
  int WaitForPort() {
    int port = 0;
    EXPECT_TRUE(WaitUntil(kLong, [&] {
      for (const absl::string_view line : absl::StrSplit(Log(), '\n')) {
        const auto json = nlohmann::json::parse(std::string(line), nullptr, false);
        if (json.is_object() && json.value("event", "") == "serving") port = json["port"];
      }
      return port != 0;
    })) << Log();
    return port;
  }

  static absl::StatusOr<std::string> Say(int port) {
    return Say(Peer::Connect(absl::StrCat("127.0.0.1:", port), "key"));
  }

  static absl::StatusOr<std::string> Say(const Peer& peer) {
    const auto stub = test::EchoService::NewStub(peer.channel());
    test::SayResponse response;
    const absl::Status status =
        peer.Call(Deadline::After(kLong), test::SayRequest(), &response,
                  [&](auto* context, auto& r, auto* resp) { return stub->Say(context, r, resp); });
    if (!status.ok()) return status;
    return response.text();
  }

  TempDir dir_;
  std::string log_name_;
  int starts_ = 0;
};

TEST_F(ServiceMainTest, ServesOnSqliteUntilSigterm) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto process =
        Start({Sqlite(), absl::StrCat("--metrics-listen=127.0.0.1:", testing::FreePort())});
    const auto said = Say(WaitForPort());
    EXPECT_TRUE(said.ok()) << said.status();
    process->Signal(signal);
    const absl::Time start = absl::Now();
    EXPECT_EQ(process->Wait(kLong).value_or(-1), 0) << Log();
    shortest = std::min(shortest, absl::Now() - start);
  }
  EXPECT_LT(shortest, absl::Milliseconds(1900));  // Not the 2 s of the metrics exposer.
}

TEST_F(ServiceMainTest, TheDatabasesUrlMayBeInAFile) {
  WriteFile("url", "sqlite:" + PathOf("db") + "\n", 0600);
  const auto process = Start({"--database-file=" + PathOf("url")});
  EXPECT_TRUE(Say(WaitForPort()).ok());
}

TEST(PrivateMemoryTest, ACrashLeavesNothingBehind) {
  KeepMemoryPrivate();  // Of this process; it needs neither a core file nor a debugger.
  rlimit cores = {1, 1};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &cores), 0);
  EXPECT_EQ(cores.rlim_cur, 0u);
  EXPECT_EQ(cores.rlim_max, 0u);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
}

TEST_F(ServiceMainTest, SimulatedClockJudgesTheStore) {
  WriteFile("clock", absl::StrCat(int64_t{100} * 365 * 24 * 3600 * 1'000'000), 0600);  // 100 years.
  const auto process = Start({Sqlite(), "--simulated-clock=" + PathOf("clock")});
  EXPECT_THAT(Say(WaitForPort()).value_or(""), ::testing::StartsWith("21"));
}

TEST_F(ServiceMainTest, PostgresIsMigratedByTheCommandOnly) {
  const std::string url = Postgres::Shared().NewDatabase();
  const std::string database = "--database=" + url;
  EXPECT_EQ(ExitCode({database}), 1);
  EXPECT_THAT(Log(), HasSubstr("SCHEMA_OLDER"));
  EXPECT_EQ(ExitCode({"migrate", database, "no-callers"}), 0) << Log();
  // Row-level security holds neither the owner nor the superuser for sure.
  for (const std::string& role : {url, Postgres::SuperuserUrl(url)}) {
    EXPECT_EQ(ExitCode({"--database=" + role}), 1);
    EXPECT_THAT(Log(), HasSubstr("DATABASE_ROLE"));
  }
  const auto process = Start({"--database=" + Postgres::ServerUrl(url)});
  EXPECT_TRUE(Say(WaitForPort()).ok());
}

TEST_F(ServiceMainTest, RefusesToStartSayingWhy) {
  struct Case {
    std::vector<std::string> words;
    const char* says;
  };
  WriteFile("clock", "0", 0600);
  WriteFile("bad_clock", "soon", 0600);
  WriteFile("url", "sqlite:" + PathOf("db"), 0600);
  WriteFile("open_url", "sqlite:" + PathOf("db"), 0640);
  const std::string clock = "--simulated-clock=" + PathOf("clock");
  for (const Case& refused : std::vector<Case>{
           {{}, "--database"},
           {{Sqlite(), "--nonsense"}, "--nonsense"},
           {{Sqlite(), "--log-level=loud"}, "--log-level"},
           {{Sqlite(), "no-callers"}, "--callers-file"},
           {{Sqlite(), "no-callers", "--callers-file=/absent"}, "/absent"},
           {{"--database=mysql:x"}, "BAD_CONFIG"},
           {{"--database=postgresql://u:p@h/d"}, "--database-file"},
           {{"--database=postgresql:///d?host=h&password=p"}, "--database-file"},
           {{Sqlite(), "--database-file=" + PathOf("url")}, "one of --database and"},
           {{"--database-file=" + PathOf("open_url")}, "others may read it"},
           {{Sqlite(), "--listen=0.0.0.0:0"}, "--allow-plaintext-network"},
           {{Sqlite(), "--listen=0.0.0.0:0", "--allow-plaintext-network", clock}, "loopback"},
           {{"--database=postgresql:///x", clock}, "PostgreSQL"},
           {{Sqlite(), "--simulated-clock=" + PathOf("bad_clock")}, "does not hold a number"},
           {{Sqlite(), "--threads=0"}, "--threads"},
           {{Sqlite(), "--token-issuer=i"}, "--token-audience and --token-keys"},
           {{Sqlite(), "--token-issuer=i", "--token-audience=a", "--token-keys=/absent"},
            "/absent"},
           {{Sqlite(), "--token-keys-ca=/absent"}, "--token-audience and --token-keys"},
           {{Sqlite(), "--token-issuer=i", "--token-audience=a",
             "--token-keys=http://id.example/keys"},
            "https"},
           {{Sqlite(), "--tls-cert=/absent"}, "--tls-ca go together"},
           {{Sqlite(), "--trust-domain=a.example"}, "--tls-ca go together"},
       }) {
    EXPECT_EQ(ExitCode(refused.words), 2) << Log();
    EXPECT_THAT(Log(), HasSubstr(refused.says));
    EXPECT_THAT(Log(), HasSubstr("BAD_CONFIG: "));
  }
  EXPECT_EQ(ExitCode({"--help"}), 0);
  EXPECT_THAT(Log(), HasSubstr("--simulated-clock"));
}

TEST_F(ServiceMainTest, ServesTlsBeyondLoopbackAndKnowsServicesByTheirCertificates) {
  TestCertificates certificates;
  const crypto::CertifiedKey authority = NewAuthority();
  const auto put = [&](const std::string& path, const std::string& name) {
    return certificates.Put(name, Certify(authority, LocalNames(path)), authority.certificate);
  };
  const TlsFiles server = put("services/echo", "server");
  const auto process = Start({Sqlite(), "--listen=0.0.0.0:0", "--tls-cert=" + server.certificate,
                              "--tls-key=" + server.key, "--tls-ca=" + server.authorities,
                              absl::StrCat("--trust-domain=", kTestDomain)});
  const std::string address = absl::StrCat("127.0.0.1:", WaitForPort());
  const auto peer = Peer::Open(address, {"", put("services/booking", "caller"), false});
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_TRUE(Say(*peer).ok()) << Say(*peer).status();
  EXPECT_FALSE(Say(Peer::Connect(address, "key")).ok());  // Plaintext.

  // The probe of the same program, with the server's own flags.
  const std::string listen = absl::StrCat("--listen=0.0.0.0:", WaitForPort());
  EXPECT_EQ(ExitCode({"probe", Sqlite(), listen, "--tls-ca=" + server.authorities}), 0) << Log();
  EXPECT_EQ(ExitCode({"probe", Sqlite(), listen}), 1);  // Plaintext.
  EXPECT_EQ(ExitCode({"probe", Sqlite(), "--listen=0.0.0.0:0"}), 2);
  EXPECT_THAT(Log(), HasSubstr("no fixed port"));
  process->Signal(SIGTERM);
  EXPECT_EQ(process->Wait(kLong).value_or(-1), 0);
  EXPECT_EQ(ExitCode({"probe", Sqlite(), listen, "--tls-ca=" + server.authorities}), 1);
}

// This process has no server, so gRPC works only while a call of ours waits.
TEST_F(ServiceMainTest, CallerThatWasThereFirstConnectsWithTlsToo) {
  TestCertificates certificates;
  const crypto::CertifiedKey authority = NewAuthority();
  const auto put = [&](const std::string& path, const std::string& name) {
    return certificates.Put(name, Certify(authority, LocalNames(path)), authority.certificate);
  };
  const std::string address = absl::StrCat("127.0.0.1:", testing::FreePort());
  const auto peer = Peer::Open(address, {"", put("services/booking", "caller"), false});
  ASSERT_TRUE(peer.ok()) << peer.status();
  const auto stub = test::EchoService::NewStub(peer->channel());
  const auto say = [&] {
    test::SayResponse response;
    return peer->CallAndReconnect(
        Deadline::After(kLong), test::SayRequest(), &response,
        [&](auto* context, auto& r, auto* resp) { return stub->Say(context, r, resp); });
  };
  EXPECT_EQ(ReasonOf(say()), "UNAVAILABLE");
  const TlsFiles server = put("services/echo", "server");
  const auto process = Start({Sqlite(), "--listen=" + address, "--tls-cert=" + server.certificate,
                              "--tls-key=" + server.key, "--tls-ca=" + server.authorities,
                              absl::StrCat("--trust-domain=", kTestDomain)});
  WaitForPort();
  EXPECT_TRUE(WaitUntil(kLong, [&] { return say().ok(); }));
}

TEST_F(ServiceMainTest, LimitsHowOftenOneMayCall) {
  testing::RedisServer redis;
  const auto process = Start({Sqlite(), "--caller-calls-per-second=1", "--log-level=warning",
                              "--redis=" + redis.address()});
  const int port = WaitForPort();
  const Peer desk = Peer::Connect(absl::StrCat("127.0.0.1:", port), "desk");
  absl::Status refused;
  EXPECT_TRUE(WaitUntil(kLong, [&] {
    refused = Say(desk).status();
    return !refused.ok();
  }));
  EXPECT_EQ(ReasonOf(refused), "RATE_LIMITED");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Say(port).ok());  // A service.
  // The thread runs: the log has a line, without the caller's name, and Redis a count of each.
  EXPECT_TRUE(WaitUntil(kLong, [&] { return Log().find("rate_limited") != std::string::npos; }));
  EXPECT_THAT(Log(), HasSubstr(R"("organization":"acme")"));
  EXPECT_TRUE(WaitUntil(kLong, [&] { return redis.Command({"DBSIZE"}) == "2"; }));
  EXPECT_EQ(ExitCode({Sqlite(), "--organization-calls-per-second=-1"}), 2);
  EXPECT_EQ(ExitCode({Sqlite(), "--redis=nowhere"}), 2);
}

TEST_F(ServiceMainTest, SecondServerOnThePortFails) {
  const auto process = Start({Sqlite()});
  const int port = WaitForPort();
  EXPECT_EQ(
      ExitCode({"--database=sqlite:" + PathOf("db2"), absl::StrCat("--listen=127.0.0.1:", port)}),
      1);
  EXPECT_THAT(Log(), HasSubstr("LISTEN_FAILED"));
  // What gRPC itself had to say is a line of ours.
  EXPECT_THAT(Log(), HasSubstr(R"("event":"grpc","text":")"));
}

}  // namespace
}  // namespace stillpoint::rpc
