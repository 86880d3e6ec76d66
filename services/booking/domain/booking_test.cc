#include "services/booking/domain/booking.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "common/error/error.h"
#include "services/booking/domain/claim.h"

namespace stillpoint::booking::domain {
namespace {

using M = BookingMove;
using S = BookingState;

constexpr S kStates[] = {S::kHeld,     S::kConfirmed, S::kCheckedIn, S::kInSession, S::kCompleted,
                         S::kReleased, S::kExpired,   S::kCancelled, S::kNoShow};
constexpr M kMoves[] = {M::kConfirm,    M::kRelease,    M::kExpire,   M::kReschedule,
                        M::kCancel,     M::kCheckIn,    M::kStart,    M::kComplete,
                        M::kMarkNoShow, M::kChangeRoom, M::kWaiveFee, M::kChangeDevice};

// Every pair of state and move: allowed exactly if written here.
TEST(BookingStepsTest, OnlyTheListedMovesHappen) {
  const std::set<std::pair<S, M>> allowed = {
      {S::kHeld, M::kConfirm},
      {S::kHeld, M::kRelease},
      {S::kHeld, M::kExpire},
      {S::kConfirmed, M::kCheckIn},
      {S::kConfirmed, M::kReschedule},
      {S::kConfirmed, M::kCancel},
      {S::kConfirmed, M::kMarkNoShow},
      {S::kCheckedIn, M::kStart},
      {S::kCheckedIn, M::kCancel},
      {S::kCheckedIn, M::kMarkNoShow},
      {S::kInSession, M::kComplete},
      {S::kConfirmed, M::kChangeRoom},
      {S::kConfirmed, M::kWaiveFee},
      {S::kCheckedIn, M::kWaiveFee},
      {S::kInSession, M::kWaiveFee},
      {S::kCompleted, M::kWaiveFee},
      {S::kCancelled, M::kWaiveFee},
      {S::kNoShow, M::kWaiveFee},
      {S::kConfirmed, M::kChangeDevice},
  };
  for (const S state : kStates) {
    for (const M move : kMoves) {
      const auto step = FindStep(state, move);
      EXPECT_EQ(step.ok(), allowed.contains({state, move}))
          << BookingStateName(state) << " move " << static_cast<int>(move);
      if (step.ok()) continue;
      EXPECT_EQ(step.status().code(), absl::StatusCode::kFailedPrecondition);
      if (ReasonOf(step.status()) != "HOLD_EXPIRED") {
        EXPECT_EQ(ReasonOf(step.status()), "BOOKING_STATE");
        EXPECT_EQ(MetadataOf(step.status())["state"], BookingStateName(state));
      }
    }
  }
}

TEST(BookingStepsTest, ConfirmingAnExpiredHoldSaysSo) {
  EXPECT_EQ(ReasonOf(FindStep(S::kExpired, M::kConfirm).status()), "HOLD_EXPIRED");
}

TEST(BookingTest, EveryChangeChangesTheEtag) {
  Booking booking;
  const std::string before = EtagOf(booking);
  EXPECT_TRUE(CheckEtag(booking, before).ok());
  EXPECT_TRUE(CheckEtag(booking, "").ok());
  booking = Advance(booking, *FindStep(S::kHeld, M::kConfirm), absl::UnixEpoch());
  EXPECT_EQ(booking.revision, 2);
  EXPECT_EQ(ReasonOf(CheckEtag(booking, before)), "ETAG_MISMATCH");
}

TEST(BookingTest, ArrivalIsJudgedOnTheLocalDateOfTheClinic) {
  absl::TimeZone edmonton;
  ASSERT_TRUE(absl::LoadTimeZone("America/Edmonton", &edmonton));
  Booking booking;
  booking.start = absl::FromCivil(absl::CivilMinute(2027, 3, 8, 20, 0), edmonton);  // 03:00 UTC.
  const auto at = [&](int day, int hour) {
    return absl::FromCivil(absl::CivilMinute(2027, 3, day, hour, 0), edmonton);
  };
  EXPECT_TRUE(CheckArrivalDay(booking, at(8, 0), edmonton).ok());
  EXPECT_TRUE(CheckArrivalDay(booking, at(8, 23), edmonton).ok());
  EXPECT_EQ(ReasonOf(CheckArrivalDay(booking, at(7, 23), edmonton)), "CHECK_IN_WRONG_DAY");
  EXPECT_EQ(ReasonOf(CheckArrivalDay(booking, at(9, 0), edmonton)), "CHECK_IN_WRONG_DAY");
}

Booking TenToEleven() {
  Booking booking;
  booking.id = "b1";
  booking.clinic = "c1";
  booking.practitioner = "p1";
  booking.room = "r1";
  booking.start = absl::UnixEpoch() + absl::Hours(10);
  booking.end = absl::UnixEpoch() + absl::Hours(11);
  booking.buffer_before = absl::Minutes(5);
  booking.buffer_after = absl::Minutes(10);
  booking.turnover = absl::Minutes(15);
  return booking;
}

TEST(ClaimTest, PractitionerIsClaimedWithBuffersAndTheRoomWithItsTurnover) {
  const Booking booking = TenToEleven();
  const auto claims = ClaimsOf(booking);
  ASSERT_EQ(claims.size(), 2u);
  EXPECT_EQ(claims[0].resource, "practitioners/p1");
  EXPECT_EQ(claims[0].start, booking.start - absl::Minutes(5));
  EXPECT_EQ(claims[0].end, booking.end + absl::Minutes(10));
  EXPECT_EQ(claims[1].resource, "clinics/c1/rooms/r1");
  EXPECT_EQ(claims[1].start, booking.start);
  EXPECT_EQ(claims[1].end, booking.end + absl::Minutes(15));
}

TEST(ClaimTest, OnlyAHoldRunsOutAndWhatIsCalledOffOccupiesNothing) {
  Booking booking = TenToEleven();
  booking.hold_expires = booking.start;
  EXPECT_EQ(ClaimsOf(booking)[0].expires, booking.hold_expires);
  booking.state = S::kConfirmed;
  EXPECT_FALSE(ClaimsOf(booking)[0].expires.has_value());
  for (const S state : {S::kReleased, S::kExpired, S::kCancelled}) {
    booking.state = state;
    EXPECT_TRUE(ClaimsOf(booking).empty());
  }
}

TEST(StartByZoneTest, KeepsTheLocalTime) {
  absl::TimeZone toronto;
  ASSERT_TRUE(absl::LoadTimeZone("America/Toronto", &toronto));
  const auto at = [](const char* text) {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
    return time;
  };
  Booking booking;
  booking.start = at("2027-06-07T14:00:00Z");
  EXPECT_EQ(StartByZone(booking, toronto), booking.start);  // Nobody knows.
  booking.local_start = absl::CivilSecond(2027, 6, 7, 10, 0, 0);
  EXPECT_EQ(StartByZone(booking, toronto), booking.start);
  booking.local_start = absl::CivilSecond(2027, 6, 7, 11, 0, 0);
  EXPECT_EQ(StartByZone(booking, toronto), at("2027-06-07T15:00:00Z"));
  // Either of the two is where it was agreed; from elsewhere it comes to the first.
  booking.local_start = absl::CivilSecond(2027, 11, 7, 1, 30, 0);
  for (const char* start : {"2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z"}) {
    booking.start = at(start);
    EXPECT_EQ(StartByZone(booking, toronto), booking.start);
  }
  booking.start = at("2027-11-07T04:30:00Z");
  EXPECT_EQ(StartByZone(booking, toronto), at("2027-11-07T05:30:00Z"));
  // What does not exist is moved forward by the gap.
  booking.local_start = absl::CivilSecond(2027, 3, 14, 2, 30, 0);
  EXPECT_EQ(StartByZone(booking, toronto), at("2027-03-14T07:30:00Z"));
}

}  // namespace
}  // namespace stillpoint::booking::domain
