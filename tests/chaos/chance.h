// Random choices that a seed repeats.
#ifndef STILLPOINT_TESTS_CHAOS_CHANCE_H_
#define STILLPOINT_TESTS_CHAOS_CHANCE_H_

#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace stillpoint::chaos {

// SplitMix64: each step of a run can have its own, so that leaving one step out changes no other.
class Chance {
 public:
  // Different for each list.
  explicit Chance(std::initializer_list<uint64_t> seeds) {
    for (const uint64_t seed : seeds) {
      state_ ^= seed;
      state_ = Next();
    }
  }
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  int Below(int limit) { return static_cast<int>(Next() % static_cast<uint64_t>(limit)); }
  int Between(int first, int last) { return first + Below(last - first + 1); }
  bool Percent(int percent) { return Below(100) < percent; }
  template <typename T>
  T OneOf(std::initializer_list<T> choices) {
    return choices.begin()[Below(static_cast<int>(choices.size()))];
  }
  template <typename Container>
  auto& Of(Container& choices) {
    return *std::next(choices.begin(), Below(static_cast<int>(choices.size())));
  }

 private:
  uint64_t state_ = 0;
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_CHANCE_H_
