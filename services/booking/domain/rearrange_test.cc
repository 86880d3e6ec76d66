// Random small clinics: who makes way does so rightly, and where all visits are at one time,
// somebody can exactly if all of them have a matching. The same of rooms and of devices.
#include "services/booking/domain/rearrange.h"

#include <algorithm>
#include <map>
#include <random>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::domain {
namespace {

// Not more than a chain may vacate, so that none is too long.
constexpr int kUnitsMax = kRearrangeDepthMax;
constexpr int kCases = 2000;

template <typename T>
class RearrangePropertyTest : public ::testing::Test {
 protected:
  static constexpr bool kRooms = std::is_same_v<T, Room>;

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  auto& Units() {
    if constexpr (kRooms) {
      return catalogue_.rooms;
    } else {
      return catalogue_.devices;
    }
  }
  static std::string& NameIn(Booking& booking) { return kRooms ? booking.room : booking.device; }
  static absl::Duration& TurnoverIn(Booking& booking) {
    return kRooms ? booking.turnover : booking.device_turnover;
  }
  const T* UnitOf(Booking booking) {
    const std::string& name = NameIn(booking);
    return &Units().at(kRooms ? RoomResource("c", name) : DeviceResource("c", name));
  }
  std::vector<const T*> SuitableFor(const Offering& offering) {
    if constexpr (kRooms) {
      return SuitableRooms(catalogue_, offering, catalogue_.clinics["c"]);
    } else {
      return SuitableDevices(catalogue_, offering, catalogue_.clinics["c"]);
    }
  }

  // Rooms (or devices) with A, B, both or neither, and an offering for each of that.
  void NewClinic(bool turnovers) {
    catalogue_ = Catalogue();
    catalogue_.clinics["c"].id = "c";
    for (int features = 0; features < 4; ++features) {
      std::vector<std::string> all;
      if ((features & 1) != 0) all.push_back("A");
      if ((features & 2) != 0) all.push_back("B");
      Offering& offering = catalogue_.offerings[absl::StrCat("o", features)];
      offering.id = absl::StrCat("o", features);
      (kRooms ? offering.room_kind : offering.device_kind) = "kind";
      (kRooms ? offering.room_features : offering.device_features) = all;
      T unit;
      unit.clinic = "c";
      unit.kind = "kind";
      unit.features = all;
      for (int i = Below(kUnitsMax); i > 0 && Units().size() < kUnitsMax; --i) {
        unit.id = absl::StrCat("u", features, i);
        unit.turnover_minutes = turnovers ? 5 * Below(4) : 0;
        Units()[unit.resource()] = unit;
      }
    }
  }

  void BookAny(absl::Time start) {
    Booking booking;
    booking.id = absl::StrCat("b", bookings_.size());
    booking.clinic = "c";
    booking.offering = absl::StrCat("o", Below(4));
    booking.room = absl::StrCat("of ", booking.id);  // Where this is about devices.
    booking.state = BookingState::kConfirmed;
    booking.start = start;
    booking.end = start + absl::Hours(1);
    booking.room_asked = Below(4) == 0;
    std::vector<const T*> suitable = SuitableFor(catalogue_.offerings[booking.offering]);
    std::shuffle(suitable.begin(), suitable.end(), random_);
    for (const T* unit : suitable) {
      NameIn(booking) = unit->id;
      TurnoverIn(booking) = absl::Minutes(unit->turnover_minutes);
      if (!IsFree(*unit, booking)) continue;
      bookings_.push_back(booking);
      return;
    }
  }

  // Whether nobody else has `unit` while `visit` would have it.
  bool IsFree(const T& unit, const Booking& visit) {
    const absl::Time until = visit.end + absl::Minutes(unit.turnover_minutes);
    return std::none_of(bookings_.begin(), bookings_.end(), [&](Booking other) {
      return other.id != visit.id && UnitOf(other) == &unit && other.start < until &&
             visit.start < other.end + TurnoverIn(other);
    });
  }

  std::optional<Rearrangement<T>> Find(const Booking& wanted) {
    SlotCandidates candidates;
    candidates.clinic = &catalogue_.clinics["c"];
    candidates.offering = &catalogue_.offerings[wanted.offering];
    candidates.start = wanted.start;
    candidates.end = wanted.end;
    candidates.rooms = SuitableRooms(catalogue_, *candidates.offering, *candidates.clinic);
    candidates.devices = SuitableDevices(catalogue_, *candidates.offering, *candidates.clinic);
    std::vector<Claim> claims;
    for (const Booking& booking : bookings_) {
      for (const Claim& claim : ClaimsOf(booking)) claims.push_back(claim);
    }
    return FindRearrangement<T>(catalogue_, candidates, claims, bookings_, /*moving=*/nullptr,
                                now_);
  }

  // Makes the moves, each of which must be allowed when it is its turn.
  void Make(const Rearrangement<T>& plan, const Booking& wanted) {
    std::map<std::string, int> moved;
    for (const ResourceMove& move : plan.moves) {
      const T* to = nullptr;
      if constexpr (kRooms) {
        to = move.room;
        EXPECT_EQ(move.device, nullptr);
        EXPECT_FALSE(move.booking.room_asked);
      } else {
        to = move.device;
        EXPECT_EQ(move.room, nullptr);
      }
      ASSERT_NE(to, nullptr);
      EXPECT_EQ(++moved[move.booking.id], 1);
      EXPECT_GT(move.booking.start, now_);
      EXPECT_TRUE(catalogue_.offerings[move.booking.offering].Suits(*to));
      EXPECT_TRUE(IsFree(*to, move.booking)) << move.booking.id << " to " << to->id;
      for (Booking& booking : bookings_) {
        if (booking.id != move.booking.id) continue;
        NameIn(booking) = to->id;
        TurnoverIn(booking) = absl::Minutes(to->turnover_minutes);
      }
    }
    EXPECT_TRUE(catalogue_.offerings[wanted.offering].Suits(*plan.vacated));
    EXPECT_TRUE(IsFree(*plan.vacated, wanted));
  }

  // Whether everybody from the `next` one on, and `wanted` at last, could have one that nobody has
  // yet, by trying everything.
  bool AllFit(const Booking& wanted, size_t next, std::vector<const T*>& had) {
    const bool is_last = next == bookings_.size();
    const Booking& booking = is_last ? wanted : bookings_[next];
    std::vector<const T*> could = SuitableFor(catalogue_.offerings[booking.offering]);
    if (!is_last && kRooms && booking.room_asked) could = {UnitOf(booking)};
    for (const T* unit : could) {
      if (std::count(had.begin(), had.end(), unit) > 0) continue;
      if (is_last) return true;
      had.push_back(unit);
      if (AllFit(wanted, next + 1, had)) return true;
      had.pop_back();
    }
    return false;
  }

  std::mt19937 random_{static_cast<uint32_t>(testing::Seed())};
  Catalogue catalogue_;
  std::vector<Booking> bookings_;
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

using Kinds = ::testing::Types<Room, Device>;
TYPED_TEST_SUITE(RearrangePropertyTest, Kinds);

TYPED_TEST(RearrangePropertyTest, SomebodyMakesWayExactlyIfAllFit) {
  int made_way = 0;
  int refused = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", testing::Seed(), ", case ", i));
    this->NewClinic(/*turnovers=*/false);
    this->bookings_.clear();
    for (int n = kUnitsMax; n > 0; --n) this->BookAny(this->now_ + absl::Hours(1));
    Booking wanted;
    wanted.offering = absl::StrCat("o", this->Below(4));
    wanted.start = this->now_ + absl::Hours(1);
    wanted.end = wanted.start + absl::Hours(1);
    std::vector<const TypeParam*> had;
    const auto plan = this->Find(wanted);
    ASSERT_EQ(plan.has_value(), this->AllFit(wanted, 0, had));
    if (plan.has_value()) this->Make(*plan, wanted);
    made_way += plan.has_value() && !plan->moves.empty() ? 1 : 0;
    refused += plan.has_value() ? 0 : 1;
  }
  EXPECT_GT(made_way, kCases / 40);
  EXPECT_GT(refused, kCases / 40);
}

TYPED_TEST(RearrangePropertyTest, WhoMakesWayIsAllowedTo) {
  int made_way = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", testing::Seed(), ", case ", i));
    this->NewClinic(/*turnovers=*/true);
    this->bookings_.clear();
    // Some have begun.
    for (int n = 3 * kUnitsMax; n > 0; --n) {
      this->BookAny(this->now_ + absl::Minutes(5) * (this->Below(48) - 6));
    }
    Booking wanted;
    wanted.offering = absl::StrCat("o", this->Below(4));
    wanted.start = this->now_ + absl::Minutes(5) * this->Below(36);
    wanted.end = wanted.start + absl::Hours(1);
    const auto plan = this->Find(wanted);
    if (!plan.has_value()) continue;
    this->Make(*plan, wanted);
    made_way += plan->moves.empty() ? 0 : 1;
  }
  EXPECT_GT(made_way, kCases / 40);
}

}  // namespace
}  // namespace stillpoint::booking::domain
