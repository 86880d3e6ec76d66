// The common workload: one organization, 50 practitioners, one offering of 30 minutes on a
// 30-minute grid, Monday to Friday 09:00-17:00 in Europe/Berlin, 28 days of which 70 % are booked.
// Other systems were measured on the same data (tests/README.md).
#ifndef STILLPOINT_TESTS_BENCH_WORKLOAD_H_
#define STILLPOINT_TESTS_BENCH_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"

namespace stillpoint::bench {

inline constexpr int kPractitioners = 50;
inline constexpr int kRooms = 60;  // More than practitioners: rooms never bind.
inline constexpr int kClients = 5000;
inline constexpr int kSlotsBooked = 320;  // Grid slots of four weeks, 16 a day.
inline constexpr int kSlotsLast = 960;    // B1 books weeks 4 to 11.
inline constexpr int kBookedPercent = 70;

// The workload's hash of practitioner and slot.
uint32_t SlotHash(uint32_t practitioner, uint32_t slot);
inline bool IsBooked(uint32_t p, uint32_t s) { return SlotHash(p, s) % 100 < kBookedPercent; }

struct Place {
  int practitioner;
  int slot;
};
std::vector<Place> BookedPlaces();  // 11,217
std::vector<Place> FreshPlaces();   // B1's order: all of weeks 4 to 11, by hash.

// Dates are shifted by whole weeks so that they lie ahead of today; the pattern of free times is
// the same.
class Calendar {
 public:
  Calendar();
  absl::Time StartOf(int slot) const;               // Slot s begins.
  absl::Time DayStart(int days_from_monday) const;  // Local midnight.

 private:
  absl::TimeZone zone_;
  absl::CivilDay monday_;
};

std::string PractitionerId(int practitioner);  // "p07"
std::string ClientName(int client);

// Creates organization "bench" with its catalogue. `owner` may create. More practitioners than the
// workload has work the same hours.
absl::Status LoadCatalogue(const rpc::Peer& operator_peer, const rpc::Peer& owner,
                           int practitioners = kPractitioners);

// Beside the workload: practitioner `away`, who works as everybody does and is off for the next
// kDaysAway days, and offering `year-long`, since the workload's own ends after 180 days.
inline constexpr int kDaysAway = 200;
absl::Status AddAway(const rpc::Peer& owner);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_WORKLOAD_H_
