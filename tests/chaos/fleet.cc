#include "tests/chaos/fleet.h"

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/crypto/keys.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::chaos {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr char kParent[] = "organizations/race";
constexpr char kClinic[] = "organizations/race/clinics/c";

// A call that must succeed; adds what went wrong to `problems`.
template <typename Stub, typename Request, typename Response>
void Must(const rpc::Peer& peer, Stub& stub,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
          const Request& request, std::vector<std::string>& problems) {
  Response response;
  const absl::Status status = peer.Call(
      Deadline::After(Fleet::kStartMax), request, &response,
      [&](auto* context, const auto& in, auto* out) { return (stub.*method)(context, in, out); });
  if (!status.ok()) problems.push_back(status.ToString());
}

template <typename Range>
void AllDay(Range* range, int day) {
  range->set_day_of_week(static_cast<type::v1::DayOfWeek>(day));
  range->set_end_minute(24 * 60);
}

pb::CreateOfferingRequest OfferingOf(const std::string& id, const std::vector<int>& lengths) {
  pb::CreateOfferingRequest request;
  request.set_parent(kParent);
  request.set_offering_id(id);
  pb::Offering& offering = *request.mutable_offering();
  offering.set_display_name(id);
  offering.set_modality(type::v1::MODALITY_SWEDISH);
  for (const int minutes : lengths) offering.add_duration_minutes(minutes);
  offering.set_step_minutes(30);
  offering.set_horizon_days(30);
  offering.mutable_price()->set_currency_code("CAD");
  return request;
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

grpc::Status Fleet::ClearsAll::GetClearance(grpc::ServerContext*,
                                            const client_record::v1::GetClearanceRequest*,
                                            client_record::v1::GetClearanceResponse* response) {
  response->mutable_clearance()->set_decision(client_record::v1::Clearance::DECISION_CLEARED);
  return grpc::Status::OK;
}

Fleet::Fleet(std::string database, std::string redis, int servers)
    : database_(std::move(database)), redis_(std::move(redis)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &record_port_);
  builder.RegisterService(&clears_all_);
  record_server_ = builder.BuildAndStart();
  key_file_ = WriteSecret("key", "race-key");
  secret_file_ = WriteSecret("secret", std::string(64, 'a'));
  const std::string hash = absl::BytesToHexString(crypto::Hash("race-key"));
  callers_file_ =
      WriteSecret("callers", absl::StrCat(R"({"callers": [{"key_hash": ")", hash,
                                          R"(", "subject": "operators/race", "role": "operator",)",
                                          R"( "organization": ""}]})"));
  for (int i = 0; i < servers; ++i) {
    servers_.push_back({.port = testing::FreePort(), .process = nullptr});
  }
}

std::string Fleet::Path(const std::string& name) const {
  return absl::StrCat(folder_.path(), "/", name);
}

std::string Fleet::WriteSecret(const std::string& name, const std::string& text) const {
  std::ofstream(Path(name)) << text;
  chmod(Path(name).c_str(), 0600);
  return Path(name);
}

std::string Fleet::address(int server) const {
  return absl::StrCat("127.0.0.1:", servers_[static_cast<size_t>(server)].port);
}

rpc::Peer Fleet::PeerOf(int server) const {
  return *rpc::Peer::Open(address(server), {.key_file = key_file_, .tls = {}});
}

std::vector<std::string> Fleet::Command(const std::string& database, int port) const {
  std::vector<std::string> command = {
      absl::StrCat(STILLPOINT_BINARY_DIR, "/bin/stillpoint-booking"),
      absl::StrCat("--database=", database),
      absl::StrCat("--callers-file=", callers_file_),
      absl::StrCat("--secret-file=", secret_file_),
      absl::StrCat("--client-record=127.0.0.1:", record_port_),
      absl::StrCat("--peer-key-file=", key_file_),
      absl::StrCat("--listen=127.0.0.1:", port)};
  if (!redis_.empty()) command.push_back(absl::StrCat("--redis=", redis_));
  return command;
}

std::string Fleet::Migrate() {
  std::vector<std::string> command = Command(database_, 0);
  command.insert(command.begin() + 1, "migrate");
  auto process = testing::Process::Start(
      command, {.log_path = Path("migrate.log"), .run_as = {}, .environment = {}});
  if (!process.ok()) return process.status().ToString();
  const auto ended = (*process)->Wait(kStartMax);
  return ended.ok() && *ended == 0 ? "" : ReadFile(Path("migrate.log"));
}

std::string Fleet::Start(int server) {
  Server& one = servers_[static_cast<size_t>(server)];
  const std::string log = Path(absl::StrCat("server-", server, ".log"));
  auto process = testing::Process::Start(Command(testing::Postgres::ServerUrl(database_), one.port),
                                         {.log_path = log, .run_as = {}, .environment = {}});
  if (!process.ok()) return process.status().ToString();
  one.process = *std::move(process);
  PeerOf(server).WaitUntilConnected(Deadline::After(kStartMax));
  return one.process->Wait(absl::ZeroDuration()).ok() ? ReadFile(log) : "";
}

void Fleet::Kill(int server) {
  testing::Process& process = *servers_[static_cast<size_t>(server)].process;
  process.Signal(SIGKILL);
  (void)process.Wait(kStartMax);
}

std::string Fleet::FillCatalogue(const SmallClinic& small) {
  const rpc::Peer peer = PeerOf(0);
  pb::CatalogService::Stub stub(peer.channel());
  using Stub = pb::CatalogService::Stub;
  std::vector<std::string> problems;

  pb::CreateOrganizationRequest organization;
  organization.set_organization_id("race");
  organization.mutable_organization()->set_display_name("Race");
  Must(peer, stub, &Stub::CreateOrganization, organization, problems);

  pb::CreateClinicRequest clinic;
  clinic.set_parent(kParent);
  clinic.set_clinic_id("c");
  clinic.mutable_clinic()->set_display_name("Clinic");
  clinic.mutable_clinic()->set_time_zone("America/Edmonton");
  for (int day = 1; day <= 7; ++day) AllDay(clinic.mutable_clinic()->add_opening_hours(), day);
  Must(peer, stub, &Stub::CreateClinic, clinic, problems);

  for (int i = 1; i <= small.rooms; ++i) {
    pb::CreateRoomRequest room;
    room.set_parent(kClinic);
    room.set_room_id(absl::StrCat("r", i));
    room.mutable_room()->set_display_name("Room");
    room.mutable_room()->set_kind("treatment");
    if (small.buffers && i == 1) room.mutable_room()->set_turnover_minutes(10);
    Must(peer, stub, &Stub::CreateRoom, room, problems);
  }
  for (int i = 1; i <= small.people; ++i) {
    const std::string id = absl::StrCat("p", i);
    pb::CreatePractitionerRequest practitioner;
    practitioner.set_parent(kParent);
    practitioner.set_practitioner_id(id);
    practitioner.mutable_practitioner()->set_display_name(id);
    Must(peer, stub, &Stub::CreatePractitioner, practitioner, problems);
    pb::SetWorkingHoursRequest hours;
    hours.set_practitioner(absl::StrCat(kParent, "/practitioners/", id));
    for (int day = 1; day <= 7; ++day) {
      pb::WorkingHours* part = hours.add_working_hours();
      part->set_clinic(kClinic);
      AllDay(part->mutable_range(), day);
    }
    Must(peer, stub, &Stub::SetWorkingHours, hours, problems);
  }
  Must(peer, stub, &Stub::CreateOffering, OfferingOf("hour", {30, 60}), problems);
  if (small.buffers) {
    pb::CreateOfferingRequest care = OfferingOf("care", {60});
    care.mutable_offering()->set_buffer_before_minutes(15);
    care.mutable_offering()->set_buffer_after_minutes(10);
    Must(peer, stub, &Stub::CreateOffering, care, problems);
  }
  return absl::StrJoin(problems, "\n");
}

}  // namespace stillpoint::chaos
