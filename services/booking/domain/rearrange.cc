#include "services/booking/domain/rearrange.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::domain {
namespace {

// What the search has to know of rooms and of devices.
template <typename T>
struct Kind;

template <>
struct Kind<Room> {
  static const std::vector<const Room*>& CandidatesOf(const SlotCandidates& candidates) {
    return candidates.rooms;
  }
  static const Room* Find(const Catalogue& catalogue, const ResourceId& resource) {
    return catalogue.FindRoom(resource);
  }
  static std::vector<const Room*> Suitable(const Catalogue& catalogue, const Offering& offering,
                                           const Clinic& clinic) {
    return SuitableRooms(catalogue, offering, clinic);
  }
  static Margins MarginsOf(const Room& room) { return RoomMargins(room); }
  static bool IsAsked(const Booking& booking) { return booking.room_asked; }
  static ResourceMove MoveOf(const Booking& booking, const Room* to) {
    return {.booking = booking, .room = to};
  }
};

template <>
struct Kind<Device> {
  static const std::vector<const Device*>& CandidatesOf(const SlotCandidates& candidates) {
    return candidates.devices;
  }
  static const Device* Find(const Catalogue& catalogue, const ResourceId& resource) {
    return catalogue.FindDevice(resource);
  }
  static std::vector<const Device*> Suitable(const Catalogue& catalogue, const Offering& offering,
                                             const Clinic& clinic) {
    return SuitableDevices(catalogue, offering, clinic);
  }
  static Margins MarginsOf(const Device& device) { return DeviceMargins(device); }
  static bool IsAsked(const Booking&) { return false; }
  static ResourceMove MoveOf(const Booking& booking, const Device* to) {
    return {.booking = booking, .device = to};
  }
};

// Who has a room or a device, and when.
template <typename T>
struct Stay {
  const T* at;
  absl::Time start;
  absl::Time end;
  std::string booking;
};

// The search for augmenting chains: vacating one room (or device) sends its visits to others, which
// may have to be vacated first. What leads nowhere is undone by going back to a copy.
template <typename T>
class Search {
 public:
  Search(const Catalogue& catalogue, const SlotCandidates& candidates,
         absl::Span<const Claim> claims, absl::Span<const Booking> bookings, const Booking* moving,
         absl::Time now)
      : catalogue_(catalogue),
        clinic_(*candidates.clinic),
        first_(candidates.busy_start() - kRearrangeReach),
        last_(candidates.busy_end() + kRearrangeReach) {
    for (const Claim& claim : claims) {
      if (moving != nullptr && claim.booking == moving->id) continue;
      const T* at = Kind<T>::Find(catalogue, claim.resource);
      if (at != nullptr) stays_.push_back({at, claim.start, claim.end, claim.booking});
    }
    for (const Booking& booking : bookings) {
      if (Kind<T>::IsAsked(booking) || booking.start <= now) continue;
      movable_[booking.id] = &booking;
    }
  }

  // True if `wanted` could be made free for [start, end); the moves for it are then among moves().
  bool Vacate(const T* wanted, absl::Time start, absl::Time end, int depth) {
    if (depth > kRearrangeDepthMax || ++steps_ > kRearrangeStepsMax) return false;
    const std::vector<Stay<T>> stays = stays_;
    const size_t moves = moves_.size();
    vacating_.push_back(wanted);
    bool vacated = true;
    for (const Stay<T>& stay : stays) {
      if (stay.at != wanted || stay.start >= end || start >= stay.end) continue;
      if (SendElsewhere(stay, depth)) continue;
      vacated = false;
      break;
    }
    vacating_.pop_back();
    if (vacated) return true;
    stays_ = stays;
    moves_.erase(moves_.begin() + static_cast<ptrdiff_t>(moves), moves_.end());
    return false;
  }

  const std::vector<ResourceMove>& moves() const { return moves_; }

 private:
  bool SendElsewhere(const Stay<T>& stay, int depth) {
    const auto found = movable_.find(stay.booking);
    if (found == movable_.end() || WasMoved(stay.booking)) return false;
    const Booking& booking = *found->second;
    const Offering* offering = catalogue_.FindOffering(booking.offering);
    if (offering == nullptr) return false;
    for (const bool vacate : {false, true}) {
      for (const T* to : SuitableFor(*offering)) {
        const absl::Time until = booking.end + Kind<T>::MarginsOf(*to).after;
        if (booking.start < first_ || until > last_) continue;
        if (until - booking.start > kClaimMax) continue;  // With a longer turnover.
        if (std::find(vacating_.begin(), vacating_.end(), to) != vacating_.end()) continue;
        const bool can = vacate ? Vacate(to, booking.start, until, depth + 1)
                                : IsFree(*to, booking.start, until);
        // Vacating may have used this very visit as part of its own chain.
        if (!can || WasMoved(booking.id)) continue;
        std::erase_if(stays_, [&](const Stay<T>& other) { return other.booking == booking.id; });
        stays_.push_back({to, booking.start, until, booking.id});
        moves_.push_back(Kind<T>::MoveOf(booking, to));
        return true;
      }
    }
    return false;
  }

  // Plain ones first, as for new visits, so that special ones stay free.
  const std::vector<const T*>& SuitableFor(const Offering& offering) {
    const auto [entry, is_new] = suitable_.try_emplace(&offering);
    if (is_new) entry->second = Kind<T>::Suitable(catalogue_, offering, clinic_);
    return entry->second;
  }

  bool WasMoved(const std::string& booking) const {
    return std::any_of(moves_.begin(), moves_.end(),
                       [&](const ResourceMove& move) { return move.booking.id == booking; });
  }

  bool IsFree(const T& wanted, absl::Time start, absl::Time end) const {
    return std::none_of(stays_.begin(), stays_.end(), [&](const Stay<T>& stay) {
      return stay.at == &wanted && stay.start < end && start < stay.end;
    });
  }

  const Catalogue& catalogue_;
  const Clinic& clinic_;
  const absl::Time first_, last_;  // Between these all stays are known.
  std::map<const Offering*, std::vector<const T*>> suitable_;
  std::map<std::string, const Booking*> movable_;
  std::vector<Stay<T>> stays_;
  std::vector<const T*> vacating_;  // From the wanted one on.
  std::vector<ResourceMove> moves_;
  int steps_ = 0;
};

}  // namespace

template <typename T>
std::optional<Rearrangement<T>> FindRearrangement(const Catalogue& catalogue,
                                                  const SlotCandidates& candidates,
                                                  absl::Span<const Claim> claims,
                                                  absl::Span<const Booking> bookings,
                                                  const Booking* moving, absl::Time now) {
  Search<T> search(catalogue, candidates, claims, bookings, moving, now);
  for (const T* wanted : Kind<T>::CandidatesOf(candidates)) {
    const Margins margins = Kind<T>::MarginsOf(*wanted);
    if (search.Vacate(wanted, candidates.start - margins.before, candidates.end + margins.after,
                      1)) {
      return Rearrangement<T>{.vacated = wanted, .moves = search.moves()};
    }
  }
  return std::nullopt;
}

template std::optional<Rearrangement<Room>> FindRearrangement(const Catalogue&,
                                                              const SlotCandidates&,
                                                              absl::Span<const Claim>,
                                                              absl::Span<const Booking>,
                                                              const Booking*, absl::Time);
template std::optional<Rearrangement<Device>> FindRearrangement(const Catalogue&,
                                                                const SlotCandidates&,
                                                                absl::Span<const Claim>,
                                                                absl::Span<const Booking>,
                                                                const Booking*, absl::Time);

}  // namespace stillpoint::booking::domain
