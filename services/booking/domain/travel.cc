#include "services/booking/domain/travel.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::domain {

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
  // Visits come in few kinds, so the way is looked up only where the kind changes.
  const Surroundings* last = nullptr;
  Tick way = 0;
  busy.EachVisit(now, [&](Tick begin, Tick length, const Surroundings& around) {
    if (&around != last) {
      const auto found = ways.find(around.clinic);
      way = found == ways.end() ? 0 : found->second / kTickMinutes;
      last = &around;
    }
    if (way > 0) free.Clear(begin - around.before - way, begin + length + around.after + way);
  });
}

}  // namespace stillpoint::booking::domain
