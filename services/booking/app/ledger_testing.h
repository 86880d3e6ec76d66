// A small clinic on a real database, with every use case of the ledger wired to it. For tests only.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_LEDGER_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_APP_LEDGER_TESTING_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/sql/database.h"
#include "services/booking/app/book_slot.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/app/explain_slot.h"
#include "services/booking/app/move_booking.h"
#include "services/booking/app/read_bookings.h"
#include "services/booking/app/reschedule_booking.h"

namespace stillpoint::booking::app {

// One catalogue, replaced by tests; organization `o` has it and nobody else has any.
class FixedCatalogues final : public ports::Catalogues {
 public:
  absl::StatusOr<std::shared_ptr<const domain::Catalogue>> Get(sql::Transaction& tx,
                                                               const Tenant& tenant) override;
  std::shared_ptr<const domain::Catalogue> Known(const Tenant& tenant) override;
  absl::Status AskVersion(sql::Transaction& tx, const Tenant& tenant, sql::Rows* version) override;
  std::shared_ptr<const domain::Catalogue> catalogue;
  // What the process still takes for the newest, until it asks; null: it is up to date.
  std::shared_ptr<const domain::Catalogue> outdated;
};

// Answers the same to every question, and counts them.
class FixedClearance final : public ports::Clearance {
 public:
  absl::StatusOr<ports::ClearanceAnswer> Get(const Tenant&, const std::string&, domain::Modality,
                                             absl::Time at, Deadline) override {
    ++asked;
    last_at_us = absl::ToUnixMicros(at);
    return answer;
  }
  absl::StatusOr<ports::ClearanceAnswer> answer = ports::ClearanceAnswer{.cleared = true};
  std::atomic<int> asked = 0;
  std::atomic<int64_t> last_at_us = 0;
};

// Offers the hours after the wanted one.
class HoursAfter final : public ports::Alternatives {
 public:
  absl::StatusOr<std::vector<absl::Time>> NearestStarts(const Tenant&,
                                                        const domain::SlotRequest& wanted,
                                                        int count, Deadline) override;
};

// Monday 2027-03-08 06:00 in Edmonton (13:00 UTC); clinic `c` is open 09:00-17:00 every day, with
// practitioners p1, p2, p3, rooms r1, r2 (plain) and r3 (quiet), the offerings `massage` (30, 60,
// 90 minutes, no buffers), `buffered` (60, 15 before and after) and `quiet` (60, a quiet room).
domain::Catalogue SmallClinic();
// Beside that: devices d1 and d2 (plain, d1 with 15 minutes of turnover) and d3 (deep); the
// offerings `treated`, which takes any of them, and `deep`, otherwise as `massage`.
std::shared_ptr<domain::Catalogue> WithDevices(domain::Catalogue catalogue);

class LedgerTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  static constexpr char kStart[] = "2027-03-08T13:00:00Z";

  LedgerTest();
  // `encode`: how events are stored, where a test reads them.
  explicit LedgerTest(ports::EventEncoder encode);

  // The instant of hour:minute on 2027-03-08, local time of the clinic.
  static absl::Time At(int hour, int minute = 0);
  // A slot of `massage`, 60 minutes.
  static domain::SlotRequest Slot(absl::Time start, std::string practitioner = "p1",
                                  std::string room = "r1");
  static Call NewCall(const std::string& request_id = "", const std::string& payload = "payload",
                      const std::string& organization = "o");
  // The reply of a test's calls: "ID STATE REVISION PRACTITIONER ROOM START".
  static std::string Encoded(const domain::Booking& booking);
  static std::string IdOf(const absl::StatusOr<std::string>& reply);

  absl::StatusOr<std::string> Hold(const domain::SlotRequest& slot,
                                   const std::string& request_id = "");
  absl::StatusOr<std::string> Create(const domain::SlotRequest& slot,
                                     const std::string& request_id = "");
  // "DONE", and the id is that of last_; or the reason of the refusal. What explains it must say
  // the same.
  std::string Book(const domain::SlotRequest& slot);
  // What as many callers at once get who book one of `slots` each: "DONE" or the reason; sorted.
  std::vector<std::string> CreateAtOnce(const std::vector<domain::SlotRequest>& slots);
  absl::StatusOr<std::string> Move(const std::string& id, domain::BookingMove move,
                                   const std::string& etag = "",
                                   const std::string& request_id = "");
  absl::StatusOr<std::string> Reschedule(const std::string& id, const domain::SlotRequest& slot,
                                         const std::string& etag = "");
  domain::Booking Get(const std::string& id);
  std::vector<std::string> EventKinds(const std::string& id);
  // Number of claims that overlap another claim of the same resource: always 0.
  int64_t Overlaps();
  int64_t Count(const char* table);

  FakeClock clock_;
  std::unique_ptr<sql::Database> database_;
  FixedCatalogues catalogues_;
  FixedClearance clearance_;
  HoursAfter alternatives_;
  ports::NoVersionPointers pointers_;
  SequenceIds ids_{"b"};
  ports::Ledger ledger_;
  BookSlot book_;
  MoveBooking move_;
  RescheduleBooking reschedule_;
  ExpireHolds expire_;
  ReadBookings read_;
  ExplainSlot explain_;
  std::string last_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_LEDGER_TESTING_H_
