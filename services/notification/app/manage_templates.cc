#include "services/notification/app/manage_templates.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/ports/template_store.h"

namespace stillpoint::notification::app {

using domain::Template;

namespace {

std::string IdOf(const Template& wording) {
  return domain::TemplateId(wording.kind, wording.channel, wording.language);
}

std::optional<Template> Builtin(absl::string_view template_id) {
  for (const Template& wording : domain::BuiltinTemplates()) {
    if (IdOf(wording) == template_id) return wording;
  }
  return std::nullopt;
}

// Stored before built in: stored ones have the higher versions.
absl::StatusOr<std::optional<Template>> Find(sql::Transaction& tx, const Tenant& tenant,
                                             absl::string_view template_id, int version) {
  if (version == 1) return Builtin(template_id);
  ASSIGN_OR_RETURN(std::optional<Template> stored,
                   ports::FindTemplate(tx, tenant, template_id, version));
  if (!stored.has_value() && version == 0) return Builtin(template_id);
  return stored;
}

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

}  // namespace

absl::StatusOr<Template> NewestTemplate(sql::Transaction& tx, const Tenant& tenant,
                                        domain::Kind kind, domain::Channel channel,
                                        absl::string_view language) {
  const std::string primary = absl::AsciiStrToLower(language.substr(0, language.find('-')));
  for (const std::string& each : {primary, std::string("en")}) {
    ASSIGN_OR_RETURN(std::optional<Template> found,
                     Find(tx, tenant, domain::TemplateId(kind, channel, each), 0));
    if (found.has_value()) return *std::move(found);
  }
  return NotFound();
}

absl::StatusOr<std::string> ManageTemplates::Create(
    const Tenant& tenant, Template wording, const sql::RequestKey& key,
    absl::FunctionRef<std::string(const Template&)> serialise, Deadline deadline) {
  RETURN_IF_ERROR(domain::CheckTemplate(wording));
  std::string answer;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> replay, sql::FindReplay(tx, tenant, key));
    if (replay.has_value()) {
      answer = *replay;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(tx.Lock({absl::StrCat("template:", tenant.organization())}));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ASSIGN_OR_RETURN(const std::optional<Template> newest, Find(tx, tenant, IdOf(wording), 0));
    wording.version = newest.has_value() ? newest->version + 1 : 2;  // 1 is kept for built-in ones.
    wording.created = now;
    RETURN_IF_ERROR(ports::InsertTemplate(tx, tenant, wording, now));
    answer = serialise(wording);
    return sql::StoreReplay(tx, tenant, key, answer);
  }));
  return answer;
}

absl::StatusOr<Template> ManageTemplates::Get(const Tenant& tenant, absl::string_view template_id,
                                              int version, Deadline deadline) {
  std::optional<Template> found;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(found, Find(tx, tenant, template_id, version));
    return found.has_value() ? absl::OkStatus() : NotFound();
  }));
  return *std::move(found);
}

absl::StatusOr<std::vector<Template>> ManageTemplates::List(const Tenant& tenant,
                                                            Deadline deadline) {
  std::map<std::string, Template> by_id;
  for (const Template& wording : domain::BuiltinTemplates()) by_id[IdOf(wording)] = wording;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Template> stored, ports::ListNewestTemplates(tx, tenant));
    for (const Template& wording : stored) by_id[IdOf(wording)] = wording;
    return absl::OkStatus();
  }));
  std::vector<Template> list;
  for (auto& [id, wording] : by_id) list.push_back(std::move(wording));
  return list;
}

}  // namespace stillpoint::notification::app
