// Kinds of treatment, as screening sees them.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_MODALITY_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_MODALITY_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace stillpoint::client_record::domain {

// Numbered as stillpoint.type.v1.Modality; the edge checks that they agree.
enum class Modality {
  kCraniosacral = 1,
  kSacral = 2,
  kSwedish = 3,
  kDeepTissue = 4,
  kCombined = 5,
  kConsultation = 6,
  kInfantCraniosacral = 7,
};

inline constexpr absl::string_view kModalityNames[] = {
    "CRANIOSACRAL",       "SACRAL", "SWEDISH", "DEEP_TISSUE", "COMBINED", "CONSULTATION",
    "INFANT_CRANIOSACRAL"};

inline absl::string_view ModalityName(Modality modality) {
  return kModalityNames[static_cast<int>(modality) - 1];
}

inline std::optional<Modality> ModalityFromName(absl::string_view name) {
  for (int i = 0; i < 7; ++i) {
    if (kModalityNames[i] == name) return static_cast<Modality>(i + 1);
  }
  return std::nullopt;
}

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_MODALITY_H_
