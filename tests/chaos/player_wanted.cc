// What player.h asks to book, and where: mostly what can be had, or nearly.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {
namespace {

// Of bookings and moves: as many as there are visits to be put beside.
constexpr int kBesidePercent = 15;

}  // namespace

Wanted Player::AnyWanted() {
  Wanted wanted;
  wanted.clinic = chance_.Of(model_.clinics).first;
  wanted.offering = chance_.Of(model_.offerings).first;
  wanted.length = chance_.Of(model_.offerings.at(wanted.offering).lengths);
  if (chance_.Percent(50)) wanted.person = chance_.Of(model_.people).first;
  if (chance_.Percent(30)) wanted.room = absl::StrCat("r", chance_.Below(3));
  wanted.online = chance_.Percent(15);
  const int kind = chance_.Below(10);
  if (kind < 4) {
    StartAtFreeTime(wanted);
  } else if (kind < 7) {
    StartBesideVisit(wanted);
  } else if (kind < 8) {
    StartOnTheWay(wanted);
  } else {
    wanted.start =
        kind < 9 ? model_.NowMinute() / 5 * 5 + 5 * chance_.Between(-6, 288) : AnyMinute() / 5 * 5;
  }
  if (chance_.Percent(1)) wanted.off_grid_seconds = chance_.OneOf({1, 60, 299});
  if (chance_.Percent(1)) wanted.length += 5;
  if (chance_.Percent(1)) wanted.clinic = "c9";
  if (chance_.Percent(1)) wanted.offering = "o9";
  if (chance_.Percent(1)) wanted.person = "p99";
  return wanted;
}

void Player::StartAtFreeTime(Wanted& wanted) {
  const Minute begin =
      chance_.Percent(50) ? model_.NowMinute() : std::max(model_.NowMinute(), AnyMinute());
  Query query = AnyQuery(begin, begin + kDayMinutes);
  query.offering = wanted.offering;
  query.length = wanted.length;
  query.clinics = {wanted.clinic};
  if (!wanted.person.empty()) query.people = {wanted.person};
  std::vector<FreeTime> free = model_.Search(query);
  wanted.start = free.empty() ? begin / 5 * 5 : chance_.Of(free).start;
}

void Player::StartBesideVisit(Wanted& wanted) {
  const int at = AnyVisit({State::kConfirmed, State::kHeld});
  if (at < 0) return StartAtFreeTime(wanted);
  const Visit& visit = model_.visits[static_cast<size_t>(at)];
  wanted.clinic = visit.clinic;
  if (chance_.Percent(60)) wanted.person = visit.person;
  if (chance_.Percent(40)) wanted.room = visit.room;
  const int gap = 5 * chance_.Between(-3, 8);
  wanted.start =
      chance_.Percent(50) ? visit.start + visit.length + gap : visit.start - wanted.length - gap;
}

void Player::AskForBeside(Wanted& wanted) {
  wanted.beside = !wanted.online && chance_.Percent(kBesidePercent);
  if (!wanted.beside || chance_.Percent(20)) return;
  const int at = AnyVisit({State::kConfirmed, State::kHeld});
  if (at < 0) return;
  const Visit& visit = model_.visits[static_cast<size_t>(at)];
  wanted.clinic = visit.clinic;
  wanted.person = visit.person;
  wanted.room = "";
  wanted.start = visit.start + 5 * chance_.Between(-6, 6);
}

}  // namespace stillpoint::chaos
