#include "services/booking/adapters/shared_facts.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"

namespace stillpoint::booking::adapters {
namespace {

constexpr size_t kMacBytes = 32;
constexpr size_t kIdBytes = 16;  // Of the MAC: enough that no two resources ever share one.

}  // namespace

std::string SharedFacts::Id(absl::string_view organization, absl::string_view resource) const {
  const std::string mac = crypto::Mac(key_, crypto::Frame({"id", organization, resource}));
  return absl::BytesToHexString(absl::string_view(mac).substr(0, kIdBytes));
}

std::string SharedFacts::PointerKey(absl::string_view id) const {
  return absl::StrCat("stillpoint:v1:pointer:", id);
}

std::string SharedFacts::Pointer(absl::string_view id, int64_t version) const {
  return absl::StrCat(version, ":",
                      crypto::Mac(key_, crypto::Frame({"pointer", id, absl::StrCat(version)})));
}

std::optional<int64_t> SharedFacts::ReadPointer(absl::string_view id,
                                                absl::string_view value) const {
  int64_t version = 0;
  const size_t colon = value.find(':');
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(value.substr(0, colon), &version) ||
      !crypto::SameBytes(value, Pointer(id, version))) {
    return std::nullopt;
  }
  return version;
}

std::string SharedFacts::StampKey(absl::string_view organization) const {
  const std::string mac = crypto::Mac(key_, crypto::Frame({"stamp", organization}));
  return absl::StrCat("stillpoint:v1:stamp:",
                      absl::BytesToHexString(absl::string_view(mac).substr(0, kIdBytes)));
}

std::string SharedFacts::NewStamp() { return RandomIds().Next().substr(0, kStampBytes); }

std::string SharedFacts::FactKey(absl::string_view id, int64_t version, domain::Month month) const {
  return absl::StrCat("stillpoint:v4:fact:", id, ":", month, ":", version);
}

std::string SharedFacts::FactMac(absl::string_view id, int64_t version, domain::Month month,
                                 absl::string_view bytes) const {
  return crypto::Mac(
      key_, crypto::Frame({"fact", id, absl::StrCat(version), absl::StrCat(month), bytes}));
}

std::string SharedFacts::Fact(absl::string_view id, int64_t version,
                              const domain::BusyMonth& busy) const {
  const std::string bytes = domain::EncodeBusyMonth(busy);
  return absl::StrCat(FactMac(id, version, busy.month, bytes), bytes);
}

std::shared_ptr<const domain::BusyMonth> SharedFacts::ReadFact(absl::string_view id,
                                                               int64_t version, domain::Month month,
                                                               absl::string_view value) const {
  if (value.size() < kMacBytes) return nullptr;
  const absl::string_view bytes = value.substr(kMacBytes);
  if (!crypto::SameBytes(value.substr(0, kMacBytes), FactMac(id, version, month, bytes))) {
    return nullptr;
  }
  return domain::DecodeBusyMonth(month, bytes);
}

}  // namespace stillpoint::booking::adapters
