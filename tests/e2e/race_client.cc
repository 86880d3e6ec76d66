// One of many processes that want the same hour. Usage:
//   race_client ADDRESS KEY_FILE FOLDER NUMBER ROUNDS FIRST_START_S
// In round R it waits until gate R of FOLDER is opened (the file is locked exclusively until then),
// asks for the hour FIRST_START_S + R hours, and prints one line: `R OK NAME` or
// `R REASON RESOURCE RESOURCE_NAME`.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace {

namespace pb = ::stillpoint::booking::v1;
namespace rpc = ::stillpoint::rpc;
using ::stillpoint::Deadline;

// Longer than a round may take on a busy machine with sanitizers.
constexpr absl::Duration kCallMax = absl::Seconds(55);

// Blocks while the parent holds the gate.
bool WaitForGate(const std::string& path) {
  const int gate = open(path.c_str(), O_RDONLY);
  if (gate < 0) return false;
  const bool passed = flock(gate, LOCK_SH) == 0;
  close(gate);
  return passed;
}

// Half of the clients want one practitioner and half the other; the room is the same for all.
pb::CreateBookingRequest RequestOf(int number, int round, int64_t first_start_s) {
  pb::CreateBookingRequest request;
  request.set_parent("organizations/race");
  request.set_client(absl::StrCat("organizations/race/clients/c", number));
  request.set_request_id(absl::StrCat("round-", round, "-client-", number));
  pb::SlotRequest& slot = *request.mutable_slot();
  slot.set_clinic("organizations/race/clinics/c");
  slot.set_offering("organizations/race/offerings/hour");
  slot.set_duration_minutes(60);
  slot.set_practitioner(absl::StrCat("organizations/race/practitioners/p", 1 + number % 2));
  slot.set_room("organizations/race/clinics/c/rooms/r1");
  slot.mutable_start_time()->set_seconds(first_start_s + int64_t{3600} * round);
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  int number = 0;
  int rounds = 0;
  int64_t first_start_s = 0;
  if (argc != 7 || !absl::SimpleAtoi(argv[4], &number) || !absl::SimpleAtoi(argv[5], &rounds) ||
      !absl::SimpleAtoi(argv[6], &first_start_s)) {
    return 2;
  }
  const std::string folder = argv[3];
  const auto peer = rpc::Peer::Open(argv[1], {.key_file = argv[2], .tls = {}});
  if (!peer.ok()) return 2;
  const auto stub = pb::BookingService::NewStub(peer->channel());
  // Connected first, so that the gate alone decides who is early.
  if (!peer->channel()->WaitForConnected(std::chrono::system_clock::now() +
                                         std::chrono::seconds(30))) {
    return 3;
  }
  for (int round = 0; round < rounds; ++round) {
    std::ofstream(absl::StrCat(folder, "/ready-", round, "-", number)).flush();
    if (!WaitForGate(absl::StrCat(folder, "/gate-", round))) return 3;
    pb::CreateBookingResponse response;
    const absl::Status status =
        peer->Call(Deadline::After(kCallMax), RequestOf(number, round, first_start_s), &response,
                   [&](auto* context, const auto& in, auto* out) {
                     return stub->CreateBooking(context, in, out);
                   });
    if (status.ok()) {
      std::printf("%d OK %s\n", round, response.booking().name().c_str());
    } else {
      auto facts = stillpoint::MetadataOf(status);
      std::printf("%d %s %s %s\n", round, stillpoint::ReasonOf(status).c_str(),
                  facts["resource"].c_str(), facts["resource_name"].c_str());
    }
    std::fflush(stdout);
  }
  return 0;
}
