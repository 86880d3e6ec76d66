// Random small catalogues: two clinics in neighbouring zones, most of them on the eve of a change
// of the clocks.
#ifndef STILLPOINT_TESTS_CHAOS_WORLD_H_
#define STILLPOINT_TESTS_CHAOS_WORLD_H_

#include <vector>

#include "tests/chaos/chance.h"
#include "tests/chaos/model.h"

namespace stillpoint::chaos {

// Where and when a run takes place. `day` is in days since the epoch: the clocks change in the
// night after it, or on it.
struct Place {
  const char* zones[2];
  int64_t day;
};
const Place& AnyPlace(Chance& chance);

// What a model must know of the time around a run: visits lie in [day - 2, day + 9].
inline constexpr int kDaysBefore = 8;
inline constexpr int kDaysAfter = 20;

// Fills an empty model with clinics, rooms, people, offerings.
void MakeWorld(Chance& chance, const Place& place, Model& model);

// Random parts, valid in any of these worlds.
std::vector<Weekly> AnyOpening(Chance& chance);
std::vector<Shift> AnyShifts(Chance& chance, const Model& model, int64_t day);
std::vector<Licence> AnyLicences(Chance& chance, int64_t day);
Device AnyDevice(Chance& chance, const std::string& clinic, const std::string& id);
Room AnyRoom(Chance& chance, const std::string& clinic, const std::string& id);
int AnyWay(Chance& chance);
Policy AnyPolicy(Chance& chance, int64_t now_us, bool of_clinic);
void ChangeOffering(Chance& chance, Offering& offering);

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_WORLD_H_
