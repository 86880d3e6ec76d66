// The operations of player.h on bookings.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {
namespace {

constexpr size_t kAlternatives = 3;
constexpr Minute kAlternativesReach = 7 * kDayMinutes;
// Comparing them costs a search of two weeks by the minute.
constexpr int kCompareAllAlternativesPercent = 5;

std::string Text(const Wanted& wanted) {
  return absl::StrCat(wanted.offering, "/", wanted.length, " at ", wanted.clinic, " ",
                      TextOf(wanted.start), wanted.off_grid_seconds != 0 ? "+" : "",
                      " person=", wanted.person, " room=", wanted.room,
                      wanted.online ? " online" : "", wanted.beside ? " beside" : "");
}

// The states from which a step leads somewhere, and where.
std::optional<State> After(State from, Step step) {
  switch (step) {
    case Step::kConfirm:
      if (from == State::kHeld) return State::kConfirmed;
      break;
    case Step::kRelease:
      if (from == State::kHeld) return State::kReleased;
      break;
    case Step::kCancel:
      if (from == State::kConfirmed || from == State::kCheckedIn) return State::kCancelled;
      break;
    case Step::kCheckIn:
      if (from == State::kConfirmed) return State::kCheckedIn;
      break;
    case Step::kStart:
      if (from == State::kCheckedIn) return State::kInSession;
      break;
    case Step::kComplete:
      if (from == State::kInSession) return State::kCompleted;
      break;
    case Step::kNoShow:
      if (from == State::kConfirmed || from == State::kCheckedIn) return State::kNoShow;
      break;
  }
  return std::nullopt;
}

}  // namespace

// Mostly where it matters: at a free time, or just beside or over what is taken.
std::string Player::CompareAlternatives(const Wanted& wanted, const Reply& reply) {
  if (lag_ > absl::ZeroDuration()) return "";  // They are searched for, too.
  Query query;
  query.offering = wanted.offering;
  query.length = wanted.length;
  query.clinics = {wanted.clinic};
  if (!wanted.person.empty()) query.people = {wanted.person};
  query.room = wanted.room;
  query.begin = wanted.start - kAlternativesReach;
  query.end = wanted.start + kAlternativesReach;
  for (const Minute start : reply.alternatives) {
    const bool free =
        std::any_of(model_.people.begin(), model_.people.end(), [&](const auto& entry) {
          return model_.IsFree(query, {start, entry.first, wanted.clinic});
        });
    if (!free) return absl::StrCat("the alternative ", TextOf(start), " is not free");
  }
  if (!chance_.Percent(kCompareAllAlternativesPercent)) return "";
  query.begin = std::max(query.begin, model_.NowMinute());
  query.end = std::min(query.end, model_.NowMinute() + 8 * kDayMinutes);
  std::vector<Minute> nearest;
  for (const FreeTime& time : model_.Search(query)) {
    if (nearest.empty() || nearest.back() != time.start) nearest.push_back(time.start);
  }
  std::stable_sort(nearest.begin(), nearest.end(), [&](Minute a, Minute b) {
    return std::abs(a - wanted.start) < std::abs(b - wanted.start);
  });
  if (nearest.size() > kAlternatives) nearest.resize(kAlternatives);
  std::sort(nearest.begin(), nearest.end());
  return nearest == reply.alternatives ? "" : "the alternatives are not the nearest free times";
}

std::string Player::FollowMoves(int except) {
  std::map<std::string, std::string> stored;
  for (const std::string& line : rig_.StoredVisits()) stored[line.substr(0, line.find(' '))] = line;
  std::map<int, Visit> moved;  // As they were.
  for (int at = 0; at < static_cast<int>(model_.visits.size()); ++at) {
    Visit& visit = model_.visits[static_cast<size_t>(at)];
    const std::string& line = stored[visit.id];
    if (at == except || visit.state != State::kConfirmed || line == Rig::LineOf(visit)) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    Visit now = visit;
    if (words.size() < 15) return absl::StrCat(visit.id, " is gone: ", line);
    if (words[6] != visit.room) {
      const auto room = model_.rooms.find(Model::RoomKey(now.clinic, words[6]));
      if (room == model_.rooms.end()) return absl::StrCat(visit.id, " is in no room: ", line);
      now.room = words[6];
      now.turnover = room->second.turnover;
      ++now.revision;
      ++tally_["rooms changed"];
    }
    if (!visit.device.empty() && words[13] != visit.device) {
      const auto device = model_.devices.find(Model::DeviceKey(now.clinic, words[13]));
      if (device == model_.devices.end()) return absl::StrCat(visit.id, " has no device: ", line);
      now.device = words[13];
      now.device_turnover = device->second.turnover;
      ++now.revision;
      ++tally_["devices changed"];
    }
    if (Rig::LineOf(now) != line || (now.room != visit.room && visit.room_asked) ||
        visit.start * kMinuteMicros <= model_.now_us) {
      return absl::StrCat("made to move: ", Rig::LineOf(visit), ", now ", line);
    }
    model_.Free(at);
    moved[at] = std::exchange(visit, now);
  }
  for (const auto& [at, before] : moved) {
    const Visit& visit = model_.visits[static_cast<size_t>(at)];
    const Offering& offering = model_.offerings.at(visit.offering);
    // Only what it was moved to: the offering may suit no longer what it was agreed with.
    if ((visit.room != before.room &&
         !model_.HasRoom(offering, visit.clinic, visit.room, visit.start, visit.length, except)) ||
        (visit.device != before.device && !model_.HasDevice(offering, visit.clinic, visit.device,
                                                            visit.start, visit.length, except))) {
      return absl::StrCat(Rig::LineOf(visit), ": moved to where it cannot be");
    }
    model_.Occupy(at);
  }
  return "";
}

std::string Player::TakeFrom(const std::string& bytes, const Wanted& wanted, int own,
                             Visit& visit) {
  const std::vector<std::string> words = absl::StrSplit(bytes, ' ');
  const std::string device = words.size() < 15 || words[13] == kNoDevice ? "" : words[13];
  if (words.size() < 15 || !model_.CanHave(wanted, words[5], words[6], device, own)) {
    return absl::StrCat("that person, room or device cannot be had: ", bytes);
  }
  const Offering& offering = model_.offerings.at(wanted.offering);
  visit.clinic = wanted.clinic;
  visit.offering = wanted.offering;
  visit.person = words[5];
  visit.room = words[6];
  visit.device = device;
  visit.start = wanted.start;
  visit.length = wanted.length;
  visit.before = offering.before;
  visit.after = offering.after;
  visit.longer_buffer = model_.PolicyNow(wanted.clinic).longer_buffer;
  visit.turnover = model_.rooms.at(Model::RoomKey(visit.clinic, visit.room)).turnover;
  visit.device_turnover =
      device.empty() ? 0 : model_.devices.at(Model::DeviceKey(visit.clinic, device)).turnover;
  return "";
}

std::string Player::BookAny(bool hold) {
  Wanted wanted = AnyWanted();
  if (!hold) AskForBeside(wanted);
  const int who = chance_.Below(100);
  const std::string client = who < 4   ? kBlockedClient
                             : who < 5 ? kUnknownClient
                                       : absl::StrCat("client", who % 7);
  const int seconds = hold ? chance_.OneOf({1, 60, 600, 600, 1800}) : 0;
  const bool dry = chance_.Percent(5);
  Reasons reasons = model_.Refusals(wanted, -1);
  reasons.merge(model_.ClientRefusals(client, wanted, -1));
  if (client == kBlockedClient && !hold) reasons.insert("CLEARANCE_REQUIRED");
  if (client == kUnknownClient) reasons.insert("REFERENCE_UNKNOWN");

  Reply reply;
  const std::string what =
      absl::StrCat(hold ? "hold: " : "book: ", Text(wanted), " for ", client,
                   hold ? absl::StrCat(" ", seconds, "s") : "", dry ? " (only checked)" : "");
  const auto call = [this, client, wanted, seconds, dry](const Ask& ask) {
    return rig_.Book(ask, client, wanted, seconds, dry);
  };
  reply = dry ? call({.replica = chance_.Below(Rig::kReplicas)}) : Make(call);
  std::string problem;
  if (reply.ok() && reasons == Reasons{"SLOT_TAKEN"} && model_.HasPerson(wanted, -1)) {
    if (dry) return "";  // Nobody has made way for it yet.
    problem = FollowMoves(-1);
    if (problem.empty()) reasons = model_.Refusals(wanted, -1);
  }
  if (problem.empty()) problem = Agree(what, reply, reasons);
  if (!problem.empty()) return problem;
  if (reply.reason == "SLOT_TAKEN") return CompareAlternatives(wanted, reply);
  if (!reply.ok()) return "";

  Visit visit{.id = reply.bytes.substr(0, reply.bytes.find(' ')), .client = client};
  problem = TakeFrom(reply.bytes, wanted, -1, visit);
  if (!problem.empty()) return absl::StrCat(what, ": ", problem);
  if (wanted.beside && !wanted.person.empty()) {
    Wanted alone = wanted;
    alone.beside = false;
    tally_["booked beside others"] += model_.HasPerson(alone, -1) ? 0 : 1;
  }
  tally_["booked with a device"] += visit.device.empty() ? 0 : 1;
  visit.room_asked = !wanted.room.empty();
  visit.state = hold ? State::kHeld : State::kConfirmed;
  visit.policy = model_.PolicyNow(visit.clinic);
  visit.longer_buffer = visit.policy.longer_buffer;
  visit.expires_us = model_.now_us + int64_t{seconds} * 1'000'000;
  model_.visits.push_back(visit);
  const int at = static_cast<int>(model_.visits.size()) - 1;
  problem = CompareLine(at, reply.bytes);
  if (dry) {
    model_.visits.pop_back();
  } else {
    model_.Occupy(at);
  }
  return problem.empty() ? Look(wanted.start) : absl::StrCat(what, ": ", problem);
}

Player::Reasons Player::MoveRefusals(const Visit& visit, Step step, const std::string& etag) {
  Reasons reasons;
  if (!etag.empty() && etag != absl::StrCat("r", visit.revision)) reasons.insert("ETAG_MISMATCH");
  if ((step == Step::kConfirm || step == Step::kStart) && visit.client == kBlockedClient) {
    reasons.insert("CLEARANCE_REQUIRED");
  }
  if (!After(visit.state, step).has_value()) {
    reasons.insert(visit.state == State::kExpired && step == Step::kConfirm ? "HOLD_EXPIRED"
                                                                            : "BOOKING_STATE");
  } else if (model_.RanOut(visit) && step == Step::kConfirm) {
    reasons.insert("HOLD_EXPIRED");
  }
  const WallClock& clock = model_.Clock(visit.clinic);
  if (step == Step::kCheckIn && clock.Day(visit.start) != clock.Day(model_.NowMinute())) {
    reasons.insert("CHECK_IN_WRONG_DAY");
  }
  if (step == Step::kNoShow && model_.now_us < visit.start * kMinuteMicros) {
    reasons.insert("NO_SHOW_TOO_EARLY");
  }
  return reasons;
}

std::string Player::MoveAny(Step step) {
  const State early = step == Step::kConfirm || step == Step::kRelease ? State::kHeld
                      : step == Step::kComplete                        ? State::kInSession
                      : step == Step::kStart                           ? State::kCheckedIn
                                                                       : State::kConfirmed;
  const int at = AnyVisit({early});
  if (at < 0) return "";
  Visit& visit = model_.visits[static_cast<size_t>(at)];
  const std::string etag = AnyEtag(visit.revision);
  Reasons reasons = MoveRefusals(visit, step, etag);
  const bool ran_out = model_.RanOut(visit);
  const auto call = [this, id = visit.id, step, etag](const Ask& ask) {
    return rig_.Move(ask, id, step, etag);
  };
  const std::string what = absl::StrCat(NameOf(step), ": ", visit.id, " etag=", etag);
  Reply reply;
  // Nobody says when a hold that ran out is marked so: with it, its revision rises.
  if (ran_out && !etag.empty()) reasons.insert("ETAG_MISMATCH");
  if (ran_out && step == Step::kRelease) {
    reply = call(NewAsk());
    if (!reply.ok() && reply.reason != "ETAG_MISMATCH" && reply.reason != "BOOKING_STATE") {
      return Agree(what, reply, {"BOOKING_STATE"});
    }
  } else if (const std::string problem = Compare(what, call, reasons, reply); !problem.empty()) {
    return problem;
  }
  if (!reply.ok()) return "";
  if (step == Step::kCancel) {
    visit.late_cancelled =
        model_.IsLate(visit.policy.cancel, visit.clinic, visit.start * kMinuteMicros);
    tally_["cancelled late"] += visit.late_cancelled ? 1 : 0;
  }
  visit.state = *After(visit.state, step);
  ++visit.revision;
  if (!model_.IsLive(visit)) model_.Free(at);
  const std::string problem = CompareLine(at, reply.bytes);
  return problem.empty() ? Look(visit.start) : absl::StrCat(what, ": ", problem);
}

std::string Player::RescheduleAny() {
  const int at = AnyVisit({State::kConfirmed});
  if (at < 0) return "";
  Visit& visit = model_.visits[static_cast<size_t>(at)];
  Wanted wanted = AnyWanted();
  if (chance_.Percent(60)) wanted.offering = visit.offering;
  if (chance_.Percent(50)) wanted.clinic = visit.clinic;
  // Over itself.
  if (chance_.Percent(30)) wanted.start = visit.start + 5 * chance_.Between(-8, 8);
  wanted.online = false;
  if (chance_.Percent(50)) AskForBeside(wanted);
  Wanted said = wanted;
  if (chance_.Percent(40)) said.clinic = "", wanted.clinic = visit.clinic;
  if (chance_.Percent(40)) said.offering = "", wanted.offering = visit.offering;
  if (chance_.Percent(50)) said.length = 0, wanted.length = visit.length;
  const std::string etag = AnyEtag(visit.revision);

  Reasons reasons = model_.Refusals(wanted, at);
  if (!etag.empty() && etag != absl::StrCat("r", visit.revision)) reasons.insert("ETAG_MISMATCH");
  reasons.merge(model_.ClientRefusals(visit.client, wanted, at));
  if (visit.state != State::kConfirmed) reasons.insert("BOOKING_STATE");
  if (visit.client == kBlockedClient) reasons.insert("CLEARANCE_REQUIRED");
  if (model_.RanOut(visit)) reasons.insert("ETAG_MISMATCH");
  const auto call = [this, id = visit.id, said, etag](const Ask& ask) {
    return rig_.Reschedule(ask, id, said, etag);
  };
  const std::string what =
      absl::StrCat("reschedule: ", visit.id, " to ", Text(said), " etag=", etag);
  const Reply reply = Make(call);
  std::string problem;
  if (reply.ok() && reasons == Reasons{"SLOT_TAKEN"} && model_.HasPerson(wanted, at)) {
    problem = FollowMoves(at);
    if (problem.empty()) reasons = model_.Refusals(wanted, at);
  }
  if (problem.empty()) problem = Agree(what, reply, reasons);
  if (!problem.empty()) return problem;
  if (reply.reason == "SLOT_TAKEN") return CompareAlternatives(wanted, reply);
  if (!reply.ok()) return "";

  Visit moved = visit;
  problem = TakeFrom(reply.bytes, wanted, at, moved);
  if (!problem.empty()) return absl::StrCat(what, ": ", problem);
  const auto keeps = [&](std::string Wanted::*part, const std::string& old) {
    Wanted same = wanted;
    same.beside = wanted.beside && !wanted.person.empty();
    same.*part = old;
    return (wanted.*part).empty() && model_.Refusals(same, at).empty();
  };
  if (keeps(&Wanted::person, visit.person) && moved.person != visit.person) {
    return absl::StrCat(what, ": gave up a person that it could keep: ", reply.bytes);
  }
  const bool same_clinic = wanted.clinic == visit.clinic;
  if (same_clinic && keeps(&Wanted::room, visit.room) && moved.room != visit.room) {
    return absl::StrCat(what, ": gave up a room that it could keep: ", reply.bytes);
  }
  if (same_clinic && !visit.device.empty() && moved.device != visit.device &&
      model_.HasDevice(model_.offerings.at(wanted.offering), visit.clinic, visit.device,
                       wanted.start, wanted.length, at)) {
    return absl::StrCat(what, ": gave up a device that it could keep: ", reply.bytes);
  }
  if (model_.IsLate(visit.policy.change, visit.clinic, visit.start * kMinuteMicros)) {
    moved.late_changed = true;
    ++tally_["moved late"];
  }
  model_.Free(at);
  const Minute before = visit.start;
  const bool same_room = same_clinic && visit.room == moved.room;
  moved.room_asked = !wanted.room.empty() || (visit.room_asked && same_room);
  ++moved.revision;
  visit = moved;
  model_.Occupy(at);
  problem = CompareLine(at, reply.bytes);
  if (problem.empty()) problem = Look(chance_.Percent(50) ? before : visit.start);
  return problem.empty() ? "" : absl::StrCat(what, ": ", problem);
}

}  // namespace stillpoint::chaos
