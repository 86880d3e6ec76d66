// Changes of the catalogue and the bookings that they orphan, on both engines.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/app/edit_clinics.h"
#include "services/booking/app/edit_practitioners.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/app/list_orphans.h"

namespace stillpoint::booking::app {
namespace {

using Reply = absl::StatusOr<std::string>;
using Ids = std::vector<std::string>;

// "COUNT ID,ID,..."
struct SayAffected {
  template <typename T>
  std::string operator()(const T&, const Affected& affected) const {
    return (*this)(affected);
  }
  std::string operator()(const Affected& affected) const {
    return absl::StrCat(affected.count, " ", absl::StrJoin(affected.bookings, ","));
  }
};
constexpr SayAffected kSay;

Ids IdsIn(const Reply& reply) {
  EXPECT_TRUE(reply.ok()) << reply.status();
  if (!reply.ok()) return {"refused"};
  const std::vector<std::string> parts = absl::StrSplit(*reply, ' ');
  return parts[1].empty() ? Ids() : Ids(absl::StrSplit(parts[1], ','));
}

// LedgerTest's clinic with its devices, stored, and read by those who book from where it is stored.
class OrphansTest : public LedgerTest {
 protected:
  void SetUp() override {
    const auto catalogue = WithDevices(SmallClinic());
    // What every change of them asks for.
    for (auto& [id, room] : catalogue->rooms) room.display_name = room.id;
    for (auto& [id, device] : catalogue->devices) device.display_name = device.id;
    for (auto& [id, practitioner] : catalogue->practitioners) {
      practitioner.display_name = id;
      practitioner.credentials[0].issuer = "issuer";
    }
    Change([&](sql::Transaction& tx) -> absl::Status {
      const Tenant o("o");
      RETURN_IF_ERROR(store_.CreateOrganization(tx, o, "O"));
      const auto save = [&](const auto& parts) -> absl::Status {
        for (const auto& [id, part] : parts) RETURN_IF_ERROR(store_.Save(tx, o, part));
        return absl::OkStatus();
      };
      RETURN_IF_ERROR(save(catalogue->clinics));
      RETURN_IF_ERROR(save(catalogue->rooms));
      RETURN_IF_ERROR(save(catalogue->devices));
      RETURN_IF_ERROR(save(catalogue->practitioners));
      return save(catalogue->offerings);
    });
  }

  // What this service offers no call for in a test's words.
  void Change(const std::function<absl::Status(sql::Transaction&)>& body) {
    ASSERT_TRUE(database_
                    ->Write(Tenant("o"), Deadline::After(absl::Seconds(10)),
                            [&](sql::Transaction& tx) -> absl::Status {
                              RETURN_IF_ERROR(store_.LockCatalogue(tx, Tenant("o")));
                              return body(tx);
                            })
                    .ok());
  }
  Reply Book(domain::SlotRequest slot, absl::Duration hold = absl::ZeroDuration()) {
    BookSlotCommand command{
        .call = NewCall(), .client = "client", .slot = std::move(slot), .hold = {}};
    if (hold > absl::ZeroDuration()) command.hold = hold;
    return real_book_.Run(command, Encoded);
  }
  std::string Booked(absl::Time start, const std::string& practitioner = "p1",
                     const std::string& offering = "massage", const std::string& room = "") {
    domain::SlotRequest slot = Slot(start, practitioner, room);
    slot.offering = offering;
    return IdOf(Book(slot));
  }
  static Call Asked(Call call, bool validate_only) {
    call.validate_only = validate_only;
    return call;
  }
  // Opening hours of all days.
  static std::vector<domain::WeeklyHours> Open(int from, int until) {
    std::vector<domain::WeeklyHours> hours = SmallClinic().clinics["c"].opening_hours;
    for (domain::WeeklyHours& day : hours) {
      day.start_minute = from * 60;
      day.end_minute = until * 60;
    }
    return hours;
  }
  Reply SetOpening(int from, int until, const std::string& etag = "", bool validate_only = false,
                   const std::string& request_id = "") {
    return clinics_.SetOpeningHours(Asked(NewCall(request_id), validate_only), "c",
                                    Open(from, until), etag, kSay);
  }
  // The ids of all that are orphaned, and each one's reasons: "ID 1", "ID 1+3".
  Ids Orphaned(const OrphanWindow& window = {}, const Reach& reach = {}, size_t limit = 1'000) {
    Ids lines;
    std::optional<ports::BookingPosition> after;
    do {
      const auto page = orphans_.Run(Tenant("o"), reach, window, after, limit,
                                     Deadline::After(absl::Seconds(10)));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return {"refused"};
      EXPECT_LE(page->found.size(), limit);
      for (const Orphan& orphan : page->found) {
        const std::string reasons =
            absl::StrJoin(orphan.reasons, "+", [](std::string* out, domain::OrphanReason reason) {
              absl::StrAppend(out, static_cast<int>(reason));
            });
        lines.push_back(absl::StrCat(orphan.booking.id, " ", reasons));
      }
      after = page->next;
    } while (after.has_value());
    return lines;
  }

  adapters::SqlCatalogueStore store_;
  adapters::CatalogueCache cache_;
  SequenceIds more_ids_{"t"};
  BookSlot real_book_{*database_, cache_, ledger_, clearance_, alternatives_, pointers_, ids_};
  CatalogueChanges changes_{*database_, cache_, store_, ledger_, pointers_};
  EditClinics clinics_{changes_, more_ids_};
  EditRooms rooms_{changes_, more_ids_};
  EditDevices devices_{changes_, more_ids_};
  EditPractitioners practitioners_{changes_, more_ids_};
  ListOrphans orphans_{*database_, cache_, ledger_};
};

// Whoever books while the day is closed is in the closure's list or refused.
TEST_P(OrphansTest, Scenario47ClosingADayNamesOrRefusesEveryBookingInFlight) {
  constexpr int kCallers = 20;
  constexpr int kRounds = 5;
  for (int round = 0; round < kRounds; ++round) {
    const absl::Duration later = absl::Hours(24) * round;
    std::vector<Reply> replies(kCallers, absl::UnknownError("not run"));
    std::atomic<int> done = 0;
    std::vector<std::thread> callers;
    callers.reserve(kCallers);
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&, i] {
        // Every third is a hold.
        replies[i] = Book(Slot(At(9 + i / 3) + later, absl::StrCat("p", 1 + i % 3), ""),
                          i % 3 == 0 ? absl::Minutes(10) : absl::ZeroDuration());
        ++done;
      });
    }
    while (done < 1 + round) std::this_thread::yield();
    const Reply closed = clinics_.SetOverride(
        NewCall(), {.date = absl::CivilDay(2027, 3, 8 + round), .clinic = "c"}, kSay);
    for (std::thread& caller : callers) caller.join();
    const Ids named = IdsIn(closed);
    std::set<std::string> booked;
    for (const Reply& reply : replies) {
      if (reply.ok()) {
        booked.insert(IdOf(reply));
      } else {
        EXPECT_EQ(ReasonOf(reply.status()), "OUTSIDE_HOURS") << reply.status();
      }
    }
    EXPECT_GE(booked.size(), 1u + round);
    EXPECT_EQ(std::set<std::string>(named.begin(), named.end()), booked);
    EXPECT_EQ(*closed, absl::StrCat(booked.size(), " ", absl::StrJoin(named, ",")));
    const auto late = Book(Slot(At(16) + later, "p1", ""));
    EXPECT_EQ(ReasonOf(late.status()), "OUTSIDE_HOURS");
  }
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(OrphansTest, Scenario48PreviewNamesWhatApplyNamesAndNothingIsLost) {
  const std::string before = Booked(At(13));
  const std::string late = Booked(At(15), "p2");
  const std::string across = Booked(At(14, 30), "p3");
  const std::string held = IdOf(Book(Slot(At(16), "p1", ""), absl::Minutes(10)));
  const std::string cancelled = Booked(At(15), "p1");
  ASSERT_TRUE(Move(cancelled, domain::BookingMove::kCancel).ok());
  const std::string tomorrow = Booked(At(16) + absl::Hours(24));
  const Ids want = {across, late, held, tomorrow};

  const Reply preview = SetOpening(9, 15, "r1", /*validate_only=*/true);
  EXPECT_EQ(IdsIn(preview), want);
  EXPECT_EQ(Orphaned(), Ids());  // Only asked.
  const Reply applied = SetOpening(9, 15, "r1", false, "apply");
  EXPECT_EQ(*applied, *preview);
  EXPECT_EQ(ReasonOf(SetOpening(9, 14, "r1").status()), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(SetOpening(9, 14, "r1", true).status()), "ETAG_MISMATCH");
  EXPECT_EQ(*SetOpening(9, 15, "r1", false, "apply"), *preview);  // A replay.

  // Still theirs: nothing happened to them, and nobody else gets their time.
  EXPECT_EQ(Orphaned(), (Ids{across + " 1", late + " 1", held + " 1", tomorrow + " 1"}));
  for (const std::string& id : want) EXPECT_EQ(Get(id).revision, 1);
  EXPECT_EQ(Count("claims"), 10);
  EXPECT_EQ(ReasonOf(Book(Slot(At(15), "p2", "")).status()), "OUTSIDE_HOURS");
  // What is orphaned already is not named again.
  EXPECT_EQ(IdsIn(SetOpening(9, 14, "r2")), Ids());
  EXPECT_EQ(IdsIn(SetOpening(9, 13, "r3")), (Ids{before}));

  EXPECT_EQ(IdsIn(SetOpening(9, 17, "r4")), Ids());
  EXPECT_EQ(Orphaned(), Ids());
  EXPECT_EQ(ReasonOf(Book(Slot(At(15), "p2", "")).status()), "SLOT_TAKEN");
  EXPECT_TRUE(Move(held, domain::BookingMove::kConfirm).ok());
}

// A preview that somebody books after is no longer the whole truth, and apply says so.
TEST_P(OrphansTest, ApplySaysWhatIsTrueThen) {
  const std::string first = Booked(At(15));
  EXPECT_EQ(IdsIn(SetOpening(9, 15, "r1", true)), (Ids{first}));
  const std::string second = Booked(At(15), "p2");
  EXPECT_EQ(IdsIn(SetOpening(9, 15, "r1")), (Ids{first, second}));
}

TEST_P(OrphansTest, EveryChangeThatTakesSomethingSaysFromWhom) {
  const std::string plain = Booked(At(10));
  const std::string quiet = Booked(At(12) + absl::Hours(48), "p2", "quiet", "r3");
  const std::string deep = Booked(At(14), "p3", "deep", "r1");
  const absl::CivilDay today(2027, 3, 8);
  const auto dry = [&] { return Asked(NewCall(), true); };

  EXPECT_EQ(
      IdsIn(practitioners_.AddTimeOff(dry(), "p1", {.start = At(10, 55), .end = At(11)}, kSay)),
      (Ids{plain}));
  EXPECT_EQ(IdsIn(practitioners_.AddTimeOff(dry(), "p1", {.start = At(11), .end = At(12)}, kSay)),
            Ids());
  EXPECT_EQ(IdsIn(practitioners_.SetWorkingHours(dry(), "p2", {}, "", kSay)), (Ids{quiet}));
  EXPECT_EQ(IdsIn(practitioners_.Update(
                dry(), {.values = {.id = "p3"}, .fields = {"credentials"}, .etag = ""}, kSay)),
            (Ids{deep}));
  EXPECT_EQ(
      IdsIn(practitioners_.Update(
          dry(),
          {.values = {.id = "p3", .display_name = "New"}, .fields = {"display_name"}, .etag = ""},
          kSay)),
      Ids());
  EXPECT_EQ(IdsIn(practitioners_.SetOverride(dry(), "p1", {.date = today, .clinic = "c"}, kSay)),
            (Ids{plain}));
  EXPECT_EQ(
      IdsIn(practitioners_.SetOverride(dry(), "p1", {.date = today + 1, .clinic = "c"}, kSay)),
      Ids());
  EXPECT_EQ(IdsIn(clinics_.SetOverride(dry(), {.date = today, .clinic = "c"}, kSay)),
            (Ids{plain, deep}));
  EXPECT_EQ(IdsIn(rooms_.Update(
                dry(), {.values = {.id = "r3", .clinic = "c"}, .fields = {"features"}, .etag = ""},
                kSay)),
            (Ids{quiet}));
  EXPECT_EQ(IdsIn(devices_.Update(
                dry(), {.values = {.id = "d3", .clinic = "c"}, .fields = {"features"}, .etag = ""},
                kSay)),
            (Ids{deep}));
  domain::Clinic moved = SmallClinic().clinics["c"];
  moved.zone_name = "America/Toronto";  // Two hours ahead: open 07:00-15:00 in Edmonton.
  ASSERT_TRUE(absl::LoadTimeZone(moved.zone_name, &moved.zone));
  const std::string last = Booked(At(16));
  EXPECT_EQ(
      IdsIn(clinics_.Update(dry(), {.values = moved, .fields = {"time_zone"}, .etag = ""}, kSay)),
      (Ids{last}));
}

TEST_P(OrphansTest, ExtraHoursThatEndTakeTheirBookingsAlong) {
  const absl::CivilDay today(2027, 3, 8);
  const domain::DateOverride late{.date = today,
                                  .clinic = "c",
                                  .kind = domain::OverrideKind::kExtraHours,
                                  .ranges = {{17 * 60, 25 * 60}}};
  ASSERT_EQ(IdsIn(clinics_.SetOverride(NewCall(), late, kSay)), Ids());
  ASSERT_EQ(IdsIn(practitioners_.SetOverride(NewCall(), "p1", late, kSay)), Ids());
  const std::string id = Booked(At(23, 45));  // Past midnight.
  EXPECT_EQ(IdsIn(practitioners_.RemoveOverride(Asked(NewCall(), true), "p1", "c", today, kSay)),
            (Ids{id}));
  EXPECT_EQ(IdsIn(clinics_.RemoveOverride(NewCall(), "c", today, kSay)), (Ids{id}));
  EXPECT_EQ(Orphaned(), (Ids{id + " 1"}));
  // Over, and nobody's concern.
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Orphaned(), Ids());
}

// Under BufferPolicy::kMax the buffer before a visit is no part of its claim, but of the hours.
TEST_P(OrphansTest, TimeOffInABufferThatNoClaimCovers) {
  Change([&](sql::Transaction& tx) {
    return store_.AddPolicy(tx, Tenant("o"), {.version = 1, .buffers = domain::BufferPolicy::kMax});
  });
  const std::string id = Booked(At(10), "p1", "buffered");
  ASSERT_EQ(Get(id).buffers, domain::BufferPolicy::kMax);
  EXPECT_EQ(IdsIn(practitioners_.AddTimeOff(NewCall(), "p1", {.start = At(9, 45), .end = At(9, 50)},
                                            kSay)),
            (Ids{id}));
}

TEST_P(OrphansTest, ManyAreCountedAndTheFirstAreNamed) {
  std::vector<std::string> all;
  for (int day = 0; all.size() < Affected::kNamesMax + 5; ++day) {
    for (int half = 0; half < 16 && all.size() < Affected::kNamesMax + 5; ++half) {
      domain::SlotRequest slot = Slot(At(9 + half / 2, half % 2 * 30) + absl::Hours(24 * day));
      slot.minutes = 30;
      all.push_back(IdOf(Book(slot)));
    }
  }
  const Reply closed = SetOpening(1, 2);
  EXPECT_EQ(IdsIn(closed), Ids(all.begin(), all.begin() + Affected::kNamesMax));
  EXPECT_EQ(closed->substr(0, 4), "105 ");
  // All of them can be had, page by page.
  Ids lines;
  for (const std::string& id : all) lines.push_back(id + " 1");
  EXPECT_EQ(Orphaned({}, {}, 10), lines);
  EXPECT_EQ(Orphaned({}, {}, 105), lines);
}

TEST_P(OrphansTest, ListedByClinicWindowAndReach) {
  const std::string monday = Booked(At(15));
  const std::string tuesday = Booked(At(15) + absl::Hours(24), "p2");
  ASSERT_TRUE(SetOpening(9, 15).ok());
  const Ids both = {monday + " 1", tuesday + " 1"};
  EXPECT_EQ(Orphaned({.clinic = "c"}), both);
  EXPECT_EQ(Orphaned({.clinic = "d"}), Ids());
  EXPECT_EQ(Orphaned({.end = At(15)}), Ids());
  EXPECT_EQ(Orphaned({.end = At(15, 5)}), (Ids{both[0]}));
  EXPECT_EQ(Orphaned({.start = At(16)}), (Ids{both[1]}));
  EXPECT_EQ(Orphaned({.start = At(0) - absl::Hours(24)}), both);
  EXPECT_EQ(Orphaned({}, {.clinics = {"d"}}), Ids());
  EXPECT_EQ(Orphaned({}, {.clinics = {"c", "d"}}), both);
  EXPECT_EQ(Orphaned({}, {.practitioner = "p2"}), (Ids{both[1]}));
  const auto refused = [&](const OrphanWindow& window) {
    return std::string(ReasonOf(
        orphans_.Run(Tenant("o"), {}, window, std::nullopt, 10, Deadline::After(absl::Seconds(10)))
            .status()));
  };
  EXPECT_EQ(refused({.start = At(15), .end = At(15)}), "RANGE_REVERSED");
  EXPECT_EQ(refused({.start = At(0), .end = At(0) + absl::Hours(92 * 24)}), "");
  EXPECT_EQ(refused({.start = At(0), .end = At(0) + absl::Hours(92 * 24 + 1)}), "WINDOW_TOO_LONG");
  EXPECT_EQ(
      ReasonOf(
          orphans_.Run(Tenant("x"), {}, {}, std::nullopt, 10, Deadline::After(absl::Seconds(10)))
              .status()),
      "NOT_FOUND");
}

// Nobody learns from a list of what is affected what is out of their reach: p2 has weekly hours at
// `c` alone, and once at `d`.
TEST_P(OrphansTest, WhatIsOutOfReachIsNotNamed) {
  Change([&](sql::Transaction& tx) -> absl::Status {
    domain::Clinic d = SmallClinic().clinics["c"];
    d.id = "d";
    d.opening_hours = Open(9, 21);
    RETURN_IF_ERROR(store_.Save(tx, Tenant("o"), d));
    domain::Room room;
    room.id = "r9";
    room.clinic = "d";
    return store_.Save(tx, Tenant("o"), room);
  });
  ASSERT_EQ(IdsIn(practitioners_.SetOverride(NewCall(), "p2",
                                             {.date = absl::CivilDay(2027, 3, 8),
                                              .clinic = "d",
                                              .kind = domain::OverrideKind::kExtraHours,
                                              .ranges = {{18 * 60, 20 * 60}}},
                                             kSay)),
            Ids());
  const std::string here = Booked(At(16), "p2");
  domain::SlotRequest slot = Slot(At(18), "p2", "");
  slot.clinic = "d";
  const std::string there = IdOf(Book(slot));
  const domain::TimeOff off{.start = At(16), .end = At(20)};
  Call of_c = Asked(NewCall(), true);
  EXPECT_EQ(IdsIn(practitioners_.AddTimeOff(of_c, "p2", off, kSay)), (Ids{here, there}));
  of_c.reach.clinics = {"c"};
  EXPECT_EQ(IdsIn(practitioners_.AddTimeOff(of_c, "p2", off, kSay)), (Ids{here}));
}

INSTANTIATE_TEST_SUITE_P(Engines, OrphansTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app
