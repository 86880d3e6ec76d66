// Real servers for tests, private to the process that starts them: a folder of their own under
// /tmp, a Unix socket or a free loopback port, stopped by process id when the object goes.
#ifndef STILLPOINT_COMMON_TESTING_SERVERS_H_
#define STILLPOINT_COMMON_TESTING_SERVERS_H_

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace stillpoint::testing {

// A child process in its own process group, killed when the object goes, and by the kernel when our
// process ends in whatever way. Used by one thread at a time.
class Process {
 public:
  struct Options {
    std::string log_path = {};  // stdout and stderr go here; empty: /dev/null.
    std::string run_as = {};    // A user to change to when we are root ("postgres"); empty: stay.
    std::map<std::string, std::string> environment = {};  // Added to ours.
  };
  // `command[0]` is searched in PATH. InvalidArgument: no such user. Internal: it cannot be run.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::vector<std::string>& command,
                                                        const Options& options);
  ~Process();  // SIGTERM, then SIGKILL after 3 s.
  pid_t pid() const { return pid_; }
  // False in a forked copy of us, which must not end what it did not start; there Signal does
  // nothing.
  bool ours() const;
  void Signal(int signal) const;
  // Waits for its end; the exit code, or 128 + signal. DeadlineExceeded.
  absl::StatusOr<int> Wait(absl::Duration timeout);

 private:
  explicit Process(pid_t pid);
  const pid_t pid_;
  const pid_t owner_;
  bool ended_ = false;
  int exit_code_ = 0;
};

// A folder PARENT/stillpoint-test-PID-XXXXXX that vanishes with the object; those of processes that
// died before they could remove theirs are removed by the next TempDir there. Readable by
// others, so that a server that runs as another user can use it.
class TempDir {
 public:
  explicit TempDir(const std::string& parent = "/tmp");
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  const pid_t owner_;
  std::string path_;
};

// A free TCP port on loopback at this moment.
int FreePort();
// What a server on a loopback port answers, head and all; empty: nothing.
std::string HttpGet(int port, const std::string& path);
// Repeats `done` every 5 ms until it is true; false after `timeout`.
bool WaitUntil(absl::Duration timeout, const std::function<bool()>& done);

// One PostgreSQL for the whole process (initdb takes a second), started at the first use, with
// fsync off and in memory (/dev/shm) where there is room, unless `durable`. As root it runs as the
// user postgres.
class Postgres {
 public:
  // The process's shared server. Aborts with the reason when PostgreSQL cannot be started.
  static Postgres& Shared();
  // A new, empty database set up as deploy/README.md says: its owner, who migrates it, and a role
  // without rights of its own, in which servers use it. Returns the owner's URL for
  // sql::Database::Open. Thread-safe.
  std::string NewDatabase();
  // The same database, as the servers' role and as the superuser, whom no policy holds. A URL of
  // SQLite stays as it is.
  static std::string ServerUrl(const std::string& url);
  static std::string SuperuserUrl(const std::string& url);
  // A new database with all that is in `template_url`, to which nobody may be connected.
  // Thread-safe.
  std::string CopyDatabase(const std::string& template_url);
  // Drops a database of ours, whoever is still connected. Thread-safe.
  void DropDatabase(const std::string& url);
  static std::unique_ptr<Postgres> StartOwn(bool durable);
  ~Postgres();
  pid_t pid() const { return process_->pid(); }
  // The server's log: lock waits of more than 1 s and deadlocks are in it.
  std::string log_path() const { return dir_.path() + "/postgres.log"; }

 private:
  explicit Postgres(bool durable);
  void SetUp() const;  // The roles, and the template of all databases.
  // Both as the superuser.
  std::string Url(const std::string& database) const;
  void RunSql(const std::string& database, const std::string& statement) const;
  TempDir dir_;
  std::unique_ptr<Process> process_;
  std::atomic<int> next_database_{1};
};

// A Redis without persistence.
class RedisServer {
 public:
  RedisServer();  // Aborts with the reason when it cannot be started.
  ~RedisServer();
  pid_t pid() const { return process_->pid(); }  // Not between Stop and Restart.
  std::string address() const;                   // For redis::Redis::Open.
  void Stop();                                   // Kills it; the address stays.
  void Restart();                                // Empty again.
  void Suspend();                                // SIGSTOP: accepts connections, answers nothing.
  void Resume();
  // Runs one command on it and returns the reply as text ("" for nil).
  std::string Command(const std::vector<std::string>& words);

 private:
  void Start();
  std::string socket_path() const { return dir_.path() + "/redis.sock"; }
  TempDir dir_;
  std::unique_ptr<Process> process_;
};

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_SERVERS_H_
