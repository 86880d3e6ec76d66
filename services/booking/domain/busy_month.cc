#include "services/booking/domain/busy_month.h"

#include <algorithm>
#include <cstring>

#include "absl/time/civil_time.h"

namespace stillpoint::booking::domain {
namespace {

// The bits in whole words, then each hold as three numbers, all little-endian: every machine that
// we build for is.
constexpr size_t kHoldBytes = 3 * sizeof(int64_t);

void AppendNumber(int64_t number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

int64_t NumberAt(absl::string_view bytes, size_t at) {
  int64_t number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

}  // namespace

Month MonthOf(Tick tick) {
  const absl::CivilMonth month = absl::ToCivilMonth(TimeOf(tick), absl::UTCTimeZone());
  return static_cast<Month>(month - absl::CivilMonth(1970, 1));
}

Tick MonthBegin(Month month) {
  return TickFloor(absl::FromCivil(absl::CivilMonth(1970, 1) + month, absl::UTCTimeZone()));
}

void BusyMonth::Add(absl::Time start, absl::Time end, std::optional<absl::Time> expires) {
  const Tick from = std::max(TickFloor(start), agreed.begin());
  const Tick to = std::min(TickCeil(end), agreed.end());
  if (from >= to) return;
  if (expires.has_value()) {
    holds.push_back({from, to, *expires});
  } else {
    agreed.Set(from, to);
  }
}

void BusyMonth::TakeFrom(Bits& free, absl::Time now) const {
  free.Remove(agreed);
  for (const HeldTicks& hold : holds) {
    if (hold.expires > now) free.Clear(hold.begin, hold.end);
  }
}

std::string EncodeBusyMonth(const BusyMonth& busy) {
  const absl::Span<const uint64_t> words = busy.agreed.words();
  std::string bytes(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t));
  for (const HeldTicks& hold : busy.holds) {
    AppendNumber(hold.begin, bytes);
    AppendNumber(hold.end, bytes);
    AppendNumber(absl::ToUnixMicros(hold.expires), bytes);
  }
  return bytes;
}

std::shared_ptr<const BusyMonth> DecodeBusyMonth(Month month, absl::string_view bytes) {
  auto busy = std::make_shared<BusyMonth>(month);
  const absl::Span<uint64_t> words = busy->agreed.words();
  const size_t word_bytes = words.size() * sizeof(uint64_t);
  if (bytes.size() < word_bytes || (bytes.size() - word_bytes) % kHoldBytes != 0) return nullptr;
  std::memcpy(words.data(), bytes.data(), word_bytes);
  for (size_t at = word_bytes; at < bytes.size(); at += kHoldBytes) {
    busy->holds.push_back({NumberAt(bytes, at), NumberAt(bytes, at + 8),
                           absl::FromUnixMicros(NumberAt(bytes, at + 16))});
  }
  return busy;
}

}  // namespace stillpoint::booking::domain
