// A booking's device: claimed with practitioner and room in one transaction, kept, moved and given
// back with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;
using domain::BookingState;
using ::testing::Each;
using ::testing::ValuesIn;

class DevicesTest : public LedgerTest {
 protected:
  DevicesTest() {
    Set([](domain::Catalogue&) {});
  }

  template <typename Change>
  void Set(Change change) {
    const auto catalogue = WithDevices(SmallClinic());
    domain::Practitioner fourth = catalogue->practitioners["p1"];
    fourth.id = "p4";
    catalogue->practitioners["p4"] = fourth;
    change(*catalogue);
    catalogue->version = catalogues_.catalogue->version + 1;
    catalogues_.catalogue = catalogue;
  }
  void Archive(const std::vector<std::string>& ids) {
    Set([&](domain::Catalogue& catalogue) {
      for (const std::string& id : ids) {
        catalogue.devices[domain::DeviceResource("c", id)].archived = true;
      }
    });
  }

  static domain::SlotRequest With(const std::string& offering, absl::Time start,
                                  const std::string& practitioner = "p1",
                                  const std::string& room = "") {
    domain::SlotRequest slot = Slot(start, practitioner, room);
    slot.offering = offering;
    return slot;
  }
  std::string DeviceOf(const std::string& id) { return Get(id).device; }

  // What is refused because no device is free.
  void ExpectNoDevice(const absl::StatusOr<std::string>& reply) {
    EXPECT_EQ(ReasonOf(reply.status()), "SLOT_TAKEN");
    EXPECT_EQ(MetadataOf(reply.status())["resource"], "device");
    EXPECT_NE(MetadataOf(reply.status())["resource_name"].find("/devices/"), std::string::npos);
    EXPECT_NE(MetadataOf(reply.status())["alternatives"], "");
  }

  // The versions that searches know resources by.
  int64_t VersionOf(const std::string& resource) {
    int64_t version = -1;
    EXPECT_TRUE(database_
                    ->Read(Tenant("o"), Deadline::After(absl::Seconds(10)),
                           [&](sql::Transaction& tx) -> absl::Status {
                             const auto rows = tx.Query(
                                 "SELECT version FROM resources WHERE organization = $1"
                                 " AND resource = $2",
                                 {"o", resource});
                             if (!rows.ok()) return rows.status();
                             version = rows->empty() ? 0 : (*rows)[0][0].Int();
                             return absl::OkStatus();
                           })
                    .ok());
    return version;
  }
};

TEST_P(DevicesTest, EverybodyHasAUsualOneAndSpecialOnesAreLeftForLast) {
  const std::string first = IdOf(Create(With("treated", At(10), "p1")));
  EXPECT_EQ(DeviceOf(first), "d1");
  EXPECT_EQ(DeviceOf(IdOf(Create(With("treated", At(10), "p2")))), "d2");
  const std::string third = IdOf(Create(With("treated", At(10), "p3")));
  EXPECT_EQ(DeviceOf(third), "d3");
  EXPECT_EQ(Count("claims"), 9);
  EXPECT_EQ(Overlaps(), 0);
  // While all are in use nobody can make way, and nothing is written.
  ExpectNoDevice(Create(With("deep", At(10, 30), "p4")));
  EXPECT_EQ(Get(third).revision, 1);
  ASSERT_TRUE(Move(third, BookingMove::kCancel).ok());
  EXPECT_EQ(DeviceOf(IdOf(Create(With("deep", At(10), "p3", "r3")))), "d3");
}

// Scenario 17, of devices: who needs the deep one comes last.
TEST_P(DevicesTest, Scenario17AnyDeviceGivesWayToWhoNeedsTheSpecialOne) {
  const std::string first = IdOf(Create(With("treated", At(10), "p1")));
  ASSERT_TRUE(Create(With("treated", At(10), "p2")).ok());
  const std::string third = IdOf(Create(With("treated", At(10), "p3")));
  ASSERT_EQ(DeviceOf(third), "d3");
  ASSERT_TRUE(Move(first, BookingMove::kCancel).ok());

  EXPECT_TRUE(book_
                  .Run({.call = NewCall(),
                        .client = "client",
                        .slot = With("deep", At(10, 30), "p1"),
                        .hold = {},
                        .validate_only = true},
                       Encoded)
                  .ok());
  EXPECT_EQ(Get(third).revision, 1);  // Only asking moves nobody.
  EXPECT_EQ(DeviceOf(IdOf(Create(With("deep", At(10, 30), "p1")))), "d3");
  const domain::Booking moved = Get(third);
  EXPECT_EQ(moved.device, "d1");
  EXPECT_EQ(moved.device_turnover, absl::Minutes(15));  // Of the one that it has now.
  EXPECT_EQ(moved.room, "r3");
  EXPECT_EQ(moved.start, At(10));
  EXPECT_EQ(moved.revision, 2);
  EXPECT_EQ(EventKinds(third),
            (std::vector<std::string>{"booking.confirmed", "booking.device_changed"}));
  EXPECT_EQ(VersionOf("clinics/c/devices/d1"), 3);  // Had, given back, had again.
  EXPECT_EQ(Count("claims"), 9);
  EXPECT_EQ(Overlaps(), 0);
  ExpectNoDevice(Create(With("deep", At(11), "p3")));  // Who needs it has it.
}

// A special room and a special device in one booking: the same visit, which asked for neither, is
// in the way of both.
TEST_P(DevicesTest, RoomAndDeviceAreMadeFreeAtOnce) {
  Set([](domain::Catalogue& catalogue) {
    domain::Offering both = catalogue.offerings["deep"];
    both.id = "both";
    both.room_features = {"quiet"};
    catalogue.offerings["both"] = both;
  });
  const std::string first = IdOf(Create(With("treated", At(10), "p1")));
  const std::string second = IdOf(Create(With("treated", At(10), "p2")));
  const std::string third = IdOf(Create(With("treated", At(10), "p3")));
  ASSERT_EQ(DeviceOf(third), "d3");
  ASSERT_EQ(Get(third).room, "r3");
  ExpectNoDevice(Create(With("both", At(10), "p4")));
  ASSERT_TRUE(Move(second, BookingMove::kCancel).ok());

  const domain::Booking special = Get(IdOf(Create(With("both", At(10), "p4"))));
  EXPECT_EQ(special.room, "r3");
  EXPECT_EQ(special.device, "d3");
  const domain::Booking moved = Get(third);
  EXPECT_EQ(moved.room, "r2");
  EXPECT_EQ(moved.device, "d2");
  EXPECT_EQ(moved.revision, 3);
  EXPECT_EQ(EventKinds(third),
            (std::vector<std::string>{"booking.confirmed", "booking.device_changed",
                                      "booking.room_changed"}));
  EXPECT_EQ(Get(first).revision, 1);
  EXPECT_EQ(Count("claims"), 9);
  EXPECT_EQ(Overlaps(), 0);
}

// Who asked for their room keeps it, and gives up the device all the same. What somebody has who is
// moved to another time is free for who makes way.
TEST_P(DevicesTest, WhoMovesMayChangeDevicesWithWhoMakesWay) {
  Archive({"d2"});
  const std::string moving = IdOf(Create(With("treated", At(10), "p1", "r1")));
  const std::string other = IdOf(Create(With("treated", At(10), "p2", "r2")));
  ASSERT_EQ(DeviceOf(moving), "d1");
  ASSERT_EQ(DeviceOf(other), "d3");
  ASSERT_TRUE(Reschedule(moving, With("deep", At(10), "p1", "r1")).ok());
  EXPECT_EQ(DeviceOf(moving), "d3");
  EXPECT_EQ(DeviceOf(other), "d1");
  EXPECT_EQ(Get(other).room, "r2");
  EXPECT_EQ(EventKinds(other).back(), "booking.device_changed");
  EXPECT_EQ(Count("claims"), 6);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(DevicesTest, ABegunVisitAHoldAndWhoHasNoOtherKeepTheirDevice) {
  Archive({"d2"});
  const auto take_d3 = [&](absl::Time start, bool hold) {
    const std::string blocker = IdOf(Create(With("treated", start, "p1", "r1")));
    const domain::SlotRequest slot = With("treated", start, "p2", "r2");
    const std::string id = IdOf(hold ? Hold(slot) : Create(slot));
    EXPECT_EQ(DeviceOf(id), "d3");
    EXPECT_TRUE(Move(blocker, BookingMove::kCancel).ok());
    return id;
  };
  const std::string begun = take_d3(At(10), false);
  clock_.Set(At(10));
  ExpectNoDevice(Create(With("deep", At(10, 30), "p3")));
  const std::string hold = take_d3(At(14), true);
  ExpectNoDevice(Create(With("deep", At(14), "p3")));
  const std::string last = take_d3(At(12), false);
  Archive({"d1", "d2"});
  ExpectNoDevice(Create(With("deep", At(12), "p3")));
  // Its offering takes none any more: nobody says what would do as well.
  Set([](domain::Catalogue& catalogue) { catalogue.offerings["treated"].device_kind.clear(); });
  ExpectNoDevice(Create(With("deep", At(12), "p3")));
  for (const std::string& id : {begun, hold, last}) EXPECT_EQ(Get(id).revision, 1) << id;
}

// Devices and rooms are given, given up and taken back while everybody hurries: nobody shares.
TEST_P(DevicesTest, ManyAtOnceNeverShareADevice) {
  constexpr int kCallers = 6;
  Set([](domain::Catalogue& catalogue) { catalogue.offerings["quiet"].notice_minutes = 0; });
  std::vector<std::thread> threads;
  threads.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 8; ++n) {
        const char* const offerings[] = {"treated", "deep", "massage", "treated", "quiet"};
        const auto reply = Create(
            With(offerings[(i + n) % 5], At(9 + (i * 3 + n) % 5), absl::StrCat("p", 1 + i % 4)));
        if (!reply.ok()) {
          const std::string reason = ReasonOf(reply.status());
          EXPECT_TRUE(reason == "SLOT_TAKEN" || reason == "TX_CONFLICT") << reply.status();
        } else if (n % 3 == 0) {
          EXPECT_TRUE(Move(IdOf(reply), BookingMove::kCancel).ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(DevicesTest, ItsTurnoverIsItsOwnAndIsFrozen) {
  Archive({"d2", "d3"});
  const std::string first = IdOf(Create(With("treated", At(10), "p1", "r1")));
  EXPECT_EQ(Get(first).device_turnover, absl::Minutes(15));
  ExpectNoDevice(Create(With("treated", At(11), "p1", "r1")));
  EXPECT_TRUE(Create(Slot(At(11), "p1", "r1")).ok());  // Room and practitioner are free.
  EXPECT_TRUE(Create(With("treated", At(11, 15), "p2", "r2")).ok());
  EXPECT_EQ(VersionOf("clinics/c/devices/d1"), 2);
  EXPECT_EQ(Get(first).device_turnover, absl::Minutes(15));
}

TEST_P(DevicesTest, WhoTakesNoneTouchesNone) {
  const std::string id = IdOf(Create(Slot(At(10))));
  EXPECT_EQ(DeviceOf(id), "");
  EXPECT_EQ(Count("claims"), 2);
  for (const char* device : {"d1", "d2", "d3"}) {
    EXPECT_EQ(VersionOf(absl::StrCat("clinics/c/devices/", device)), 0);
  }
}

TEST_P(DevicesTest, AHoldKeepsItAndGivesItBack) {
  Archive({"d2", "d3"});
  const std::string held = IdOf(Hold(With("treated", At(10), "p1", "r1")));
  ExpectNoDevice(Create(With("treated", At(10), "p2", "r2")));
  ASSERT_TRUE(Move(held, BookingMove::kConfirm).ok());
  clock_.Advance(domain::kHoldMax);
  ExpectNoDevice(Create(With("treated", At(10), "p2", "r2")));
  ASSERT_TRUE(Move(held, BookingMove::kCancel).ok());
  const std::string again = IdOf(Hold(With("treated", At(10), "p2", "r2")));
  ASSERT_TRUE(Move(again, BookingMove::kRelease).ok());
  const std::string third = IdOf(Hold(With("treated", At(10), "p2", "r2")));
  clock_.Advance(domain::kHoldDefault);
  // One that ran out is expired on the way, though only its device is wanted.
  EXPECT_EQ(DeviceOf(IdOf(Create(With("treated", At(10), "p1", "r1")))), "d1");
  EXPECT_EQ(Get(third).state, BookingState::kExpired);
  EXPECT_EQ(Count("claims"), 3);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(DevicesTest, MovesWithItsVisit) {
  const std::string id = IdOf(Create(With("treated", At(10), "p1", "r1")));
  // Over itself, and keeping the device.
  ASSERT_TRUE(Reschedule(id, With("treated", At(10, 30), "p1", "r1")).ok());
  EXPECT_EQ(DeviceOf(id), "d1");
  const std::string other = IdOf(Create(With("treated", At(13), "p2", "r2")));
  ASSERT_EQ(DeviceOf(other), "d2");
  ASSERT_TRUE(Reschedule(other, With("treated", At(10, 30), "p2", "r2")).ok());
  const std::string third = IdOf(Create(With("treated", At(14), "p3", "r1")));
  ASSERT_EQ(DeviceOf(third), "d1");
  // Its own is taken there: another is found.
  ASSERT_TRUE(Reschedule(third, With("treated", At(10, 30), "p3", "r3")).ok());
  EXPECT_EQ(DeviceOf(third), "d3");
  // To something that takes none, and back.
  ASSERT_TRUE(Reschedule(id, With("massage", At(10), "p1", "r1")).ok());
  EXPECT_EQ(DeviceOf(id), "");
  EXPECT_EQ(Count("claims"), 8);
  ASSERT_TRUE(Reschedule(id, With("treated", At(10), "p1", "r1")).ok());
  EXPECT_EQ(DeviceOf(id), "d1");
  EXPECT_EQ(Count("claims"), 9);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(DevicesTest, ARefusedMoveLeavesItWhereItWas) {
  const std::string deep = IdOf(Create(With("deep", At(10), "p1", "r1")));
  const std::string other = IdOf(Create(With("deep", At(13), "p2", "r2")));
  ExpectNoDevice(Reschedule(other, With("deep", At(10, 30), "p2", "r2")));
  EXPECT_EQ(Get(other).start, At(13));
  EXPECT_EQ(Get(other).revision, 1);
  EXPECT_EQ(Count("claims"), 6);
}

TEST_P(DevicesTest, WhoMakesRoomKeepsTheirDevice) {
  Set([](domain::Catalogue& catalogue) { catalogue.rooms.erase("clinics/c/rooms/r2"); });
  const std::string blocker = IdOf(Create(Slot(At(10), "p2", "r1")));
  const std::string any = IdOf(Create(With("treated", At(10), "p1")));
  ASSERT_EQ(Get(any).room, "r3");
  ASSERT_TRUE(Move(blocker, BookingMove::kCancel).ok());
  // A visit that takes a device is moved for one that takes one, too.
  const std::string pinned = IdOf(Create(With("treated", At(10), "p3", "r3")));
  EXPECT_EQ(Get(pinned).room, "r3");
  EXPECT_EQ(Get(any).room, "r1");
  EXPECT_EQ(DeviceOf(any), "d1");
  EXPECT_EQ(DeviceOf(pinned), "d2");
  EXPECT_EQ(EventKinds(any).back(), "booking.room_changed");
  EXPECT_EQ(Count("claims"), 6);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(DevicesTest, AnArchivedOneIsKeptByThoseWhoHaveIt) {
  const std::string id = IdOf(Create(With("deep", At(10), "p1", "r1")));
  Archive({"d3"});
  EXPECT_EQ(ReasonOf(Create(With("deep", At(13), "p1", "r1")).status()), "DEVICE_UNSUITABLE");
  EXPECT_EQ(DeviceOf(id), "d3");
  EXPECT_EQ(Count("claims"), 3);
  ASSERT_TRUE(Reschedule(id, With("treated", At(13), "p1", "r1")).ok());
  EXPECT_EQ(DeviceOf(id), "d1");
}

TEST_P(DevicesTest, AnOutdatedCatalogueLendsNone) {
  const std::string first = IdOf(Create(With("treated", At(10), "p2", "r2")));
  const auto before = catalogues_.catalogue;
  Archive({"d1", "d2", "d3"});
  catalogues_.outdated = before;
  EXPECT_EQ(ReasonOf(Create(With("treated", At(12), "p1", "r1")).status()), "DEVICE_UNSUITABLE");
  EXPECT_EQ(Count("bookings"), 1);
}

// Scenario 16, of devices: three people with three rooms and one device.
TEST_P(DevicesTest, Scenario16OneDeviceIsHadOnce) {
  constexpr int kPeople = 3;
  for (int round = 0; round < 5; ++round) {
    const absl::Time start = At(9 + round);
    std::atomic<int> had = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kPeople; ++i) {
      threads.emplace_back([&, i] {
        const auto reply =
            Create(With("deep", start, absl::StrCat("p", i + 1), absl::StrCat("r", i + 1)));
        had += reply.ok() ? 1 : 0;
        if (!reply.ok()) ExpectNoDevice(reply);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(had, 1) << round;
  }
  EXPECT_EQ(Count("claims"), 15);
  EXPECT_EQ(Overlaps(), 0);
}

// As many devices as people who come at once: each finds one, in whatever order they find them
// taken.
TEST_P(DevicesTest, NobodyIsRefusedWhileOneIsFree) {
  for (int round = 0; round < 4; ++round) {
    const absl::Time start = At(9 + 2 * round);
    EXPECT_THAT(CreateAtOnce({With("treated", start, "p1"), With("treated", start, "p2"),
                              With("treated", start, "p3")}),
                Each("DONE"));
  }
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, DevicesTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
