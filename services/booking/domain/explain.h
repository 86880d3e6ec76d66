// Why one time can or cannot be booked: every rule and every claim that stands in the way, where
// booking (slot.h) stops at the first and search (slots.h) says nothing at all.
//
// It judges by the same rules as both: explain_property_test.cc holds the three to each other.
// Pure.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/rearrange.h"
#include "services/booking/domain/slot.h"

namespace stillpoint::booking::domain {

// Numbers as in stillpoint.booking.v1.Obstacle.Code, whose comments say what each means.
enum class ObstacleCode {
  kOffGrid = 1,
  kStartInPast = 2,
  kNoticeTooShort = 3,
  kBeyondHorizon = 4,
  kOffStep = 5,
  kNotOfferedHere = 6,
  kNotOnline = 7,
  kOutsideOpeningHours = 8,
  kNobodyWorksHere = 9,
  kNoRoomHere = 10,
  kWorksElsewhere = 11,
  kOutsideWorkingHours = 12,
  kTimeOff = 13,
  kCredentialMissing = 14,
  kCredentialNotValid = 15,
  kRoomKind = 16,
  kRoomFeatures = 17,
  kBusy = 18,
  kBuffer = 19,
  kTurnover = 20,
  kHeld = 21,
  kDayFull = 22,
  kMealBreak = 23,
  kNoDeviceHere = 24,
  kDeviceKind = 25,
  kDeviceFeatures = 26,
  kDeviceArchived = 27,
  kTravel = 28,
  kClientDay = 30,
  kClientWeek = 31,
  kFirstVisit = 32,
  kNotCleared = 33,
  kClearanceUnavailable = 34,
};

// Numbers as in stillpoint.booking.v1.Obstacle.Reach: whom an obstacle stops.
enum class ObstacleReach {
  kEveryone = 1,  // Nobody can book that time.
  kSearches = 2,  // No search offers it; asked for by name it can be booked.
  kOnline = 3,    // Partners neither see nor book it.
  kClient = 4,    // The client asked about; searches know no client, and offer it.
};

// One reason.
struct Obstacle {
  ObstacleCode code;
  std::string text;       // A sentence for people, without personal data.
  std::string booking{};  // Id of the booking whose claim is in the way; empty: a rule is.
  absl::Time start{};     // What is occupied or off: [start, end); equal where nothing is.
  absl::Time end{};
  std::optional<absl::Time> expires{};  // When a hold in the way runs out.
  bool movable = false;   // Booking would move the visit in the way to another room or device.
  std::string refusal{};  // Of kNotCleared: error::NotCleared's reason.

  ObstacleReach reach() const;
  // The reason with which booking by name is refused for it, by a partner at least; empty if it is
  // movable.
  absl::string_view reason() const;
};

// What stands in the way of one practitioner, one room or one device.
struct ResourceObstacles {
  ResourceId resource;
  std::vector<Obstacle> obstacles;  // Empty: it would do.
};

// Everything about one time.
struct Explanation {
  std::vector<Obstacle> obstacles;               // Whoever gives the visit, wherever.
  std::vector<ResourceObstacles> practitioners;  // Who works at the clinic, or the one asked for.
  std::vector<ResourceObstacles> rooms;          // Of the clinic, or the one asked for.
  bool needs_device = false;
  std::vector<ResourceObstacles> devices;  // Of the clinic, if one is needed.

  // True if the time can be had as far as obstacles of these reaches go: none for the time itself,
  // and at least one practitioner, one room and, if one is needed, one device without any.
  bool Bookable() const;       // By staff, who may ask for any time on the 5-minute grid; for the
                               // client asked about.
  bool Offered() const;        // By searches of staff.
  bool OfferedOnline() const;  // By searches of partners.
};

// Whose claims Explain wants, over which time. Pointers are into the catalogue.
struct ExplainQuestion {
  const Catalogue* catalogue = nullptr;
  const Clinic* clinic = nullptr;
  const Offering* offering = nullptr;
  absl::Time start;
  absl::Time end;
  std::vector<const Practitioner*> practitioners;  // By id.
  std::vector<const Room*> rooms;                  // Plainest first, as booking takes them.
  std::vector<const Device*> devices;              // Likewise; none if the offering takes none.

  std::vector<ResourceId> resources() const;
  // Whatever of anybody's time the visit would occupy lies in [busy_start, busy_end).
  absl::Time busy_start() const;
  absl::Time busy_end() const;
  // Over which time claims matter: longer with ways to other clinics, and with limits by the day or
  // breaks over the whole local days too.
  absl::Time claims_start() const;
  absl::Time claims_end() const;
};

// InvalidArgument REFERENCE_UNKNOWN (clinic, offering, practitioner, room) or INVALID_FIELD (not a
// duration of the offering, or more than 24 hours with its buffers): there is nothing to explain
// about what does not exist.
absl::StatusOr<ExplainQuestion> AskExplanation(const Catalogue& catalogue,
                                               const SlotRequest& request);

// `claims`: those on the resources of the question from claims_start to claims_end, expired ones
// included. `bookings`: the owners of those that meet the busy time, by id; without its owner a
// claim counts as a visit.
Explanation Explain(const ExplainQuestion& question, absl::Span<const Claim> claims,
                    const std::map<std::string, Booking>& bookings, absl::Time now);

// Adds what the policy has against a visit of a client who has `history`.
void ExplainClient(const ExplainQuestion& question, const ClientHistory& history, absl::Time now,
                   Explanation& explanation);

// Adds that the client's record does not clear the visit, or cannot be asked: `refusal` is what
// booking is refused with.
void ExplainClearance(const absl::Status& refusal, Explanation& explanation);

// Where no room or no device is free booking makes one so by moving visits that did not ask for
// theirs: says so of those that `moves` take out of `vacated`. Searches know nothing of it.
void MarkMovable(const ResourceId& vacated, absl::Span<const ResourceMove> moves,
                 Explanation& explanation);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_H_
