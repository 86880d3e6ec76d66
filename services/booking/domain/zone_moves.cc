#include "services/booking/domain/zone_moves.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "services/booking/domain/travel.h"

namespace stillpoint::booking::domain {
namespace {

using Claims = std::vector<Claim>;

// The resource of which both want the same time.
std::optional<ResourceId> CommonOf(const Claims& wanted, absl::Span<const Claim> others) {
  for (const Claim& claim : wanted) {
    for (const Claim& other : others) {
      if (Excludes(claim, other)) return claim.resource;
    }
  }
  return std::nullopt;
}

bool BookedBefore(const Booking& a, const Booking& b) {
  return std::tie(a.created, a.id) < std::tie(b.created, b.id);
}

ZoneConcern ConcernOf(const Catalogue& catalogue, const Claim& a, const Claim& b) {
  if (a.resource != b.resource) return ZoneConcern::kNone;
  if (Clash(a, b, absl::ZeroDuration())) return ZoneConcern::kBuffer;
  return Clash(a, b, WayTo(catalogue.WaysFrom(a.clinic), b.clinic)) ? ZoneConcern::kTravel
                                                                    : ZoneConcern::kNone;
}

// The worst of what `claims` have with `others`.
ZoneConcern ConcernOf(const Catalogue& catalogue, const Claims& claims,
                      absl::Span<const Claim> others) {
  ZoneConcern worst = ZoneConcern::kNone;
  for (const Claim& claim : claims) {
    for (const Claim& other : others) worst = std::max(worst, ConcernOf(catalogue, claim, other));
  }
  return worst;
}

}  // namespace

bool ZoneClaimsMeet(const Catalogue& catalogue, const Claim& a, const Claim& b) {
  return ConcernOf(catalogue, a, b) != ZoneConcern::kNone;
}

void DecideZoneMoves(const Catalogue& catalogue, absl::Span<const Claim> fixed,
                     absl::Span<ZoneMover> movers) {
  const size_t count = movers.size();
  std::vector<Claims> before(count), after(count);
  for (size_t i = 0; i < count; ++i) {
    before[i] = ClaimsOf(movers[i].before);
    after[i] = ClaimsOf(movers[i].after);
    if (!movers[i].taken.has_value()) movers[i].taken = CommonOf(after[i], fixed);
  }
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count && !movers[i].taken.has_value(); ++j) {
      if (j == i || !BookedBefore(movers[j].before, movers[i].before)) continue;
      movers[i].taken = CommonOf(after[i], after[j]);
    }
  }
  std::vector<size_t> staying;
  for (size_t i = 0; i < count; ++i) {
    if (movers[i].taken.has_value()) staying.push_back(i);
  }
  while (!staying.empty()) {
    const size_t stays = staying.back();
    staying.pop_back();
    for (size_t i = 0; i < count; ++i) {
      if (movers[i].taken.has_value()) continue;
      movers[i].taken = CommonOf(after[i], before[stays]);
      if (movers[i].taken.has_value()) staying.push_back(i);
    }
  }
  for (size_t i = 0; i < count; ++i) {
    movers[i].concern = ZoneConcern::kNone;
    if (movers[i].taken.has_value()) continue;
    movers[i].concern = ConcernOf(catalogue, after[i], fixed);
    for (size_t j = 0; j < count; ++j) {
      if (j == i) continue;
      const Claims& place = movers[j].taken.has_value() ? before[j] : after[j];
      movers[i].concern = std::max(movers[i].concern, ConcernOf(catalogue, after[i], place));
    }
  }
}

}  // namespace stillpoint::booking::domain
