// Real booking servers for tests that span processes: as many as wanted on one database, with a
// client record that clears everybody, and a small clinic to book in.
#ifndef STILLPOINT_TESTS_CHAOS_FLEET_H_
#define STILLPOINT_TESTS_CHAOS_FLEET_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "common/testing/servers.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint::chaos {

// What FillCatalogue makes: organization `race` with clinic `c` in America/Edmonton that never
// closes, `rooms` rooms r1, r2, ... and `people` practitioners p1, p2, ... who always work; the
// offering `hour` (30 or 60 minutes) and, with `buffers`, `care` (60 minutes, 15 before and 10
// after) and a turnover of 10 minutes in r1.
struct SmallClinic {
  int rooms = 1;
  int people = 2;
  bool buffers = false;
};

// Servers are started and killed by one thread; addresses and keys may be read by any.
class Fleet {
 public:
  static constexpr absl::Duration kStartMax = absl::Seconds(30);

  // `database` as --database, its owner's, who migrates it; servers use it in a role of their own.
  // `redis` as --redis, may be empty.
  Fleet(std::string database, std::string redis, int servers);

  // Each returns "" or what went wrong, with the log.
  std::string Migrate();
  // Starts or restarts one; its address stays. Returns when it listens.
  std::string Start(int server);
  std::string FillCatalogue(const SmallClinic& clinic);

  void Kill(int server);  // SIGKILL.
  int size() const { return static_cast<int>(servers_.size()); }
  std::string address(int server) const;
  const std::string& key_file() const { return key_file_; }
  rpc::Peer PeerOf(int server) const;
  std::string Path(const std::string& name) const;

 private:
  // A client record that clears everybody.
  class ClearsAll final : public client_record::v1::ScreeningService::Service {
    grpc::Status GetClearance(grpc::ServerContext*, const client_record::v1::GetClearanceRequest*,
                              client_record::v1::GetClearanceResponse* response) override;
  };
  struct Server {
    int port = 0;
    std::unique_ptr<testing::Process> process;
  };

  std::string WriteSecret(const std::string& name, const std::string& text) const;
  std::vector<std::string> Command(const std::string& database, int port) const;

  testing::TempDir folder_;
  const std::string database_;
  const std::string redis_;
  ClearsAll clears_all_;
  int record_port_ = 0;
  std::unique_ptr<grpc::Server> record_server_;
  std::string key_file_, secret_file_, callers_file_;
  std::vector<Server> servers_;
};

// The whole file, or "".
std::string ReadFile(const std::string& path);

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_FLEET_H_
