// Time as bits: one bit for each 5 minutes of UTC, so that a month is about 1 KB, a day of 23 or 25
// hours needs no special case, and "free for 60 minutes" is a handful of shifts over whole words.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_BITS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_BITS_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace stillpoint::booking::domain {

// Everything bookable starts and ends on this grid. Every zone's offset is a multiple of it.
inline constexpr int kTickMinutes = 5;

// A point of the grid: 5-minute steps since 1970-01-01T00:00Z.
using Tick = int64_t;

inline constexpr int64_t kTickMicros = int64_t{kTickMinutes} * 60 * 1000000;

// The tick at or before, and at or after, `micros` (UTC microseconds; also negative ones).
constexpr Tick TickFloor(int64_t micros) {
  return micros / kTickMicros - (micros % kTickMicros < 0 ? 1 : 0);
}
constexpr Tick TickCeil(int64_t micros) { return -TickFloor(-micros); }
inline Tick TickFloor(absl::Time time) { return TickFloor(absl::ToUnixMicros(time)); }
inline Tick TickCeil(absl::Time time) { return TickCeil(absl::ToUnixMicros(time)); }
inline absl::Time TimeOf(Tick tick) { return absl::FromUnixMicros(tick * kTickMicros); }

// One bit for each tick of [begin, end), all clear at first. A value; not thread-safe to change.
// Bits outside the window read as clear, and setting them does nothing.
class Bits {
 public:
  Bits() = default;
  Bits(Tick begin, Tick end)
      : begin_(begin), size_(std::max<Tick>(0, end - begin)), words_((size_ + 63) / 64) {}

  Tick begin() const { return begin_; }
  Tick end() const { return begin_ + size_; }
  absl::Span<const uint64_t> words() const { return words_; }
  absl::Span<uint64_t> words() { return absl::MakeSpan(words_); }

  bool Test(Tick tick) const {
    const Tick at = tick - begin_;
    return at >= 0 && at < size_ && (words_[at / 64] >> (at % 64) & 1) != 0;
  }
  // Sets or clears [from, to), clipped to the window.
  void Set(Tick from, Tick to) {
    ForRange(from, to, [](uint64_t& word, uint64_t mask) { word |= mask; });
  }
  void Clear(Tick from, Tick to) {
    ForRange(from, to, [](uint64_t& word, uint64_t mask) { word &= ~mask; });
  }

  // True if all of [from, to) is set; false if a part of it lies outside the window.
  bool AllSet(Tick from, Tick to) const {
    if (from < begin_ || to > end()) return false;
    bool all = true;
    ForMasks(from, to,
             [&](size_t word, uint64_t mask) { all = all && (~words_[word] & mask) == 0; });
    return all;
  }

  // How many of [from, to) are set.
  int64_t CountIn(Tick from, Tick to) const {
    int64_t count = 0;
    ForMasks(from, to,
             [&](size_t word, uint64_t mask) { count += std::popcount(words_[word] & mask); });
    return count;
  }

  // The following combine with bits of another window; what `other` does not cover counts as clear.
  void Or(const Bits& other) {
    ForWords(other, begin_, [](uint64_t& word, uint64_t theirs) { word |= theirs; });
    Trim();
  }
  void And(const Bits& other) { AndEarlier(other, 0); }
  // Keeps a bit only if the one `ticks` before it is set in `other`.
  void AndEarlier(const Bits& other, Tick ticks) {
    ForWords(other, begin_ - ticks, [](uint64_t& word, uint64_t theirs) { word &= theirs; });
  }
  void Remove(const Bits& other) {
    ForWords(other, begin_, [](uint64_t& word, uint64_t theirs) { word &= ~theirs; });
  }

  // Keeps a bit only if it and the `count - 1` after it are set: where a run of `count` may start.
  // count >= 1. About log2(count) passes over the words.
  void KeepRuns(int count) {
    for (int covered = 1; covered < count;) {
      const int shift = std::min(covered, count - covered);
      AndShiftedDown(shift);
      covered += shift;
    }
  }

  // The earliest set tick at or after `from`; end() if there is none.
  Tick NextSet(Tick from) const {
    Tick at = std::max<Tick>(0, from - begin_);
    if (at >= size_) return end();
    size_t index = at / 64;
    uint64_t word = words_[index] & (~uint64_t{0} << (at % 64));
    while (word == 0) {
      if (++index == words_.size()) return end();
      word = words_[index];
    }
    return begin_ + static_cast<Tick>(index) * 64 + std::countr_zero(word);
  }

  // The earliest clear tick at or after `from`; end() if there is none.
  Tick NextClear(Tick from) const {
    Tick at = std::max<Tick>(0, from - begin_);
    if (at >= size_) return end();
    size_t index = at / 64;
    uint64_t word = ~words_[index] & (~uint64_t{0} << (at % 64));
    while (word == 0) {
      if (++index == words_.size()) return end();
      word = ~words_[index];
    }
    return std::min(end(), begin_ + static_cast<Tick>(index) * 64 + std::countr_zero(word));
  }

  bool Any() const { return NextSet(begin_) != end(); }
  int64_t Count() const {
    int64_t count = 0;
    for (const uint64_t word : words_) count += std::popcount(word);
    return count;
  }

 private:
  uint64_t RawWord(Tick index) const {
    return index >= 0 && index < static_cast<Tick>(words_.size()) ? words_[index] : 0;
  }

  template <typename Apply>
  void ForRange(Tick from, Tick to, Apply apply) {
    ForMasks(from, to, [&](size_t word, uint64_t mask) { apply(words_[word], mask); });
  }

  template <typename Apply>
  void ForMasks(Tick from, Tick to, Apply apply) const {
    const Tick first = std::max<Tick>(0, from - begin_);
    const Tick last = std::min<Tick>(size_, to - begin_);  // Exclusive.
    for (Tick at = first; at < last;) {
      const int offset = static_cast<int>(at % 64);
      const int length = static_cast<int>(std::min<Tick>(64 - offset, last - at));
      const uint64_t ones = length == 64 ? ~uint64_t{0} : (uint64_t{1} << length) - 1;
      apply(static_cast<size_t>(at / 64), ones << offset);
      at += length;
    }
  }

  // Calls `apply(our word, theirs)` where theirs are the 64 bits of `other` that begin as many
  // ticks after `from` as our word does after the window's begin. The inner loop has no branches,
  // so that it runs at the speed of memory.
  template <typename Apply>
  void ForWords(const Bits& other, Tick from, Apply apply) {
    const Tick offset = from - other.begin_;
    const Tick skip = offset >= 0 ? offset / 64 : -((63 - offset) / 64);  // Rounded down.
    const int shift = static_cast<int>(offset - skip * 64);
    const Tick count = static_cast<Tick>(words_.size());
    const Tick first = std::clamp<Tick>(-skip, 0, count);
    const Tick last =
        std::clamp<Tick>(static_cast<Tick>(other.words_.size()) - 1 - skip, first, count);
    const auto at_edge = [&](Tick i) {
      const uint64_t low = other.RawWord(i + skip) >> shift;
      apply(words_[i], shift == 0 ? low : low | other.RawWord(i + skip + 1) << (64 - shift));
    };
    for (Tick i = 0; i < first; ++i) at_edge(i);
    const uint64_t* theirs = other.words_.data() + (first < last ? first + skip : 0);
    uint64_t* ours = words_.data() + first;
    if (shift == 0) {
      for (Tick i = 0; i < last - first; ++i) apply(ours[i], theirs[i]);
    } else {
      for (Tick i = 0; i < last - first; ++i) {
        apply(ours[i], theirs[i] >> shift | theirs[i + 1] << (64 - shift));
      }
    }
    for (Tick i = last; i < count; ++i) at_edge(i);
  }

  // Every bit becomes itself AND the bit `shift` later, in ascending order so that it works in
  // place.
  void AndShiftedDown(int shift) {
    const size_t count = words_.size();
    const size_t skip = static_cast<size_t>(shift) / 64;
    const int bits = shift % 64;
    uint64_t* words = words_.data();
    size_t i = 0;
    if (bits != 0) {
      for (; i + skip + 1 < count; ++i) {
        words[i] &= words[i + skip] >> bits | words[i + skip + 1] << (64 - bits);
      }
    }
    for (; i < count; ++i) words[i] &= i + skip < count ? words[i + skip] >> bits : 0;
  }

  // Clears what lies in the last word beyond the window.
  void Trim() {
    if (size_ % 64 != 0) words_.back() &= (uint64_t{1} << (size_ % 64)) - 1;
  }

  Tick begin_ = 0;
  Tick size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_BITS_H_
