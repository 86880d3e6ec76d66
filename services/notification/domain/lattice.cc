#include "services/notification/domain/lattice.h"

namespace stillpoint::notification::domain {
namespace {

constexpr uint32_t Bit(State state) { return 1u << static_cast<int>(state); }

// What can happen to any message that has not left yet.
constexpr uint32_t kCalledOff =
    Bit(State::kSuppressed) | Bit(State::kSuperseded) | Bit(State::kExpired);

struct Row {
  State from;
  uint32_t to;
};

constexpr Row kTable[] = {
    {State::kNone, Bit(State::kScheduled) | Bit(State::kSuppressed)},
    {State::kScheduled, Bit(State::kLeased) | kCalledOff},
    {State::kLeased, Bit(State::kChecked) | Bit(State::kScheduled) | Bit(State::kRetry) |
                         Bit(State::kLeased) | Bit(State::kDead) | kCalledOff},
    {State::kChecked, Bit(State::kSubmitting)},
    // SUPERSEDED, EXPIRED and DEAD are where a failed attempt ends that may not be repeated.
    {State::kSubmitting, Bit(State::kAccepted) | Bit(State::kOutcomeUnknown) |
                             Bit(State::kRejected) | Bit(State::kRetry) | Bit(State::kSuperseded) |
                             Bit(State::kSuppressed) | Bit(State::kExpired) | Bit(State::kDead)},
    {State::kAccepted, 0},
    // The answer can turn up late; it is never sent again.
    {State::kOutcomeUnknown, Bit(State::kAccepted) | Bit(State::kRejected)},
    {State::kRejected, 0},
    // ACCEPTED: the answer to the attempt before turned up, so there is nothing to repeat.
    {State::kRetry,
     Bit(State::kLeased) | Bit(State::kAccepted) | Bit(State::kRejected) | kCalledOff},
    {State::kSuppressed, 0},
    {State::kSuperseded, 0},
    {State::kExpired, 0},
    {State::kDead, Bit(State::kScheduled)},
};

}  // namespace

bool MayMove(State from, State to) {
  for (const Row& row : kTable) {
    if (row.from == from) return (row.to & Bit(to)) != 0;
  }
  return false;
}

bool IsLive(State state) {
  return state == State::kScheduled || state == State::kLeased || state == State::kChecked ||
         state == State::kRetry;
}

bool IsSettled(State state) { return !IsLive(state) && state != State::kSubmitting; }

}  // namespace stillpoint::notification::domain
