// The part of model.h about what policies ask for.
#include <algorithm>
#include <utility>
#include <vector>

#include "tests/chaos/model.h"

namespace stillpoint::chaos {
namespace {

constexpr int64_t kDayMicros = kDayMinutes * kMinuteMicros;

}  // namespace

Policy Model::PolicyNow(const std::string& clinic) const {
  for (const std::string& owner : {clinic, std::string()}) {
    const auto versions = policies.find(owner);
    if (versions == policies.end()) continue;
    for (auto version = versions->second.rbegin(); version != versions->second.rend(); ++version) {
      if (version->from_us > now_us) continue;
      if (version->withdrawn) break;
      return *version;
    }
  }
  return {};
}

bool Model::IsLate(const Lead& lead, const std::string& clinic, int64_t start_us) {
  if (lead.minutes > 0 && now_us > start_us - lead.minutes * kMinuteMicros) return true;
  if (lead.day_before == 0) return false;
  const WallClock& clock = Clock(clinic);
  const int64_t day = clock.Day(start_us / kMinuteMicros);
  return now_us >= clock.InstantOf((day - 1) * kDayMinutes + lead.day_before) * kMinuteMicros;
}

std::set<std::string> Model::LeadTime(const Offering& offering, const std::string& clinic,
                                      int64_t start_us) {
  const Policy policy = PolicyNow(clinic);
  std::set<std::string> reasons;
  if (start_us < now_us) reasons.insert("START_IN_PAST");
  if (start_us < now_us + offering.notice_minutes * kMinuteMicros ||
      IsLate(policy.notice, clinic, start_us)) {
    reasons.insert("NOTICE_TOO_SHORT");
  }
  if (start_us > now_us + offering.horizon_days * kDayMicros ||
      (policy.horizon_days > 0 && start_us > now_us + policy.horizon_days * kDayMicros)) {
    reasons.insert("BEYOND_HORIZON");
  }
  return reasons;
}

bool Model::DayHasRoom(const std::string& person, const std::string& clinic, Minute start,
                       int length, int own) {
  const Policy policy = PolicyNow(clinic);
  if (policy.visits_per_day == 0 && policy.minutes_per_day == 0) return true;
  const WallClock& clock = Clock(clinic);
  int count = 1;
  int minutes = length;
  for (int i = 0; i < static_cast<int>(visits.size()); ++i) {
    const Visit& visit = visits[static_cast<size_t>(i)];
    if (i == own || visit.person != person || !IsLive(visit)) continue;
    if (clock.Day(visit.start) != clock.Day(start)) continue;
    ++count;
    minutes += visit.length;
  }
  return (policy.visits_per_day == 0 || count <= policy.visits_per_day) &&
         (policy.minutes_per_day == 0 || minutes <= policy.minutes_per_day);
}

bool Model::BreakStays(const Person& person, const std::string& clinic, Minute from, Minute to,
                       int own) {
  const Policy policy = PolicyNow(clinic);
  if (policy.break_minutes == 0) return true;
  const WallClock& clock = Clock(clinic);
  for (int64_t day = clock.Day(from); day <= clock.Day(to - 1); ++day) {
    const Minute begin = clock.InstantOf(day * kDayMinutes + policy.break_from);
    const Minute end = clock.InstantOf(day * kDayMinutes + policy.break_until);
    if (end - begin < policy.break_minutes) continue;
    int at_work = 0;
    for (Minute at = clock.InstantOf(day * kDayMinutes);
         at < clock.InstantOf((day + 1) * kDayMinutes); ++at) {
      if (IsAtWork(person, clinic, at, at + 1)) ++at_work;
    }
    if (at_work <= policy.break_shift) continue;
    std::vector<std::pair<Minute, Minute>> taken;
    for (int i = 0; i < static_cast<int>(visits.size()); ++i) {
      const Visit& visit = visits[static_cast<size_t>(i)];
      if (i == own || visit.person != person.id || !IsLive(visit)) continue;
      taken.emplace_back(visit.start - visit.before, visit.start + visit.length + visit.after);
    }
    bool meets = false;
    int row = 0;
    int longest = 0;
    for (Minute at = begin; at < end; ++at) {
      const bool in_visit = from <= at && at < to;
      meets |= in_visit;
      const bool is_taken = std::any_of(taken.begin(), taken.end(), [&](const auto& part) {
        return part.first <= at && at < part.second;
      });
      row = in_visit || is_taken ? 0 : row + 1;
      longest = std::max(longest, row);
    }
    if (meets && longest < policy.break_minutes) return false;
  }
  return true;
}

std::set<std::string> Model::ClientRefusals(const std::string& client, const Wanted& wanted,
                                            int own) {
  if (clinics.count(wanted.clinic) == 0) return {};
  const Policy policy = PolicyNow(wanted.clinic);
  const WallClock& clock = Clock(wanted.clinic);
  const int64_t day = clock.Day(wanted.start);
  int in_day = 1;
  int in_week = 1;
  for (int i = 0; i < static_cast<int>(visits.size()); ++i) {
    const Visit& visit = visits[static_cast<size_t>(i)];
    if (i == own || visit.client != client || !IsLive(visit)) continue;
    const int64_t other = clock.Day(visit.start);
    if (other == day) ++in_day;
    if (other - WeekdayOf(other) == day - WeekdayOf(day)) ++in_week;
  }
  const bool too_often = (policy.client_per_day > 0 && in_day > policy.client_per_day) ||
                         (policy.client_per_week > 0 && in_week > policy.client_per_week);
  return too_often ? std::set<std::string>{"CLIENT_LIMIT"} : std::set<std::string>{};
}

}  // namespace stillpoint::chaos
