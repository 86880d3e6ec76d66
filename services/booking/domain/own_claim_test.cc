#include "services/booking/domain/own_claim.h"

#include "gtest/gtest.h"

namespace stillpoint::booking::domain {
namespace {

absl::Time At(int day, int hour) {
  return absl::FromCivil(absl::CivilHour(2027, 3, day, hour), absl::UTCTimeZone());
}

Bits Free(const std::vector<std::shared_ptr<const BusyMonth>>& months) {
  Bits free(TickFloor(At(1, 0)), TickFloor(At(61, 0)));
  free.Set(free.begin(), free.end());
  for (const auto& month : months) month->TakeFrom(free, At(1, 0));
  return free;
}

Booking Visit(absl::Time start, absl::Time end) {
  Booking booking;
  booking.id = "b";
  booking.clinic = "c";
  booking.room = "r";
  booking.practitioner = "p";
  booking.start = start;
  booking.end = end;
  booking.buffer_after = absl::Minutes(15);
  booking.state = BookingState::kConfirmed;
  return booking;
}

TEST(OwnClaim, FreesExactlyItsOwnTimeAlsoAcrossAMonthsEnd) {
  const Booking own = Visit(At(31, 23), At(32, 1));  // 1 April.
  auto march = std::make_shared<BusyMonth>(MonthOf(TickFloor(At(1, 0))));
  auto april = std::make_shared<BusyMonth>(march->month + 1);
  for (auto* month : {march.get(), april.get()}) {
    month->Add(own.start, own.end + own.buffer_after, std::nullopt);
    month->Add(At(31, 20), At(31, 23), std::nullopt);  // Another's, just before,
    month->Add(At(32, 2), At(32, 3), At(31, 0));       // and another's hold.
  }
  std::vector<std::shared_ptr<const BusyMonth>> months = {march, april};
  const Bits before = Free(months);
  ForgetOwn(OwnClaimsOf(own, {}), "practitioners/p", months);
  Bits want = before;
  want.Set(TickFloor(own.start), TickFloor(own.end + own.buffer_after));
  const Bits after = Free(months);
  for (Tick at = after.begin(); at < after.end(); ++at) ASSERT_EQ(after.Test(at), want.Test(at));
  EXPECT_FALSE(Free({march, april}).Test(TickFloor(own.start))) << "shared facts were changed";
}

TEST(OwnClaim, AHoldIsForgottenOnItsOwnResourcesOnly) {
  Booking own = Visit(At(8, 10), At(8, 11));
  own.state = BookingState::kHeld;
  own.hold_expires = At(8, 9);
  auto march = std::make_shared<BusyMonth>(MonthOf(TickFloor(At(1, 0))));
  march->Add(own.start, own.end, own.hold_expires);
  std::vector<std::shared_ptr<const BusyMonth>> months = {march};
  ForgetOwn(OwnClaimsOf(own, {}), "practitioners/q", months);
  EXPECT_EQ(months[0], march);
  ForgetOwn(OwnClaimsOf(own, {}), "clinics/c/rooms/r", months);
  EXPECT_TRUE(months[0]->holds.empty());
}

TEST(OwnClaim, TimeThatItSharesIsNotItsOwnToFree) {
  const Booking own = Visit(At(8, 10), At(8, 11));
  Booking other = Visit(At(8, 10), At(8, 12));
  other.id = "other";
  other.room = "elsewhere";
  std::vector<Claim> claims = ClaimsOf(own);
  for (const Claim& claim : ClaimsOf(other)) claims.push_back(claim);
  const std::vector<OwnClaim> kept = OwnClaimsOf(own, claims);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].resource, ClaimsOf(own)[1].resource);  // The room.
}

TEST(OwnClaim, WhatOccupiesNothingFreesNothing) {
  Booking own = Visit(At(8, 10), At(8, 11));
  own.state = BookingState::kCancelled;
  EXPECT_TRUE(OwnClaimsOf(own, {}).empty());
}

}  // namespace
}  // namespace stillpoint::booking::domain
