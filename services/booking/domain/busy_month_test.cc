#include "services/booking/domain/busy_month.h"

#include <string>

#include "absl/strings/str_cat.h"
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

// "begin+length" in hours of March.
std::string VisitsAt(const BusyMonth& busy, absl::Time now) {
  std::string text;
  busy.EachVisit(now, [&](Tick begin, Tick length, const Surroundings&) {
    absl::StrAppend(&text, text.empty() ? "" : " ", (begin - busy.agreed.begin()) / 12, "+",
                    length / 12);
  });
  return text;
}

TEST(BusyMonth, AVisitIsOfTheMonthInWhichItBegins) {
  const Month march = MonthOf(TickFloor(Utc(2027, 3, 1)));
  BusyMonth first(march);
  BusyMonth second(march + 1);
  const absl::Time expires = Utc(2027, 3, 1, 9);
  for (BusyMonth* month : {&first, &second}) {
    // With a buffer that begins in March, and with one that ends in April.
    month->Add(Utc(2027, 3, 31, 23), Utc(2027, 4, 1, 2), {}, Utc(2027, 4, 1), Utc(2027, 4, 1, 2));
    month->Add(Utc(2027, 3, 31, 20), Utc(2027, 4, 1, 1), {}, Utc(2027, 3, 31, 20),
               Utc(2027, 3, 31, 22));
    month->Add(Utc(2027, 3, 2), Utc(2027, 3, 2, 4), expires, Utc(2027, 3, 2, 1),
               Utc(2027, 3, 2, 3));
    month->Add(Utc(2027, 3, 3), Utc(2027, 3, 3, 4), {});  // A room's.
  }
  EXPECT_EQ(VisitsAt(first, expires - absl::Microseconds(1)), "740+2 25+2");
  EXPECT_EQ(VisitsAt(first, expires), "740+2");
  EXPECT_EQ(VisitsAt(second, expires), "0+2");
}

TEST(BusyMonth, AVisitKnowsItsSurroundingsAlsoBeyondItsMonth) {
  BusyMonth april(MonthOf(TickFloor(Utc(2027, 4, 1))));
  april.Add(Utc(2027, 3, 31, 23), Utc(2027, 4, 1, 3), {}, Utc(2027, 4, 1), Utc(2027, 4, 1, 2), "c",
            absl::Minutes(40));
  april.Add(Utc(2027, 4, 2), Utc(2027, 4, 2, 1), Utc(2027, 5, 1), Utc(2027, 4, 2),
            Utc(2027, 4, 2, 1), "d");
  std::vector<Surroundings> told;
  april.EachVisit(Utc(2027, 4, 1),
                  [&](Tick, Tick, const Surroundings& around) { told.push_back(around); });
  EXPECT_EQ(told, (std::vector<Surroundings>{{"c", 12, 12, 8}, {"d", 0, 0, 0}}));
}

TEST(BusyMonth, BytesGiveTheSameBackAndNothingElseDoes) {
  BusyMonth busy(MonthOf(TickFloor(Utc(2027, 2, 1))));
  busy.Add(Utc(2027, 2, 28, 23), Utc(2027, 3, 1, 1), {}, Utc(2027, 2, 28, 23), Utc(2027, 3, 1),
           "moncton");
  busy.Add(Utc(2027, 2, 3, 10), Utc(2027, 2, 3, 12), Utc(2027, 2, 1), Utc(2027, 2, 3, 10),
           Utc(2027, 2, 3, 11), "toronto");
  busy.Add(Utc(2027, 2, 4, 10), Utc(2027, 2, 4, 12), {}, Utc(2027, 2, 4, 10), Utc(2027, 2, 4, 11),
           "toronto");
  busy.Add(Utc(2027, 2, 5, 10), Utc(2027, 2, 5, 12), {}, Utc(2027, 2, 5, 10), Utc(2027, 2, 5, 11),
           "toronto", absl::Minutes(10));
  const std::string bytes = EncodeBusyMonth(busy);
  const auto back = DecodeBusyMonth(busy.month, bytes);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(EncodeBusyMonth(*back), bytes);
  EXPECT_EQ(back->holds, busy.holds);
  EXPECT_EQ(back->visits, busy.visits);
  EXPECT_EQ(back->surroundings, busy.surroundings);
  EXPECT_EQ(back->surroundings.size(), 3u);  // Two are alike.
  BusyMonth strange = busy;
  strange.visits.back().around = 3;
  EXPECT_EQ(DecodeBusyMonth(busy.month, EncodeBusyMonth(strange)), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month, bytes.substr(1)), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month, bytes.substr(0, bytes.size() - 1)), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month + 1, bytes), nullptr);
  EXPECT_EQ(DecodeBusyMonth(busy.month, ""), nullptr);
}

}  // namespace
}  // namespace stillpoint::booking::domain
