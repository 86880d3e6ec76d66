// The operations of player.h that repeat calls, move the clock, end holds and lose Redis.
#include "absl/strings/str_cat.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {

std::string Player::ReplayAny() {
  if (made_.empty()) return "";
  const Made made = chance_.Of(made_);
  Ask ask;
  ask.replica = chance_.Below(Rig::kReplicas);
  ask.request_id = made.request_id;
  if (chance_.Percent(30)) {
    ask.payload = "another";
    return Agree("replay: with another payload", made.call(ask), {"IDEMPOTENCY_KEY_REUSED"});
  }
  const Reply reply = made.call(ask);
  const std::string problem = Agree("replay: the same", reply, {});
  if (!problem.empty()) return problem;
  if (reply.bytes == made.reply.bytes) return Look(AnyMinute());
  return absl::StrCat("a replay is answered with ", reply.bytes, ", the first call with ",
                      made.reply.bytes);
}

std::string Player::SweepHolds() {
  const std::string problem =
      Agree("sweep:", rig_.Sweep({.replica = chance_.Below(Rig::kReplicas)}), {});
  if (!problem.empty()) return problem;
  for (size_t at = 0; at < model_.visits.size(); ++at) {
    Visit& visit = model_.visits[at];
    if (!model_.RanOut(visit)) continue;
    visit.state = State::kExpired;
    ++visit.revision;
    model_.Free(static_cast<int>(at));
  }
  return Look(AnyMinute());
}

std::string Player::AdvanceClock() {
  int64_t to = model_.now_us + chance_.Between(1, 25) * kMinuteMicros + chance_.Below(999);
  const int kind = chance_.Below(10);
  if (kind < 4) {  // To the very end of a hold, or a microsecond before.
    const int at = AnyVisit({State::kHeld});
    const int64_t expires = at < 0 ? 0 : model_.visits[static_cast<size_t>(at)].expires_us;
    const int64_t end = expires - (kind < 2 ? 1 : 0);
    if (end > model_.now_us) to = end;
  } else if (kind < 8) {  // To when a visit begins, or somewhat before.
    const int at = AnyVisit({State::kConfirmed});
    const Minute start = at < 0 ? 0 : model_.visits[static_cast<size_t>(at)].start;
    const int64_t soon = (start - chance_.OneOf({0, 0, 60, 600})) * kMinuteMicros;
    if (soon > model_.now_us && soon < model_.now_us + kDayMinutes * kMinuteMicros) to = soon;
  } else if (kind == 9) {
    to = model_.now_us + chance_.Between(1, 600) * kMinuteMicros;
  }
  const int64_t latest = (place_.day + 5) * kDayMinutes * kMinuteMicros;
  ++tally_["clock: done"];
  if (to < latest) SetClock(to);
  last_ = absl::StrCat("clock: ", TextOf(model_.NowMinute()));
  return Look(model_.NowMinute() + chance_.Below(kDayMinutes));
}

std::string Player::FlushRedis() {
  if (redis_ == nullptr) return "";
  redis_->Command({"FLUSHALL"});
  ++tally_["redis lost: done"];
  last_ = "redis lost";
  return Look(AnyMinute());
}

}  // namespace stillpoint::chaos
