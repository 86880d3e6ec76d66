// One caller at a time: what can be booked, and what becomes of it.
#include <gtest/gtest.h>

#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;
using domain::BookingState;
using ::testing::ValuesIn;

class BookingLifeTest : public LedgerTest {};

TEST_P(BookingLifeTest, HoldIsConfirmedAndTreated) {
  const std::string id = IdOf(Hold(Slot(At(10))));
  EXPECT_EQ(Get(id).state, BookingState::kHeld);
  EXPECT_EQ(Get(id).hold_expires, clock_.TimeNow() + domain::kHoldDefault);
  ASSERT_TRUE(Move(id, BookingMove::kConfirm).ok());
  EXPECT_FALSE(Get(id).hold_expires.has_value());
  clock_.Set(At(9, 50));
  ASSERT_TRUE(Move(id, BookingMove::kCheckIn).ok());
  ASSERT_TRUE(Move(id, BookingMove::kStart).ok());
  ASSERT_TRUE(Move(id, BookingMove::kComplete).ok());
  EXPECT_EQ(Get(id).revision, 5);
  EXPECT_EQ(EventKinds(id),
            (std::vector<std::string>{"booking.held", "booking.confirmed", "booking.checked_in",
                                      "booking.started", "booking.completed"}));
}

TEST_P(BookingLifeTest, Scenario15BookingsAreHalfOpen) {
  ASSERT_TRUE(Create(Slot(At(10))).ok());
  EXPECT_TRUE(Create(Slot(At(9))).ok());
  EXPECT_TRUE(Create(Slot(At(11))).ok());
  EXPECT_EQ(ReasonOf(Create(Slot(At(10, 55), "p1", "r2")).status()), "SLOT_TAKEN");
}

TEST_P(BookingLifeTest, ATakenTimeNamesTheResourceAndOffersOthers) {
  ASSERT_TRUE(Create(Slot(At(10))).ok());
  auto facts = MetadataOf(Create(Slot(At(10), "p2", "r1")).status());
  EXPECT_EQ(facts["resource"], "room");
  EXPECT_EQ(facts["resource_name"], "organizations/o/clinics/c/rooms/r1");
  EXPECT_EQ(facts["alternatives"],
            "2027-03-08T18:00:00Z,2027-03-08T19:00:00Z,2027-03-08T20:00:00Z");
  facts = MetadataOf(Create(Slot(At(10), "p1", "r2")).status());
  EXPECT_EQ(facts["resource"], "practitioner");
  EXPECT_EQ(facts["resource_name"], "organizations/o/practitioners/p1");
  EXPECT_EQ(Count("bookings"), 1);
}

// A hold keeps a range, not a start: 10:00-11:00 hides 10:30 and a 90-minute 09:45 too.
TEST_P(BookingLifeTest, AHoldKeepsItsWholeRangeUntilItExpires) {
  const std::string id = IdOf(Hold(Slot(At(10))));
  EXPECT_EQ(ReasonOf(Hold(Slot(At(10, 30))).status()), "SLOT_TAKEN");
  domain::SlotRequest longer = Slot(At(9, 45));
  longer.minutes = 90;
  EXPECT_EQ(ReasonOf(Hold(longer).status()), "SLOT_TAKEN");
  clock_.Advance(domain::kHoldDefault);
  const std::string next = IdOf(Hold(longer));
  EXPECT_EQ(Get(id).state, BookingState::kExpired);
  EXPECT_EQ(ReasonOf(Move(id, BookingMove::kConfirm).status()), "HOLD_EXPIRED");
  EXPECT_TRUE(Move(next, BookingMove::kConfirm).ok());
  EXPECT_EQ(EventKinds(id), (std::vector<std::string>{"booking.held", "booking.expired"}));
}

TEST_P(BookingLifeTest, ConfirmingIsJudgedAtTheInstantOfExpiry) {
  const std::string id = IdOf(Hold(Slot(At(10))));
  clock_.Advance(domain::kHoldDefault - absl::Microseconds(1));
  EXPECT_TRUE(Move(id, BookingMove::kConfirm).ok());
  const std::string late = IdOf(Hold(Slot(At(11))));
  clock_.Advance(domain::kHoldDefault);
  EXPECT_EQ(ReasonOf(Move(late, BookingMove::kConfirm).status()), "HOLD_EXPIRED");
}

TEST_P(BookingLifeTest, Scenario41WhatWasTakenMeanwhileIsNotConfirmed) {
  const std::string pending = IdOf(Hold(Slot(At(10))));
  clock_.Advance(domain::kHoldDefault);
  const std::string taken = IdOf(Create(Slot(At(10, 30))));
  ASSERT_NE(taken, "");
  EXPECT_EQ(ReasonOf(Move(pending, BookingMove::kConfirm).status()), "HOLD_EXPIRED");
  EXPECT_EQ(Get(taken).state, BookingState::kConfirmed);
  EXPECT_EQ(Count("claims"), 2);
}

// That of this process is months away from the store's.
TEST_P(BookingLifeTest, Scenario37NobodysClockButTheStoresDecides) {
  const std::string id = IdOf(Hold(Slot(At(10))));
  EXPECT_EQ(Get(id).created, clock_.TimeNow());
  EXPECT_EQ(Get(id).hold_expires, clock_.TimeNow() + domain::kHoldDefault);
  clock_.Set(At(11, 2));
  EXPECT_EQ(ReasonOf(Create(Slot(At(11))).status()), "START_IN_PAST");
  EXPECT_TRUE(Create(Slot(At(11, 5))).ok());
}

TEST_P(BookingLifeTest, TheSweepExpiresWhatRanOut) {
  const std::string old = IdOf(Hold(Slot(At(10))));
  clock_.Advance(absl::Minutes(5));
  const std::string young = IdOf(Hold(Slot(At(11))));
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(*expire_.Run(Deadline::After(absl::Seconds(10))), 1);
  EXPECT_EQ(*expire_.Run(Deadline::After(absl::Seconds(10))), 0);
  EXPECT_EQ(Get(old).state, BookingState::kExpired);
  EXPECT_EQ(Get(young).state, BookingState::kHeld);
  EXPECT_EQ(Count("claims"), 2);
}

TEST_P(BookingLifeTest, Scenario43ReleasedAndCancelledTimesAreFreeAtOnce) {
  const std::string held = IdOf(Hold(Slot(At(10))));
  ASSERT_TRUE(Move(held, BookingMove::kRelease).ok());
  const std::string first = IdOf(Create(Slot(At(10)), "request-1"));
  ASSERT_TRUE(Move(first, BookingMove::kCancel).ok());
  // The same client at the same time is a new booking; the old request's replay is not.
  const std::string second = IdOf(Create(Slot(At(10)), "request-2"));
  EXPECT_NE(first, second);
  EXPECT_EQ(IdOf(Create(Slot(At(10)), "request-1")), first);
  EXPECT_EQ(Get(first).state, BookingState::kCancelled);
  EXPECT_EQ(Get(second).state, BookingState::kConfirmed);
}

TEST_P(BookingLifeTest, Scenario39MovingOverItselfKeepsIdentity) {
  const std::string id = IdOf(Create(Slot(At(10))));
  ASSERT_TRUE(Reschedule(id, Slot(At(10, 30))).ok());
  const domain::Booking moved = Get(id);
  EXPECT_EQ(moved.start, At(10, 30));
  EXPECT_EQ(moved.revision, 2);
  EXPECT_EQ(moved.state, BookingState::kConfirmed);
  EXPECT_EQ(EventKinds(id), (std::vector<std::string>{"booking.confirmed", "booking.rescheduled"}));
  EXPECT_TRUE(Create(Slot(At(9, 30))).ok());  // Up to the new start: the old half hour is free.
  EXPECT_EQ(Count("claims"), 4);
}

TEST_P(BookingLifeTest, AMoveKeepsItsPeopleIfTheyAreFreeAndElseTakesOthers) {
  const std::string id = IdOf(Create(Slot(At(10), "p2", "r2")));
  domain::SlotRequest open{.start = At(12)};
  ASSERT_TRUE(Reschedule(id, open).ok());
  EXPECT_EQ(Get(id).practitioner, "p2");
  EXPECT_EQ(Get(id).room, "r2");
  ASSERT_TRUE(Create(Slot(At(14), "p2", "r2")).ok());
  open.start = At(14);
  ASSERT_TRUE(Reschedule(id, open).ok());
  EXPECT_EQ(Get(id).practitioner, "p1");
  EXPECT_EQ(Get(id).room, "r1");
}

TEST_P(BookingLifeTest, Scenario40AFailedMoveKeepsTheOldTime) {
  const std::string id = IdOf(Create(Slot(At(10))));
  ASSERT_TRUE(Create(Slot(At(12))).ok());
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(12, 30))).status()), "SLOT_TAKEN");
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(16, 30))).status()), "OUTSIDE_HOURS");
  EXPECT_EQ(Get(id).start, At(10));
  EXPECT_EQ(Get(id).revision, 1);
  EXPECT_EQ(ReasonOf(Create(Slot(At(10))).status()), "SLOT_TAKEN");
}

TEST_P(BookingLifeTest, AStaleEtagIsRefused) {
  const std::string id = IdOf(Create(Slot(At(10))));
  ASSERT_TRUE(Reschedule(id, Slot(At(11)), "r1").ok());
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(12)), "r1").status()), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(Move(id, BookingMove::kCancel, "r1").status()), "ETAG_MISMATCH");
  EXPECT_TRUE(Move(id, BookingMove::kCancel, "r2").ok());
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(12))).status()), "BOOKING_STATE");
}

// A later change of the offering leaves what is booked alone, also when it is confirmed.
// What was harmless at the old time need not be so at the new one.
TEST_P(BookingLifeTest, RescheduleAsksForClearanceAgain) {
  const std::string id = IdOf(Create(Slot(At(10))));
  clearance_.answer = ports::ClearanceAnswer{.cleared = false,
                                             .reason = "CONTRAINDICATION_DEFERRED",
                                             .rule = "fever_infection",
                                             .rule_version = "1"};
  EXPECT_EQ(ReasonOf(Reschedule(id, Slot(At(12))).status()), "CONTRAINDICATION_DEFERRED");
  EXPECT_EQ(clearance_.last_at_us, absl::ToUnixMicros(At(12)));  // For the new time.
  EXPECT_EQ(Get(id).start, At(10));
  clearance_.answer = ports::ClearanceAnswer{.cleared = true};
  EXPECT_TRUE(Reschedule(id, Slot(At(12))).ok());
}

TEST_P(BookingLifeTest, BuffersAreFrozenWhenBooked) {
  domain::SlotRequest slot = Slot(At(11));
  slot.offering = "buffered";
  const std::string id = IdOf(Hold(slot));
  domain::Catalogue changed = SmallClinic();
  changed.version = 2;
  changed.offerings["buffered"].buffer_before_minutes = 60;
  changed.offerings["buffered"].buffer_after_minutes = 0;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  ASSERT_TRUE(Move(id, BookingMove::kConfirm).ok());
  EXPECT_EQ(Get(id).buffer_before, absl::Minutes(15));
  EXPECT_EQ(ReasonOf(Create(Slot(At(12), "p1", "r2")).status()), "SLOT_TAKEN");  // After: 15.
  EXPECT_TRUE(Create(Slot(At(9, 45), "p1", "r2")).ok());                         // Before: 15.
  EXPECT_TRUE(Create(Slot(At(12), "p2", "r1")).ok());  // Buffers are the practitioner's.
}

TEST_P(BookingLifeTest, RulesAreCheckedAndNothingIsWritten) {
  const auto reason = [&](const domain::SlotRequest& slot) {
    return ReasonOf(Hold(slot).status());
  };
  domain::SlotRequest slot = Slot(At(10));
  slot.start += absl::Minutes(1);
  EXPECT_EQ(reason(slot), "OFF_GRID");
  slot = Slot(At(10));
  slot.minutes = 45;
  EXPECT_EQ(reason(slot), "INVALID_FIELD");
  slot = Slot(At(10), "nobody");
  EXPECT_EQ(reason(slot), "REFERENCE_UNKNOWN");
  EXPECT_EQ(reason(Slot(At(8, 55))), "OUTSIDE_HOURS");
  EXPECT_EQ(reason(Slot(At(16, 5))), "OUTSIDE_HOURS");
  EXPECT_EQ(reason(Slot(At(10) - absl::Hours(24))), "START_IN_PAST");
  EXPECT_EQ(reason(Slot(At(10) + absl::Hours(24) * 61)), "PRACTITIONER_UNQUALIFIED");
  slot = Slot(At(10) + absl::Hours(24) * 3);
  slot.offering = "quiet";
  EXPECT_EQ(reason(slot), "ROOM_UNSUITABLE");
  slot.room = "";
  EXPECT_EQ(reason(slot), "");
  slot = Slot(At(10), "p2", "");
  slot.offering = "quiet";
  EXPECT_EQ(reason(slot), "NOTICE_TOO_SHORT");
  EXPECT_EQ(Count("bookings"), 1);
}

TEST_P(BookingLifeTest, TheLeastOccupiedPractitionerAndThePlainestRoomAreTaken) {
  EXPECT_EQ(Get(IdOf(Create(Slot(At(10), "", "")))).practitioner, "p1");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(12), "", "")))).practitioner, "p2");
  const domain::Booking third = Get(IdOf(Create(Slot(At(14), "", ""))));
  EXPECT_EQ(third.practitioner, "p3");
  EXPECT_EQ(third.room, "r1");
  EXPECT_EQ(Get(IdOf(Create(Slot(At(16), "", "")))).practitioner, "p1");
}

TEST_P(BookingLifeTest, ClearanceGates) {
  const std::string id = IdOf(Hold(Slot(At(10))));
  clearance_.answer = ports::ClearanceAnswer{.cleared = false,
                                             .reason = "CONTRAINDICATION_ABSOLUTE",
                                             .rule = "acute-stroke",
                                             .rule_version = "1"};
  EXPECT_TRUE(Hold(Slot(At(11))).ok());  // A hold needs none.
  const absl::Status refused = Move(id, BookingMove::kConfirm).status();
  EXPECT_EQ(ReasonOf(refused), "CONTRAINDICATION_ABSOLUTE");
  EXPECT_EQ(MetadataOf(refused)["rule"], "acute-stroke");
  EXPECT_EQ(ReasonOf(Create(Slot(At(12))).status()), "CONTRAINDICATION_ABSOLUTE");
  clearance_.answer = Error(absl::StatusCode::kUnavailable, "CLEARANCE_UNAVAILABLE", "down");
  EXPECT_EQ(ReasonOf(Move(id, BookingMove::kConfirm).status()), "CLEARANCE_UNAVAILABLE");
  clearance_.answer = Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such client");
  const absl::Status unknown = Hold(Slot(At(13))).status();
  EXPECT_EQ(ReasonOf(unknown), "REFERENCE_UNKNOWN");
  EXPECT_TRUE(FieldsOf(unknown).contains("client"));
  EXPECT_EQ(Get(id).state, BookingState::kHeld);
}

// The first reply stands, whatever has changed since.
TEST_P(BookingLifeTest, AReplayIsAnsweredBeforeClearanceIsAskedAgain) {
  const auto first = Create(Slot(At(10)), "request");
  clearance_.answer = Error(absl::StatusCode::kUnavailable, "CLEARANCE_UNAVAILABLE", "down");
  EXPECT_EQ(*Create(Slot(At(10)), "request"), *first);
}

TEST_P(BookingLifeTest, ValidatingWritesNothing) {
  const BookSlotCommand command{.call = NewCall(),
                                .client = "client",
                                .slot = Slot(At(10)),
                                .hold = {},
                                .validate_only = true};
  EXPECT_TRUE(book_.Run(command, Encoded).ok());
  const std::string id = IdOf(Create(Slot(At(10))));
  EXPECT_EQ(ReasonOf(book_.Run(command, Encoded).status()), "SLOT_TAKEN");
  EXPECT_TRUE(reschedule_
                  .Run({.call = NewCall(),
                        .booking = id,
                        .etag = "",
                        .slot = Slot(At(12)),
                        .validate_only = true},
                       Encoded)
                  .ok());
  EXPECT_EQ(Get(id).start, At(10));
  EXPECT_EQ(Count("outbox"), 1);
}

TEST_P(BookingLifeTest, Scenario55AnotherOrganizationsBookingIsNotFound) {
  const std::string id = IdOf(Create(Slot(At(10))));
  for (const BookingMove move :
       {BookingMove::kConfirm, BookingMove::kCancel, BookingMove::kStart}) {
    const auto reply = move_.Run(
        {.call = NewCall("", "", "other"), .booking = id, .move = move, .etag = ""}, Encoded);
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(read_.Get(Tenant("other"), {}, id, Deadline::After(absl::Seconds(5))).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(
      read_.List(Tenant("other"), {}, {}, {}, 10, Deadline::After(absl::Seconds(5)))->empty());
}

TEST_P(BookingLifeTest, ListsArePagedAndFiltered) {
  const std::string late = IdOf(Create(Slot(At(14))));
  const std::string early = IdOf(Create(Slot(At(9))));
  const std::string other = IdOf(Create(Slot(At(9), "p2", "r2")));
  const auto list = [&](const ports::BookingFilter& filter,
                        const std::optional<ports::BookingPosition>& after, int limit) {
    std::vector<std::string> ids;
    const auto page =
        read_.List(Tenant("o"), {}, filter, after, limit, Deadline::After(absl::Seconds(5)));
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& booking : page.value()) ids.push_back(booking.id);
    return ids;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(list({}, {}, 2), (Ids{early, other}));
  EXPECT_EQ(list({}, ports::BookingPosition{At(9), other}, 2), (Ids{late}));
  EXPECT_EQ(list({.practitioner = "p1"}, {}, 9), (Ids{early, late}));
  EXPECT_EQ(list({.ends_after = At(10)}, {}, 9), (Ids{late}));
  EXPECT_EQ(list({.starts_before = At(14)}, {}, 9), (Ids{early, other}));
  ASSERT_TRUE(Move(early, BookingMove::kCancel).ok());
  EXPECT_EQ(list({.states = {BookingState::kCancelled}}, {}, 9), (Ids{early}));
}

INSTANTIATE_TEST_SUITE_P(Engines, BookingLifeTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
