// The servers a benchmark measures, each a process of its own on loopback.
#ifndef STILLPOINT_TESTS_BENCH_SERVERS_H_
#define STILLPOINT_TESTS_BENCH_SERVERS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/crypto/certificates.h"
#include "common/rpc/client.h"
#include "common/testing/servers.h"

namespace stillpoint::bench {

// Aborts with the reason if a server does not start: a benchmark without its server is no
// benchmark.
class Servers {
 public:
  Servers();

  // `database` is a URL, on PostgreSQL that of its owner, who migrates it; `redis` may be empty;
  // `more` are further flags.
  void StartBooking(const std::string& database, const std::string& redis,
                    const std::vector<std::string>& more = {});
  // Another booking server on the same data that speaks TLS only and takes access tokens; it
  // searches and books nothing.
  void StartTlsBooking(const std::string& database, const std::string& redis);
  void StartNotification(const std::string& database);
  void StartClientRecord(const std::string& database);
  // A bare echo server: a callback handler that answers `bytes` bytes at once.
  int StartEcho(int bytes);
  // The same behind the TLS of the TLS server, which was started before.
  rpc::Peer StartTlsEcho(int bytes);

  // The booking server as seen by a caller with that role.
  rpc::Peer Booking(const std::string& role) const;
  // The TLS server as seen by a caller with a client certificate and an access token of that role.
  rpc::Peer TlsBooking(const std::string& role) const;
  rpc::Peer Notification(const std::string& role) const;
  rpc::Peer ClientRecord(const std::string& role) const;
  // The bearer key of a caller with that role; "far_desk" is bound to a clinic that is not there.
  std::string Key(const std::string& role) const { return keys_.at(role); }
  // Of a server by its name: "booking", "notification".
  pid_t pid(const std::string& name) const { return processes_.at(name)->pid(); }
  const std::string& folder() const { return dir_.path(); }

 private:
  void StartClearance();
  int Start(const std::string& name, std::vector<std::string> command, int port,
            const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                grpc::InsecureChannelCredentials());
  std::string WriteSecret(const std::string& name, const std::string& text) const;
  std::vector<std::string> CommonFlags(const std::string& database, int port) const;
  void MigrateFirst(const std::string& program, const std::string& database) const;

  // Certificates of a new authority: `tls_` of callers, the files returned of servers.
  rpc::TlsFiles StartTls();
  // The file names of an own certificate with that SPIFFE path, and of the authority.
  rpc::TlsFiles WriteCertificate(const crypto::CertifiedKey& authority,
                                 const std::string& path) const;

  testing::TempDir dir_;
  std::shared_ptr<grpc::ChannelCredentials> tls_;  // Of callers of the TLS server.
  rpc::TlsFiles tls_files_;                        // Of the TLS server.
  std::string token_key_;                          // Signs their tokens.
  std::map<std::string, std::string> keys_;        // Role -> bearer key.
  std::map<std::string, int> ports_;
  std::map<std::string, std::unique_ptr<testing::Process>> processes_;
};

// The two servers that are not ours: `--serve-echo BYTES PORT [CERTIFICATE KEY AUTHORITIES]` and
// `--serve-clearance PORT`. Run until killed; return an exit code.
int ServeEcho(int bytes, int port, const rpc::TlsFiles& tls);
int ServeClearance(int port);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_SERVERS_H_
