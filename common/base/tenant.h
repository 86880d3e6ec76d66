// The organization on whose behalf a call works. Every store function demands one, so that no
// statement can be written without a tenant at hand.
#ifndef STILLPOINT_COMMON_BASE_TENANT_H_
#define STILLPOINT_COMMON_BASE_TENANT_H_

#include <string>
#include <utility>

namespace stillpoint {

// A value. Made only from an authorised call (common/rpc) or by tests.
class Tenant {
 public:
  explicit Tenant(std::string organization) : organization_(std::move(organization)) {}
  // The `{organization}` segment of resource names.
  const std::string& organization() const { return organization_; }
  friend bool operator==(const Tenant&, const Tenant&) = default;

 private:
  std::string organization_;
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_TENANT_H_
