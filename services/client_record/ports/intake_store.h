// Where intakes and physicians' documents live; as client_store.h. The caller holds the client's
// lock when it writes.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_INTAKE_STORE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_INTAKE_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/domain/intake.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

absl::Status InsertIntake(const Scope& scope, const ClientSealer& sealer,
                          const domain::Intake& intake);
// NotFound NOT_FOUND.
absl::StatusOr<domain::Intake> LoadIntake(const Scope& scope, const ClientSealer& sealer,
                                          const std::string& id);
// Revisions below `before`, newest first.
absl::StatusOr<std::vector<domain::Intake>> ListIntakes(const Scope& scope,
                                                        const ClientSealer& sealer, int64_t before,
                                                        int limit);
absl::Status MarkReviewed(const Scope& scope, const domain::Intake& intake);

absl::Status InsertPhysicianClearance(const Scope& scope, const ClientSealer& sealer,
                                      const domain::PhysicianClearance& document);
// Every document of the client, expired ones too.
absl::StatusOr<std::vector<domain::PhysicianClearance>> ListPhysicianClearances(
    const Scope& scope, const ClientSealer& sealer);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_INTAKE_STORE_H_
