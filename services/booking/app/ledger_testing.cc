#include "services/booking/app/ledger_testing.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/migrations.h"

namespace stillpoint::booking::app {
namespace {

constexpr absl::Weekday kWeek[] = {absl::Weekday::monday,    absl::Weekday::tuesday,
                                   absl::Weekday::wednesday, absl::Weekday::thursday,
                                   absl::Weekday::friday,    absl::Weekday::saturday,
                                   absl::Weekday::sunday};
constexpr int kOpens = 9 * 60;
constexpr int kCloses = 17 * 60;

absl::TimeZone Edmonton() {
  absl::TimeZone zone;
  absl::LoadTimeZone("America/Edmonton", &zone);
  return zone;
}

absl::Time Parse(const char* text) {
  absl::Time time;
  std::string error;
  absl::ParseTime(absl::RFC3339_full, text, &time, &error);
  return time;
}

std::string FakeEvent(const Tenant&, domain::BookingEventKind kind, const domain::Booking& after,
                      const domain::Clinic& clinic, absl::Time) {
  return absl::StrCat(domain::BookingEventName(kind), " ", after.id, " ", clinic.zone_name);
}

domain::Offering NewOffering(const std::string& id) {
  domain::Offering offering;
  offering.id = id;
  offering.modality = domain::Modality::kSwedish;
  offering.variants = {30, 60, 90};
  offering.step_minutes = 15;
  offering.credential_kind = "rmt";
  offering.horizon_days = 60;
  return offering;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const domain::Catalogue>> FixedCatalogues::Get(
    sql::Transaction&, const Tenant& tenant) {
  if (tenant.organization() != "o") {
    return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "not found");
  }
  // Written only where a test has set it, which no test with threads does.
  if (outdated != nullptr) outdated = nullptr;
  return catalogue;
}

std::shared_ptr<const domain::Catalogue> FixedCatalogues::Known(const Tenant& tenant) {
  if (tenant.organization() != "o") return nullptr;
  return outdated != nullptr ? outdated : catalogue;
}

absl::Status FixedCatalogues::AskVersion(sql::Transaction& tx, const Tenant& tenant,
                                         sql::Rows* version) {
  return tx.Ask("SELECT CAST($1 AS BIGINT) WHERE $2 = 'o'",
                {catalogue->version, tenant.organization()}, version);
}

absl::StatusOr<std::vector<absl::Time>> HoursAfter::NearestStarts(const Tenant&,
                                                                  const domain::SlotRequest& wanted,
                                                                  int count, Deadline) {
  std::vector<absl::Time> starts;
  for (int i = 1; i <= count; ++i) starts.push_back(wanted.start + absl::Hours(i));
  return starts;
}

domain::Catalogue SmallClinic() {
  domain::Catalogue catalogue;
  catalogue.organization = "o";
  catalogue.version = 1;
  domain::Clinic clinic;
  clinic.id = "c";
  clinic.display_name = "Clinic";
  clinic.zone_name = "America/Edmonton";
  clinic.zone = Edmonton();
  for (const absl::Weekday day : kWeek) clinic.opening_hours.push_back({day, kOpens, kCloses});
  catalogue.clinics["c"] = clinic;
  for (const char* id : {"r1", "r2", "r3"}) {
    domain::Room room;
    room.id = id;
    room.clinic = "c";
    room.kind = "treatment";
    if (room.id == "r3") room.features = {"quiet"};
    catalogue.rooms[room.resource()] = room;
  }
  for (const char* id : {"p1", "p2", "p3"}) {
    domain::Practitioner practitioner;
    practitioner.id = id;
    practitioner.credentials = {{.kind = "rmt",
                                 .issuer = {},
                                 .number = {},
                                 .valid_from = {},
                                 .valid_until = absl::CivilDay(2027, 3, 31)}};
    for (const absl::Weekday day : kWeek) {
      practitioner.hours.push_back({"c", {day, kOpens, kCloses}});
    }
    catalogue.practitioners[id] = practitioner;
  }
  catalogue.offerings["massage"] = NewOffering("massage");
  domain::Offering buffered = NewOffering("buffered");
  buffered.buffer_before_minutes = 15;
  buffered.buffer_after_minutes = 15;
  catalogue.offerings["buffered"] = buffered;
  domain::Offering quiet = NewOffering("quiet");
  quiet.room_features = {"quiet"};
  quiet.notice_minutes = 24 * 60;
  catalogue.offerings["quiet"] = quiet;
  return catalogue;
}

std::shared_ptr<domain::Catalogue> WithDevices(domain::Catalogue catalogue) {
  for (const char* id : {"d1", "d2", "d3"}) {
    domain::Device device;
    device.id = id;
    device.clinic = "c";
    device.kind = "ultrasound";
    if (device.id == "d1") device.turnover_minutes = 15;
    if (device.id == "d3") device.features = {"deep"};
    catalogue.devices[device.resource()] = device;
  }
  for (const char* id : {"treated", "deep"}) {
    domain::Offering offering = catalogue.offerings["massage"];
    offering.id = id;
    offering.device_kind = "ultrasound";
    if (offering.id == "deep") offering.device_features = {"deep"};
    catalogue.offerings[id] = offering;
  }
  return std::make_shared<domain::Catalogue>(std::move(catalogue));
}

LedgerTest::LedgerTest() : LedgerTest(FakeEvent) {}

LedgerTest::LedgerTest(ports::EventEncoder encode)
    : clock_(Parse(kStart)),
      database_(testing::NewDatabase(GetParam(), adapters::Migrations(), &clock_)),
      ledger_(std::move(encode)),
      book_(*database_, catalogues_, ledger_, clearance_, alternatives_, pointers_, ids_),
      move_(*database_, catalogues_, ledger_, clearance_, pointers_),
      reschedule_(*database_, catalogues_, ledger_, alternatives_, pointers_, clearance_),
      expire_(*database_, catalogues_, ledger_, pointers_),
      read_(*database_, ledger_),
      explain_(*database_, catalogues_, ledger_, clearance_) {
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(SmallClinic());
}

absl::Time LedgerTest::At(int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, 8, hour, minute), Edmonton());
}

domain::SlotRequest LedgerTest::Slot(absl::Time start, std::string practitioner, std::string room) {
  return {.clinic = "c",
          .offering = "massage",
          .minutes = 60,
          .practitioner = std::move(practitioner),
          .room = std::move(room),
          .start = start};
}

Call LedgerTest::NewCall(const std::string& request_id, const std::string& payload,
                         const std::string& organization) {
  return {.tenant = Tenant(organization),
          .key = {.method = "BookingService.Test",
                  .caller = "tests",
                  .request_id = request_id,
                  .payload_hash = payload},
          .deadline = Deadline::After(absl::Seconds(60))};
}

std::string LedgerTest::Encoded(const domain::Booking& b) {
  return absl::StrCat(b.id, " ", domain::BookingStateName(b.state), " ", b.revision, " ",
                      b.practitioner, " ", b.room, " ", absl::ToUnixMicros(b.start));
}

std::string LedgerTest::IdOf(const absl::StatusOr<std::string>& reply) {
  EXPECT_TRUE(reply.ok()) << reply.status();
  return reply.ok() ? reply->substr(0, reply->find(' ')) : "";
}

absl::StatusOr<std::string> LedgerTest::Hold(const domain::SlotRequest& slot,
                                             const std::string& request_id) {
  return book_.Run(
      {.call = NewCall(request_id), .client = "client", .slot = slot, .hold = domain::kHoldDefault},
      Encoded);
}

absl::StatusOr<std::string> LedgerTest::Create(const domain::SlotRequest& slot,
                                               const std::string& request_id) {
  return book_.Run({.call = NewCall(request_id), .client = "client", .slot = slot, .hold = {}},
                   Encoded);
}

std::string LedgerTest::Book(const domain::SlotRequest& slot) {
  const auto why = explain_.Run(Tenant("o"), slot, "client", Deadline::After(absl::Seconds(10)));
  EXPECT_TRUE(why.ok()) << why.status();
  const auto reply = Create(slot);
  EXPECT_EQ(why.ok() && why->explanation.Bookable(), reply.ok()) << reply.status();
  if (reply.ok()) last_ = IdOf(reply);
  return reply.ok() ? "DONE" : std::string(ReasonOf(reply.status()));
}

std::vector<std::string> LedgerTest::CreateAtOnce(const std::vector<domain::SlotRequest>& slots) {
  std::vector<std::string> answers(slots.size());
  std::vector<std::thread> callers;
  callers.reserve(slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    callers.emplace_back([&, i] {
      const auto reply = Create(slots[i]);
      answers[i] = reply.ok() ? "DONE" : std::string(ReasonOf(reply.status()));
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::sort(answers.begin(), answers.end());
  return answers;
}

absl::StatusOr<std::string> LedgerTest::Move(const std::string& id, domain::BookingMove move,
                                             const std::string& etag,
                                             const std::string& request_id) {
  return move_.Run({.call = NewCall(request_id), .booking = id, .move = move, .etag = etag},
                   Encoded);
}

absl::StatusOr<std::string> LedgerTest::Reschedule(const std::string& id,
                                                   const domain::SlotRequest& slot,
                                                   const std::string& etag) {
  return reschedule_.Run({.call = NewCall(), .booking = id, .etag = etag, .slot = slot}, Encoded);
}

domain::Booking LedgerTest::Get(const std::string& id) {
  const auto booking = read_.Get(Tenant("o"), {}, id, Deadline::After(absl::Seconds(10)));
  EXPECT_TRUE(booking.ok()) << booking.status();
  return booking.ok() ? *booking : domain::Booking();
}

std::vector<std::string> LedgerTest::EventKinds(const std::string& id) {
  const auto events =
      read_.Events({}, 1000, absl::ZeroDuration(), Deadline::After(absl::Seconds(10)));
  EXPECT_TRUE(events.ok()) << events.status();
  std::vector<std::string> kinds;
  if (!events.ok()) return kinds;
  for (const sql::OutboxEvent& event : *events) {
    if (event.subject == absl::StrCat("organizations/o/bookings/", id)) kinds.push_back(event.kind);
  }
  return kinds;
}

int64_t LedgerTest::Overlaps() {
  int64_t count = -1;
  EXPECT_TRUE(testing::Unguarded(*database_)
                  .Read(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                        [&](sql::Transaction& tx) -> absl::Status {
                          ASSIGN_OR_RETURN(
                              const sql::Rows rows,
                              tx.Query("SELECT COUNT(*) FROM claims AS a JOIN claims AS b ON"
                                       " a.organization = b.organization AND a.resource ="
                                       " b.resource AND a.claim < b.claim AND a.start_us <"
                                       " b.end_us AND b.start_us < a.end_us"
                                       " WHERE a.kind = 1 AND b.kind = 1"));
                          count = rows[0][0].Int();
                          return absl::OkStatus();
                        })
                  .ok());
  return count;
}

int64_t LedgerTest::Count(const char* table) {
  int64_t count = -1;
  EXPECT_TRUE(testing::Unguarded(*database_)
                  .Read(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                        [&](sql::Transaction& tx) -> absl::Status {
                          ASSIGN_OR_RETURN(const sql::Rows rows,
                                           tx.Query(absl::StrCat("SELECT COUNT(*) FROM ", table)));
                          count = rows[0][0].Int();
                          return absl::OkStatus();
                        })
                  .ok());
  return count;
}

}  // namespace stillpoint::booking::app
