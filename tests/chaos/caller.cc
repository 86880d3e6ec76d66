#include "tests/chaos/caller.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/error/error.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::chaos {

int64_t NowUs() { return absl::ToUnixMicros(SystemClock().TimeNow()); }

// Does nothing for that long, unless `stop` becomes true.
void Pause(absl::Duration time, const std::atomic<bool>& stop) {
  testing::WaitUntil(time, [&] { return stop.load(); });
}

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

namespace {

namespace pb = ::stillpoint::booking::v1;
using Booking = pb::BookingService::Stub;
using Catalog = pb::CatalogService::Stub;
using Availability = pb::AvailabilityService::Stub;

constexpr absl::Duration kTryMax = absl::Seconds(10);
constexpr int kTries = 60;
constexpr char kOrganization[] = "organizations/race";
constexpr char kClinic[] = "organizations/race/clinics/c";

Version VersionOf(const pb::Booking& booking) {
  Version version;
  version.booking = LastPart(booking.name());
  version.revision = booking.revision();
  version.state = pb::Booking::State_Name(booking.state()).substr(6);
  version.person = LastPart(booking.practitioner());
  version.room = LastPart(booking.room());
  version.start = booking.start_time().seconds() / 60;
  version.end = booking.end_time().seconds() / 60;
  version.before = booking.buffer_before_minutes();
  version.after = booking.buffer_after_minutes();
  version.turnover = booking.turnover_minutes();
  if (booking.state() == pb::Booking::STATE_HELD) {
    version.expires_us = booking.hold_expire_time().seconds() * 1'000'000 +
                         booking.hold_expire_time().nanos() / 1000;
  }
  return version;
}

class Caller {
 public:
  Caller(const Fleet& fleet, Board& board, uint64_t seed, int number, int64_t first_minute)
      : board_(board),
        chance_({seed, static_cast<uint64_t>(number)}),
        number_(number),
        first_minute_(first_minute) {
    for (int i = 0; i < fleet.size(); ++i) peers_.push_back(fleet.PeerOf(i));
  }

  void Run(int calls) {
    for (int i = 0; i < calls; ++i) {
      beat_ = board_.NextBeat(beat_);
      request_id_ = absl::StrCat("caller-", number_, "-", i);
      OneCall();
    }
  }

 private:
  void OneCall() {
    const int kind = chance_.Below(100);
    if (kind < 18) return Make<&Booking::HoldSlot>("hold");
    if (kind < 42) return Make<&Booking::CreateBooking>("create");
    if (kind < 52) return Step<&Booking::ConfirmBooking>("confirm");
    if (kind < 56) return Step<&Booking::ReleaseHold>("release");
    if (kind < 70) return Step<&Booking::CancelBooking>("cancel");
    if (kind < 82) return Reschedule();
    if (kind < 86) return Close();
    if (kind < 90) return Open();
    if (kind < 94) return Step<&Booking::GetBooking>("get");
    return Search();
  }

  // Repeats a call until it has an answer, at whichever server, and sometimes once more.
  template <typename Stub, typename Request, typename Response>
  Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request, Event& event) {
    const auto once = [&](int server, Response* response) {
      const rpc::Peer& peer = peers_[static_cast<size_t>(server)];
      Stub stub(peer.channel());
      return peer.Call(Deadline::After(kTryMax), request, response,
                       [&](auto* context, const auto& in, auto* out) {
                         return (stub.*method)(context, in, out);
                       });
    };
    const std::atomic<bool> never = false;
    Response response;
    event.call_us = NowUs();
    absl::Status status;
    for (int i = 0; i < kTries; ++i) {
      response.Clear();
      status = once(chance_.Below(static_cast<int>(peers_.size())), &response);
      const std::string reason = ReasonOf(status);
      if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) &&
          !absl::IsResourceExhausted(status) && reason != "TX_CONFLICT") {
        break;
      }
      board_.repeats += 1;
      Pause(absl::Milliseconds(100), never);
    }
    event.answer_us = NowUs();
    if (!status.ok()) {
      event.reason = absl::StrCat(ReasonOf(status));
      if (event.reason.empty()) event.reason = status.ToString();
      event.taken = MetadataOf(status)["resource"];
    } else if (chance_.Percent(10)) {
      // The answer may have been lost on the way: the caller asks again, perhaps elsewhere.
      Response again;
      if (once(chance_.Below(static_cast<int>(peers_.size())), &again).ok() &&
          event.what != "get" && event.what != "search" &&
          again.SerializeAsString() != response.SerializeAsString()) {
        board_.different += 1;
      }
    }
    return response;
  }

  void AskFor(pb::SlotRequest& slot, Event& event) {
    const bool care = chance_.Percent(40);
    // What all want in this beat, or something else.
    Chance wanted({static_cast<uint64_t>(beat_)});
    if (chance_.Percent(25)) wanted = chance_;
    event.start = first_minute_ + 30 * wanted.Below(90);
    const std::string person = absl::StrCat("p", wanted.Between(1, kCallersPeople));
    event.end = event.start + (care || chance_.Percent(50) ? 60 : 30);
    event.before = care ? 15 : 0;
    event.after = care ? 10 : 0;
    if (chance_.Percent(70)) event.person = person;
    // Named always: a visit that did not ask for its room may be moved by a call of somebody else.
    event.room = absl::StrCat("r", chance_.Between(1, kCallersRooms));
    slot.set_clinic(kClinic);
    slot.set_offering(absl::StrCat(kOrganization, "/offerings/", care ? "care" : "hour"));
    slot.set_duration_minutes(static_cast<int>(event.end - event.start));
    slot.mutable_start_time()->set_seconds(event.start * 60);
    if (!event.person.empty()) {
      slot.set_practitioner(absl::StrCat(kOrganization, "/practitioners/", event.person));
    }
    slot.set_room(absl::StrCat(kClinic, "/rooms/", event.room));
  }

  template <typename Request>
  static void SetTtl(Request& request, int seconds) {
    if constexpr (std::is_same_v<Request, pb::HoldSlotRequest>) {
      request.mutable_ttl()->set_seconds(seconds);
    }
  }

  template <typename Request, typename Response>
  void MakeOne(grpc::Status (Booking::*method)(grpc::ClientContext*, const Request&, Response*),
               const char* what) {
    Event event{.what = what};
    Request request;
    request.set_parent(kOrganization);
    request.set_client(absl::StrCat(kOrganization, "/clients/caller-", number_));
    request.set_request_id(request_id_);
    AskFor(*request.mutable_slot(), event);
    SetTtl(request, chance_.Between(1, 6));
    const Response response = Call(method, request, event);
    if (event.reason.empty()) event.version = VersionOf(response.booking());
    board_.Add(std::move(event));
  }
  template <auto Method>
  void Make(const char* what) {
    MakeOne(Method, what);
  }

  template <typename Request>
  void SetChange(Request& request, Event& event, const Version& known) {
    event.booking = known.booking;
    request.set_name(absl::StrCat(kOrganization, "/bookings/", known.booking));
    if constexpr (std::is_same_v<Request, pb::CancelBookingRequest>) {
      request.set_reason(pb::Booking::CANCEL_REASON_CLIENT);
    }
    if constexpr (!std::is_same_v<Request, pb::GetBookingRequest>) {
      request.set_request_id(request_id_);
      if (chance_.Percent(50)) {
        event.known_revision = known.revision;
        request.set_etag(absl::StrCat("r", known.revision));
      }
    }
  }

  template <typename Request, typename Response>
  void StepOne(grpc::Status (Booking::*method)(grpc::ClientContext*, const Request&, Response*),
               const char* what) {
    const Version known = board_.AnyBooking(chance_);
    if (known.booking.empty()) return;
    Event event{.what = what};
    Request request;
    SetChange(request, event, known);
    const Response response = Call(method, request, event);
    if (event.reason.empty()) event.version = VersionOf(response.booking());
    board_.Add(std::move(event));
  }
  template <auto Method>
  void Step(const char* what) {
    StepOne(Method, what);
  }

  void Reschedule() {
    const Version known = board_.AnyBooking(chance_);
    if (known.booking.empty()) return;
    Event event{.what = "reschedule"};
    pb::RescheduleBookingRequest request;
    SetChange(request, event, known);
    AskFor(*request.mutable_slot(), event);
    const auto response = Call(&Booking::RescheduleBooking, request, event);
    if (event.reason.empty()) event.version = VersionOf(response.booking());
    board_.Add(std::move(event));
  }

  void Close() {
    Event event{.what = "off"};
    event.person = absl::StrCat("p", chance_.Between(1, kCallersPeople));
    event.start = first_minute_ + 30 * chance_.Below(90);
    event.end = event.start + 60;
    pb::AddTimeOffRequest request;
    request.set_practitioner(absl::StrCat(kOrganization, "/practitioners/", event.person));
    request.set_request_id(request_id_);
    pb::TimeOff& off = *request.mutable_time_off();
    off.set_reason(pb::TIME_OFF_REASON_TRAINING);
    off.mutable_range()->mutable_start_time()->set_seconds(event.start * 60);
    off.mutable_range()->mutable_end_time()->set_seconds(event.end * 60);
    event.off = Call(&Catalog::AddTimeOff, request, event).time_off().name();
    board_.Add(std::move(event));
  }

  void Open() {
    const Event off = board_.TakeOff(chance_);
    if (off.off.empty()) return;
    Event event{.what = "on"};
    event.off = off.off;
    event.person = off.person;
    pb::RemoveTimeOffRequest request;
    request.set_name(off.off);
    request.set_request_id(request_id_);
    Call(&Catalog::RemoveTimeOff, request, event);
    board_.Add(std::move(event));
  }

  void Search() {
    Event event{.what = "search"};
    const int64_t begin = first_minute_ + 30 * chance_.Below(80);
    event.end = 60;
    pb::SearchSlotsRequest request;
    request.set_parent(kOrganization);
    request.set_page_size(500);
    pb::SlotFilter& filter = *request.mutable_filter();
    filter.set_offering(absl::StrCat(kOrganization, "/offerings/hour"));
    filter.set_duration_minutes(60);
    filter.mutable_window()->mutable_start_time()->set_seconds(begin * 60);
    filter.mutable_window()->mutable_end_time()->set_seconds((begin + 600) * 60);
    const auto response = Call(&Availability::SearchSlots, request, event);
    for (const pb::Slot& slot : response.slots()) {
      event.free.push_back({LastPart(slot.practitioner()), slot.start_time().seconds() / 60});
    }
    board_.Add(std::move(event));
  }

  Board& board_;
  Chance chance_;
  const int number_;
  const int64_t first_minute_;
  std::vector<rpc::Peer> peers_;
  std::string request_id_;
  int64_t beat_ = 0;
};

}  // namespace

void RunCaller(const Fleet& fleet, Board& board, uint64_t seed, int number, int64_t first_minute,
               int calls) {
  Caller(fleet, board, seed, number, first_minute).Run(calls);
}

}  // namespace stillpoint::chaos
