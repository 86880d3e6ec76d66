#include "tests/chaos/player.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace stillpoint::chaos {
namespace {

constexpr size_t kRemembered = 80;  // Calls that may be made again.

std::string Text(const FreeTime& time) {
  return absl::StrCat(TextOf(time.start), " ", time.person, " ", time.clinic);
}

// What one has and the other has not.
std::string Difference(const std::vector<std::string>& got, const std::vector<std::string>& want) {
  std::vector<std::string> extra;
  std::vector<std::string> missing;
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(),
                      std::back_inserter(missing));
  return absl::StrCat("only the service has {", absl::StrJoin(extra, "; "),
                      "}, only the model has {", absl::StrJoin(missing, "; "), "}");
}

}  // namespace

Player::Player(Rig& rig, FakeClock& clock, uint64_t seed, int run, const std::string& organization,
               Tally& tally)
    : rig_(rig),
      clock_(clock),
      seed_(seed),
      run_(run),
      organization_(organization),
      tally_(tally),
      chance_({seed, static_cast<uint64_t>(run)}),
      place_(AnyPlace(chance_)),
      with_redis_(chance_.Percent(50)),
      model_((place_.day - kDaysBefore) * kDayMinutes, (place_.day + kDaysAfter) * kDayMinutes),
      first_minute_((place_.day - 2) * kDayMinutes),
      last_minute_((place_.day + 8) * kDayMinutes) {}

std::string Player::Begin() {
  SetClock((place_.day - 1) * kDayMinutes * kMinuteMicros +
           chance_.Below(kDayMinutes) * kMinuteMicros + chance_.Below(1'000'000));
  rig_.Begin(organization_, with_redis_);
  MakeWorld(chance_, place_, model_);
  std::string problem;
  const auto must = [&](const std::string& what, const Reply& reply) {
    if (!reply.ok()) absl::StrAppend(&problem, what, ": ", reply.reason, " ", reply.message, "\n");
  };
  for (const auto& [id, clinic] : model_.clinics) must(id, rig_.Save(NewAsk(), clinic));
  model_.way = AnyWay(chance_);
  must("way", rig_.SetWay(NewAsk(), "c0", "c1", model_.way, ""));
  ++model_.own_revision;
  for (const auto& [id, room] : model_.rooms) must(id, rig_.Save(NewAsk(), room, true, ""));
  for (const auto& [id, device] : model_.devices) must(id, rig_.Save(NewAsk(), device, true, ""));
  for (auto& [id, person] : model_.people) {
    must(id, rig_.Save(NewAsk(), person));
    must(id, rig_.SetShifts(NewAsk(), person, "r1"));
    person.revision = 2;
  }
  for (const auto& [id, offering] : model_.offerings) {
    must(id, rig_.Save(NewAsk(), offering, true, ""));
  }
  return problem.empty() ? Look(AnyMinute()) : problem;
}

std::string Player::Do(int number) {
  number_ = number;
  chance_ = Chance({seed_, static_cast<uint64_t>(run_), static_cast<uint64_t>(number), 1});
  last_ = "";
  const int kind = chance_.Below(100);
  if (kind < 22) return Read();
  if (kind < 90) return Change();
  return ChangeCatalogue();
}

std::string Player::Read() {
  const int kind = chance_.Below(10);
  if (kind < 5) return SearchAny();
  return kind < 7 ? NextAny() : kind < 9 ? ExplainAny() : GetAny();
}

std::string Player::Change() {
  const int kind = chance_.Below(100);
  if (kind < 16) return BookAny(/*hold=*/true);
  if (kind < 36) return BookAny(/*hold=*/false);
  if (kind < 45) return MoveAny(Step::kConfirm);
  if (kind < 48) return MoveAny(Step::kRelease);
  if (kind < 60) return RescheduleAny();
  if (kind < 68) return MoveAny(Step::kCancel);
  if (kind < 72) return MoveAny(Step::kCheckIn);
  if (kind < 75) return MoveAny(Step::kStart);
  if (kind < 77) return MoveAny(Step::kComplete);
  if (kind < 80) return MoveAny(Step::kNoShow);
  if (kind < 87) return ReplayAny();
  if (kind < 90) return SweepHolds();
  if (kind < 99) return AdvanceClock();
  return FlushRedis();
}

Ask Player::NewAsk() {
  Ask ask;
  ask.replica = chance_.Below(Rig::kReplicas);
  if (chance_.Percent(80)) {
    // The same in every replay of the run, different for each call of it.
    ask.request_id = absl::StrCat("q", number_, "-", chance_.Next());
  }
  return ask;
}

void Player::SetClock(int64_t now_us) {
  model_.now_us = now_us;
  clock_.Set(absl::FromUnixMicros(now_us));
}

std::string Player::Agree(const std::string& what, const Reply& reply, const Reasons& reasons) {
  const std::string name = what.substr(0, what.find(':'));
  ++tally_[absl::StrCat(name, ": ", reply.ok() ? "done" : reply.reason)];
  last_ = absl::StrCat(what, " -> ", reply.ok() ? reply.bytes : reply.reason);
  if (reply.ok() ? reasons.empty() : reasons.count(reply.reason) > 0) return "";
  return absl::StrCat(what, ": the service says ", reply.ok() ? "done" : reply.reason, " (",
                      reply.message, reply.bytes, "), the model says ",
                      reasons.empty() ? "done" : absl::StrJoin(reasons, " or "));
}

Reply Player::Make(std::function<Reply(const Ask&)> call) {
  const Ask ask = NewAsk();
  const Reply reply = call(ask);
  if (reply.ok() && !ask.request_id.empty()) {
    if (made_.size() == kRemembered) made_.erase(made_.begin());
    made_.push_back({std::move(call), ask.request_id, reply});
  }
  return reply;
}

std::string Player::Compare(const std::string& what, std::function<Reply(const Ask&)> call,
                            const Reasons& reasons, Reply& reply) {
  reply = Make(std::move(call));
  return Agree(what, reply, reasons);
}

std::string Player::CompareLine(int visit, const std::string& bytes) {
  const std::string want = Rig::LineOf(model_.visits[static_cast<size_t>(visit)]);
  return bytes == want ? "" : absl::StrCat("the service says ", bytes, ", the model ", want);
}

Minute Player::AnyMinute() {
  return first_minute_ + chance_.Below(static_cast<int>(last_minute_ - first_minute_));
}

std::string Player::AnyEtag(int64_t revision) {
  if (chance_.Percent(60)) return "";
  return absl::StrCat("r", chance_.Percent(80) ? revision : revision + chance_.OneOf({-1, 1}));
}

int Player::AnyVisit(std::initializer_list<State> states) {
  const int count = static_cast<int>(model_.visits.size());
  if (count == 0) return -1;
  const int from = chance_.Below(count);
  if (chance_.Percent(90)) {
    for (int i = 0; i < count; ++i) {
      const int at = (from + i) % count;
      const State state = model_.visits[static_cast<size_t>(at)].state;
      if (std::find(states.begin(), states.end(), state) != states.end()) return at;
    }
  }
  return from;
}

Query Player::AnyQuery(Minute begin, Minute end) {
  Query query;
  query.offering = chance_.Of(model_.offerings).first;
  query.length = chance_.Of(model_.offerings.at(query.offering).lengths);
  query.begin = std::max(begin, first_minute_) / 5 * 5;
  query.end = std::min(end, last_minute_) / 5 * 5;
  return query;
}

std::string Player::CompareSearch(const Query& query) {
  const int replica = chance_.Below(Rig::kReplicas);
  const int page_size = chance_.OneOf({1, 7, 50, 1000});
  std::string problem = SearchOnce(query, replica, page_size);
  // And again, while all of the answer may be remembered.
  if (problem.empty() && chance_.Percent(30)) problem = SearchOnce(query, replica, page_size);
  if (problem.empty() || lag_ == absl::ZeroDuration()) return problem;
  ++tally_["late search"];
  testing::WaitUntil(lag_, [&] {
    problem = SearchOnce(query, replica, page_size);
    return problem.empty();
  });
  return problem;
}

std::string Player::SearchOnce(const Query& query, int replica, int page_size) {
  return CompareFound(query, rig_.Search({.replica = replica}, query, page_size), SIZE_MAX);
}

std::string Player::CompareFound(const Query& query, const Found& found, size_t count) {
  const std::string what =
      absl::StrCat("search: ", query.offering, "/", query.length, " ", TextOf(query.begin), "..",
                   TextOf(query.end), " clinics=", absl::StrJoin(query.clinics, ","),
                   " people=", absl::StrJoin(query.people, ","), " room=", query.room);
  if (!found.reason.empty()) return absl::StrCat(what, ": refused with ", found.reason);
  std::vector<FreeTime> want = model_.Search(query);
  if (want.size() > count) want.resize(count);
  if (found.times != want) {
    std::vector<std::string> got_text;
    std::vector<std::string> want_text;
    for (const FreeTime& time : found.times) got_text.push_back(Text(time));
    for (const FreeTime& time : want) want_text.push_back(Text(time));
    return absl::StrCat(what, ": ", Difference(got_text, want_text));
  }
  tally_["warm search"] += found.warm ? 1 : 0;
  tally_["remembered search"] += found.remembered ? 1 : 0;
  tally_["free times"] += static_cast<int64_t>(want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    if (found.rooms[i].empty() ||
        !model_.HasRoom(model_.offerings.at(query.offering), want[i].clinic, found.rooms[i],
                        want[i].start, query.length, -1)) {
      return absl::StrCat(what, ": room ", found.rooms[i], " is not free at ", Text(want[i]));
    }
    const Offering& offering = model_.offerings.at(query.offering);
    if (Model::NeedsDevice(offering) == found.devices[i].empty() ||
        !model_.HasDevice(offering, want[i].clinic, found.devices[i], want[i].start, query.length,
                          -1)) {
      return absl::StrCat(what, ": device ", found.devices[i], " is not free at ", Text(want[i]));
    }
    tally_["free times with a device"] += found.devices[i].empty() ? 0 : 1;
  }
  return "";
}

std::string Player::Look(Minute around) {
  return CompareSearch(AnyQuery(around - 240, around + 240));
}

Query Player::AnyFilter(Query query) {
  if (chance_.Percent(25)) query.clinics = {chance_.Of(model_.clinics).first};
  if (chance_.Percent(25)) query.people = {chance_.Of(model_.people).first};
  if (chance_.Percent(15)) query.room = chance_.Of(model_.rooms).second.id;
  if (chance_.Percent(20)) query.weekdays = static_cast<unsigned>(chance_.Between(1, 127));
  if (chance_.Percent(20)) query.from = 5 * chance_.Below(288);
  if (chance_.Percent(20)) query.until = 5 * chance_.Below(288);
  return query;
}

std::string Player::SearchAny() {
  const Minute begin = AnyMinute();
  Query query = AnyFilter(AnyQuery(begin, begin + chance_.Between(30, 2 * kDayMinutes)));
  // Some are asked again, whatever has happened since.
  Query& before = asked_[static_cast<size_t>(chance_.Below(kAskedAgain))];
  if (before.offering.empty() || chance_.Percent(50)) {
    before = query;
  } else {
    query = before;
  }
  ++tally_["search: done"];
  last_ = absl::StrCat("search: ", TextOf(query.begin));
  return CompareSearch(query);
}

std::string Player::NextAny() {
  const Query query = AnyFilter(AnyQuery(AnyMinute(), last_minute_));
  const int count = chance_.Between(1, 20);
  ++tally_["next: done"];
  last_ = absl::StrCat("next: ", TextOf(query.begin));
  const Ask ask{.replica = chance_.Below(Rig::kReplicas)};
  const std::string problem =
      CompareFound(query, rig_.Next(ask, query, count), static_cast<size_t>(count));
  // Late, perhaps: then the same question as a search waits for it.
  return problem.empty() || lag_ == absl::ZeroDuration() ? problem : CompareSearch(query);
}

std::string Player::ExplainAny() {
  const Wanted wanted = AnyWanted();
  const std::string client = chance_.Percent(50)  ? ""
                             : chance_.Percent(5) ? kBlockedClient
                                                  : absl::StrCat("client", chance_.Below(7));
  const Explained why = rig_.Explain({.replica = chance_.Below(Rig::kReplicas)}, wanted, client);
  Wanted staff = wanted;
  staff.online = false;
  const Reasons reasons = model_.Refusals(staff, -1);
  Reasons of_client;
  if (!client.empty()) of_client = model_.ClientRefusals(client, staff, -1);
  if (client == kBlockedClient) of_client.insert("CLEARANCE_REQUIRED");
  ++tally_[absl::StrCat("explain: ", why.bookable ? "bookable" : why.reason)];
  last_ = absl::StrCat("explain: ", wanted.offering, " ", TextOf(wanted.start));
  if (!why.reason.empty()) {
    return reasons.count(why.reason) > 0 ? "" : absl::StrCat(last_, ": refused with ", why.reason);
  }
  Query query{.offering = wanted.offering,
              .length = wanted.length,
              .begin = wanted.start,
              .end = wanted.start + 1,
              .clinics = {wanted.clinic},
              .room = wanted.room};
  if (!wanted.person.empty()) query.people = {wanted.person};
  const bool offered = reasons.empty() && !model_.Search(query).empty();
  const bool online = offered && model_.offerings.at(wanted.offering).online;
  // Visits that did not ask for what they have may make way. Whether they can, booking will show.
  const bool may_move = reasons == Reasons{"SLOT_TAKEN"} && model_.HasPerson(staff, -1);
  const bool bookable = reasons.empty() && of_client.empty();
  if ((why.bookable == bookable || (may_move && of_client.empty())) && why.offered == offered &&
      why.online == online) {
    return "";
  }
  return absl::StrCat(last_, " at ", wanted.clinic, " with ", wanted.person, " in ", wanted.room,
                      ": explained as bookable=", why.bookable, " offered=", why.offered,
                      " online=", why.online, ", the model says ", bookable, " ", offered, " ",
                      online, " (", absl::StrJoin(reasons, " "), ")");
}

std::string Player::GetAny() {
  const int at = AnyVisit({State::kHeld, State::kConfirmed});
  if (at < 0) return SearchAny();
  Visit visit = model_.visits[static_cast<size_t>(at)];
  const Reply reply = rig_.Get(NewAsk(), visit.id);
  std::string problem = Agree(absl::StrCat("get: ", visit.id), reply, {});
  if (!problem.empty()) return problem;
  if (model_.RanOut(visit)) {  // The sweep is near, or somebody came upon it.
    ++visit.revision;
    visit.state = State::kExpired;
    if (reply.bytes == Rig::LineOf(visit)) return "";
  }
  return CompareLine(at, reply.bytes);
}

std::string Player::Finish() {
  // Past the longest hold there is.
  SetClock(model_.now_us + 31 * kMinuteMicros);
  std::string problem = SweepHolds();
  if (!problem.empty()) return problem;
  std::vector<std::string> visits;
  std::vector<std::string> claims;
  for (const Visit& visit : model_.visits) {
    visits.push_back(Rig::LineOf(visit));
    if (!model_.IsLive(visit)) continue;
    const Minute end = visit.start + visit.length;
    const Minute start = visit.start - (visit.longer_buffer ? 0 : visit.before);
    claims.push_back(absl::StrCat("practitioners/", visit.person, " ", start, " ",
                                  end + visit.after, " ", visit.id));
    claims.push_back(absl::StrCat("clinics/", visit.clinic, "/rooms/", visit.room, " ", visit.start,
                                  " ", end + visit.turnover, " ", visit.id));
    if (visit.device.empty()) continue;
    claims.push_back(absl::StrCat("clinics/", visit.clinic, "/devices/", visit.device, " ",
                                  visit.start, " ", end + visit.device_turnover, " ", visit.id));
  }
  std::sort(visits.begin(), visits.end());
  std::sort(claims.begin(), claims.end());
  const std::vector<std::string> stored_visits = rig_.StoredVisits();
  const std::vector<std::string> stored_claims = rig_.StoredClaims();
  if (stored_visits != visits) return absl::StrCat("stored: ", Difference(stored_visits, visits));
  if (stored_claims != claims) return absl::StrCat("claims: ", Difference(stored_claims, claims));
  const int64_t overlaps = rig_.Overlaps();
  if (overlaps != 0) return absl::StrCat(overlaps, " live claims overlap");
  tally_["live claims at the end"] += static_cast<int64_t>(claims.size());
  return "";
}

}  // namespace stillpoint::chaos
