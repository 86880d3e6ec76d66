#include "services/booking/app/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error/error.h"

namespace stillpoint::booking::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Reach kNorth = {.clinics = {"north", "east"}};
const Reach kAnn = {.practitioner = "ann"};
const Reach kZoe = {.client = "zoe"};

domain::Booking Visit(const std::string& clinic, const std::string& practitioner,
                      const std::string& client) {
  domain::Booking booking;
  booking.clinic = clinic;
  booking.practitioner = practitioner;
  booking.client = client;
  return booking;
}

TEST(ReachTest, ABookingOutOfReachIsNotFound) {
  EXPECT_TRUE(CheckReach({}, Visit("south", "bob", "max")).ok());
  EXPECT_TRUE(CheckReach(kNorth, Visit("east", "bob", "max")).ok());
  EXPECT_TRUE(CheckReach(kAnn, Visit("south", "ann", "max")).ok());
  EXPECT_TRUE(CheckReach(kZoe, Visit("south", "bob", "zoe")).ok());
  EXPECT_EQ(ReasonOf(CheckReach(kNorth, Visit("south", "ann", "zoe"))), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(CheckReach(kAnn, Visit("north", "bob", "zoe"))), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(CheckReach(kZoe, Visit("north", "ann", "max"))), "NOT_FOUND");
}

TEST(ReachTest, SomebodyIsReachedByWhoReachesAllTheirClinics) {
  domain::Practitioner ann;
  ann.id = "ann";
  EXPECT_EQ(InReach(kNorth, static_cast<const domain::Practitioner*>(nullptr)), nullptr);
  EXPECT_EQ(InReach(kNorth, &ann), &ann);
  ann.hours = {{.clinic = "north"}, {.clinic = "east"}};
  EXPECT_EQ(InReach(kNorth, &ann), &ann);
  EXPECT_EQ(InReach({}, &ann), &ann);
  ann.hours.push_back({.clinic = "south"});
  EXPECT_EQ(InReach(kNorth, &ann), nullptr);
  ann.id = "bob";
  EXPECT_EQ(InReach(kAnn, &ann), nullptr);
}

TEST(ReachTest, WhatIsAskedForOutOfReachBecomesNobodys) {
  domain::SlotRequest wanted = {.clinic = "south", .practitioner = "bob"};
  Restrict(kNorth, wanted);
  EXPECT_EQ(wanted.clinic, kNobody);
  EXPECT_EQ(wanted.practitioner, "bob");
  Restrict(kAnn, wanted);
  EXPECT_EQ(wanted.practitioner, kNobody);
  wanted = {.clinic = "", .practitioner = ""};  // A move that keeps its clinic, with anybody.
  Restrict(kNorth, wanted);
  EXPECT_EQ(wanted.clinic, "");
  Restrict(kAnn, wanted);
  EXPECT_EQ(wanted.practitioner, "ann");
}

TEST(ReachTest, AListIsNarrowedNeverWidened) {
  ports::BookingFilter filter;
  Restrict({}, filter);
  EXPECT_THAT(filter.clinics, IsEmpty());
  Restrict(kNorth, filter);
  EXPECT_THAT(filter.clinics, ElementsAre("north", "east"));
  Restrict(kAnn, filter);
  EXPECT_EQ(filter.practitioner, "ann");
  filter = {.clinic = "south", .client = "max"};
  Restrict(kNorth, filter);
  EXPECT_EQ(filter.clinic, kNobody);
  Restrict(kZoe, filter);
  EXPECT_EQ(filter.client, kNobody);
}

}  // namespace
}  // namespace stillpoint::booking::app
