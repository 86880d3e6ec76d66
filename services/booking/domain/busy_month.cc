#include "services/booking/domain/busy_month.h"

#include <algorithm>
#include <cstring>

#include "absl/time/civil_time.h"

namespace stillpoint::booking::domain {
namespace {

// The bits in whole words, the number of holds, each hold as four numbers, the number of
// surroundings, each as three numbers and a text with its length before it, then each visit in six
// bytes, all little-endian: every machine that we build for is.
constexpr size_t kNumberBytes = sizeof(int64_t);
constexpr size_t kHoldBytes = 4 * kNumberBytes;
constexpr size_t kSurroundingsBytes = 4 * kNumberBytes;  // Without the text.
constexpr size_t kVisitBytes = 6;
static_assert(sizeof(VisitTicks) == kVisitBytes);

VisitTicks VisitOf(int64_t packed) {
  return {static_cast<uint16_t>(packed), static_cast<uint16_t>(packed >> 16),
          static_cast<uint16_t>(packed >> 32)};
}
int64_t Packed(const VisitTicks& visit) {
  return visit.begin | int64_t{visit.length} << 16 | int64_t{visit.around} << 32;
}

void AppendNumber(int64_t number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

int64_t NumberAt(absl::string_view bytes, size_t at) {
  int64_t number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

// Takes the numbers and texts that AppendNumber and append have written off the front of `bytes`;
// false if there are not enough.
bool TakeNumber(absl::string_view& bytes, int64_t& number) {
  if (bytes.size() < kNumberBytes) return false;
  number = NumberAt(bytes, 0);
  bytes.remove_prefix(kNumberBytes);
  return true;
}

bool TakeSurroundings(absl::string_view& bytes, std::vector<Surroundings>& surroundings) {
  int64_t count = 0;
  if (!TakeNumber(bytes, count) || count < 0 ||
      static_cast<uint64_t>(count) > bytes.size() / kSurroundingsBytes) {
    return false;
  }
  surroundings.resize(static_cast<size_t>(count));
  for (Surroundings& one : surroundings) {
    int64_t size = 0;
    if (!TakeNumber(bytes, one.before) || !TakeNumber(bytes, one.after) ||
        !TakeNumber(bytes, one.lead) || !TakeNumber(bytes, size) || size < 0 ||
        static_cast<uint64_t>(size) > bytes.size()) {
      return false;
    }
    one.clinic = std::string(bytes.substr(0, static_cast<size_t>(size)));
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

}  // namespace

Month MonthOf(Tick tick) {
  const absl::CivilMonth month = absl::ToCivilMonth(TimeOf(tick), absl::UTCTimeZone());
  return static_cast<Month>(month - absl::CivilMonth(1970, 1));
}

Tick MonthBegin(Month month) {
  return TickFloor(absl::FromCivil(absl::CivilMonth(1970, 1) + month, absl::UTCTimeZone()));
}

void BusyMonth::Add(absl::Time start, absl::Time end, std::optional<absl::Time> expires,
                    absl::Time visit_start, absl::Time visit_end, absl::string_view clinic,
                    absl::Duration lead) {
  const Tick from = std::max(TickFloor(start), agreed.begin());
  const Tick to = std::min(TickCeil(end), agreed.end());
  if (from >= to) return;
  VisitTicks visit;
  const Tick begin = TickFloor(visit_start);
  if (visit_end > visit_start && begin >= agreed.begin() && begin < agreed.end()) {
    const Tick visit_to = TickCeil(visit_end);
    visit = {static_cast<uint16_t>(begin - agreed.begin()), static_cast<uint16_t>(visit_to - begin),
             Around(clinic, begin - TickFloor(start), TickCeil(end) - visit_to,
                    TickCeil(absl::UnixEpoch() + lead))};
  }
  if (expires.has_value()) {
    holds.push_back({from, to, *expires, visit});
    return;
  }
  agreed.Set(from, to);
  if (visit.length > 0) visits.push_back(visit);
}

uint16_t BusyMonth::Around(absl::string_view clinic, Tick before, Tick after, Tick lead) {
  const auto found =
      std::find_if(surroundings.begin(), surroundings.end(), [&](const Surroundings& one) {
        return one.clinic == clinic && one.before == before && one.after == after &&
               one.lead == lead;
      });
  const auto index = static_cast<uint16_t>(found - surroundings.begin());
  if (found == surroundings.end()) {
    surroundings.push_back({std::string(clinic), before, after, lead});
  }
  return index;
}

void BusyMonth::TakeFrom(Bits& free, absl::Time now) const {
  free.Remove(agreed);
  for (const HeldTicks& hold : holds) {
    if (hold.expires > now) free.Clear(hold.begin, hold.end);
  }
}

void BusyMonth::EachVisit(absl::Time now,
                          absl::FunctionRef<void(Tick, Tick, const Surroundings&)> visit) const {
  const auto tell = [&](const VisitTicks& one) {
    visit(agreed.begin() + one.begin, one.length, surroundings[one.around]);
  };
  for (const VisitTicks& one : visits) tell(one);
  for (const HeldTicks& hold : holds) {
    if (hold.visit.length == 0 || hold.expires <= now) continue;
    tell(hold.visit);
  }
}

std::string EncodeBusyMonth(const BusyMonth& busy) {
  const absl::Span<const uint64_t> words = busy.agreed.words();
  std::string bytes(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t));
  AppendNumber(static_cast<int64_t>(busy.holds.size()), bytes);
  for (const HeldTicks& hold : busy.holds) {
    AppendNumber(hold.begin, bytes);
    AppendNumber(hold.end, bytes);
    AppendNumber(absl::ToUnixMicros(hold.expires), bytes);
    AppendNumber(Packed(hold.visit), bytes);
  }
  AppendNumber(static_cast<int64_t>(busy.surroundings.size()), bytes);
  for (const Surroundings& one : busy.surroundings) {
    AppendNumber(one.before, bytes);
    AppendNumber(one.after, bytes);
    AppendNumber(one.lead, bytes);
    AppendNumber(static_cast<int64_t>(one.clinic.size()), bytes);
    bytes += one.clinic;
  }
  bytes.append(reinterpret_cast<const char*>(busy.visits.data()), busy.visits.size() * kVisitBytes);
  return bytes;
}

std::shared_ptr<const BusyMonth> DecodeBusyMonth(Month month, absl::string_view bytes) {
  auto busy = std::make_shared<BusyMonth>(month);
  const absl::Span<uint64_t> words = busy->agreed.words();
  const size_t word_bytes = words.size() * sizeof(uint64_t);
  if (bytes.size() < word_bytes + kNumberBytes) return nullptr;
  std::memcpy(words.data(), bytes.data(), word_bytes);
  const int64_t holds = NumberAt(bytes, word_bytes);
  bytes.remove_prefix(word_bytes + kNumberBytes);
  if (holds < 0 || static_cast<uint64_t>(holds) > bytes.size() / kHoldBytes) return nullptr;
  busy->holds.reserve(static_cast<size_t>(holds));
  for (int64_t i = 0; i < holds; ++i) {
    busy->holds.push_back({NumberAt(bytes, 0), NumberAt(bytes, kNumberBytes),
                           absl::FromUnixMicros(NumberAt(bytes, 2 * kNumberBytes)),
                           VisitOf(NumberAt(bytes, 3 * kNumberBytes))});
    bytes.remove_prefix(kHoldBytes);
  }
  if (!TakeSurroundings(bytes, busy->surroundings)) return nullptr;
  if (bytes.size() % kVisitBytes != 0) return nullptr;
  busy->visits.resize(bytes.size() / kVisitBytes);
  if (!bytes.empty()) std::memcpy(busy->visits.data(), bytes.data(), bytes.size());
  const auto known = [&](const VisitTicks& visit) {
    return visit.length == 0 || visit.around < busy->surroundings.size();
  };
  if (!std::all_of(busy->visits.begin(), busy->visits.end(), known) ||
      !std::all_of(busy->holds.begin(), busy->holds.end(),
                   [&](const HeldTicks& hold) { return known(hold.visit); })) {
    return nullptr;
  }
  return busy;
}

}  // namespace stillpoint::booking::domain
