#include "services/client_record/ports/key_ring.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::ports {
namespace {

std::string Context(const Tenant& tenant) {
  return crypto::Frame({tenant.organization(), "organization_keys", "wrapped"});
}

absl::StatusOr<OrganizationKeys> Unwrap(const crypto::Key& wrapping, const Tenant& tenant,
                                        const sql::Value& wrapped) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   crypto::Open(wrapping, wrapped.Bytes(), Context(tenant)));
  ASSIGN_OR_RETURN(const crypto::Key key, crypto::Key::FromBytes(bytes));
  return OrganizationKeys(key);
}

constexpr char kSelect[] = "SELECT wrapped FROM organization_keys WHERE organization = $1";

}  // namespace

absl::StatusOr<OrganizationKeys> KeyRing::Find(sql::Transaction& tx, const Tenant& tenant) const {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(kSelect, {tenant.organization()}));
  if (rows.empty()) return error::NotFound();
  return Unwrap(wrapping_, tenant, rows[0][0]);
}

absl::StatusOr<OrganizationKeys> KeyRing::FindOrCreate(sql::Transaction& tx,
                                                       const Tenant& tenant) const {
  ASSIGN_OR_RETURN(sql::Rows rows, tx.Query(kSelect, {tenant.organization()}));
  if (!rows.empty()) return Unwrap(wrapping_, tenant, rows[0][0]);
  RETURN_IF_ERROR(tx.Lock({absl::StrCat("organization_keys/", tenant.organization())}));
  // Another may have made it while we waited.
  ASSIGN_OR_RETURN(rows, tx.Query(kSelect, {tenant.organization()}));
  if (!rows.empty()) return Unwrap(wrapping_, tenant, rows[0][0]);
  const crypto::Key key = crypto::Key::Random();
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  RETURN_IF_ERROR(
      tx.Execute(
            "INSERT INTO organization_keys (organization, wrapped, created_us) VALUES ($1, $2, $3)",
            {tenant.organization(),
             sql::Blob{crypto::Seal(wrapping_, key.bytes(), Context(tenant))}, now})
          .status());
  return OrganizationKeys(key);
}

std::string ClientSealer::Place(absl::string_view table, absl::string_view row,
                                int64_t version) const {
  return crypto::Frame({organization_, client_, table, "sealed", row, absl::StrCat(version)});
}

sql::Blob ClientSealer::Seal(absl::string_view table, absl::string_view row, int64_t version,
                             absl::string_view plain) const {
  return sql::Blob{crypto::Seal(key_, plain, Place(table, row, version))};
}

absl::StatusOr<std::string> ClientSealer::Open(absl::string_view table, absl::string_view row,
                                               int64_t version, const sql::Value& sealed) const {
  return crypto::Open(key_, sealed.Bytes(), Place(table, row, version));
}

}  // namespace stillpoint::client_record::ports
