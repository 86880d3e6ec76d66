#include "services/notification/ports/template_store.h"

#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::notification::ports {
namespace {

constexpr char kNewest[] =
    "SELECT template_id, version, subject, body, created_us FROM template "
    "WHERE organization = $1 AND template_id = $2 ORDER BY version DESC LIMIT 1";
constexpr char kExact[] =
    "SELECT template_id, version, subject, body, created_us FROM template "
    "WHERE organization = $1 AND template_id = $2 AND version = $3";
constexpr char kListNewest[] =
    "SELECT template_id, version, subject, body, created_us FROM template AS t "
    "WHERE organization = $1 AND version = (SELECT max(version) FROM template AS u "
    "WHERE u.organization = $1 AND u.template_id = t.template_id)";
constexpr char kInsert[] =
    "INSERT INTO template (organization, template_id, version, subject, body, created_us) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

absl::StatusOr<domain::Template> FromRow(const sql::Row& row) {
  domain::Template wording;
  if (!domain::ParseTemplateId(row[0].Text(), &wording.kind, &wording.channel, &wording.language)) {
    return Error(absl::StatusCode::kInternal, "DB_ERROR", "a stored template has no such id");
  }
  wording.version = static_cast<int>(row[1].Int());
  wording.subject = row[2].Text();
  wording.body = row[3].Text();
  wording.created = row[4].Time();
  return wording;
}

}  // namespace

absl::StatusOr<std::optional<domain::Template>> FindTemplate(sql::Transaction& tx,
                                                             const Tenant& tenant,
                                                             absl::string_view template_id,
                                                             int version) {
  absl::StatusOr<sql::Rows> rows =
      version == 0 ? tx.Query(kNewest, {tenant.organization(), template_id})
                   : tx.Query(kExact, {tenant.organization(), template_id, version});
  RETURN_IF_ERROR(rows.status());
  if (rows->empty()) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Template wording, FromRow(rows->front()));
  return wording;
}

absl::StatusOr<std::vector<domain::Template>> ListNewestTemplates(sql::Transaction& tx,
                                                                  const Tenant& tenant) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(kListNewest, {tenant.organization()}));
  std::vector<domain::Template> list;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(domain::Template wording, FromRow(row));
    list.push_back(std::move(wording));
  }
  return list;
}

absl::Status InsertTemplate(sql::Transaction& tx, const Tenant& tenant,
                            const domain::Template& wording, absl::Time now) {
  return tx
      .Execute(kInsert, {tenant.organization(),
                         domain::TemplateId(wording.kind, wording.channel, wording.language),
                         wording.version, wording.subject, wording.body, now})
      .status();
}

}  // namespace stillpoint::notification::ports
