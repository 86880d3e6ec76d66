// Servers and callers with certificates: who gets in, and that files may change under them.
#include "common/rpc/tls.h"

#include <gmock/gmock.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/peer_identity.h"
#include "common/rpc/test_certificates.h"
#include "common/rpc/test_fixture.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kFast = absl::Seconds(1);  // The shortest refresh there is.

// A server that says who called, and what its callers need.
class TlsTest : public ::testing::Test {
 protected:
  // gRPC writes a line for every handshake that fails, here hundreds.
  static void SetUpTestSuite() {
    gpr_set_log_function([](gpr_log_func_args*) {});
  }
  static void TearDownTestSuite() { gpr_set_log_function(nullptr); }

  TlsTest() {
    Edge::Options edge_options;
    edge_options.trust_domain = kTestDomain;
    Server::Options options;
    auto credentials = ServerTls(ServeAs(authority_, authority_.certificate), kTestDomain, kFast);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    options.credentials = *std::move(credentials);
    fixture_.emplace(
        [](const CallInfo& call, const test::SayRequest&, test::SayResponse* response) {
          response->set_text(call.principal.subject);
          return absl::OkStatus();
        },
        edge_options, options);
  }

  TlsFiles ServeAs(const crypto::CertifiedKey& signer, const std::string& authorities) {
    return files_.Put("server", Certify(signer, LocalNames("services/echo")), authorities);
  }

  // A caller with the certificate `pair` (none if its key is empty) and the bearer key `key`.
  Peer Caller(const crypto::CertifiedKey& pair, const std::string& key,
              const std::string& authorities = "", const std::string& host = "127.0.0.1") {
    TlsFiles files = files_.Put(absl::StrCat("caller", ++callers_), pair,
                                authorities.empty() ? authority_.certificate : authorities);
    if (pair.key.empty()) files.certificate = files.key = "";
    auto credentials = ClientTls(files, kFast);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return Peer::Connect(absl::StrCat(host, ":", fixture_->server_->port()), key, *credentials);
  }

  Peer Certified(const crypto::CertificateNames& names, const std::string& key = "") {
    return Caller(Certify(authority_, names), key);
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

  TestCertificates files_;
  int callers_ = 0;
  const crypto::CertifiedKey authority_ = NewAuthority();
  std::optional<Fixture> fixture_;
};

TEST_F(TlsTest, CertificateOfAServiceIsACallerWithItsRolesMethods) {
  EXPECT_EQ(Say(Certified(LocalNames("services/booking"))).value_or("refused"), "services/booking");
  // The access table's list for services is what it may call: Say, and not Own.
  const Peer peer = Certified(LocalNames("services/booking"));
  const auto stub = test::EchoService::NewStub(peer.channel());
  test::SayResponse response;
  const absl::Status own =
      peer.Call(Deadline::After(kLong), test::SayRequest(), &response,
                [&](auto* context, auto& r, auto* resp) { return stub->Own(context, r, resp); });
  EXPECT_EQ(ReasonOf(own), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(Say(Certified(LocalNames("workers/notification"))).status()),
            "ROLE_NOT_ALLOWED");
}

TEST_F(TlsTest, KeyCountsBesideACertificateAndWithoutOne) {
  EXPECT_EQ(Say(Caller({}, "desk")).value_or("refused"), "s/desk");
  EXPECT_EQ(Say(Certified(LocalNames("clients/desk"), "desk")).value_or("refused"), "s/desk");
  EXPECT_EQ(Say(Certified(LocalNames("services/booking"), "desk")).value_or("refused"), "s/desk");
  // A key that is not known is not made good by a certificate.
  EXPECT_EQ(ReasonOf(Say(Certified(LocalNames("services/booking"), "other")).status()),
            "CALLER_UNKNOWN");
}

TEST_F(TlsTest, CertificatesThatPassTheHandshakeAndAreNobody) {
  struct Case {
    const char* name;
    crypto::CertificateNames names;
    const char* reason;
  };
  const std::string id = absl::StrCat("spiffe://", kTestDomain, "/services/booking");
  for (const Case& refused : {
           Case{"TwoUris", {"x", {}, {}, {id, id + "2"}}, "PEER_IDENTITY_INVALID"},
           Case{"SpiffeAndHttps", {"x", {}, {}, {id, "https://a.b/"}}, "PEER_IDENTITY_INVALID"},
           Case{"NoName", {"x", {}, {}, {}}, "PEER_IDENTITY_INVALID"},
           Case{"DnsOnly", {"x", {"booking"}, {}, {}}, "PEER_IDENTITY_INVALID"},
           Case{"ForeignDomain",
                {"x", {}, {}, {"spiffe://b/services/booking"}},
                "PEER_IDENTITY_INVALID"},
           Case{"OnlyAConnection", LocalNames("clients/desk"), "CALLER_UNKNOWN"},
       }) {
    EXPECT_EQ(ReasonOf(Say(Certified(refused.names)).status()), refused.reason) << refused.name;
  }
  // A good key does not make up for a certificate that should not be there.
  EXPECT_EQ(ReasonOf(Say(Certified({"x", {"booking"}, {}, {}}, "desk")).status()),
            "PEER_IDENTITY_INVALID");
}

TEST_F(TlsTest, NoCertificateAndNoKeyIsNobody) {
  EXPECT_EQ(ReasonOf(Say(Caller({}, "")).status()), "CALLER_UNKNOWN");
}

TEST_F(TlsTest, HandshakeRefusesWhatTheAuthorityDidNotSignOrNoLongerHolds) {
  const crypto::CertifiedKey stranger = NewAuthority();
  const absl::Time now = absl::Now();
  const auto names = LocalNames("services/booking");
  const auto connect = [&](const crypto::CertifiedKey& pair) {
    return Say(Caller(pair, "desk")).status();
  };
  EXPECT_TRUE(connect(Certify(authority_, names)).ok());
  EXPECT_EQ(ReasonOf(connect(Certify(stranger, names))), "UNAVAILABLE");
  const auto expired = files_.Put(
      "expired", Certify(authority_, names, {now - absl::Hours(2), now - absl::Hours(1)}),
      authority_.certificate);
  const absl::Status own = ClientTls(expired).status();
  EXPECT_EQ(ReasonOf(own), "BAD_CONFIG");
  EXPECT_THAT(std::string(own.message()), HasSubstr("expired"));
  // A moment is left when it is loaded, and none when it is shown.
  const auto ending = Certify(authority_, names, {now - absl::Hours(2), absl::Now() + kFast * 2});
  const Peer late = Caller(ending, "desk");
  ASSERT_TRUE(
      WaitUntil(kLong, [&] { return !crypto::CheckCertificate(ending, absl::Now()).ok(); }));
  EXPECT_EQ(ReasonOf(Say(late).status()), "UNAVAILABLE");
}

// What a client that speaks only `version` of TLS gets: 0 for a handshake, else OpenSSL's reason.
int HandshakeWith(int port, int version) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  SSL_CTX_set_security_level(context, 0);  // Ours must not be what refuses the old version.
  BIO* bio = BIO_new_ssl_connect(context);
  const std::string address = absl::StrCat("127.0.0.1:", port);
  BIO_set_conn_hostname(bio, address.c_str());
  const bool shaken = BIO_do_handshake(bio) == 1;
  const int reason = shaken ? 0 : ERR_GET_REASON(ERR_peek_last_error());
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return reason;
}

TEST_F(TlsTest, VersionsBefore12AreRefused) {
  const int port = fixture_->server_->port();
  EXPECT_EQ(HandshakeWith(port, TLS1_3_VERSION), 0);
  EXPECT_EQ(HandshakeWith(port, TLS1_2_VERSION), 0);
  // The server hangs up; had OpenSSL refused on our side, it would say so.
  EXPECT_EQ(HandshakeWith(port, TLS1_1_VERSION), SSL_R_UNEXPECTED_EOF_WHILE_READING);
  EXPECT_EQ(HandshakeWith(port, TLS1_VERSION), SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

TEST_F(TlsTest, CallersRefuseAServerThatIsNotTheOneTheyCalled) {
  EXPECT_EQ(ReasonOf(Say(Caller({}, "desk", NewAuthority().certificate)).status()), "UNAVAILABLE");
  // 127.0.0.2 reaches the same server, whose certificate does not name it.
  EXPECT_EQ(ReasonOf(Say(Caller({}, "desk", "", "127.0.0.2")).status()), "UNAVAILABLE");
  EXPECT_EQ(Say(Caller({}, "desk", "", "localhost")).value_or("refused"), "s/desk");
  EXPECT_EQ(ReasonOf(Say(fixture_->PeerOf("desk")).status()), "UNAVAILABLE");  // Plaintext.
}

TEST_F(TlsTest, NewAuthorityIsUsedWithoutRestartAndOldConnectionsLiveOn) {
  const crypto::CertifiedKey next = NewAuthority();
  const auto names = LocalNames("services/booking");
  const Peer old = Caller(Certify(authority_, names), "");
  ASSERT_EQ(Say(old).value_or("refused"), "services/booking");
  const auto with_next = [&] { return Caller(Certify(next, names), "", next.certificate); };
  EXPECT_EQ(ReasonOf(Say(with_next()).status()), "UNAVAILABLE");

  // Overlap: both authorities are trusted, the server's certificate is already the new one's.
  ServeAs(next, absl::StrCat(authority_.certificate, next.certificate));
  EXPECT_TRUE(WaitUntil(kLong, [&] { return Say(with_next()).ok(); }));
  const std::string both = absl::StrCat(authority_.certificate, next.certificate);
  EXPECT_TRUE(Say(Caller(Certify(authority_, names), "", both)).ok());
  // A caller that still trusts only the old one sees the new certificate.
  EXPECT_EQ(ReasonOf(Say(Caller(Certify(authority_, names), "")).status()), "UNAVAILABLE");

  // Swap: the old authority is gone, for new connections.
  ServeAs(next, next.certificate);
  EXPECT_TRUE(WaitUntil(kLong, [&] {
    return ReasonOf(Say(Caller(Certify(authority_, names), "", both)).status()) == "UNAVAILABLE";
  }));
  EXPECT_TRUE(Say(with_next()).ok());
  EXPECT_EQ(Say(old).value_or("refused"), "services/booking");
}

TEST_F(TlsTest, PairThatDoesNotMatchIsOutOfServiceUntilItDoes) {
  const auto good = Certify(authority_, LocalNames("services/echo"));
  const auto other = Certify(authority_, LocalNames("services/echo"));
  files_.Put("server", {good.certificate, other.key}, authority_.certificate);
  EXPECT_TRUE(WaitUntil(kLong, [&] { return !Say(Caller({}, "desk")).ok(); }));
  files_.Put("server", good, authority_.certificate);
  EXPECT_TRUE(WaitUntil(kLong, [&] { return Say(Caller({}, "desk")).ok(); }));
}

TEST_F(TlsTest, ServerRefusesToStartSayingWhy) {
  const auto good = Certify(authority_, LocalNames("services/echo"));
  const TlsFiles files = files_.Put("s", good, authority_.certificate);
  EXPECT_TRUE(ServerTls(files, kTestDomain).ok());
  const auto says = [](const TlsFiles& broken, const std::string& domain) {
    const absl::Status status = ServerTls(broken, domain).status();
    EXPECT_EQ(ReasonOf(status), "BAD_CONFIG");
    return std::string(status.message());
  };
  const absl::Time now = absl::Now();
  EXPECT_THAT(says({files.certificate, files.key, ""}, kTestDomain), HasSubstr("go together"));
  EXPECT_THAT(says({files.certificate, "", files.authorities}, kTestDomain),
              HasSubstr("go together"));
  EXPECT_THAT(says({"/absent", files.key, files.authorities}, kTestDomain), StartsWith("/absent"));
  EXPECT_THAT(says({files.certificate, files.key, files.key}, kTestDomain),
              HasSubstr("not a list of certificates"));
  EXPECT_THAT(says(files, ""), HasSubstr("--trust-domain"));
  EXPECT_THAT(says(files, "other.example"), HasSubstr("spiffe://other.example/"));
  EXPECT_THAT(
      says(files_.Put("two", Certify(authority_, {"x", {}, {}, {}}), authority_.certificate),
           kTestDomain),
      HasSubstr("exactly one URI"));
  EXPECT_THAT(says(files_.Put("late",
                              Certify(authority_, LocalNames("services/echo"),
                                      {now - absl::Hours(2), now - absl::Hours(1)}),
                              authority_.certificate),
                   kTestDomain),
              HasSubstr("expired"));
  chmod(files.key.c_str(), 0644);
  EXPECT_THAT(says(files, kTestDomain), HasSubstr("others may read it"));
}

TEST_F(TlsTest, ServerBeyondLoopbackNeedsNoFlagWithTls) {
  Metrics metrics;
  Edge edge({}, TestCallers(), kEchoAccess, metrics);
  EchoServiceImpl echo(edge, EchoBody);
  Server::Options options;
  options.listen = "0.0.0.0:0";
  options.credentials = *ServerTls(
      files_.Put("wide", Certify(authority_, LocalNames("services/echo")), authority_.certificate),
      kTestDomain);
  EXPECT_TRUE(
      Server::Start(options, edge, {&echo}, {kEchoService}, [] { return absl::OkStatus(); }).ok());
}

TEST_F(TlsTest, PeerIsOpenedWithWhatItNeedsOnly) {
  testing::TempDir dir;
  const std::string key = dir.path() + "/key";
  WriteTestFile(key, "desk\n", 0600);
  const TlsFiles files =
      files_.Put("p", Certify(authority_, LocalNames("services/booking")), authority_.certificate);
  const std::string address = absl::StrCat("127.0.0.1:", fixture_->server_->port());
  const auto open = [&](const PeerOptions& options) { return *Peer::Open(address, options); };
  EXPECT_EQ(Say(open({"", files, false})).value_or("refused"), "services/booking");
  EXPECT_EQ(Say(open({key, files, false})).value_or("refused"), "s/desk");
  EXPECT_EQ(Say(open({key, {"", "", files.authorities}, false})).value_or("refused"), "s/desk");

  const auto reason = [](const std::string& to, const PeerOptions& options) {
    return ReasonOf(Peer::Open(to, options).status());
  };
  EXPECT_EQ(reason(address, {"", {}, false}), "BAD_CONFIG");
  EXPECT_EQ(reason(address, {"", {"", "", files.authorities}, false}), "BAD_CONFIG");
  EXPECT_EQ(reason(address, {key, {files.certificate, files.key, ""}, false}), "BAD_CONFIG");
  EXPECT_EQ(reason("clinic.example:443", {key, {}, false}), "BAD_CONFIG");
  EXPECT_EQ(reason("dns:///127.example.com:443", {key, {}, false}), "BAD_CONFIG");
  EXPECT_EQ(reason("clinic.example:443", {key, {}, true}), "");
  EXPECT_EQ(reason("clinic.example:443", {key, files, false}), "");
}

}  // namespace
}  // namespace stillpoint::rpc
