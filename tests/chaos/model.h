// What booking should do, said as simply as it can be said: every person, room and device has one
// entry for each minute, and every question is answered by walking over the minutes. It shares no
// code with the services and knows of time zones only what absl::TimeZone says about one instant.
//
// Times of the model are UTC minutes since the epoch; the clock alone has microseconds.
#ifndef STILLPOINT_TESTS_CHAOS_MODEL_H_
#define STILLPOINT_TESTS_CHAOS_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace stillpoint::chaos {

using Minute = int64_t;

// "03-14 07:30Z"
std::string TextOf(Minute minute);

inline constexpr int kDayMinutes = 1440;
inline constexpr int64_t kMinuteMicros = 60'000'000;

// 0 is Monday; 1970-01-01 was a Thursday.
inline int WeekdayOf(int64_t day) { return static_cast<int>((day + 3) % 7); }

// The wall clock of one zone over the minutes of a run. Wall times are minutes since 1970-01-01
// 00:00 as the clock on the wall counts them.
class WallClock {
 public:
  WallClock(const std::string& zone, Minute begin, Minute end);
  int64_t Wall(Minute minute) const { return wall_[static_cast<size_t>(minute - begin_)]; }
  int64_t Day(Minute minute) const { return Wall(minute) / kDayMinutes; }
  // The first minute at which the clock shows `wall`. One that the clock skips is moved forward by
  // what was skipped.
  Minute InstantOf(int64_t wall) const {
    return instants_.at(static_cast<size_t>(wall - first_wall_));
  }
  int64_t first_day() const { return wall_.front() / kDayMinutes + 1; }
  int64_t last_day() const { return wall_.back() / kDayMinutes - 1; }

 private:
  Minute begin_;
  std::vector<int64_t> wall_;
  int64_t first_wall_ = 0;
  std::vector<Minute> instants_;  // Of first_wall_, first_wall_ + 1, ...
};

// Weekly, in wall time: `day` 0 is Monday, minutes count from its midnight.
struct Weekly {
  int day = 0;
  int start = 0;
  int end = 0;
};

struct Clinic {
  std::string id = {};
  std::string zone = {};
  std::vector<Weekly> opening = {};
  int revision = 1;
};

struct Room {
  std::string clinic = {};
  std::string id = {};
  std::string kind = {};
  std::set<std::string> features = {};
  int turnover = 0;
  int revision = 1;
};

struct Device {
  std::string clinic = {};
  std::string id = {};
  std::string kind = {};
  std::set<std::string> features = {};
  int turnover = 0;
  bool archived = false;
  int revision = 1;
};

// Days are days since the epoch, both inclusive.
struct Shift {
  std::string clinic = {};
  Weekly week = {};
  std::optional<int64_t> from = {};
  std::optional<int64_t> until = {};
};

struct Licence {
  std::string kind = {};
  std::optional<int64_t> from = {};
  std::optional<int64_t> until = {};
};

struct Person {
  std::string id = {};
  std::vector<Licence> licences = {};
  std::vector<Shift> shifts = {};
  std::map<std::string, std::pair<Minute, Minute>> off = {};  // By id.
  int revision = 1;
};

struct Offering {
  std::string id = {};
  std::vector<int> lengths = {};
  int before = 0;
  int after = 0;
  int step = 5;
  std::string licence = {};
  std::string room_kind = {};
  std::set<std::string> features = {};
  std::string device_kind = {};
  std::set<std::string> device_features = {};
  int notice_minutes = 0;
  int horizon_days = 0;
  bool online = true;
  std::vector<std::string> clinics = {};  // Empty: all.
  int revision = 1;
};

// A rule of the form "so long before the visit, and before that minute of the day before"; 0: none.
struct Lead {
  int minutes = 0;
  int day_before = 0;
};

// One version of what an organization or a clinic asks of visits.
struct Policy {
  int64_t from_us = 0;
  bool withdrawn = false;
  Lead notice = {};
  int horizon_days = 0;
  Lead cancel = {};
  Lead change = {};
  int visits_per_day = 0;   // Of a person; 0: any number.
  int minutes_per_day = 0;  // Of a person's visits.
  int client_per_day = 0;
  int client_per_week = 0;
  bool longer_buffer = false;  // Not both buffers lie between two visits, but the longer one.
  int break_minutes = 0;  // Of a person, in a row, within these minutes of each local day; 0: none.
  int break_from = 0;
  int break_until = 0;
  int break_shift = 0;  // Only on days with more minutes than these at work there.
};

// The life of a visit, in the words of the API.
enum class State {
  kHeld,
  kConfirmed,
  kCheckedIn,
  kInSession,
  kCompleted,
  kReleased,
  kExpired,
  kCancelled,
  kNoShow
};
std::string NameOf(State state);

struct Visit {
  std::string id = {};
  std::string client = {};
  std::string clinic = {};
  std::string offering = {};
  std::string person = {};
  std::string room = {};
  std::string device = {};  // Empty: none.
  bool room_asked = false;  // By name: it is not exchanged for another.
  Minute start = 0;
  int length = 0;
  int before = 0;
  int after = 0;
  int turnover = 0;
  bool longer_buffer = false;  // Toward the visit before.
  int device_turnover = 0;
  State state = State::kHeld;
  int64_t expires_us = 0;  // Of a hold.
  int64_t revision = 1;
  Policy policy = {};  // That it was made under, for its whole life.
  bool late_cancelled = false;
  bool late_changed = false;
};

// What a caller asks for. Empty person or room: any.
struct Wanted {
  std::string clinic = {};
  std::string offering = {};
  int length = 0;
  std::string person = {};
  std::string room = {};
  Minute start = 0;
  int off_grid_seconds = 0;  // Added to `start`.
  bool online = false;
  bool beside = false;  // Staff give it beside other visits of `person` at `clinic`, if need be.
};

// What a searcher asks for. Empty lists: any.
struct Query {
  std::string offering = {};
  int length = 0;
  Minute begin = 0;
  Minute end = 0;
  std::vector<std::string> clinics = {};
  std::vector<std::string> people = {};
  std::string room = {};
  unsigned weekdays = 0x7f;  // Bit 0: Monday.
  int from = 0;              // Local time of day; until <= from wraps round midnight.
  int until = kDayMinutes;
};

struct FreeTime {
  Minute start = 0;
  std::string person = {};
  std::string clinic = {};
  friend bool operator==(const FreeTime&, const FreeTime&) = default;
};

class Model {
 public:
  // Knows the minutes of [begin, end).
  Model(Minute begin, Minute end) : begin_(begin), end_(end) {}

  int64_t now_us = 0;
  std::map<std::string, Clinic> clinics = {};
  std::map<std::string, Room> rooms = {};      // By RoomKey.
  std::map<std::string, Device> devices = {};  // By DeviceKey.
  std::map<std::string, Person> people = {};
  std::map<std::string, Offering> offerings = {};
  std::map<std::string, std::vector<Policy>> policies = {};  // By clinic; "": for all.
  int way = 0;           // From any clinic to any other, in minutes; 0: as if they were one.
  int own_revision = 1;  // Of what belongs to the organization.
  std::vector<Visit> visits = {};

  static std::string RoomKey(const std::string& clinic, const std::string& room);
  static std::string DeviceKey(const std::string& clinic, const std::string& device);

  // To be called after each change of hours, opening hours or time off.
  void HoursChanged() { open_.clear(); }

  // Every reason there is to refuse it; none: it must be granted. `own` is the visit that is moved,
  // or -1.
  std::set<std::string> Refusals(const Wanted& wanted, int own);
  // What counts at a clinic now.
  Policy PolicyNow(const std::string& clinic) const;
  // Whether it is too late now for what has to be done `lead` before a visit at `start` there.
  bool IsLate(const Lead& lead, const std::string& clinic, int64_t start_us);

  // The same for what the client has already.
  std::set<std::string> ClientRefusals(const std::string& client, const Wanted& wanted, int own);
  // Whether between a visit at a clinic and each other one of the person there is what must be:
  // buffers, and `way_minutes` if that is at another clinic. `beside`: of those at others alone.
  bool IsApart(const std::string& person, const std::string& clinic, const Offering& offering,
               Minute start, int length, int way_minutes, int own, bool beside = false);
  // Whether a person is free for it, whatever is the matter with the rooms.
  bool HasPerson(const Wanted& wanted, int own);
  // Whether that very person, room and device could be given.
  bool CanHave(const Wanted& wanted, const std::string& person, const std::string& room,
               const std::string& device, int own);
  // Whether the room, or for an empty one some room, is free for a visit there; `own` as above.
  bool HasRoom(const Offering& offering, const std::string& clinic, const std::string& room,
               Minute start, int length, int own);
  static bool NeedsDevice(const Offering& offering) {
    return !offering.device_kind.empty() || !offering.device_features.empty();
  }
  // The same of a device, where one is needed; where none is, whether `device` is empty.
  bool HasDevice(const Offering& offering, const std::string& clinic, const std::string& device,
                 Minute start, int length, int own);

  // The visits still to come, or under way, that could not be had any more where and when they are:
  // their person is not at work or not licensed, or their room or device lacks something.
  std::set<int> Orphans();
  // Of `after` those that are not among `before`: "COUNT ID,ID,...", by start and id.
  std::string TextOfNew(const std::set<int>& before, const std::set<int>& after) const;

  // Every free time, by start, person, clinic.
  std::vector<FreeTime> Search(const Query& query);
  // Whether a search could show it: rules of searches that bookings do not have included.
  bool IsFree(const Query& query, const FreeTime& time);

  // Writes a visit's minutes, or gives them back.
  void Occupy(int visit);
  void Free(int visit);
  bool IsLive(const Visit& visit) const;
  // HELD, and its time is over.
  bool RanOut(const Visit& visit) const;
  const WallClock& Clock(const std::string& clinic);
  Minute NowMinute() const { return now_us / kMinuteMicros; }

 private:
  using Minutes = std::vector<int>;  // The visit that has it, or -1. Of rooms and devices.

  Minutes& Busy(const std::string& resource);
  bool IsTaken(const std::string& resource, Minute from, Minute to, int own);
  bool IsAtWork(const Person& person, const std::string& clinic, Minute from, Minute to);
  const std::vector<bool>& Open(const Person& person, const std::string& clinic);
  void AddHours(const WallClock& clock, const Weekly& week, int64_t day, std::vector<bool>& open);
  // Whether the person may have one more visit of that length on that local day.
  bool DayHasRoom(const std::string& person, const std::string& clinic, Minute start, int length,
                  int own);
  // Whether the policy's break stays if nothing else than this is added: [from, to), with buffers.
  bool BreakStays(const Person& person, const std::string& clinic, Minute from, Minute to, int own);
  bool IsLicensed(const Person& person, const std::string& kind, int64_t day) const;
  bool Suits(const Offering& offering, const Room& room) const;
  bool Suits(const Offering& offering, const Device& device) const;
  bool IsOffered(const Offering& offering, const std::string& clinic) const;
  bool IsOnStep(const Clinic& clinic, int step, Minute start);
  bool AskedFor(const Query& query, const Clinic& clinic, Minute start);
  std::set<std::string> LeadTime(const Offering& offering, const std::string& clinic,
                                 int64_t start_us);

  const Minute begin_;
  const Minute end_;
  std::map<std::string, std::unique_ptr<WallClock>> clocks_ = {};  // By zone.
  std::map<std::string, Minutes> busy_ = {};
  std::map<std::pair<std::string, std::string>, std::vector<bool>> open_ = {};
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_MODEL_H_
