#include "services/booking/domain/busy_month.h"

#include "gtest/gtest.h"

namespace stillpoint::booking::domain {
namespace {

absl::Time Utc(int year, int month, int day, int hour = 0, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(year, month, day, hour, minute), absl::UTCTimeZone());
}

TEST(BusyMonth, MonthsMeetWithoutGapOrOverlap) {
  for (Month month = -14; month < 1000; ++month) {
    EXPECT_EQ(MonthOf(MonthBegin(month)), month);
    EXPECT_EQ(MonthOf(MonthBegin(month + 1) - 1), month);
  }
}

TEST(BusyMonth, AClaimAcrossTheEndOfAMonthIsInBoth) {
  const Month march = MonthOf(TickFloor(Utc(2027, 3, 1)));
  BusyMonth first(march);
  BusyMonth second(march + 1);
  for (BusyMonth* month : {&first, &second})
    month->Add(Utc(2027, 3, 31, 23), Utc(2027, 4, 1, 1), {});
  EXPECT_EQ(first.agreed.Count(), 12);
  EXPECT_EQ(second.agreed.Count(), 12);
}

TEST(BusyMonth, AHoldOccupiesUntilItExpires) {
  BusyMonth busy(MonthOf(TickFloor(Utc(2027, 3, 1))));
  const absl::Time expires = Utc(2027, 3, 1, 9);
  busy.Add(Utc(2027, 3, 2, 10), Utc(2027, 3, 2, 11), expires);
  Bits before(busy.agreed.begin(), busy.agreed.end());
  before.Set(before.begin(), before.end());
  Bits at = before;
  busy.TakeFrom(before, expires - absl::Microseconds(1));
  busy.TakeFrom(at, expires);
  EXPECT_EQ(at.Count() - before.Count(), 12);
}

TEST(BusyMonth, BytesGiveTheSameBackAndNothingElseDoes) {
  BusyMonth busy(MonthOf(TickFloor(Utc(2027, 2, 1))));
  busy.Add(Utc(2027, 2, 28, 23), Utc(2027, 3, 1, 1), {});
  busy.Add(Utc(2027, 2, 3, 10), Utc(2027, 2, 3, 11), Utc(2027, 2, 1));
  const std::string bytes = EncodeBusyMonth(busy);
  const auto back = DecodeBusyMonth(busy.month, bytes);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(EncodeBusyMonth(*back), bytes);
  EXPECT_EQ(back->holds, busy.holds);
  EXPECT_EQ(DecodeBusyMonth(busy.month, bytes.substr(1)), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month + 1, bytes), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month, ""), nullptr);
}

}  // namespace
}  // namespace stillpoint::booking::domain
