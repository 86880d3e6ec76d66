// The servers that other tests trust: they start, they are private, and nothing of them is left.
#include "common/testing/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace stillpoint::testing {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

// False for a zombie too: init may take a moment to reap an orphan.
bool Runs(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string id, name, state;
  return (file >> id >> name >> state) && state != "Z" && state != "X";
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProcessTest, ReportsExitCodeAndSignal) {
  auto done = Process::Start({"sh", "-c", "exit 7"}, {});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(*(*done)->Wait(kLong), 7);
  EXPECT_EQ(*(*done)->Wait(kLong), 7);  // Asked again.

  auto killed = Process::Start({"sleep", "1000"}, {});
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_EQ((*killed)->Wait(absl::ZeroDuration()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  (*killed)->Signal(SIGKILL);
  EXPECT_EQ(*(*killed)->Wait(kLong), 128 + SIGKILL);
}

TEST(ProcessTest, SaysWhenThereIsNothingToRun) {
  const auto process = Process::Start({"/nonexistent/program"}, {});
  EXPECT_EQ(process.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(process.status().message()),
              ::testing::HasSubstr("/nonexistent/program: No such file"));
}

TEST(ProcessTest, WritesBothStreamsToItsLogAndSeesItsEnvironment) {
  const TempDir dir;
  const std::string log = dir.path() + "/log";
  auto process = Process::Start({"sh", "-c", "echo out $COLOUR; echo err >&2"},
                                {.log_path = log, .environment = {{"COLOUR", "green"}}});
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(*(*process)->Wait(kLong), 0);
  EXPECT_EQ(ContentOf(log), "out green\nerr\n");
}

TEST(ProcessTest, EndsWithItsObjectEvenWhenSuspended) {
  auto process = Process::Start({"sleep", "1000"}, {});
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = (*process)->pid();
  (*process)->Signal(SIGSTOP);
  process->reset();
  EXPECT_FALSE(Runs(pid));
}

TEST(ProcessTest, EndsWhenItsStarterIsKilled) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const pid_t starter = fork();
  if (starter == 0) {
    const auto process = Process::Start({"sleep", "1000"}, {});
    const pid_t pid = process.ok() ? (*process)->pid() : 0;
    if (write(fds[1], &pid, sizeof(pid)) < 0) _exit(1);
    while (true) pause();
  }
  pid_t pid = 0;
  ASSERT_EQ(read(fds[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(Runs(pid));
  kill(starter, SIGKILL);
  waitpid(starter, nullptr, 0);
  EXPECT_TRUE(WaitUntil(kLong, [pid] { return !Runs(pid); }));
  close(fds[0]);
  close(fds[1]);
}

TEST(TempDirTest, VanishesWithItsContent) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    std::ofstream(path + "/file") << "x";
    EXPECT_TRUE(Exists(path + "/file"));
  }
  EXPECT_FALSE(Exists(path));
}

TEST(TempDirTest, RemovesWhatTheDeadLeft) {
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, nullptr, 0);
  const TempDir parent;
  const std::string left = absl::StrCat(parent.path(), "/stillpoint-test-", dead, "-abcdef");
  const std::string other = parent.path() + "/other";
  ASSERT_EQ(mkdir(left.c_str(), 0700), 0);
  ASSERT_EQ(mkdir(other.c_str(), 0700), 0);
  const TempDir first(parent.path());
  const TempDir second(parent.path());
  EXPECT_FALSE(Exists(left));
  EXPECT_TRUE(Exists(other));
  EXPECT_TRUE(Exists(first.path()));
}

TEST(FreePortTest, GivesPorts) {
  EXPECT_GT(FreePort(), 1023);
  EXPECT_LT(FreePort(), 65536);
}

TEST(WaitUntilTest, EndsWithTheConditionOrTheTimeout) {
  int calls = 0;
  EXPECT_TRUE(WaitUntil(kLong, [&] { return ++calls == 3; }));
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(WaitUntil(absl::ZeroDuration(), [] { return false; }));
}

// One statement; the first column of the first row, or the error.
std::string Ask(const std::string& url, const std::string& statement) {
  PGconn* const connection = PQconnectdb(url.c_str());
  const std::string refused = PQerrorMessage(connection);
  PGresult* const result = PQexec(connection, statement.c_str());
  const std::string answer =
      PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : refused + PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  return answer;
}

TEST(PostgresTest, DatabasesAreSeparateAndCopied) {
  Postgres& server = Postgres::Shared();
  const std::string a = server.NewDatabase();
  const std::string b = server.NewDatabase();
  EXPECT_EQ(Ask(a, "CREATE TABLE t (v INT); INSERT INTO t VALUES (5) RETURNING v"), "5");
  EXPECT_THAT(Ask(b, "SELECT v FROM t"), ::testing::HasSubstr("does not exist"));
  const std::string copy = server.CopyDatabase(a);
  EXPECT_EQ(Ask(copy, "SELECT v FROM t"), "5");
  for (const std::string& url : {a, b, copy}) server.DropDatabase(url);
  EXPECT_THAT(Ask(copy, "SELECT 1"), ::testing::HasSubstr("does not exist"));
}

TEST(PostgresTest, IsSetUpForTests) {
  const std::string url = Postgres::Shared().NewDatabase();
  EXPECT_EQ(Ask(url, "SHOW listen_addresses"), "");
  EXPECT_EQ(Ask(url, "SHOW fsync"), "off");
  EXPECT_EQ(Ask(url, "SHOW max_connections"), "100");
  EXPECT_EQ(Ask(url, "SHOW server_encoding"), "UTF8");
  EXPECT_EQ(Ask(url, "SELECT string_agg(v, '' ORDER BY v) FROM (VALUES ('a'), ('B'), ('é')) t(v)"),
            "Baé");  // By code point, as SQLite sorts.
  Postgres::Shared().DropDatabase(url);
}

TEST(PostgresTest, OutlivesAForkedCopyOfUs) {
  const Postgres& server = Postgres::Shared();
  const RedisServer redis;
  const pid_t copy = fork();
  if (copy == 0) {
    redis.~RedisServer();
    exit(0);  // Destroys what is static.
  }
  waitpid(copy, nullptr, 0);
  EXPECT_TRUE(Runs(server.pid()));
  EXPECT_TRUE(Exists(server.log_path()));
  EXPECT_TRUE(Runs(redis.pid()));
}

TEST(PostgresTest, ADurableOneOfItsOwnVanishesWithItsObject) {
  std::unique_ptr<Postgres> server = Postgres::StartOwn(/*durable=*/true);
  EXPECT_NE(server->pid(), Postgres::Shared().pid());
  const std::string url = server->NewDatabase();
  EXPECT_EQ(Ask(url, "SHOW fsync"), "on");
  EXPECT_EQ(Ask(url, "SHOW full_page_writes"), "on");
  PGconn* const left_open = PQconnectdb(url.c_str());  // Must not keep it alive.
  ASSERT_EQ(PQstatus(left_open), CONNECTION_OK);
  const pid_t backend = PQbackendPID(left_open);
  const pid_t pid = server->pid();
  const std::string log = server->log_path();
  EXPECT_TRUE(Runs(pid));
  EXPECT_TRUE(Exists(log));
  server = nullptr;
  EXPECT_FALSE(Runs(pid));
  EXPECT_TRUE(WaitUntil(kLong, [backend] { return !Runs(backend); }));
  EXPECT_FALSE(Exists(log));
  PQfinish(left_open);
}

TEST(RedisServerTest, AnswersAndForgetsOnRestart) {
  RedisServer server;
  EXPECT_EQ(server.Command({"SET", "k", "v"}), "OK");
  EXPECT_EQ(server.Command({"GET", "k"}), "v");
  EXPECT_EQ(server.Command({"INCR", "n"}), "1");
  EXPECT_EQ(server.Command({"MGET", "k", "none", "n"}), "v\n\n1");
  EXPECT_EQ(server.Command({"CONFIG", "GET", "save"}), "save\n");
  EXPECT_EQ(server.Command({"CONFIG", "GET", "port"}), "port\n0");
  const std::string address = server.address();
  server.Restart();
  EXPECT_EQ(server.Command({"GET", "k"}), "");
  EXPECT_EQ(server.address(), address);
}

TEST(RedisServerTest, VanishesWithItsObjectAlsoWhenSuspended) {
  auto server = std::make_unique<RedisServer>();
  const pid_t pid = server->pid();
  const std::string socket = server->address().substr(std::string("unix:").size());
  EXPECT_TRUE(Exists(socket));
  server->Suspend();
  server = nullptr;
  EXPECT_FALSE(Runs(pid));
  EXPECT_FALSE(Exists(socket));
}

// Runs itself in another process, which starts one of each, reports their ids and is killed.
TEST(ServersTest, VanishWhenTheirStarterIsKilled) {
  constexpr char kReport[] = "STILLPOINT_TEST_REPORT";
  if (const char* const report = getenv(kReport); report != nullptr) {
    const RedisServer redis;
    std::ofstream(report) << Postgres::Shared().pid() << " " << redis.pid() << std::endl;
    kill(getpid(), SIGKILL);
  }
  const TempDir dir;
  const std::string report = dir.path() + "/report";
  auto starter = Process::Start(
      {"/proc/self/exe", "--gtest_filter=ServersTest.VanishWhenTheirStarterIsKilled"},
      {.environment = {{kReport, report}}});
  ASSERT_TRUE(starter.ok()) << starter.status();
  EXPECT_EQ(*(*starter)->Wait(2 * kLong), 128 + SIGKILL);
  pid_t postgres = 0;
  pid_t redis = 0;
  ASSERT_TRUE(std::ifstream(report) >> postgres >> redis);
  EXPECT_TRUE(WaitUntil(kLong, [&] { return !Runs(postgres) && !Runs(redis); }));
}

}  // namespace
}  // namespace stillpoint::testing
