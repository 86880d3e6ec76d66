// Real servers for tests, private to the process that starts them: a folder of their own under /tmp,
// a Unix socket or a free loopback port, stopped by process id when the object goes.
#ifndef STILLPOINT_COMMON_TESTING_SERVERS_H_
#define STILLPOINT_COMMON_TESTING_SERVERS_H_

#include <sys/types.h>

#include <functional>
#include <map>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace stillpoint::testing {

// A child process in its own process group, killed when the object goes.
class Process {
 public:
  struct Options {
    std::string log_path;   // stdout and stderr go here; empty: /dev/null.
    std::string run_as;     // A user to change to when we are root ("postgres"); empty: stay.
    std::map<std::string, std::string> environment;  // Added to ours.
  };
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::vector<std::string>& command,
                                                        const Options& options);
  ~Process();  // SIGTERM, then SIGKILL after 3 s.
  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  // Waits for its end; the exit code, or 128 + signal. DeadlineExceeded.
  absl::StatusOr<int> Wait(absl::Duration timeout);

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  bool ended_ = false;
};

// A folder under /tmp that vanishes with the object. Readable by others, so that a server that runs as
// another user can use it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A free TCP port on loopback at this moment.
int FreePort();
// Repeats `done` every 5 ms until it is true; false after `timeout`.
bool WaitUntil(absl::Duration timeout, const std::function<bool()>& done);

// One PostgreSQL for the whole process (initdb takes a second), started at the first use, with
// fsync off unless `durable`. As root it runs as the user postgres.
class Postgres {
 public:
  // The process's shared server. Aborts with the reason when PostgreSQL cannot be started.
  static Postgres& Shared();
  // A new, empty database; returns its URL for sql::Database::Open.
  std::string NewDatabase();
  static std::unique_ptr<Postgres> StartOwn(bool durable);
  ~Postgres();
  std::string log_path() const;

 private:
  Postgres() = default;
  TempDir dir_;
  std::unique_ptr<Process> process_;
  int next_database_ = 1;
};

// A Redis without persistence.
class RedisServer {
 public:
  RedisServer();  // Aborts with the reason when it cannot be started.
  ~RedisServer();
  std::string address() const;  // For redis::Redis::Open.
  void Stop();                  // Kills it; the address stays.
  void Restart();               // Empty again.
  void Suspend();               // SIGSTOP: accepts connections, answers nothing.
  void Resume();
  // Runs one command on it and returns the reply as text ("" for nil).
  std::string Command(const std::vector<std::string>& words);

 private:
  TempDir dir_;
  std::unique_ptr<Process> process_;
};

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_SERVERS_H_
