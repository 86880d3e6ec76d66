#include "common/base/status_macros.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/ports/care.h"

namespace stillpoint::client_record::ports {

absl::StatusOr<bool> IsSharedWith(const Scope& scope, const std::string& client,
                                  const std::string& author) {
  ASSIGN_OR_RETURN(
      const sql::Rows consents,
      scope.tx.Query(
          "SELECT granted FROM consents WHERE organization = $1 AND client = $2"
          " AND kind = $3 ORDER BY sequence DESC LIMIT 1",
          {scope.organization(), client, static_cast<int64_t>(domain::ConsentKind::kSharing)}));
  if (!consents.empty() && consents[0][0].Int() != 0) return true;
  ASSIGN_OR_RETURN(
      const sql::Rows notes,
      scope.tx.Query("SELECT 1 FROM session_notes WHERE organization = $1 AND client = $2"
                     " AND author = $3 LIMIT 1",
                     {scope.organization(), client, author}));
  return !notes.empty();
}

}  // namespace stillpoint::client_record::ports
