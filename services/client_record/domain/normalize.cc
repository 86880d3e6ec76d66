#include "services/client_record/domain/normalize.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace stillpoint::client_record::domain {
namespace {

struct Region {
  absl::string_view code;
  absl::string_view calling_code;
  absl::string_view trunk_prefix;  // Dialled inside the country only.
};
constexpr Region kRegions[] = {
    {"CA", "1", "1"},  {"US", "1", "1"},  {"GB", "44", "0"}, {"IE", "353", "0"}, {"AU", "61", "0"},
    {"NZ", "64", "0"}, {"DE", "49", "0"}, {"FR", "33", "0"}, {"CH", "41", "0"},  {"AT", "43", "0"},
    {"NL", "31", "0"}, {"BE", "32", "0"}, {"IT", "39", ""},  {"ES", "34", ""},   {"MX", "52", ""}};

constexpr size_t kE164DigitsMax = 15;  // ITU-T E.164.
constexpr size_t kE164DigitsMin = 7;   // The shortest national numbers with their country code.
constexpr size_t kNanpDigits = 10;     // North America: area code and number.

const Region* FindRegion(absl::string_view code) {
  for (const Region& region : kRegions) {
    if (region.code == code) return &region;
  }
  return nullptr;
}

// The country that `digits`, a number with its calling code, begins with. No calling code begins
// another, so the first that fits is the one.
const Region* CountryOf(absl::string_view digits) {
  for (const Region& region : kRegions) {
    if (absl::StartsWith(digits, region.calling_code)) return &region;
  }
  return nullptr;
}

// The digits after `+` or `00`. Many write `+44 (0)20 ...`: the 0 is dialled inside the country
// only, so from outside it is not part of the number. Italy's leading 0 is.
std::string WithoutTrunkPrefix(std::string digits, absl::string_view written) {
  const Region* country = CountryOf(digits);
  if (country == nullptr) {
    // We do not know its prefix, but nobody puts a digit that counts in brackets of its own.
    const size_t bracket = written.find("(0)");
    if (bracket == absl::string_view::npos) return digits;
    const auto before = std::count_if(written.begin(), written.begin() + bracket,
                                      [](unsigned char c) { return absl::ascii_isdigit(c); });
    return digits.erase(before - (absl::StartsWith(written, "00") ? 2 : 0), 1);
  }
  const size_t national = country->calling_code.size();
  if (country->trunk_prefix == "0" &&
      absl::StartsWith(absl::string_view(digits).substr(national), "0")) {
    digits.erase(national, 1);
  }
  return digits;
}

// U+00C0-U+017F without their accents. A dot keeps the character as it is.
constexpr absl::string_view kFolded =
    "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"  // C0-FF
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooo"
    "oorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kFolded.size() == 0x180 - 0xC0);

// Decodes one character of UTF-8; a broken one counts as one byte.
char32_t Next(absl::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  char32_t rune = more == 0 ? first : first & (0x3F >> more);
  if (at + more >= text.size()) {
    ++at;
    return 0xFFFD;  // Kept as the byte it is.
  }
  for (int i = 1; i <= more; ++i) rune = (rune << 6) | (byte(at + i) & 0x3F);
  at += more + 1;
  return rune;
}

}  // namespace

bool IsKnownRegion(absl::string_view region) { return FindRegion(region) != nullptr; }

std::optional<std::string> NormalisePhone(absl::string_view written,
                                          absl::string_view region_code) {
  written = absl::StripAsciiWhitespace(written);
  const bool international = absl::StartsWith(written, "+") || absl::StartsWith(written, "00");
  std::string digits;
  for (const char c : written) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digits.push_back(c);
    } else if (absl::string_view("+ -.()/").find(c) == absl::string_view::npos) {
      return std::nullopt;
    }
  }
  if (international) {
    if (absl::StartsWith(written, "00")) digits.erase(0, 2);
    digits = WithoutTrunkPrefix(std::move(digits), written);
  } else {
    const Region* region = FindRegion(region_code);
    if (region == nullptr) return std::nullopt;
    const bool north_america = region->calling_code == "1";
    const bool has_trunk =
        !region->trunk_prefix.empty() && absl::StartsWith(digits, region->trunk_prefix);
    // North American numbers never start with 1, so a leading 1 is the country.
    if (has_trunk && (!north_america || digits.size() == kNanpDigits + 1)) digits.erase(0, 1);
    if (north_america && digits.size() != kNanpDigits) return std::nullopt;
    digits = absl::StrCat(region->calling_code, digits);
  }
  if (digits.size() < kE164DigitsMin || digits.size() > kE164DigitsMax) return std::nullopt;
  return absl::StrCat("+", digits);
}

std::optional<std::string> NormaliseEmail(absl::string_view written) {
  const std::string email = absl::AsciiStrToLower(absl::StripAsciiWhitespace(written));
  const size_t at = email.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == email.size()) return std::nullopt;
  if (email.find('@', at + 1) != std::string::npos) return std::nullopt;
  for (const char c : email) {
    // Line breaks here would become headers in a mail.
    if (absl::ascii_isspace(static_cast<unsigned char>(c)) ||
        absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return std::nullopt;
    }
  }
  return email;
}

std::string FoldName(absl::string_view written) {
  std::string folded;
  for (size_t at = 0; at < written.size();) {
    const size_t start = at;
    const char32_t rune = Next(written, at);
    if (rune < 0x80) {
      const unsigned char c = absl::ascii_tolower(static_cast<unsigned char>(rune));
      if (absl::ascii_isalnum(c)) folded.push_back(static_cast<char>(c));
    } else if (rune >= 0xC0 && rune < 0x180 && kFolded[rune - 0xC0] != '.') {
      folded.push_back(kFolded[rune - 0xC0]);
    } else if ((rune >= 0x300 && rune < 0x370) || rune == 0x2019 || rune == 0x2018 ||
               (rune >= 0x2010 && rune <= 0x2015) || rune == 0xA0) {
      continue;  // Combining accents, typographic apostrophes and hyphens, hard spaces.
    } else {
      absl::StrAppend(&folded, written.substr(start, at - start));
    }
  }
  return folded;
}

}  // namespace stillpoint::client_record::domain
