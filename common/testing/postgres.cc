#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/testing/servers.h"

namespace stillpoint::testing {
namespace {

constexpr char kUser[] = "postgres";  // The superuser.
constexpr char kOwner[] = "stillpoint_owner";
constexpr char kServer[] = "stillpoint_server";
constexpr char kTemplate[] = "stillpoint_template";
constexpr absl::Duration kInitTime = absl::Seconds(60);   // About 1 s; sanitizers and a busy box.
constexpr absl::Duration kStartTime = absl::Seconds(60);  // About 0.1 s.
constexpr absl::Duration kStopTime = absl::Seconds(10);

[[noreturn]] void Die(absl::string_view what, const std::string& log_path) {
  std::ifstream file(log_path);
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  std::fprintf(stderr, "PostgreSQL for tests: %s\n%s\n", std::string(what).c_str(), log.c_str());
  std::abort();
}

// Where creating the 300 files of a database costs 25 ms; it took 300 ms on this project's disks.
std::string FolderInMemory() {
  constexpr char kMemory[] = "/dev/shm";
  constexpr uint64_t kRoomMin = uint64_t{2} << 30;  // Containers often have just 64 MB.
  struct statvfs room;
  const bool enough = statvfs(kMemory, &room) == 0 && access(kMemory, W_OK) == 0 &&
                      uint64_t{room.f_bavail} * room.f_frsize >= kRoomMin;
  return enough ? kMemory : "/tmp";
}

// The newest /usr/lib/postgresql/N/bin: Debian does not put it into PATH.
std::string Binaries() {
  int newest = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    int version = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &version) &&
        std::filesystem::exists(entry.path() / "bin/postgres")) {
      newest = std::max(newest, version);
    }
  }
  if (newest == 0) Die("not installed (package postgresql)", "/dev/null");
  return absl::StrCat("/usr/lib/postgresql/", newest, "/bin");
}

// PostgreSQL refuses to run as root, so there it runs as its own user and owns the folder.
void GiveFolder(const std::string& path) {
  if (geteuid() != 0) return;
  const struct passwd* const user = getpwnam(kUser);
  if (user == nullptr || chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    Die("as root it needs the user postgres", "/dev/null");
  }
}

// The database in one of our URLs: postgresql:///NAME?host=...
std::string NameOf(const std::string& url) {
  const size_t begin = url.find("///") + 3;
  return url.substr(begin, url.find('?') - begin);
}

// The same URL for another user, who is its last part. SQLite's has none.
std::string WithUser(const std::string& url, const std::string& user) {
  const size_t end = url.rfind("&user=");
  return end == std::string::npos ? url : absl::StrCat(url.substr(0, end), "&user=", user);
}

std::vector<std::string> ServerCommand(const std::string& binaries, const std::string& folder,
                                       bool durable) {
  std::vector<std::string> command = {binaries + "/postgres", "-D", folder + "/data"};
  std::vector<std::string> settings = {
      "listen_addresses=",           "unix_socket_directories=" + folder, "max_connections=100",
      "log_lock_waits=on",  // Waits of deadlock_timeout, 1 s, are found in the log.
      "log_line_prefix=%m [%p] %d ",
  };
  if (!durable) {
    for (const char* setting :
         {"fsync=off", "full_page_writes=off", "autovacuum=off", "checkpoint_timeout=1h",
          // In its folder, which somebody removes even if it is killed; POSIX segments would stay.
          "dynamic_shared_memory_type=mmap"}) {
      settings.emplace_back(setting);
    }
  }
  for (const std::string& setting : settings) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  return command;
}

}  // namespace

Postgres::Postgres(bool durable) : dir_(durable ? "/tmp" : FolderInMemory()) {}

std::unique_ptr<Postgres> Postgres::StartOwn(bool durable) {
  std::unique_ptr<Postgres> server(new Postgres(durable));
  const std::string& folder = server->dir_.path();
  const std::string binaries = Binaries();
  GiveFolder(folder);
  const Process::Options options{
      .log_path = server->log_path(), .run_as = kUser, .environment = {{"LC_ALL", "C.UTF-8"}}};

  // C.UTF-8 sorts text by code point, as SQLite does.
  std::vector<std::string> init = {
      binaries + "/initdb", "-D",       folder + "/data", "-U", kUser, "-A", "trust", "-E", "UTF8",
      "--locale=C.UTF-8",   "--no-sync"};
  if (!durable) init.emplace_back("--wal-segsize=1");  // 15 MB less to write.
  auto initdb = Process::Start(init, options);
  if (!initdb.ok()) Die(initdb.status().message(), server->log_path());
  const absl::StatusOr<int> code = (*initdb)->Wait(kInitTime);
  if (!code.ok() || *code != 0) Die("initdb failed", server->log_path());

  auto process = Process::Start(ServerCommand(binaries, folder, durable), options);
  if (!process.ok()) Die(process.status().message(), server->log_path());
  server->process_ = *std::move(process);
  const std::string url = server->Url(kUser);
  const bool ready = WaitUntil(kStartTime, [&] {
    if (server->process_->Wait(absl::ZeroDuration()).ok()) Die("ended", server->log_path());
    return PQping(url.c_str()) == PQPING_OK;
  });
  if (!ready) Die("not ready in time", server->log_path());
  server->SetUp();
  return server;
}

// What deploy/README.md asks of an operator; the copies of the template inherit its default
// privileges.
void Postgres::SetUp() const {
  RunSql(kUser, absl::StrCat("CREATE ROLE ", kOwner, " LOGIN"));
  RunSql(kUser, absl::StrCat("CREATE ROLE ", kServer, " LOGIN"));
  RunSql(kUser,
         absl::StrCat("CREATE DATABASE ", kTemplate, " OWNER ", kOwner, " TEMPLATE template0"));
  for (const char* grant : {"SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES"}) {
    RunSql(kTemplate, absl::StrCat("ALTER DEFAULT PRIVILEGES FOR ROLE ", kOwner,
                                   " IN SCHEMA public GRANT ", grant, " TO ", kServer));
  }
}

Postgres& Postgres::Shared() {
  // Destroyed at exit, which removes its folder.
  static const std::unique_ptr<Postgres> shared = StartOwn(/*durable=*/false);
  return *shared;
}

Postgres::~Postgres() {
  if (process_ == nullptr || !process_->ours()) return;
  // SIGTERM would wait for our own connections to close.
  process_->Signal(SIGQUIT);
  (void)process_->Wait(kStopTime);
}

std::string Postgres::NewDatabase() { return CopyDatabase(Url(kTemplate)); }

std::string Postgres::ServerUrl(const std::string& url) { return WithUser(url, kServer); }

std::string Postgres::SuperuserUrl(const std::string& url) { return WithUser(url, kUser); }

std::string Postgres::CopyDatabase(const std::string& template_url) {
  const std::string name = absl::StrCat("db", next_database_.fetch_add(1));
  RunSql(kUser, absl::StrCat("CREATE DATABASE ", name, " OWNER ", kOwner, " TEMPLATE ",
                             NameOf(template_url)));
  return WithUser(Url(name), kOwner);
}

void Postgres::DropDatabase(const std::string& url) {
  RunSql(kUser, absl::StrCat("DROP DATABASE ", NameOf(url), " WITH (FORCE)"));
}

std::string Postgres::Url(const std::string& database) const {
  return absl::StrCat("postgresql:///", database, "?host=", dir_.path(), "&user=", kUser);
}

void Postgres::RunSql(const std::string& database, const std::string& statement) const {
  PGconn* const connection = PQconnectdb(Url(database).c_str());
  const auto finish = absl::MakeCleanup([&] { PQfinish(connection); });
  if (PQstatus(connection) != CONNECTION_OK) Die(PQerrorMessage(connection), log_path());
  PGresult* const result = PQexec(connection, statement.c_str());
  const auto clear = absl::MakeCleanup([&] { PQclear(result); });
  if (PQresultStatus(result) != PGRES_COMMAND_OK) {
    Die(absl::StrCat(statement, ": ", PQerrorMessage(connection)), log_path());
  }
}

}  // namespace stillpoint::testing
