// A client's answers, as stored, and which of several intakes count.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_INTAKE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_INTAKE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/client_record/domain/questionnaire.h"

namespace stillpoint::client_record::domain {

struct Intake {
  std::string client;  // Id.
  std::string id;
  int questionnaire_version = 0;
  Answers answers;        // Without blanks.
  int64_t revision = 0;   // 1, 2, ... per client.
  int64_t based_on = 0;   // The newest revision its author had seen; 0: none.
  bool conflict = false;  // Others had arrived that its author had not seen.
  bool reviewed = false;  // Somebody looked at the conflict.
  absl::Time submitted;
  std::string submitter;
};

// An intake whose author did not say which one was the newest conflicts with those of this last
// while: a kiosk and a phone on the way to the same visit.
inline constexpr absl::Duration kConcurrentIntakes = absl::Hours(24);

// The revision that a new intake builds on, when its author named none: the newest that is older
// than kConcurrentIntakes, or 0. `newest_first` is every intake of the client.
inline int64_t AssumedBase(const std::vector<Intake>& newest_first, absl::Time now) {
  for (const Intake& intake : newest_first) {
    if (intake.submitted + kConcurrentIntakes <= now) return intake.revision;
  }
  return 0;
}

// Those that count in screening: the newest and, as long as its conflict was not reviewed, all that
// its author had not seen, and so on.
inline std::vector<Intake> CountedIntakes(const std::vector<Intake>& newest_first) {
  std::vector<Intake> counted;
  int64_t oldest = newest_first.empty() ? 0 : newest_first.front().revision;
  for (const Intake& intake : newest_first) {
    if (intake.revision < oldest) break;
    if (intake.conflict && !intake.reviewed && intake.based_on + 1 < oldest)
      oldest = intake.based_on + 1;
    counted.push_back(intake);
  }
  return counted;
}

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_INTAKE_H_
