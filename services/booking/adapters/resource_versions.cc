#include "services/booking/adapters/resource_versions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace stillpoint::booking::adapters {

absl::Status AskToBump(sql::Transaction& tx, const Tenant& tenant,
                       std::vector<domain::ResourceId> resources, sql::Rows* answer) {
  std::sort(resources.begin(), resources.end());
  resources.erase(std::unique(resources.begin(), resources.end()), resources.end());
  if (resources.empty()) return absl::OkStatus();

  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  // A booking touches two or three resources, so only a few texts are ever prepared.
  std::string rows;
  std::vector<sql::Value> parameters = {tenant.organization(), now};
  for (const domain::ResourceId& resource : resources) {
    parameters.push_back(resource);
    absl::StrAppend(&rows, rows.empty() ? "" : ", ", "($1, $", parameters.size(), ", 1, $2)");
  }
  return tx.Ask(
      absl::StrCat("INSERT INTO resources (organization, resource, version, changed_us) VALUES ",
                   rows,
                   " ON CONFLICT (organization, resource) DO UPDATE SET"
                   " version = resources.version + 1, changed_us = excluded.changed_us"
                   " RETURNING resource, version"),
      std::move(parameters), answer);
}

absl::StatusOr<std::vector<ResourceVersion>> BumpVersions(
    sql::Transaction& tx, const Tenant& tenant, std::vector<domain::ResourceId> resources) {
  sql::Rows changed;
  RETURN_IF_ERROR(AskToBump(tx, tenant, std::move(resources), &changed));
  RETURN_IF_ERROR(tx.Flush());
  std::vector<ResourceVersion> versions;
  versions.reserve(changed.size());
  for (const sql::Row& row : changed) versions.push_back({row[0].Text(), row[1].Int()});
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return a.resource < b.resource; });
  return versions;
}

}  // namespace stillpoint::booking::adapters
