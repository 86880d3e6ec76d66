// The operations of player.h on the catalogue.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {
namespace {

std::set<std::string> EtagRefusal(const std::string& etag, int64_t revision) {
  if (etag.empty() || etag == absl::StrCat("r", revision)) return {};
  return {"ETAG_MISMATCH"};
}

}  // namespace

std::string Player::CompareOrphans(const std::set<int>& before, const Reply& reply) {
  const std::string want = model_.TextOfNew(before, model_.Orphans());
  const std::string said = reply.bytes.substr(reply.bytes.find(' ') + 1);
  if (said != "0 ") ++tally_["changes that orphan visits"];
  if (said == want) return "";
  return absl::StrCat(last_, ": orphans ", said, ", the model says ", want);
}

std::string Player::ChangeCatalogue() {
  switch (chance_.Below(17)) {
    case 0:
    case 1:
    case 2:
      return AddOff();
    case 3:
    case 4:
      return RemoveOff();
    case 5:
      return ChangeShifts();
    case 6:
      return ChangeOpening();
    case 7:
      return ChangeLicences();
    case 8:
      return ChangeRoom();
    case 9:
      return ChangeAnOffering();
    case 10:
      return AddRoom();
    case 11:
      return ChangePolicy();
    case 12:
    case 13:
      return ChangeWay();
    case 14:
      return ChangeDevice();
    case 15:
      return AddDevice();
    default:
      return AddPerson();
  }
}

std::string Player::AddOff() {
  Person& person = chance_.Of(model_.people).second;
  const Minute start = AnyMinute() / 5 * 5;
  const Minute end = start + 5 * chance_.Between(1, chance_.Percent(80) ? 60 : 600);
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, id = person.id, start, end](const Ask& ask) {
    return rig_.AddOff(ask, id, start, end);
  };
  Reply reply;
  std::string problem =
      Compare(absl::StrCat("add time off: ", person.id, " ", start, "..", end), call, {}, reply);
  if (!problem.empty()) return problem;
  person.off[reply.bytes.substr(0, reply.bytes.find(' '))] = {start, end};
  model_.HoursChanged();
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(start) : problem;
}

std::string Player::RemoveOff() {
  Person& person = chance_.Of(model_.people).second;
  std::string id = removed_off_.empty() ? "never" : chance_.Of(removed_off_);
  if (!person.off.empty() && chance_.Percent(85)) id = chance_.Of(person.off).first;
  const auto off = person.off.find(id);
  const auto call = [this, who = person.id, id](const Ask& ask) {
    return rig_.RemoveOff(ask, who, id);
  };
  Reply reply;
  const std::string problem =
      Compare(absl::StrCat("remove time off: ", person.id, " ", id), call,
              off == person.off.end() ? Reasons{"NOT_FOUND"} : Reasons{}, reply);
  if (!problem.empty() || !reply.ok()) return problem;
  const Minute start = off->second.first;
  removed_off_.push_back(id);
  person.off.erase(off);
  model_.HoursChanged();
  return Look(start);
}

std::string Player::ChangeShifts() {
  Person& person = chance_.Of(model_.people).second;
  Person changed = person;
  changed.shifts = AnyShifts(chance_, model_, place_.day);
  const std::string etag = AnyEtag(person.revision);
  Reasons reasons = EtagRefusal(etag, person.revision);
  if (!changed.shifts.empty() && chance_.Percent(10)) {
    Shift again = changed.shifts.front();  // Twice at the same time.
    again.from = again.until = std::nullopt;
    changed.shifts.front() = again;
    again.clinic = chance_.Of(model_.clinics).first;
    changed.shifts.push_back(again);
    if (again.clinic == changed.shifts.front().clinic) {
      reasons.insert("HOURS_OVERLAP");
    } else {
      changed.shifts.pop_back();  // In another zone it might not meet.
    }
  }
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.SetShifts(ask, changed, etag);
  };
  Reply reply;
  std::string problem =
      Compare(absl::StrCat("set shifts: ", person.id, " etag=", etag), call, reasons, reply);
  if (!problem.empty() || !reply.ok()) return problem;
  person.shifts = changed.shifts;
  ++person.revision;
  model_.HoursChanged();
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::ChangeOpening() {
  Clinic& clinic = chance_.Of(model_.clinics).second;
  Clinic changed = clinic;
  changed.opening = AnyOpening(chance_);
  const std::string etag = AnyEtag(clinic.revision);
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.SetOpening(ask, changed, etag);
  };
  Reply reply;
  std::string problem = Compare(absl::StrCat("set opening: ", clinic.id, " etag=", etag), call,
                                EtagRefusal(etag, clinic.revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  clinic.opening = changed.opening;
  ++clinic.revision;
  model_.HoursChanged();
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::ChangeLicences() {
  Person& person = chance_.Of(model_.people).second;
  Person changed = person;
  changed.licences = AnyLicences(chance_, place_.day);
  const std::string etag = AnyEtag(person.revision);
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.SetLicences(ask, changed, etag);
  };
  Reply reply;
  std::string problem = Compare(absl::StrCat("set licences: ", person.id, " etag=", etag), call,
                                EtagRefusal(etag, person.revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  person.licences = changed.licences;
  ++person.revision;
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::ChangeRoom() {
  Room& room = chance_.Of(model_.rooms).second;
  Room changed = room;
  changed.turnover = 5 * chance_.Below(7);
  changed.features.insert("table");
  const std::string etag = AnyEtag(room.revision);
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.Save(ask, changed, false, etag);
  };
  Reply reply;
  std::string problem =
      Compare(absl::StrCat("set room: ", room.clinic, "/", room.id, " etag=", etag), call,
              EtagRefusal(etag, room.revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  ++changed.revision;
  room = changed;
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::ChangeDevice() {
  Device& device = chance_.Of(model_.devices).second;
  Device changed = device;
  changed.turnover = 5 * chance_.Below(7);
  changed.features.insert("deep");
  changed.archived = chance_.Percent(25);
  const std::string etag = AnyEtag(device.revision);
  const std::set<int> orphans = model_.Orphans();
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.Save(ask, changed, false, etag);
  };
  Reply reply;
  std::string problem = Compare(absl::StrCat("set device: ", device.clinic, "/", device.id,
                                             " etag=", etag, changed.archived ? " archived" : ""),
                                call, EtagRefusal(etag, device.revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  ++changed.revision;
  device = changed;
  problem = CompareOrphans(orphans, reply);
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::ChangeAnOffering() {
  Offering& offering = chance_.Of(model_.offerings).second;
  Offering changed = offering;
  ChangeOffering(chance_, changed);
  const std::string etag = AnyEtag(offering.revision);
  const auto call = [this, changed, etag](const Ask& ask) {
    return rig_.Save(ask, changed, false, etag);
  };
  Reply reply;
  const std::string problem = Compare(absl::StrCat("set offering: ", offering.id, " etag=", etag),
                                      call, EtagRefusal(etag, offering.revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  ++changed.revision;
  offering = changed;
  return Look(AnyMinute());
}

std::string Player::ChangePolicy() {
  const std::string owner = chance_.Percent(50) ? "" : chance_.Of(model_.clinics).first;
  std::vector<Policy>& versions = model_.policies[owner];
  const Policy policy = AnyPolicy(chance_, model_.now_us, !owner.empty());
  const bool at_once = policy.from_us == model_.now_us && chance_.Percent(80);
  const std::string etag = AnyEtag(static_cast<int64_t>(versions.size()));
  const auto call = [this, owner, policy, at_once, etag](const Ask& ask) {
    return rig_.SetPolicy(ask, owner, policy, at_once, etag);
  };
  Reply reply;
  const std::string problem =
      Compare(absl::StrCat("set policy: ", owner, " etag=", etag), call,
              EtagRefusal(etag, static_cast<int64_t>(versions.size())), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  versions.push_back(policy);
  return Look(AnyMinute());
}

std::string Player::ChangeWay() {
  const int way = AnyWay(chance_);
  const std::string etag = AnyEtag(model_.own_revision);
  const auto call = [this, way, etag](const Ask& ask) {
    return rig_.SetWay(ask, "c0", "c1", way, etag);
  };
  Reply reply;
  const std::string problem = Compare(absl::StrCat("set way: ", way, " etag=", etag), call,
                                      EtagRefusal(etag, model_.own_revision), reply);
  if (!problem.empty() || !reply.ok()) return problem;
  model_.way = way;
  ++model_.own_revision;
  return Look(AnyMinute());
}

// At a clinic at which somebody would be free, were it not for the way to their visit at another.
void Player::StartOnTheWay(Wanted& wanted) {
  constexpr int kTries = 4;  // Few people are at two clinics near enough to each other.
  for (int i = 0; i < kTries && model_.way > 0; ++i) {
    const int at = AnyVisit({State::kConfirmed, State::kHeld});
    if (at < 0) break;
    const Visit& visit = model_.visits[static_cast<size_t>(at)];
    const auto& shifts = model_.people.at(visit.person).shifts;
    const bool is_shared = std::any_of(shifts.begin(), shifts.end(), [&](const Shift& shift) {
      return shift.clinic != visit.clinic;
    });
    if (!is_shared || visit.start <= model_.NowMinute()) continue;
    Query query = AnyQuery(visit.start - model_.way, visit.start + visit.length + model_.way);
    query.offering = wanted.offering;
    query.length = wanted.length;
    query.people = {visit.person};
    const int way = std::exchange(model_.way, 0);
    std::vector<FreeTime> free = model_.Search(query);
    model_.way = way;
    std::erase_if(free, [&](const FreeTime& time) { return model_.IsFree(query, time); });
    if (free.empty()) continue;
    const FreeTime& time = chance_.Of(free);
    wanted.clinic = time.clinic;
    wanted.person = time.person;
    wanted.start = time.start;
    return;
  }
  StartAtFreeTime(wanted);
}

std::string Player::AddRoom() {
  const std::string clinic = chance_.Of(model_.clinics).first;
  const Room room = AnyRoom(chance_, clinic, absl::StrCat("r", chance_.Below(4)));
  const std::string key = Model::RoomKey(clinic, room.id);
  const auto call = [this, room](const Ask& ask) { return rig_.Save(ask, room, true, ""); };
  Reply reply;
  const std::string problem =
      Compare(absl::StrCat("add room: ", key), call,
              model_.rooms.count(key) > 0 ? Reasons{"NAME_TAKEN"} : Reasons{}, reply);
  if (!problem.empty() || !reply.ok()) return problem;
  model_.rooms[key] = room;
  return Look(AnyMinute());
}

std::string Player::AddDevice() {
  const std::string clinic = chance_.Of(model_.clinics).first;
  const Device device = AnyDevice(chance_, clinic, absl::StrCat("d", chance_.Below(4)));
  const std::string key = Model::DeviceKey(clinic, device.id);
  const auto call = [this, device](const Ask& ask) { return rig_.Save(ask, device, true, ""); };
  Reply reply;
  const std::string problem =
      Compare(absl::StrCat("add device: ", key), call,
              model_.devices.count(key) > 0 ? Reasons{"NAME_TAKEN"} : Reasons{}, reply);
  if (!problem.empty() || !reply.ok()) return problem;
  model_.devices[key] = device;
  return Look(AnyMinute());
}

std::string Player::AddPerson() {
  Person person;
  person.id = absl::StrCat("p", chance_.Below(6));
  person.licences = AnyLicences(chance_, place_.day);
  const auto call = [this, person](const Ask& ask) { return rig_.Save(ask, person); };
  Reply reply;
  const std::string problem =
      Compare(absl::StrCat("add person: ", person.id), call,
              model_.people.count(person.id) > 0 ? Reasons{"NAME_TAKEN"} : Reasons{}, reply);
  if (!problem.empty() || !reply.ok()) return problem;
  person.shifts = AnyShifts(chance_, model_, place_.day);
  const Reply hours = rig_.SetShifts({.replica = chance_.Below(Rig::kReplicas)}, person, "r1");
  if (!hours.ok()) return absl::StrCat("add person: its hours: ", hours.reason);
  person.revision = 2;
  model_.people[person.id] = person;
  model_.HoursChanged();
  return Look(AnyMinute());
}

}  // namespace stillpoint::chaos
