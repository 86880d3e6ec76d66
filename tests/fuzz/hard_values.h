// Values that have broken programs, for any field that can hold them.
#ifndef STILLPOINT_TESTS_FUZZ_HARD_VALUES_H_
#define STILLPOINT_TESTS_FUZZ_HARD_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace stillpoint::fuzz {

// Nothing, white space, NUL, bytes that are not UTF-8, an overlong form, a surrogate, text that
// runs backwards, names that climb or are another organization's, SQL, formats, dates and numbers.
const std::vector<std::string>& HardTexts();

// The edges of types, and of the minutes, days and pages that requests count.
const std::vector<int64_t>& HardNumbers();

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_HARD_VALUES_H_
