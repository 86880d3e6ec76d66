#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/testing/servers.h"

namespace stillpoint::testing {
namespace {

constexpr absl::Duration kHttpTime = absl::Seconds(10);
constexpr absl::Duration kPoll = absl::Milliseconds(5);
constexpr absl::Duration kTermGrace = absl::Seconds(3);
// No call of a keeper takes longer than a fork.
constexpr absl::Duration kForkTime = absl::Seconds(30);

// Everything the child needs, prepared before the fork: between fork and exec of a process with
// threads only async-signal-safe calls are allowed, so no allocation.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  int log_fd;
  int null_fd;
  int error_fd;  // The child writes errno here if it cannot exec.
  bool change_user;
  uid_t uid;
  gid_t gid;
  pid_t parent;
};

[[noreturn]] void Fail(const Plan& plan) {
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(plan.error_fd, &error, sizeof(error));
  _exit(127);
}

[[noreturn]] void RunChild(const Plan& plan) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(plan.null_fd, 0) < 0 || dup2(plan.log_fd, 1) < 0 || dup2(plan.log_fd, 2) < 0) Fail(plan);
  if (plan.change_user) {
    // The other user may not be able to read our folder, and initdb insists on reading it.
    if (setgroups(0, nullptr) != 0 || setgid(plan.gid) != 0 || setuid(plan.uid) != 0 ||
        chdir("/") != 0) {
      Fail(plan);
    }
  }
  // After setuid, which clears it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(plan);
  if (getppid() != plan.parent) _exit(127);  // We were orphaned before the line above.
  execvpe(plan.argv[0], plan.argv.data(), plan.envp.data());
  Fail(plan);
}

// The child's id, or -errno: the caller is another thread.
pid_t Fork(const Plan& plan) {
  const pid_t pid = fork();
  if (pid == 0) RunChild(plan);
  return pid > 0 ? pid : -errno;
}

// The kernel sends PR_SET_PDEATHSIG when the *thread* that forked ends, so children are forked by
// one that lives as long as we do.
class Keeper {
 public:
  Keeper() : owner_(getpid()), thread_([this] { Run(); }) {}
  ~Keeper() {
    {
      MutexLock lock(mutex_);
      stop_ = true;
      changed_.NotifyAll();
    }
    thread_.join();
  }
  bool ours() const { return getpid() == owner_; }

  pid_t Fork(const Plan& plan) {
    // A forked copy of our process has no keeper thread; it is short-lived itself.
    if (!ours()) return testing::Fork(plan);
    MutexLock lock(mutex_);
    Job job{&plan};
    jobs_.push_back(&job);
    changed_.NotifyAll();
    while (!job.done) changed_.Wait(mutex_, Deadline::After(kForkTime));
    return job.pid;
  }

 private:
  struct Job {
    const Plan* plan;
    bool done = false;
    pid_t pid = -1;
  };

  void Run() {
    MutexLock lock(mutex_);
    while (true) {
      while (jobs_.empty() && !stop_) changed_.Wait(mutex_, Deadline::After(kForkTime));
      if (stop_) return;
      Job* const job = jobs_.front();
      jobs_.pop_front();
      job->pid = testing::Fork(*job->plan);
      job->done = true;
      changed_.NotifyAll();
    }
  }

  const pid_t owner_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job*> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

Keeper& SharedKeeper() {
  struct Owner {
    // At exit, after every static object that holds a process, since those were made with it. A
    // forked copy has no such thread; joining it, or destroying what it waits on, would hang.
    ~Owner() {
      if (keeper->ours()) delete keeper;
    }
    Keeper* const keeper = new Keeper;
  };
  static const Owner owner;
  return *owner.keeper;
}

std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    if (added.count(parts.first) == 0) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : added) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status Errno(absl::string_view what, int error) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(error)));
}

}  // namespace

Process::Process(pid_t pid) : pid_(pid), owner_(getpid()) {}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const std::vector<std::string>& command,
                                                        const Options& options) {
  std::vector<std::string> words = command;
  std::vector<std::string> environment = EnvironmentWith(options.environment);
  Plan plan{.argv = Pointers(words),
            .envp = Pointers(environment),
            .log_fd = -1,
            .null_fd = -1,
            .error_fd = -1,
            .change_user = geteuid() == 0 && !options.run_as.empty(),
            .uid = 0,
            .gid = 0,
            .parent = getpid()};
  if (plan.change_user) {
    const struct passwd* const user = getpwnam(options.run_as.c_str());
    if (user == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("no user ", options.run_as));
    }
    plan.uid = user->pw_uid;
    plan.gid = user->pw_gid;
  }
  plan.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  const std::string log = options.log_path.empty() ? "/dev/null" : options.log_path;
  plan.log_fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  int pipe_fds[2] = {-1, -1};
  const auto closer = absl::MakeCleanup([&] {
    for (const int fd : {plan.null_fd, plan.log_fd, pipe_fds[0], pipe_fds[1]}) {
      if (fd >= 0) close(fd);
    }
  });
  if (plan.null_fd < 0 || plan.log_fd < 0) return Errno(absl::StrCat("open ", log), errno);
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return Errno("pipe", errno);
  plan.error_fd = pipe_fds[1];

  const pid_t pid = SharedKeeper().Fork(plan);
  if (pid < 0) return Errno("fork", -pid);
  close(pipe_fds[1]);  // So that the read below ends when the child's copy closes, at its exec.
  pipe_fds[1] = -1;
  int error = 0;
  if (read(pipe_fds[0], &error, sizeof(error)) == static_cast<ssize_t>(sizeof(error))) {
    waitpid(pid, nullptr, 0);
    return Errno(absl::StrCat("run ", command[0]), error);
  }
  return std::unique_ptr<Process>(new Process(pid));
}

bool Process::ours() const { return getpid() == owner_; }

Process::~Process() {
  if (ended_ || !ours()) return;
  Signal(SIGTERM);
  Signal(SIGCONT);  // A suspended process would only see the SIGTERM then.
  if (Wait(kTermGrace).ok()) return;
  kill(-pid_, SIGKILL);  // The whole group: it may have had children.
  waitpid(pid_, nullptr, 0);
}

void Process::Signal(int signal) const {
  if (!ended_ && ours()) kill(pid_, signal);
}

absl::StatusOr<int> Process::Wait(absl::Duration timeout) {
  const bool in_time = WaitUntil(timeout, [this] {
    int status = 0;
    if (ended_ || waitpid(pid_, &status, WNOHANG) != pid_) return ended_;
    ended_ = true;
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
  });
  if (!in_time) return absl::DeadlineExceededError("the process still runs");
  return exit_code_;
}

namespace {

constexpr absl::string_view kTempPrefix = "stillpoint-test-";

void RemoveFoldersOfTheDead(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!absl::StartsWith(name, kTempPrefix)) continue;
    const std::vector<std::string> parts = absl::StrSplit(name.substr(kTempPrefix.size()), '-');
    int pid = 0;
    if (absl::SimpleAtoi(parts.front(), &pid) && kill(pid, 0) != 0 && errno == ESRCH) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

TempDir::TempDir(const std::string& parent) : owner_(getpid()) {
  RemoveFoldersOfTheDead(parent);
  // Not $TMPDIR: the path of a Unix socket has at most 107 characters.
  path_ = absl::StrCat(parent, "/", kTempPrefix, owner_, "-XXXXXX");
  if (mkdtemp(path_.data()) == nullptr || chmod(path_.c_str(), 0755) != 0) {
    std::perror(path_.c_str());
    std::abort();
  }
}

TempDir::~TempDir() {
  if (getpid() != owner_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
    std::perror("a free port");
    std::abort();
  }
  close(fd);
  return ntohs(address.sin_port);
}

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const timeval patience = absl::ToTimeval(kHttpTime);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n");
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, n);
  }
  close(fd);
  return answer;
}

bool WaitUntil(absl::Duration timeout, const std::function<bool()>& done) {
  const Deadline deadline = Deadline::After(timeout);
  while (!done()) {
    if (deadline.Passed()) return false;
    absl::SleepFor(kPoll);
  }
  return true;
}

}  // namespace stillpoint::testing
