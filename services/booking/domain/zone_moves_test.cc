#include "services/booking/domain/zone_moves.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/testing/seed.h"

namespace stillpoint::booking::domain {
namespace {

// Of an hour, agreed in the order of their ids, at an hour of one day.
Booking Visit(const std::string& id, int hour, const std::string& practitioner = "p1",
              const std::string& clinic = "a") {
  Booking booking;
  booking.id = id;
  booking.practitioner = practitioner;
  booking.clinic = clinic;
  booking.room = practitioner;
  booking.start = absl::UnixEpoch() + absl::Hours(hour);
  booking.end = booking.start + absl::Hours(1);
  booking.state = BookingState::kConfirmed;
  return booking;
}

ZoneMover Mover(const Booking& booking, int hours) {
  ZoneMover mover{.before = booking, .after = booking};
  mover.after.start += absl::Hours(hours);
  mover.after.end += absl::Hours(hours);
  return mover;
}

// "ID" of those that go, "ID!" of those that stay, "ID?" of those with a concern.
std::string Decided(std::vector<ZoneMover>& movers, const std::vector<Booking>& fixed = {},
                    const Catalogue& catalogue = {}) {
  std::vector<Claim> claims;
  for (const Booking& booking : fixed) {
    for (const Claim& claim : ClaimsOf(booking)) claims.push_back(claim);
  }
  DecideZoneMoves(catalogue, claims, absl::MakeSpan(movers));
  return absl::StrJoin(movers, " ", [](std::string* out, const ZoneMover& mover) {
    absl::StrAppend(out, mover.before.id, mover.taken.has_value() ? "!" : "",
                    mover.concern != ZoneConcern::kNone ? "?" : "");
  });
}

TEST(ZoneMovesTest, ARowGoesAndTwoChangePlaces) {
  std::vector<ZoneMover> row = {Mover(Visit("1", 9), 1), Mover(Visit("2", 10), 1),
                                Mover(Visit("3", 11), 1)};
  EXPECT_EQ(Decided(row), "1 2 3");
  std::vector<ZoneMover> pair = {Mover(Visit("1", 9), 1), Mover(Visit("2", 10), -1)};
  EXPECT_EQ(Decided(pair), "1 2");
}

TEST(ZoneMovesTest, WhoDependsOnOneThatStaysStays) {
  std::vector<ZoneMover> row = {Mover(Visit("1", 9), 1), Mover(Visit("2", 10), 1),
                                Mover(Visit("3", 14), 1)};
  EXPECT_EQ(Decided(row, {Visit("f", 11)}), "1! 2! 3");
  EXPECT_EQ(row[1].taken, "practitioners/p1");
  // Only the room is the same.
  Booking other = Visit("f", 10, "p2");
  other.room = "p1";
  std::vector<ZoneMover> one = {Mover(Visit("1", 9), 1)};
  EXPECT_EQ(Decided(one, {other}), "1!");
  EXPECT_EQ(one[0].taken, "clinics/a/rooms/p1");
  other.clinic = "b";
  EXPECT_EQ(Decided(one = {Mover(Visit("1", 9), 1)}, {other}), "1");
  // What is known beforehand is kept.
  std::vector<ZoneMover> told = {Mover(Visit("1", 9), 1), Mover(Visit("2", 10), 1)};
  told[1].taken = "practitioners/p1";
  EXPECT_EQ(Decided(told), "1! 2!");
}

TEST(ZoneMovesTest, OfTwoThatWouldMeetTheFirstToBeBookedGoes) {
  std::vector<ZoneMover> meet = {Mover(Visit("2", 9), 1), Mover(Visit("1", 11), -1)};
  EXPECT_EQ(Decided(meet), "2! 1");
  meet = {Mover(Visit("2", 9), 1), Mover(Visit("1", 11), -1)};
  meet[1].before.created = absl::UnixEpoch() + absl::Hours(1);
  meet[0].before.created = absl::UnixEpoch();
  EXPECT_EQ(Decided(meet), "2 1!");
}

TEST(ZoneMovesTest, TellsOfWaysAndBuffersThatAreTooShort) {
  Catalogue catalogue;
  catalogue.travel = {{"a", {{"b", 30}}}, {"b", {{"a", 30}}}};
  std::vector<ZoneMover> movers = {Mover(Visit("1", 9), 1)};
  EXPECT_EQ(Decided(movers, {Visit("f", 11, "p1", "b")}, catalogue), "1?");
  EXPECT_EQ(movers[0].concern, ZoneConcern::kTravel);
  EXPECT_EQ(Decided(movers, {Visit("f", 12, "p1", "b"), Visit("f", 11, "p2", "b")}, catalogue),
            "1");
  // Both move; the way stays as long as it was.
  movers = {Mover(Visit("1", 9), 1), Mover(Visit("2", 11, "p1", "b"), 1)};
  EXPECT_EQ(Decided(movers, {}, catalogue), "1 2");
  // The other would have, but stays.
  EXPECT_EQ(Decided(movers, {Visit("f", 12, "p1", "b")}, catalogue), "1? 2!");
  Booking lead = Visit("f", 11);
  lead.buffers = BufferPolicy::kMax;
  lead.buffer_before = absl::Minutes(15);
  EXPECT_EQ(Decided(movers = {Mover(Visit("1", 9), 1)}, {lead}, catalogue), "1?");
  EXPECT_EQ(movers[0].concern, ZoneConcern::kBuffer);
  // A buffer that is in the claim is not short: it is in the way.
  lead.buffers = BufferPolicy::kSum;
  EXPECT_EQ(Decided(movers = {Mover(Visit("1", 9), 1)}, {lead}, catalogue), "1!");
}

TEST(ZoneMovesTest, WhatStaffPutBesideAnotherGoesWithIt) {
  Booking beside = Visit("2", 9);
  beside.room = "elsewhere";
  beside.override_of.rules = {PolicyRule::kOneVisitAtATime};
  std::vector<ZoneMover> both = {Mover(Visit("1", 9), 1), Mover(beside, 1)};
  EXPECT_EQ(Decided(both), "1? 2?");
  // The room is not shared.
  beside.room = Visit("1", 9).room;
  both = {Mover(Visit("1", 9), 1), Mover(beside, 1)};
  EXPECT_EQ(Decided(both), "1 2!");
}

bool Overlap(const Booking& a, const Booking& b) {
  return a.practitioner == b.practitioner && a.start < b.end && b.start < a.end;
}

// Visits of two people on a few hours, some of which go to and fro by one or two.
TEST(ZoneMovesTest, NoTwoMeetAndNobodyStaysWithoutCause) {
  const uint64_t seed = testing::Seed();
  RecordProperty("seed", absl::StrCat(seed));
  std::mt19937_64 random(seed);
  const auto upto = [&](int count) { return static_cast<int>(random() % count); };
  int went = 0, stayed = 0;
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", round ", round));
    std::vector<ZoneMover> movers;
    std::vector<Booking> fixed;
    for (int hour = 3; hour < 10; ++hour) {
      for (const char* practitioner : {"p1", "p2"}) {
        if (upto(3) == 0) continue;
        const Booking visit = Visit(absl::StrCat(random() % 100'000), hour, practitioner);
        const int hours = upto(4) == 0 ? -1 : upto(2) + 1;
        if (upto(4) == 0)
          fixed.push_back(visit);
        else
          movers.push_back(Mover(visit, hours));
      }
    }
    (void)Decided(movers, fixed);
    for (const ZoneMover& mover : movers) {
      const bool goes = !mover.taken.has_value();
      ++(goes ? went : stayed);
      bool has_cause = false;
      for (const Booking& other : fixed) {
        EXPECT_FALSE(goes && Overlap(mover.after, other));
        has_cause = has_cause || Overlap(mover.after, other);
      }
      for (const ZoneMover& other : movers) {
        if (&other == &mover) continue;
        const Booking& place = other.taken.has_value() ? other.before : other.after;
        EXPECT_FALSE(goes && Overlap(mover.after, place));
        has_cause = has_cause || (other.taken.has_value() && Overlap(mover.after, other.before)) ||
                    (other.before.id < mover.before.id && Overlap(mover.after, other.after));
      }
      EXPECT_EQ(goes, !has_cause);
    }
  }
  EXPECT_GT(went, 1000);
  EXPECT_GT(stayed, 1000);
}

}  // namespace
}  // namespace stillpoint::booking::domain
