// The job after a change of the zone data, wired to a small clinic; zone data that is not the
// machine's is given to it as the zones that it loads. For tests only.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_TESTING_H_

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/follow_zones.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {

using Texts = std::vector<std::string>;

class FollowZonesTest : public LedgerTest {
 protected:
  // From now on that zone is `hours` from UTC, summer and winter.
  void MakeZone(int hours, const std::string& name = "America/Edmonton") {
    zones_[name] = absl::FixedTimeZone(hours * 60 * 60);
  }
  // A second clinic `t`, two hours ahead, in which p1 and p2 work too, all day.
  void AddToronto() {
    domain::Catalogue changed = *catalogues_.catalogue;
    changed.version += 1;
    domain::Clinic& clinic = changed.clinics["t"];
    clinic = changed.clinics["c"];
    clinic.id = "t";
    clinic.zone_name = "America/Toronto";
    EXPECT_TRUE(absl::LoadTimeZone(clinic.zone_name, &clinic.zone));
    for (const char* id : {"r1", "r2"}) {
      domain::Room room = changed.rooms[domain::RoomResource("c", id)];
      room.clinic = "t";
      changed.rooms[room.resource()] = room;
    }
    for (const char* id : {"p1", "p2"}) {
      changed.practitioners[id].hours.push_back({"t", {absl::Weekday::monday, 9 * 60, 17 * 60}});
    }
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  }
  static domain::SlotRequest InToronto(absl::Time start, const std::string& practitioner = "p1",
                                       const std::string& room = "r1") {
    domain::SlotRequest slot = Slot(start, practitioner, room);
    slot.clinic = "t";
    return slot;
  }

  ZoneReport Run(ZonePosition from = {}, int bookings_max = 100, bool validate_only = false) {
    const auto report = follow_.Run({.tenant = Tenant("o"),
                                     .from = from,
                                     .bookings_max = bookings_max,
                                     .validate_only = validate_only,
                                     .deadline = Deadline::After(absl::Seconds(30))});
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : ZoneReport();
  }
  // What a run without a change would do, in parts of one booking, and then does: the same.
  Texts RunAsForetold() {
    Texts foretold;
    ZonePosition at;
    for (int parts = 0; parts < 50; ++parts) {
      const ZoneReport part = Run(at, 1, /*validate_only=*/true);
      for (const std::string& move : Told(part)) foretold.push_back(move);
      if (!part.next.has_value()) break;
      at = *part.next;
    }
    EXPECT_EQ(Told(Run({}, 100, /*validate_only=*/true)), foretold);
    const Texts told = Told(Run());
    EXPECT_EQ(told, foretold);
    EXPECT_EQ(Overlaps(), 0);
    return told;
  }
  // "ID HH:MM HH:MM reason or concern" of each, UTC.
  static Texts Told(const ZoneReport& report) {
    Texts told;
    for (const ZoneMove& move : report.moves) {
      const auto text = [](absl::Time time) {
        return absl::FormatTime("%H:%M", time, absl::UTCTimeZone());
      };
      told.push_back(absl::StrCat(move.booking.id, " ", text(move.before), " ", text(move.after),
                                  " ", ReasonOf(move.refusal),
                                  move.concern == domain::ZoneConcern::kTravel   ? "travels"
                                  : move.concern == domain::ZoneConcern::kBuffer ? "buffer"
                                                                                 : ""));
    }
    return told;
  }
  void Execute(const std::string& statement) {
    ASSERT_TRUE(testing::Unguarded(*database_)
                    .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                           [&](sql::Transaction& tx) { return tx.Execute(statement).status(); })
                    .ok());
  }

  LoadZone Loader() {
    return [this](const std::string& name, absl::TimeZone* zone) {
      const auto made = zones_.find(name);
      if (made == zones_.end()) return knows_zones_ && absl::LoadTimeZone(name, zone);
      *zone = made->second;
      return knows_zones_;
    };
  }
  // Calls `hook` once, after the first move.
  class Interruption final : public ports::VersionPointers {
   public:
    void Raise(const Tenant&, absl::Span<const domain::ResourceVersion>) override {
      if (hook) std::exchange(hook, nullptr)();
    }
    std::function<void()> hook;
  };

  std::map<std::string, absl::TimeZone> zones_;
  bool knows_zones_ = true;
  Interruption interruption_;
  FollowZones follow_{*database_, catalogues_, ledger_, interruption_, expire_, Loader()};
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_FOLLOW_ZONES_TESTING_H_
