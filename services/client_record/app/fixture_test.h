// What the tests of the use cases share: one organization with its clock, on either engine.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_FIXTURE_TEST_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_FIXTURE_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/client_record/adapters/content.h"
#include "services/client_record/adapters/schema.h"
#include "services/client_record/app/audit.h"
#include "services/client_record/app/clients.h"
#include "services/client_record/app/notes.h"
#include "services/client_record/app/screening.h"

namespace stillpoint::client_record::app {

inline crypto::Key TestSecret() {
  return crypto::Key::FromBytes("0123456789abcdef0123456789abcdef").value();
}

// The visits that a test says there are.
class FakeCare final : public ports::Care {
 public:
  absl::StatusOr<bool> HasVisit(const Tenant& tenant, const std::string& practitioner,
                                const std::string& client, Deadline) const override {
    if (!error.ok()) return error;
    return visits.count(absl::StrCat(tenant.organization(), "/", practitioner, "/", client)) > 0;
  }
  std::set<std::string> visits;  // "ORGANIZATION/PRACTITIONER/CLIENT"
  absl::Status error;
};

class RecordsTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  RecordsTest()
      : clock_(absl::FromUnixSeconds(1804521600)),  // 2027-03-08 16:00 UTC.
        database_(stillpoint::testing::NewDatabase(GetParam(), adapters::Migrations(), &clock_)),
        ring_(TestSecret()),
        records_(*database_, ring_, care_),
        content_(adapters::LoadContent().value()) {}

  Caller By(const std::string& subject, const std::string& method,
            const std::string& organization = "o") {
    return {Tenant(organization), subject, method, Deadline::After(absl::Seconds(20))};
  }
  Caller Desk(const std::string& method) { return By("organizations/o/desk", method); }
  Caller Ann(const std::string& method) { return By("organizations/o/practitioners/ann", method); }
  static sql::RequestKey Key(const Caller& caller, const std::string& id,
                             const std::string& hash = "h") {
    return {caller.method, caller.subject, id, hash};
  }

  static domain::Client Zoe() {
    domain::Client draft;
    draft.person.given_name = "Zoe Canaryfirst";
    draft.person.family_name = "Canarylast";
    draft.person.birth_date = "1984-02-29";
    draft.person.phone = "780 555 0199";
    draft.person.email = "zoe.canary@example.org";
    draft.consents.push_back(
        {domain::ConsentKind::kEmail, true, domain::ConsentSource::kInPerson, {}, ""});
    return draft;
  }
  // Adds a client; returns the id.
  absl::StatusOr<std::string> Add(const std::string& id, const std::string& request_id = "") {
    const Caller caller = Desk("ClientService.CreateClient");
    domain::Client draft = Zoe();
    draft.id = id;
    return CreateClient(records_, ids_)
        .Run(caller, Key(caller, request_id), draft, [](const auto& client) { return client.id; });
  }

  domain::Answers Healthy() const {
    domain::Answers answers;
    for (const domain::Question& question : content_.newest().questions) {
      if (question.screening && question.asked_when_question.empty()) answers[question.id] = {"no"};
    }
    return answers;
  }
  // Submits a healthy intake with changes; returns "ID conflict=0|1".
  absl::StatusOr<std::string> Submit(const std::string& client, const domain::Answers& changes,
                                     const std::string& request_id = "",
                                     const std::string& previous = "") {
    const Caller caller = Desk("IntakeService.SubmitIntake");
    IntakeDraft draft{client, 1, Healthy(), previous, {}};
    for (const auto& [question, values] : changes) draft.answers[question] = values;
    return SubmitIntake(records_, content_, ids_)
        .Run(caller, Key(caller, request_id), draft, [](const domain::Intake& intake, const auto&) {
          return intake.id + (intake.conflict ? " conflict=1" : " conflict=0");
        });
  }
  // The reason of the first finding, or "" if cleared; the error's reason if the call fails.
  std::string Clearance(const std::string& client, domain::Modality modality,
                        absl::Duration from_now) {
    const auto findings = GetClearance(records_, content_)
                              .Run(Desk("ScreeningService.GetClearance"), client, modality,
                                   clock_.TimeNow() + from_now);
    if (!findings.ok()) return ReasonOf(findings.status());
    return domain::IsCleared(*findings) ? "" : findings->front().reason;
  }
  std::string Clearance(const std::string& client) {
    return Clearance(client, domain::Modality::kCraniosacral, absl::ZeroDuration());
  }

  // Runs raw SQL as somebody who goes round our code.
  absl::Status Raw(absl::string_view statement) {
    return stillpoint::testing::Unguarded(*database_)
        .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
               [&](sql::Transaction& tx) { return tx.Execute(statement).status(); });
  }
  int64_t Count(absl::string_view statement) {
    int64_t count = -1;
    (void)stillpoint::testing::Unguarded(*database_)
        .Read(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
              [&](sql::Transaction& tx) -> absl::Status {
                const auto rows = tx.Query(statement);
                if (rows.ok()) count = (*rows)[0][0].Int();
                return rows.status();
              });
    return count;
  }
  ports::AuditVerdict Verify() {
    return VerifyAuditChain(records_).Run(Desk("AuditService.VerifyAuditChain")).value();
  }

  FakeClock clock_;
  std::unique_ptr<sql::Database> database_;
  SequenceIds ids_{"id"};
  const ports::KeyRing ring_;
  FakeCare care_;
  const Records records_;
  const domain::Content content_;
};

inline std::string EngineOf(const ::testing::TestParamInfo<sql::Engine>& info) {
  return stillpoint::testing::EngineName(info.param);
}

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_FIXTURE_TEST_H_
