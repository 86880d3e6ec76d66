#include "tests/chaos/history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace stillpoint::chaos {
namespace {

bool Occupies(const std::string& state) {
  return state != "RELEASED" && state != "EXPIRED" && state != "CANCELLED";
}

// Whether that step is allowed from that state.
bool Allows(const std::string& state, const std::string& what) {
  if (what == "confirm" || what == "release") return state == "HELD";
  return state == "CONFIRMED";
}

bool Meet(int64_t a_start, int64_t a_end, int64_t b_start, int64_t b_end) {
  return a_start < b_end && b_start < a_end;
}

bool MakesBooking(const Event& event) { return event.what == "hold" || event.what == "create"; }

}  // namespace

std::string TextOf(const Version& version) {
  return absl::StrCat(version.booking, " r", version.revision, " ", version.state, " ",
                      version.person, " ", version.room, " ", version.start, "-", version.end,
                      " margins ", version.before, "/", version.after, "/", version.turnover);
}

History::History(std::vector<Event> events, std::vector<std::string> people,
                 std::vector<std::string> rooms, int64_t lag_us)
    : events_(std::move(events)),
      people_(std::move(people)),
      rooms_(std::move(rooms)),
      lag_us_(lag_us) {}

void History::Problem(const Event& event, const std::string& text) {
  problems_.push_back(absl::StrCat(event.what, " ", event.booking, event.version.booking, " ",
                                   event.person, " ", event.room, " ", event.start, "-", event.end,
                                   " [", event.call_us, ", ", event.answer_us, "] -> ",
                                   event.reason.empty() ? "done" : event.reason, ": ", text));
}

void History::Index() {
  std::map<std::string, const Event*> on;
  for (const Event& event : events_) {
    if (event.what == "on" && event.reason.empty()) on[event.off] = &event;
    if (!event.reason.empty() || event.version.booking.empty() || event.what == "get") continue;
    const auto [at, is_new] =
        chains_[event.version.booking].emplace(event.version.revision, &event);
    if (!is_new) Problem(event, "another call was given this revision too");
  }
  for (const Event& event : events_) {
    if (event.what != "off" || !event.reason.empty()) continue;
    const auto ended = on.find(event.off);
    const Event* end = ended == on.end() ? nullptr : ended->second;
    off_[event.person].push_back({event.off, event.start, event.end, event.call_us, event.answer_us,
                                  end == nullptr ? kForever : end->call_us,
                                  end == nullptr ? kForever : end->answer_us});
  }
  for (const auto& [booking, chain] : chains_) AddUses(chain);
}

void History::AddUses(const Chain& chain) {
  for (auto at = chain.begin(); at != chain.end(); ++at) {
    const Event& event = *at->second;
    const Version& version = event.version;
    if (!Occupies(version.state)) continue;
    const auto next = std::next(at);
    int64_t certain_until = next == chain.end() ? kForever : next->second->call_us;
    int64_t possible_until = next == chain.end() ? kForever : next->second->answer_us;
    if (version.expires_us != 0) {
      // Once confirmed it is another version. All clocks here are the same machine's.
      certain_until = std::min(certain_until, version.expires_us);
      possible_until = std::min(possible_until, version.expires_us);
    }
    const auto use = [&](const std::string& resource, int64_t start, int64_t end) {
      uses_[resource].push_back({version.booking, start, end, event.call_us, event.answer_us,
                                 certain_until, possible_until});
    };
    use(version.person, version.start - version.before, version.end + version.after);
    use(version.room, version.start, version.end + version.turnover);
  }
}

void History::CheckOverlaps() {
  for (const auto& [resource, uses] : uses_) {
    for (const Use& a : uses) {
      for (const Use& b : uses) {
        if (a.who == b.who || !Meet(a.start, a.end, b.start, b.end)) continue;
        // b began while a had it; or both had it at one moment.
        const bool began = a.certain_from <= b.possible_from && b.certain_from <= a.certain_until;
        const bool both =
            std::max(a.certain_from, b.certain_from) < std::min(a.certain_until, b.certain_until);
        if (began || both) {
          problems_.push_back(absl::StrCat(resource, ": ", a.who, " and ", b.who,
                                           " both had it, from ", std::max(a.start, b.start)));
        }
      }
    }
  }
}

bool History::MayBeUsed(const std::vector<Use>& uses, int64_t start, int64_t end,
                        const Event& event, const std::string& own) const {
  return std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
    return use.who != own && Meet(use.start, use.end, start, end) &&
           use.possible_from <= event.answer_us && event.call_us <= use.possible_until;
  });
}

void History::CheckTaken(const Event& event) {
  if (event.taken != "practitioner" && event.taken != "room") {
    Problem(event, "does not say which resource is taken");
    return;
  }
  const bool of_people = event.taken == "practitioner";
  const std::string& named = of_people ? event.person : event.room;
  const std::vector<std::string> all = !named.empty() ? std::vector<std::string>{named}
                                       : of_people    ? people_
                                                      : rooms_;
  for (const std::string& resource : all) {
    // What a turnover adds depends on the room: the longest there is explains the most.
    const int64_t start = of_people ? event.start - event.before : event.start;
    const int64_t end = of_people ? event.end + event.after : event.end + 10;
    if (MayBeUsed(uses_[resource], start, end, event, event.booking)) continue;
    if (named.empty() && of_people && MayBeUsed(off_[resource], start, end, event, "")) continue;
    Problem(event, absl::StrCat("nobody can have had ", resource));
  }
}

void History::CheckClosed(const Event& event) {
  const std::vector<std::string> all =
      event.person.empty() ? people_ : std::vector<std::string>{event.person};
  for (const std::string& person : all) {
    if (!MayBeUsed(off_[person], event.start - event.before, event.end + event.after, event, "")) {
      Problem(event, absl::StrCat(person, " cannot have been away"));
    }
  }
}

// ETAG_MISMATCH, BOOKING_STATE, HOLD_EXPIRED: somebody, or the end of a hold, came first.
void History::CheckChanged(const Event& event) {
  const Chain& chain = chains_[event.booking];
  for (const auto& [revision, change] : chain) {
    const Version& version = change->version;
    if (change->call_us > event.answer_us) continue;
    const bool ran_out = version.expires_us != 0 && version.expires_us <= event.answer_us;
    if (event.reason == "HOLD_EXPIRED" && ran_out) return;
    if (event.reason == "ETAG_MISMATCH" && (revision > event.known_revision || ran_out)) return;
    if (event.reason == "BOOKING_STATE" && (!Allows(version.state, event.what) || ran_out)) return;
  }
  Problem(event, "nothing that happened to the booking explains it");
}

void History::CheckRefused(const Event& event) {
  if (event.reason == "SLOT_TAKEN") return CheckTaken(event);
  if (event.reason == "OUTSIDE_HOURS") return CheckClosed(event);
  if (event.reason == "ETAG_MISMATCH" || event.reason == "BOOKING_STATE" ||
      event.reason == "HOLD_EXPIRED") {
    return CheckChanged(event);
  }
  Problem(event, "refused without cause");
}

void History::CheckGranted(const Event& event) {
  const Version& version = event.version;
  const Chain& chain = chains_[version.booking];
  if (MakesBooking(event) || event.what == "reschedule") {
    if ((!event.person.empty() && event.person != version.person) ||
        (!event.room.empty() && event.room != version.room) || event.start != version.start ||
        event.end != version.end) {
      Problem(event, absl::StrCat("given something else: ", TextOf(version)));
    }
    for (const Use& off : off_[version.person]) {
      if (Meet(off.start, off.end, version.start - version.before, version.end + version.after) &&
          off.certain_from <= event.call_us && event.answer_us <= off.certain_until) {
        Problem(event, "booked although the practitioner was away");
      }
    }
  }
  if (MakesBooking(event) != (version.revision == 1)) {
    Problem(event, absl::StrCat("revision ", version.revision));
  }
  const auto before = chain.find(version.revision - 1);
  if (MakesBooking(event) || before == chain.end()) return;  // CompareStored finds what is missing.
  const Version& old = before->second->version;
  if (!Allows(old.state, event.what)) Problem(event, absl::StrCat("allowed from ", old.state));
  if (event.known_revision != 0 && event.known_revision != old.revision) {
    Problem(event, absl::StrCat("done with the etag of revision ", event.known_revision));
  }
  if (before->second->call_us > event.answer_us) Problem(event, "answered before its predecessor");
  if (event.what == "confirm" && event.call_us >= old.expires_us) {
    Problem(event, "confirmed a hold that had run out");
  }
}

// Whoever asks after an answer is told at least that much.
void History::CheckRead(const Event& event) {
  for (const auto& [revision, change] : chains_[event.booking]) {
    if (change->answer_us < event.call_us && event.version.revision < revision) {
      Problem(event, absl::StrCat("read revision ", event.version.revision, " after ", revision,
                                  " was answered"));
    }
  }
}

void History::CheckSearch(const Event& event) {
  bool lagged = false;
  for (const Offered& offered : event.free) {
    for (const auto* all : {&uses_[offered.person], &off_[offered.person]}) {
      for (const Use& use : *all) {
        const int64_t end = offered.start + event.end - event.start;
        if (!Meet(use.start, use.end, offered.start - event.before, end + event.after) ||
            use.certain_from > event.call_us || event.answer_us > use.certain_until) {
          continue;
        }
        if (use.certain_from + lag_us_ < event.call_us) {
          Problem(event, absl::StrCat("shows ", offered.person, " at ", offered.start,
                                      ", which was taken by ", use.who));
        }
        lagged = true;
      }
    }
  }
  lagging_ += lagged ? 1 : 0;
}

std::vector<std::string> History::Problems() {
  Index();
  CheckOverlaps();
  for (const Event& event : events_) {
    if (!event.reason.empty()) {
      CheckRefused(event);
    } else if (event.what == "get") {
      CheckRead(event);
    } else if (event.what == "search") {
      CheckSearch(event);
    } else if (!event.version.booking.empty()) {
      CheckGranted(event);
    }
  }
  return problems_;
}

std::vector<std::string> History::CompareStored(const std::vector<Version>& stored) {
  std::vector<std::string> problems;
  std::map<std::string, Chain> told = chains_;
  for (const Version& version : stored) {
    Chain& chain = told[version.booking];
    if (chain.empty()) problems.push_back(TextOf(version) + ": stored, and nobody was told");
    // Only the end of a hold happens without a caller.
    const bool ran_out = version.state == "EXPIRED";
    const int64_t answered = version.revision - (ran_out ? 1 : 0);
    for (int64_t revision = 1; revision <= answered; ++revision) {
      if (chain.erase(revision) == 0) {
        problems.push_back(absl::StrCat(TextOf(version), ": nobody was told of r", revision));
      } else if (const Version& last = chains_[version.booking].at(revision)->version;
                 revision == version.revision && !(last == version)) {
        problems.push_back(absl::StrCat("answered ", TextOf(last), ", stored ", TextOf(version)));
      }
    }
    if (ran_out && version.revision > 1 && chains_[version.booking].count(answered) > 0 &&
        chains_[version.booking].at(answered)->version.state != "HELD") {
      problems.push_back(TextOf(version) + ": expired although it was no hold");
    }
    for (const auto& [revision, event] : chain) {
      problems.push_back(absl::StrCat(TextOf(event->version), ": answered, and lost"));
    }
    told.erase(version.booking);
  }
  for (const auto& [booking, chain] : told) {
    problems.push_back(absl::StrCat(booking, ": answered, and not stored"));
  }
  return problems;
}

}  // namespace stillpoint::chaos
