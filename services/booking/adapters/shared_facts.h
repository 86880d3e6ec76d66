// Facts and version pointers in Redis, for all replicas: keys, values, and the MAC without which a
// value is not believed. Whoever can write to Redis can make searches slower, not wrong: a value
// that was changed, or copied from another key, is a miss.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_SHARED_FACTS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_SHARED_FACTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/crypto/keys.h"
#include "services/booking/domain/busy_month.h"

namespace stillpoint::booking::adapters {

// A pointer is raised by every change and by every reader that missed it, so losing one costs a
// statement. An hour keeps what nobody asks for from piling up.
inline constexpr absl::Duration kPointerTtl = absl::Hours(1);
// Older versions are never read again; this is how long they may take up room.
inline constexpr absl::Duration kFactTtl = absl::Hours(1);

// A value; thread-safe. Keys are MACs of organization and resource, because an id may be a person's
// name.
class SharedFacts {
 public:
  explicit SharedFacts(const crypto::Key& secret) : key_(secret.Derive("availability-facts")) {}

  // Names one resource in the functions below: 32 hexadecimal digits.
  std::string Id(absl::string_view organization, absl::string_view resource) const;

  std::string PointerKey(absl::string_view id) const;
  // `VERSION:MAC`, as redis::Redis::MultiRaise wants it.
  std::string Pointer(absl::string_view id, int64_t version) const;
  // The version, if `value` was made by Pointer for this id.
  std::optional<int64_t> ReadPointer(absl::string_view id, absl::string_view value) const;

  // An organization's stamp: another random text after every raise of a pointer. It needs no MAC:
  // who could write to Redis could as well bring back an old pointer.
  std::string StampKey(absl::string_view organization) const;
  static std::string NewStamp();
  // False for what NewStamp does not make.
  static bool IsStamp(absl::string_view value) { return value.size() == kStampBytes; }

  std::string FactKey(absl::string_view id, int64_t version, domain::Month month) const;
  std::string Fact(absl::string_view id, int64_t version, const domain::BusyMonth& busy) const;
  // Null unless `value` was made by Fact for the same id, version and month.
  std::shared_ptr<const domain::BusyMonth> ReadFact(absl::string_view id, int64_t version,
                                                    domain::Month month,
                                                    absl::string_view value) const;

 private:
  // 60 random bits, of which only two that follow each other must differ; copied without
  // allocating.
  static constexpr size_t kStampBytes = 12;

  std::string FactMac(absl::string_view id, int64_t version, domain::Month month,
                      absl::string_view bytes) const;

  const crypto::Key key_;
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_SHARED_FACTS_H_
