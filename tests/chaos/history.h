// What callers of several servers saw, and whether some order of the calls explains all of it.
//
// A call takes effect, if it does, at one moment between its first sending and its answer. So a
// booking that was answered has its time for certain from the answer on until a call is sent that
// ends it, and possibly from the sending on until that call is answered.
#ifndef STILLPOINT_TESTS_CHAOS_HISTORY_H_
#define STILLPOINT_TESTS_CHAOS_HISTORY_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace stillpoint::chaos {

// One revision of a booking, as it was answered or as it is stored. Ids alone; minutes since the
// epoch, UTC. Two are equal if nothing that matters differs.
struct Version {
  std::string booking = {};
  int64_t revision = 0;
  std::string state = {};  // "HELD", "CONFIRMED", "RELEASED", "EXPIRED", "CANCELLED".
  std::string person = {};
  std::string room = {};
  int64_t start = 0;
  int64_t end = 0;
  int64_t before = 0;
  int64_t after = 0;
  int64_t turnover = 0;
  int64_t expires_us = 0;  // Of what is held; else 0.
  friend bool operator==(const Version&, const Version&) = default;
};
std::string TextOf(const Version& version);

// One free time of a search.
struct Offered {
  std::string person = {};
  int64_t start = 0;
};

// One call and its answer.
struct Event {
  int64_t call_us = 0;    // When it was first sent,
  int64_t answer_us = 0;  // and when it was answered, after all its repetitions.
  // "hold", "create", "confirm", "release", "cancel", "reschedule", "get", "search", "off", "on".
  std::string what = {};
  std::string reason = {};  // Empty: done.
  Version version = {};     // The answer, where it is a booking.

  std::string booking = {};    // What the call is about, where it exists already.
  int64_t known_revision = 0;  // From its etag; 0: none was given.
  std::string person = {};     // What was asked for; empty: any.
  std::string room = {};
  int64_t start = 0;  // With the offering's margins: of the visit,
  int64_t end = 0;
  int64_t before = 0;  // of the person,
  int64_t after = 0;
  std::string taken = {};          // SLOT_TAKEN: "practitioner" or "room".
  std::string off = {};            // Id of the time off.
  std::vector<Offered> free = {};  // Of a search for visits of `end` - `start` minutes.
};

class History {
 public:
  // `people` and `rooms` are all there are. A search may show for `lag_us` after an answer what was
  // taken.
  History(std::vector<Event> events, std::vector<std::string> people,
          std::vector<std::string> rooms, int64_t lag_us);

  // One line for each thing that no order explains.
  std::vector<std::string> Problems();
  // What is wrong with what is stored in the end.
  std::vector<std::string> CompareStored(const std::vector<Version>& stored);
  // How many searches showed what was taken less than `lag_us` before.
  int64_t lagging() const { return lagging_; }

 private:
  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

  // Somebody's use of some of the time of one resource. `certain` lies within `possible`.
  struct Use {
    std::string who;
    int64_t start;
    int64_t end;
    int64_t possible_from;
    int64_t certain_from;
    int64_t certain_until;
    int64_t possible_until;
  };
  using Chain = std::map<int64_t, const Event*>;  // By revision.

  void Index();
  void AddUses(const Chain& chain);
  void CheckOverlaps();
  void CheckGranted(const Event& event);
  void CheckRefused(const Event& event);
  void CheckTaken(const Event& event);
  void CheckClosed(const Event& event);
  void CheckChanged(const Event& event);
  void CheckRead(const Event& event);
  void CheckSearch(const Event& event);
  // Whether a use by others than `own` may have been there at some moment of the call.
  bool MayBeUsed(const std::vector<Use>& uses, int64_t start, int64_t end, const Event& event,
                 const std::string& own) const;
  void Problem(const Event& event, const std::string& text);

  const std::vector<Event> events_;
  const std::vector<std::string> people_;
  const std::vector<std::string> rooms_;
  const int64_t lag_us_;
  std::map<std::string, Chain> chains_;           // By booking.
  std::map<std::string, std::vector<Use>> uses_;  // Bookings, by person or room.
  std::map<std::string, std::vector<Use>> off_;   // Time off, by person.
  std::vector<std::string> problems_;
  int64_t lagging_ = 0;
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_HISTORY_H_
