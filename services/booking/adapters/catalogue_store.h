// ports::CatalogueStore in SQL, the same statements for both engines.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_STORE_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_STORE_H_

#include <string>
#include <vector>

#include "services/booking/ports/catalogue_store.h"

namespace stillpoint::booking::adapters {

class SqlCatalogueStore final : public ports::CatalogueStore {
 public:
  absl::Status CreateOrganization(sql::Transaction& tx, const Tenant& tenant,
                                  const std::string& display_name) override;
  absl::Status LockCatalogue(sql::Transaction& tx, const Tenant& tenant) override;
  absl::StatusOr<domain::Catalogue> Read(sql::Transaction& tx, const Tenant& tenant,
                                         const ports::CataloguePart& part) override;
  absl::StatusOr<int64_t> Count(sql::Transaction& tx, const Tenant& tenant,
                                ports::CataloguePart::Kind kind) override;
  absl::StatusOr<std::vector<domain::ResourceVersion>> Touch(
      sql::Transaction& tx, const Tenant& tenant,
      std::vector<domain::ResourceId> resources) override;
  absl::StatusOr<int64_t> Version(sql::Transaction& tx, const Tenant& tenant) override;
  absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                    const domain::Clinic& clinic) override;
  absl::Status Save(sql::Transaction& tx, const Tenant& tenant, const domain::Room& room) override;
  absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                    const domain::Device& device) override;
  absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                    const domain::Practitioner& practitioner) override;
  absl::Status Save(sql::Transaction& tx, const Tenant& tenant,
                    const domain::Offering& offering) override;
  absl::Status AddPolicy(sql::Transaction& tx, const Tenant& tenant,
                         const domain::BookingPolicy& policy) override;
  absl::Status SaveTravel(sql::Transaction& tx, const Tenant& tenant,
                          const domain::TravelTimes& times, int64_t revision) override;
  absl::Status AddTimeOff(sql::Transaction& tx, const Tenant& tenant,
                          const std::string& practitioner,
                          const domain::TimeOff& time_off) override;
  absl::Status RemoveTimeOff(sql::Transaction& tx, const Tenant& tenant,
                             const std::string& practitioner, const std::string& id) override;
  absl::Status SetOverride(sql::Transaction& tx, const Tenant& tenant,
                           const std::string& practitioner,
                           const domain::DateOverride& day) override;
  absl::Status RemoveOverride(sql::Transaction& tx, const Tenant& tenant,
                              const std::string& practitioner,
                              const domain::DateOverride& day) override;
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_STORE_H_
