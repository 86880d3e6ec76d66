// Which room and whom a booking takes, and whom it keeps waiting.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingState;
using ::testing::ValuesIn;

class FindSlotTest : public LedgerTest {};

TEST_P(FindSlotTest, EverybodyHasAUsualRoomAndSpecialOnesAreLeftForLast) {
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10), "p1", "")))).room, "r1");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10), "p2", "")))).room, "r2");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10), "p3", "")))).room, "r3");  // Both plain ones are taken.
  EXPECT_EQ(Get(IdOf(Create(Slot(At(11), "p3", "")))).room, "r1");
}

TEST_P(FindSlotTest, AUsualRoomThatIsTakenGivesWayToAnother) {
  ASSERT_TRUE(Create(Slot(At(10), "p2", "r1")).ok());
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10, 30), "p1", "")))).room, "r2");
}

TEST_P(FindSlotTest, AHoldThatRanOutInTheOtherRoomIsExpiredOnTheWay) {
  ASSERT_TRUE(Create(Slot(At(10), "p2", "r1")).ok());
  const std::string old = IdOf(Hold(Slot(At(10), "p3", "r2")));
  clock_.Advance(domain::kHoldDefault);
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10), "p1", "")))).room, "r2");
  EXPECT_EQ(Get(old).state, BookingState::kExpired);
  EXPECT_EQ(EventKinds(old), (std::vector<std::string>{"booking.held", "booking.expired"}));
  EXPECT_EQ(Overlaps(), 0);
}

// Decided by the catalogue as it is, whichever way the one in memory would have decided.
TEST_P(FindSlotTest, AnOutdatedCatalogueDecidesNothing) {
  domain::Catalogue closed = SmallClinic();
  closed.clinics["c"].opening_hours.clear();
  auto opened = std::make_shared<domain::Catalogue>(SmallClinic());
  opened->version = 2;
  catalogues_.outdated = std::make_shared<const domain::Catalogue>(closed);
  catalogues_.catalogue = opened;
  EXPECT_TRUE(Create(Slot(At(10), "p1", "")).ok());

  closed.version = 3;
  catalogues_.outdated = opened;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(closed);
  EXPECT_EQ(ReasonOf(Create(Slot(At(12), "p1", "")).status()), "OUTSIDE_HOURS");
  EXPECT_EQ(Count("bookings"), 1);
}

TEST_P(FindSlotTest, WhatWasClearedIsWhatIsBooked) {
  auto changed = std::make_shared<domain::Catalogue>(SmallClinic());
  changed->version = 2;
  changed->offerings["massage"].modality = domain::Modality::kDeepTissue;
  catalogues_.outdated = catalogues_.catalogue;
  catalogues_.catalogue = changed;
  EXPECT_EQ(ReasonOf(Create(Slot(At(10))).status()), "TX_CONFLICT");
  EXPECT_EQ(Count("bookings"), 0);
  EXPECT_TRUE(Create(Slot(At(10))).ok());  // Asked anew, by the newest catalogue.
}

TEST_P(FindSlotTest, AnybodyIsSharedOutEvenlyWhenAllAskAtOnce) {
  constexpr int kVisits = 16;
  std::vector<std::thread> threads;
  for (int i = 0; i < kVisits; ++i) {
    threads.emplace_back([&, i] {
      domain::SlotRequest slot = Slot(At(9) + i * absl::Minutes(30), "", "");
      slot.minutes = 30;
      const auto reply = Create(slot);
      EXPECT_TRUE(reply.ok()) << reply.status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> load;
  const auto all =
      read_.List(Tenant("o"), {}, {}, std::nullopt, 100, Deadline::After(absl::Hours(1)));
  ASSERT_TRUE(all.ok());
  for (const domain::Booking& booking : *all) ++load[booking.practitioner];
  EXPECT_EQ(load.size(), 3u);
  for (const auto& [practitioner, visits] : load) EXPECT_NEAR(visits, kVisits / 3.0, 0.7);
}

INSTANTIATE_TEST_SUITE_P(Engines, FindSlotTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

// Runs a body as often as any database does, and lets others act after each run that was lost.
class ContendedDatabase final : public sql::Database {
 public:
  // Both outlive this. `others` is told how many runs have been lost.
  ContendedDatabase(sql::Database& database, std::function<void(int)> others)
      : database_(database), others_(std::move(others)) {}

  absl::Status Write(const sql::Reach& reach, Deadline deadline, Body body) override {
    for (int run = 1;; ++run) {
      absl::Status status;
      const absl::Status ended =
          database_.Write(reach, deadline, [&](sql::Transaction& tx) -> absl::Status {
            status = body(tx);
            // Nothing of a lost run remains, and it is repeated here.
            return IsLost(status) ? absl::CancelledError() : status;
          });
      if (!IsLost(status)) return ended;
      if (run == kRunsMax) return status;
      others_(run);
    }
  }
  absl::Status Read(const sql::Reach& reach, Deadline deadline, Body body) override {
    return database_.Read(reach, deadline, body);
  }
  sql::Engine engine() const override { return database_.engine(); }

 private:
  static bool IsLost(const absl::Status& status) { return ReasonOf(status) == "TX_CONFLICT"; }

  sql::Database& database_;
  const std::function<void(int)> others_;
};

// Six plain rooms and six plain devices; the n-th of seven people has the n-th of each by habit,
// and the last one the first again.
class FindSlotLuckTest : public LedgerTest {
 protected:
  FindSlotLuckTest() {
    const auto catalogue = WithDevices(SmallClinic());
    catalogue->rooms.clear();
    catalogue->devices.clear();
    for (int i = 1; i <= 7; ++i) {
      domain::Practitioner person = catalogue->practitioners["p1"];
      person.id = absl::StrCat("p", i);
      catalogue->practitioners[person.id] = person;
      if (i == 7) break;
      domain::Room room;
      room.id = absl::StrCat("r", i);
      room.clinic = "c";
      room.kind = "treatment";
      catalogue->rooms[room.resource()] = room;
      domain::Device device;
      device.id = absl::StrCat("d", i);
      device.clinic = "c";
      device.kind = "ultrasound";
      catalogue->devices[device.resource()] = device;
    }
    catalogues_.catalogue = catalogue;
  }

  // What the first person gets when all that they have seen free is gone when they come to take it.
  // Returns how many runs were lost.
  int BookAlwaysTooLate(const std::string& offering, domain::Booking& booked) {
    const auto with = [&](int person) {
      domain::SlotRequest slot = Slot(At(10), absl::StrCat("p", person), "");
      slot.offering = offering;
      return slot;
    };
    EXPECT_TRUE(Create(with(7)).ok());
    int lost = 0;
    ContendedDatabase contended(*database_, [&](int run) {
      lost = run;
      EXPECT_TRUE(Create(with(run + 1)).ok());
    });
    BookSlot book(contended, catalogues_, ledger_, clearance_, alternatives_, pointers_, ids_);
    const auto reply =
        book.Run({.call = NewCall(), .client = "client", .slot = with(1), .hold = {}}, Encoded);
    booked = Get(IdOf(reply));
    EXPECT_EQ(Overlaps(), 0);
    return lost;
  }
  // With one writer there is nobody who could be faster.
  int LostAtMost() const {
    return database_->engine() == sql::Engine::kSqlite ? 0 : FindSlot::kOthersMax + 1;
  }
};

TEST_P(FindSlotLuckTest, WhoIsAlwaysTooLateForARoomLocksAllOfThem) {
  domain::Booking booked;
  EXPECT_EQ(BookAlwaysTooLate("massage", booked), LostAtMost());
  EXPECT_EQ(booked.room, absl::StrCat("r", LostAtMost() + 2));
}

TEST_P(FindSlotLuckTest, WhoIsAlwaysTooLateForADeviceTooLocksAllOfThem) {
  domain::Booking booked;
  EXPECT_EQ(BookAlwaysTooLate("treated", booked), LostAtMost());
  EXPECT_EQ(booked.room, absl::StrCat("r", LostAtMost() + 2));
  EXPECT_EQ(booked.device, absl::StrCat("d", LostAtMost() + 2));
}

INSTANTIATE_TEST_SUITE_P(Engines, FindSlotLuckTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

// SQLite has one writer, so there everybody waits for everybody, for microseconds.
class FindSlotWaitTest : public LedgerTest {};

TEST_P(FindSlotWaitTest, OtherPeopleAndRoomsKeepNobodyWaiting) {
  const absl::Status status = database_->Write(
      Tenant("o"), Deadline::After(absl::Minutes(1)), [&](sql::Transaction& tx) -> absl::Status {
        std::vector<std::string> keys;
        for (const char* other : {"practitioners/p2", "clinics/c/rooms/r2", "clinics/c/rooms/r3"}) {
          keys.push_back(domain::LockKey("o", other));
        }
        const absl::Status locked = tx.Lock(std::move(keys));
        if (!locked.ok() || !tx.Flush().ok()) return absl::InternalError("no locks");
        Call call = NewCall();
        call.deadline = Deadline::After(absl::Seconds(5));
        const auto reply = book_.Run(
            {.call = call, .client = "client", .slot = Slot(At(10), "p1", ""), .hold = {}},
            Encoded);
        EXPECT_TRUE(reply.ok()) << reply.status();
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

INSTANTIATE_TEST_SUITE_P(Postgres, FindSlotWaitTest, ::testing::Values(sql::Engine::kPostgres));

}  // namespace
}  // namespace stillpoint::booking::app
