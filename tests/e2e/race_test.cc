// 64 processes want the same hour of the same room, 20 times, on both engines: exactly one gets it,
// each other is told which resource was taken. SQLite: one server process. PostgreSQL: four server
// processes on one database.
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/crypto/keys.h"
#include "common/rpc/client.h"
#include "common/sql/database.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint {
namespace {

namespace pb = ::stillpoint::booking::v1;
namespace record = ::stillpoint::client_record::v1;

constexpr int kClients = 64;
constexpr int kRounds = 20;
constexpr absl::Duration kStartMax = absl::Seconds(30);
constexpr absl::Duration kRoundMax = absl::Seconds(60);

// A client record that clears everybody.
class ClearsAll final : public record::ScreeningService::Service {
  grpc::Status GetClearance(grpc::ServerContext*, const record::GetClearanceRequest*,
                            record::GetClearanceResponse* response) override {
    response->mutable_clearance()->set_decision(record::Clearance::DECISION_CLEARED);
    return grpc::Status::OK;
  }
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class RaceTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  RaceTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &record_port_);
    builder.RegisterService(&clears_all_);
    record_server_ = builder.BuildAndStart();
    key_file_ = WriteSecret("key", "race-key");
    secret_file_ = WriteSecret("secret", std::string(64, 'a'));
    const std::string hash = absl::BytesToHexString(crypto::Hash("race-key"));
    callers_file_ = WriteSecret(
        "callers", absl::StrCat(R"({"callers": [{"key_hash": ")", hash,
                                R"(", "subject": "operators/race", "role": "operator",)",
                                R"( "organization": ""}]})"));
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }

  std::string WriteSecret(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
    chmod(Path(name).c_str(), 0600);
    return Path(name);
  }

  std::vector<std::string> ServerCommand(const std::string& database) const {
    return {absl::StrCat(STILLPOINT_BINARY_DIR, "/bin/stillpoint-booking"),
            absl::StrCat("--database=", database),
            absl::StrCat("--callers-file=", callers_file_),
            absl::StrCat("--secret-file=", secret_file_),
            absl::StrCat("--client-record=127.0.0.1:", record_port_),
            absl::StrCat("--peer-key-file=", key_file_),
            "--listen=127.0.0.1:0"};
  }

  void StartServers() {
    std::string database = absl::StrCat("sqlite:", Path("booking.db"));
    int count = 1;
    if (GetParam() == sql::Engine::kPostgres) {
      database = testing::Postgres::Shared().NewDatabase();
      count = 4;
      std::vector<std::string> migrate = ServerCommand(database);
      migrate.insert(migrate.begin() + 1, "migrate");
      auto process = testing::Process::Start(
          migrate, {.log_path = Path("migrate.log"), .run_as = {}, .environment = {}});
      ASSERT_TRUE(process.ok()) << process.status();
      const auto ended = (*process)->Wait(kStartMax);
      ASSERT_TRUE(ended.ok() && *ended == 0) << ReadFile(Path("migrate.log"));
    }
    for (int i = 0; i < count; ++i) StartServer(database, i);
  }

  void StartServer(const std::string& database, int i) {
    const std::string log = Path(absl::StrCat("server-", i, ".log"));
    auto process = testing::Process::Start(ServerCommand(database),
                                           {.log_path = log, .run_as = {}, .environment = {}});
    ASSERT_TRUE(process.ok()) << process.status();
    servers_.push_back(*std::move(process));
    int port = 0;
    const bool serving = testing::WaitUntil(kStartMax, [&] {
      const std::string text = ReadFile(log);
      const size_t at = text.find("\"port\":");
      if (at == std::string::npos) return false;
      const std::string rest = text.substr(at + 7, text.find_first_of(",}", at) - at - 7);
      return absl::SimpleAtoi(rest, &port) && port > 0;
    });
    ASSERT_TRUE(serving) << ReadFile(log);
    addresses_.push_back(absl::StrCat("127.0.0.1:", port));
  }

  template <typename Stub, typename Request, typename Response>
  void Must(const Stub& stub,
            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const Request& request, Response* response) {
    const auto peer = rpc::Peer::ConnectWithKeyFile(addresses_[0], key_file_);
    ASSERT_TRUE(peer.ok()) << peer.status();
    const absl::Status status =
        peer->Call(Deadline::After(kStartMax), request, response,
                   [&](auto* context, const auto& in, auto* out) {
                     return (const_cast<Stub&>(stub).*method)(context, in, out);
                   });
    ASSERT_TRUE(status.ok()) << status;
  }

  // One clinic that is always open, one room, two people.
  void CreateClinic();
  int64_t CountBookings();

  testing::TempDir folder_;
  ClearsAll clears_all_;
  int record_port_ = 0;
  std::unique_ptr<grpc::Server> record_server_;
  std::string key_file_, secret_file_, callers_file_;
  std::vector<std::unique_ptr<testing::Process>> servers_;
  std::vector<std::string> addresses_;
};

void RaceTest::CreateClinic() {
  const auto channel = rpc::Peer::ConnectWithKeyFile(addresses_[0], key_file_)->channel();
  pb::CatalogService::Stub stub(channel);
  using Stub = pb::CatalogService::Stub;
  const auto all_day = [](auto* range, int day) {
    range->set_day_of_week(static_cast<type::v1::DayOfWeek>(day));
    range->set_end_minute(24 * 60);
  };

  pb::CreateOrganizationRequest organization;
  organization.set_organization_id("race");
  organization.mutable_organization()->set_display_name("Race");
  pb::CreateOrganizationResponse organization_made;
  Must(stub, &Stub::CreateOrganization, organization, &organization_made);

  pb::CreateClinicRequest clinic;
  clinic.set_parent("organizations/race");
  clinic.set_clinic_id("c");
  clinic.mutable_clinic()->set_display_name("Clinic");
  clinic.mutable_clinic()->set_time_zone("America/Edmonton");
  for (int day = 1; day <= 7; ++day) all_day(clinic.mutable_clinic()->add_opening_hours(), day);
  pb::CreateClinicResponse clinic_made;
  Must(stub, &Stub::CreateClinic, clinic, &clinic_made);

  pb::CreateRoomRequest room;
  room.set_parent("organizations/race/clinics/c");
  room.set_room_id("r");
  room.mutable_room()->set_display_name("Room");
  room.mutable_room()->set_kind("treatment");
  pb::CreateRoomResponse room_made;
  Must(stub, &Stub::CreateRoom, room, &room_made);

  for (const char* id : {"p1", "p2"}) {
    pb::CreatePractitionerRequest practitioner;
    practitioner.set_parent("organizations/race");
    practitioner.set_practitioner_id(id);
    practitioner.mutable_practitioner()->set_display_name(id);
    pb::CreatePractitionerResponse practitioner_made;
    Must(stub, &Stub::CreatePractitioner, practitioner, &practitioner_made);
    pb::SetWorkingHoursRequest hours;
    hours.set_practitioner(absl::StrCat("organizations/race/practitioners/", id));
    for (int day = 1; day <= 7; ++day) {
      pb::WorkingHours* part = hours.add_working_hours();
      part->set_clinic("organizations/race/clinics/c");
      all_day(part->mutable_range(), day);
    }
    pb::SetWorkingHoursResponse hours_set;
    Must(stub, &Stub::SetWorkingHours, hours, &hours_set);
  }

  pb::CreateOfferingRequest offering;
  offering.set_parent("organizations/race");
  offering.set_offering_id("hour");
  pb::Offering& hour = *offering.mutable_offering();
  hour.set_display_name("Hour");
  hour.set_modality(type::v1::MODALITY_SWEDISH);
  hour.add_duration_minutes(60);
  hour.set_step_minutes(60);
  hour.set_horizon_days(30);
  hour.mutable_price()->set_currency_code("CAD");
  pb::CreateOfferingResponse offering_made;
  Must(stub, &Stub::CreateOffering, offering, &offering_made);
}

int64_t RaceTest::CountBookings() {
  const auto channel = rpc::Peer::ConnectWithKeyFile(addresses_[0], key_file_)->channel();
  pb::BookingService::Stub stub(channel);
  pb::ListBookingsRequest request;
  request.set_parent("organizations/race");
  request.set_page_size(1000);
  pb::ListBookingsResponse response;
  Must(stub, &pb::BookingService::Stub::ListBookings, request, &response);
  return response.bookings_size();
}

TEST_P(RaceTest, OneOfSixtyFourProcessesGetsTheHour) {
  ASSERT_NO_FATAL_FAILURE(StartServers());
  ASSERT_NO_FATAL_FAILURE(CreateClinic());
  // The hours of the day after tomorrow and on: the test needs no simulated time.
  const int64_t first_start_s =
      (absl::ToUnixSeconds(SystemClock().TimeNow()) / 3600 + 48) * int64_t{3600};

  std::vector<int> gates;
  for (int round = 0; round < kRounds; ++round) {
    gates.push_back(
        open(Path(absl::StrCat("gate-", round)).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    ASSERT_GE(gates.back(), 0);
    ASSERT_EQ(flock(gates.back(), LOCK_EX), 0);
  }
  std::vector<std::unique_ptr<testing::Process>> clients;
  for (int i = 0; i < kClients; ++i) {
    auto client = testing::Process::Start(
        {absl::StrCat(STILLPOINT_BINARY_DIR, "/bin/race_client"), addresses_[i % addresses_.size()],
         key_file_, folder_.path(), absl::StrCat(i), absl::StrCat(kRounds),
         absl::StrCat(first_start_s)},
        {.log_path = Path(absl::StrCat("client-", i, ".log")), .run_as = {}, .environment = {}});
    ASSERT_TRUE(client.ok()) << client.status();
    clients.push_back(*std::move(client));
  }
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kClients; ++i) {
      const std::string ready = Path(absl::StrCat("ready-", round, "-", i));
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
         absl::StrSplit(ReadFile(Path(absl::StrCat("client-", i, ".log"))), '\n')) {
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
