#include "services/booking/domain/travel.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {
namespace {

// Visits come in few kinds, so the way is looked up only where the kind changes.
class WayToVisit {
 public:
  explicit WayToVisit(const Ways* ways) : ways_(ways) {}

  Tick operator()(const Surroundings& around) {
    if (ways_ == nullptr || &around == last_) return way_;
    last_ = &around;
    const auto found = ways_->find(around.clinic);
    way_ = found == ways_->end() ? 0 : found->second / kTickMinutes;
    return way_;
  }

 private:
  const Ways* const ways_;
  const Surroundings* last_ = nullptr;
  Tick way_ = 0;
};

}  // namespace

absl::StatusOr<TravelTimes> MakeTravelTimes(absl::Span<const TravelTime> times,
                                            const Catalogue& catalogue, absl::string_view field) {
  TravelTimes made;
  if (times.size() > kTravelPairsMax) {
    return InvalidField(field, absl::StrCat("at most ", kTravelPairsMax));
  }
  for (size_t i = 0; i < times.size(); ++i) {
    const TravelTime& time = times[i];
    const std::string at = absl::StrCat(field, "[", i, "]");
    if (catalogue.FindClinic(time.clinic) == nullptr) {
      return error::ReferenceUnknown(absl::StrCat(at, ".clinic"));
    }
    if (catalogue.FindClinic(time.other) == nullptr) {
      return error::ReferenceUnknown(absl::StrCat(at, ".other_clinic"));
    }
    if (time.clinic == time.other) {
      return InvalidField(absl::StrCat(at, ".other_clinic"), "must be another clinic");
    }
    if (time.minutes < kGridMinutes || time.minutes > kTravelMinutesMax) {
      return InvalidField(absl::StrCat(at, ".minutes"),
                          absl::StrCat("must be ", kGridMinutes, " to ", kTravelMinutesMax));
    }
    if (time.minutes % kGridMinutes != 0) return error::OffGrid(absl::StrCat(at, ".minutes"));
    if (!made[time.clinic].emplace(time.other, time.minutes).second) {
      return InvalidField(at, "the same two clinics as before");
    }
    made[time.other].emplace(time.clinic, time.minutes);
  }
  return made;
}

std::vector<TravelTime> ListTravelTimes(const TravelTimes& times) {
  std::vector<TravelTime> list;
  for (const auto& [clinic, ways] : times) {
    for (auto way = ways.upper_bound(clinic); way != ways.end(); ++way) {
      list.push_back({clinic, way->first, way->second});
    }
  }
  return list;
}

absl::Duration WayTo(const Ways* ways, const std::string& clinic) {
  if (ways == nullptr) return absl::ZeroDuration();
  const auto found = ways->find(clinic);
  return absl::Minutes(found == ways->end() ? 0 : found->second);
}

absl::Duration LongestWay(const Ways* ways) {
  int longest = 0;
  if (ways == nullptr) return absl::ZeroDuration();
  for (const auto& [clinic, minutes] : *ways) longest = std::max(longest, minutes);
  return absl::Minutes(longest);
}

void TakeTravel(const BusyMonth& busy, const Ways& ways, absl::Time now, Bits& free) {
  WayToVisit way_to(&ways);
  busy.EachVisit(now, [&](Tick begin, Tick length, const Surroundings& around) {
    const Tick way = way_to(around);
    if (way > 0) free.Clear(begin - around.before - way, begin + length + around.after + way);
  });
}

void TakeLeads(const BusyMonth& busy, const Ways* ways, absl::Time now, Bits& for_visit,
               Bits& for_lead) {
  WayToVisit way_to(ways);
  busy.EachVisit(now, [&](Tick begin, Tick length, const Surroundings& around) {
    const Tick way = way_to(around);
    for_visit.Clear(begin - around.before - around.lead - way, begin);
    for_lead.Clear(begin - way, begin + length + way);
  });
}

}  // namespace stillpoint::booking::domain
