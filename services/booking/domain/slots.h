// Which starts are free: with whom, where, in which room that is free throughout and, if it takes
// one, with which device that is, too.
//
// MakePlan names everyone who could give the visit and every room and device that would do. The
// caller fills in when each of the people and devices is free, FindPeople intersects; then rooms
// are filled in until FindRooms needs no more, which with many rooms is soon; ListSlots lists.
// Pure: the same plan, query and now always give the same answer.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

inline constexpr unsigned kEveryWeekday = 0x7f;

// The gaps that a slot leaves are measured this far, a day: nobody works longer at a stretch.
inline constexpr Tick kGapTicksMax = 24 * 60 / kTickMinutes;

// What is looked for. Names are ids. An empty list asks for nothing in particular.
struct SlotQuery {
  std::string offering;
  int length_minutes = 0;  // One of the offering's variants.
  Tick begin = 0;          // Starts lie in [begin, end).
  Tick end = 0;
  std::vector<std::string> clinics;        // Any of these.
  std::vector<std::string> practitioners;  // Any of these.
  std::string room;                        // Within its clinic; empty: any that suits.
  std::vector<Style> styles;               // Works in any of these.
  std::vector<std::string> languages;      // Speaks any of these.
  Gender gender = Gender::kUnspecified;
  std::vector<std::string> credential_kinds;  // Holds any of these on the date of the start.
  std::vector<std::string> room_kinds;        // The room is of any of these kinds,
  std::vector<std::string> room_features;     // and has all of these.
  bool gaps = false;                  // RankSlots (fragmentation.h) will ask what a slot leaves.
  int from_minute = 0;                // Local time of day of the start: [from, until);
  int until_minute = 24 * 60;         // until <= from wraps round midnight.
  unsigned weekdays = kEveryWeekday;  // Local, bit 0 = Monday.
  std::string own_booking;            // What it occupies hides nothing: its time may be moved.
  friend bool operator==(const SlotQuery&, const SlotQuery&) = default;
};

// A visit that somebody gives, without buffers.
struct VisitSpan {
  Tick begin = 0;
  Tick length = 0;
};

// One practitioner at one clinic. `open` and `free` cover [facts_begin, facts_end) of the plan.
struct Candidate {
  const Practitioner* practitioner;
  const Clinic* clinic;
  size_t place;  // Index in SlotPlan::places.
  // To be filled: OpenTicks without what the practitioner's claims occupy, nor the way to and from
  // them if the place has `ways` (travel.h).
  Bits free;
  // To be filled if SlotPlan::has_leads: the same without the leads of claims, and OpenTicks
  // without visits and the way to and from them (travel.h).
  Bits for_visit = {};
  Bits for_lead = {};
  std::vector<VisitSpan> visits = {};  // To be filled if SlotPlan::limits_days: all that there are.
  // To be filled if SlotPlan::keeps_breaks: OpenTicks, and all ticks without what the
  // practitioner's claims occupy.
  Bits open = {};
  Bits unclaimed = {};
  Bits starts;  // Set by FindSlots.
};

// One clinic with the rooms that would do, plainest first, so that special rooms stay free for
// those who need them.
struct Place {
  const Clinic* clinic;
  std::vector<const Room*> rooms;
  // To be filled, as many as FindRooms wants: of the first, second, ... room all ticks without what
  // its claims occupy.
  std::vector<Bits> free = {};
  std::vector<const Device*> devices = {};  // That would do, in the same order.
  std::vector<Bits> device_free = {};       // To be filled: as `free`, of every device.
  Bits grid = {};                           // To be filled: StartGrid of the offering's step.
  Tick earliest = 0;                        // Set by FindPeople: nothing can be booked before.
  size_t tried = 0;                         // So many of `free` has FindRooms looked at.
  Bits roomless = {};          // Starts that somebody could give and no room was found for yet.
  const Ways* ways = nullptr;  // From the clinic to others; null: there are none.
  BufferPolicy buffers = BufferPolicy::kSum;  // Set by FindPeople: of what is booked there now.
};

// Pointers are into the catalogue. Candidates are in order of practitioner, then clinic.
struct SlotPlan {
  const Catalogue* catalogue = nullptr;
  const Offering* offering = nullptr;
  Tick facts_begin = 0;  // Free times outside [facts_begin, facts_end) do not matter.
  Tick facts_end = 0;
  int visit_ticks = 0;        // Without buffers and turnover.
  bool limits_days = false;   // What practitioners have on a day may matter,
  bool keeps_breaks = false;  // and whether they have a break on it.
  bool has_leads = false;     // Buffers before visits may lie over buffers after others.
  std::vector<Place> places;
  std::vector<Candidate> candidates;
};

// SuitableRooms, or what somebody remembers of it.
using RoomLookup =
    absl::FunctionRef<const std::vector<const Room*>&(const Offering&, const Clinic&)>;

// An unknown offering or one that is not offered with that length gives a plan without candidates.
SlotPlan MakePlan(const Catalogue& catalogue, const SlotQuery& query, RoomLookup rooms);
SlotPlan MakePlan(const Catalogue& catalogue, const SlotQuery& query);

// Sets Candidate::starts but for rooms; Candidate::free is left with where the practitioner is free
// for a whole visit with its buffers. The practitioner is free from
// the buffer before to the buffer after, the credential holds on the start's local date, and the
// start is on the clinic's grid, on a local day that has room for it (DayLimits) and keeps its
// break, and within the bounds of offering and policy (start_bounds.h). If the offering takes a
// device, one and the same is free from start to end and its turnover. O(words * (people +
// devices)).
void FindPeople(const SlotQuery& query, absl::Time now, SlotPlan& plan);

// Looks for rooms: one and the same must be free from start to end and its turnover. False if a
// start still has none and a place has rooms whose `free` is not there yet: fill in more of them
// and call again. True: Candidate::starts are what is free. O(words * rooms looked at).
bool FindRooms(SlotPlan& plan);

// Both, for a plan in which all rooms are filled in.
void FindSlots(const SlotQuery& query, absl::Time now, SlotPlan& plan);

// One free start. A value; pointers are into the catalogue.
struct FreeSlot {
  Tick start;
  const Practitioner* practitioner;
  const Clinic* clinic;
  const Room* room;                // The first that is free throughout.
  const Device* device = nullptr;  // Likewise; null if the offering takes none.
};

// Where a page ended: the last slot given. Stable while bookings come and go, unlike an offset.
struct SlotPosition {
  Tick start = 0;
  std::string practitioner;
  std::string clinic;
};

// Up to `limit` slots after `after`, by start, practitioner, clinic. Needs FindRooms.
std::vector<FreeSlot> ListSlots(const SlotPlan& plan, const std::optional<SlotPosition>& after,
                                int limit);

// Gives a free start at its clinic the room and the device that ListSlots gives it; null where
// there is none.
void GiveResources(const SlotPlan& plan, FreeSlot& slot);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_H_
