#include "services/booking/domain/rearrange.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::domain {
namespace {

// Who is in a room, and when.
struct Stay {
  const Room* room;
  absl::Time start;
  absl::Time end;
  std::string booking;
};

// The search for augmenting chains: vacating one room sends its visits to others, which may have to
// be vacated first. What leads nowhere is undone by going back to a copy.
class Search {
 public:
  Search(const Catalogue& catalogue, const SlotCandidates& candidates,
         absl::Span<const Claim> claims, absl::Span<const Booking> bookings, const Booking* moving,
         absl::Time now)
      : catalogue_(catalogue),
        first_(candidates.busy_start() - kRearrangeReach),
        last_(candidates.busy_end() + kRearrangeReach),
        rooms_(catalogue.RoomsAt(candidates.clinic->id)) {
    // Plain ones first, as for new visits, so that special ones stay free.
    PlainestFirst(rooms_);
    for (const Claim& claim : claims) {
      if (moving != nullptr && claim.booking == moving->id) continue;
      const Room* room = catalogue.FindRoom(claim.resource);
      if (room != nullptr) stays_.push_back({room, claim.start, claim.end, claim.booking});
    }
    for (const Booking& booking : bookings) {
      if (booking.room_asked || booking.start <= now) continue;
      movable_[booking.id] = &booking;
    }
  }

  // True if `room` could be made free for [start, end); the moves for it are then among moves().
  bool Vacate(const Room* room, absl::Time start, absl::Time end, int depth) {
    if (depth > kRearrangeDepthMax || ++steps_ > kRearrangeStepsMax) return false;
    const std::vector<Stay> stays = stays_;
    const size_t moves = moves_.size();
    vacating_.push_back(room);
    bool vacated = true;
    for (const Stay& stay : stays) {
      if (stay.room != room || stay.start >= end || start >= stay.end) continue;
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

  const std::vector<RoomMove>& moves() const { return moves_; }

 private:
  bool SendElsewhere(const Stay& stay, int depth) {
    const auto found = movable_.find(stay.booking);
    if (found == movable_.end() || WasMoved(stay.booking)) return false;
    const Booking& booking = *found->second;
    const Offering* offering = catalogue_.FindOffering(booking.offering);
    if (offering == nullptr) return false;
    for (const bool vacate : {false, true}) {
      for (const Room* to : rooms_) {
        const absl::Time until = booking.end + RoomMargins(*to).after;
        if (!offering->Suits(*to) || booking.start < first_ || until > last_) continue;
        if (until - booking.start > kClaimMax) continue;  // With a longer turnover.
        if (std::find(vacating_.begin(), vacating_.end(), to) != vacating_.end()) continue;
        const bool can = vacate ? Vacate(to, booking.start, until, depth + 1)
                                : IsFree(*to, booking.start, until);
        // Vacating may have used this very visit as part of its own chain.
        if (!can || WasMoved(booking.id)) continue;
        std::erase_if(stays_, [&](const Stay& other) { return other.booking == booking.id; });
        stays_.push_back({to, booking.start, until, booking.id});
        moves_.push_back({booking, to});
        return true;
      }
    }
    return false;
  }

  bool WasMoved(const std::string& booking) const {
    return std::any_of(moves_.begin(), moves_.end(),
                       [&](const RoomMove& move) { return move.booking.id == booking; });
  }

  bool IsFree(const Room& room, absl::Time start, absl::Time end) const {
    return std::none_of(stays_.begin(), stays_.end(), [&](const Stay& stay) {
      return stay.room == &room && stay.start < end && start < stay.end;
    });
  }

  const Catalogue& catalogue_;
  const absl::Time first_, last_;  // Between these everything about the rooms is known.
  std::vector<const Room*> rooms_;
  std::map<std::string, const Booking*> movable_;
  std::vector<Stay> stays_;
  std::vector<const Room*> vacating_;  // From the wanted room on.
  std::vector<RoomMove> moves_;
  int steps_ = 0;
};

}  // namespace

std::optional<Rearrangement> FindRearrangement(const Catalogue& catalogue,
                                               const SlotCandidates& candidates,
                                               absl::Span<const Claim> claims,
                                               absl::Span<const Booking> bookings,
                                               const Booking* moving, absl::Time now) {
  Search search(catalogue, candidates, claims, bookings, moving, now);
  for (const Room* room : candidates.rooms) {
    const Margins margins = RoomMargins(*room);
    if (search.Vacate(room, candidates.start - margins.before, candidates.end + margins.after, 1)) {
      return Rearrangement{.room = room, .moves = search.moves()};
    }
  }
  return std::nullopt;
}

}  // namespace stillpoint::booking::domain
