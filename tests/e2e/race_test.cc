// 64 processes want the same hour of the same room, 20 times, on both engines: exactly one gets it,
// each other is told which resource was taken. SQLite: one server process. PostgreSQL: four server
// processes on one database.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/sql/database.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "tests/chaos/fleet.h"

namespace stillpoint {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kClients = 64;
constexpr int kRounds = 20;
constexpr absl::Duration kRoundMax = absl::Seconds(60);

class RaceTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  // One server on SQLite, four on PostgreSQL; one clinic that is always open, one room, two people.
  RaceTest()
      : sqlite_(GetParam() == sql::Engine::kSqlite),
        fleet_(sqlite_ ? absl::StrCat("sqlite:", folder_.path(), "/booking.db")
                       : testing::Postgres::Shared().NewDatabase(),
               /*redis=*/"", sqlite_ ? 1 : 4) {}

  void StartServers() {
    if (!sqlite_) {
      ASSERT_EQ(fleet_.Migrate(), "");
    }
    for (int i = 0; i < fleet_.size(); ++i) ASSERT_EQ(fleet_.Start(i), "");
    ASSERT_EQ(fleet_.FillCatalogue({.rooms = 1, .people = 2, .buffers = false}), "");
  }

  int64_t CountBookings();
  std::string Path(const std::string& name) const { return fleet_.Path(name); }

  testing::TempDir folder_;
  const bool sqlite_;
  chaos::Fleet fleet_;
};

int64_t RaceTest::CountBookings() {
  const rpc::Peer peer = fleet_.PeerOf(0);
  pb::BookingService::Stub stub(peer.channel());
  pb::ListBookingsRequest request;
  request.set_parent("organizations/race");
  request.set_page_size(1000);
  pb::ListBookingsResponse response;
  const absl::Status status = peer.Call(Deadline::After(kRoundMax), request, &response,
                                        [&](auto* context, const auto& in, auto* out) {
                                          return stub.ListBookings(context, in, out);
                                        });
  EXPECT_TRUE(status.ok()) << status;
  return response.bookings_size();
}

TEST_P(RaceTest, OneOfSixtyFourProcessesGetsTheHour) {
  ASSERT_NO_FATAL_FAILURE(StartServers());
  // The hours of the day after tomorrow and on: the test needs no simulated time.
  const int64_t first_start_s =
      (absl::ToUnixSeconds(SystemClock().TimeNow()) / 3600 + 48) * int64_t{3600};

  std::vector<int> gates;
  for (int round = 0; round < kRounds; ++round) {
    gates.push_back(open(absl::StrCat(folder_.path(), "/gate-", round).c_str(),
                         O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    ASSERT_GE(gates.back(), 0);
    ASSERT_EQ(flock(gates.back(), LOCK_EX), 0);
  }
  std::vector<std::unique_ptr<testing::Process>> clients;
  for (int i = 0; i < kClients; ++i) {
    auto client = testing::Process::Start(
        {absl::StrCat(STILLPOINT_BINARY_DIR, "/bin/race_client"), fleet_.address(i % fleet_.size()),
         fleet_.key_file(), folder_.path(), absl::StrCat(i), absl::StrCat(kRounds),
         absl::StrCat(first_start_s)},
        {.log_path = Path(absl::StrCat("client-", i, ".log")), .run_as = {}, .environment = {}});
    ASSERT_TRUE(client.ok()) << client.status();
    clients.push_back(*std::move(client));
  }
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kClients; ++i) {
      const std::string ready = absl::StrCat(folder_.path(), "/ready-", round, "-", i);
      ASSERT_TRUE(testing::WaitUntil(kRoundMax, [&] { return access(ready.c_str(), F_OK) == 0; }))
          << "round " << round << ", client " << i;
    }
    close(gates[round]);  // All 64 go.
  }

  std::map<int, int> winners;
  for (int i = 0; i < kClients; ++i) {
    const auto ended = clients[i]->Wait(kRoundMax);
    ASSERT_TRUE(ended.ok() && *ended == 0) << "client " << i;
    int lines = 0;
    for (absl::string_view line :
         absl::StrSplit(chaos::ReadFile(Path(absl::StrCat("client-", i, ".log"))), '\n')) {
      if (line.empty()) continue;
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      ASSERT_GE(words.size(), 3u) << line;
      EXPECT_EQ(words[0], absl::StrCat(lines++));
      if (words[1] == "OK") {
        ++winners[lines - 1];
        continue;
      }
      EXPECT_EQ(words[1], "SLOT_TAKEN") << line;
      EXPECT_TRUE(words[2] == "room" || words[2] == "practitioner") << line;
      ASSERT_EQ(words.size(), 4u) << line;
      EXPECT_NE(words[3], "") << line;
    }
    EXPECT_EQ(lines, kRounds);
  }
  for (int round = 0; round < kRounds; ++round) EXPECT_EQ(winners[round], 1) << round;
  EXPECT_EQ(CountBookings(), kRounds);
}

INSTANTIATE_TEST_SUITE_P(Engines, RaceTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint
