#include "services/client_record/ports/intake_store.h"

#include "common/base/status_macros.h"
#include "services/client_record/adapters/codec.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::ports {
namespace {

// Intakes and documents are never changed, so the version that seals them is always the first.
constexpr int64_t kOnlyVersion = 1;

absl::StatusOr<domain::Intake> IntakeFrom(const ClientSealer& sealer, const sql::Row& row) {
  domain::Intake intake;
  intake.client = sealer.client();
  intake.id = row[0].Text();
  intake.revision = row[1].Int();
  intake.based_on = row[2].Int();
  intake.conflict = row[3].Bool();
  intake.reviewed = row[4].Bool();
  intake.questionnaire_version = static_cast<int>(row[5].Int());
  intake.submitted = row[7].Time();
  intake.submitter = row[8].Text();
  ASSIGN_OR_RETURN(const std::string text, sealer.Open("intakes", intake.id, kOnlyVersion, row[6]));
  RETURN_IF_ERROR(adapters::Decode(text, intake.answers));
  return intake;
}

}  // namespace

absl::Status InsertIntake(const Scope& scope, const ClientSealer& sealer,
                          const domain::Intake& intake) {
  return scope.tx
      .Execute(
          "INSERT INTO intakes (organization, client, intake, revision, based_on, conflict, "
          "reviewed,"
          " questionnaire_version, sealed, submitted_us, submitter)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
          {scope.organization(), intake.client, intake.id, intake.revision, intake.based_on,
           intake.conflict, intake.reviewed, intake.questionnaire_version,
           sealer.Seal("intakes", intake.id, kOnlyVersion, adapters::Encode(intake.answers)),
           intake.submitted, intake.submitter})
      .status();
}

absl::StatusOr<domain::Intake> LoadIntake(const Scope& scope, const ClientSealer& sealer,
                                          const std::string& id) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT intake, revision, based_on, conflict, reviewed,"
                     " questionnaire_version, sealed, submitted_us, submitter FROM intakes"
                     " WHERE organization = $1 AND client = $2 AND intake = $3",
                     {scope.organization(), sealer.client(), id}));
  if (rows.empty()) return error::NotFound();
  return IntakeFrom(sealer, rows[0]);
}

absl::StatusOr<std::vector<domain::Intake>> ListIntakes(const Scope& scope,
                                                        const ClientSealer& sealer, int64_t before,
                                                        int limit) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT intake, revision, based_on, conflict, reviewed,"
                     " questionnaire_version, sealed, submitted_us, submitter FROM intakes"
                     " WHERE organization = $1 AND client = $2 AND revision < $3"
                     " ORDER BY revision DESC LIMIT $4",
                     {scope.organization(), sealer.client(), before, limit}));
  std::vector<domain::Intake> intakes;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(domain::Intake intake, IntakeFrom(sealer, row));
    intakes.push_back(std::move(intake));
  }
  return intakes;
}

absl::Status MarkReviewed(const Scope& scope, const domain::Intake& intake) {
  return scope.tx
      .Execute(
          "UPDATE intakes SET reviewed = 1 WHERE organization = $1 AND client = $2 AND intake = $3",
          {scope.organization(), intake.client, intake.id})
      .status();
}

absl::Status InsertPhysicianClearance(const Scope& scope, const ClientSealer& sealer,
                                      const domain::PhysicianClearance& document) {
  return scope.tx
      .Execute(
          "INSERT INTO physician_clearances (organization, client, clearance, sealed, attached_us,"
          " attacher) VALUES ($1, $2, $3, $4, $5, $6)",
          {scope.organization(), sealer.client(), document.id,
           sealer.Seal("physician_clearances", document.id, kOnlyVersion,
                       adapters::Encode(document)),
           document.attached, document.attacher})
      .status();
}

absl::StatusOr<std::vector<domain::PhysicianClearance>> ListPhysicianClearances(
    const Scope& scope, const ClientSealer& sealer) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT clearance, sealed, attached_us, attacher FROM physician_clearances"
                     " WHERE organization = $1 AND client = $2 ORDER BY clearance",
                     {scope.organization(), sealer.client()}));
  std::vector<domain::PhysicianClearance> documents;
  for (const sql::Row& row : rows) {
    domain::PhysicianClearance document;
    document.id = row[0].Text();
    document.attached = row[2].Time();
    document.attacher = row[3].Text();
    ASSIGN_OR_RETURN(const std::string text,
                     sealer.Open("physician_clearances", document.id, kOnlyVersion, row[1]));
    RETURN_IF_ERROR(adapters::Decode(text, document));
    documents.push_back(std::move(document));
  }
  return documents;
}

}  // namespace stillpoint::client_record::ports
