// Clearance asked of the client_record service.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CLEARANCE_CLIENT_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CLEARANCE_CLIENT_H_

#include <memory>
#include <string>

#include "common/metrics/metrics.h"
#include "common/rpc/client.h"
#include "services/booking/ports/clearance.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint::booking::adapters {

// Thread-safe.
class ClearanceClient final : public ports::Clearance {
 public:
  // A healthy answer takes a few milliseconds; a booking must not wait out its own deadline for
  // one.
  static constexpr absl::Duration kWaitMax = absl::Seconds(3);

  ClearanceClient(rpc::Peer peer, Metrics& metrics);
  absl::StatusOr<ports::ClearanceAnswer> Get(const Tenant& tenant, const std::string& client,
                                             domain::Modality modality, absl::Time at,
                                             Deadline deadline) override;

 private:
  const rpc::Peer peer_;
  Metrics& metrics_;
  const std::unique_ptr<client_record::v1::ScreeningService::Stub> stub_;
};

// Where no record service is configured nothing can be cleared: every question is
// CLEARANCE_UNAVAILABLE.
class NoClearance final : public ports::Clearance {
 public:
  absl::StatusOr<ports::ClearanceAnswer> Get(const Tenant&, const std::string&, domain::Modality,
                                             absl::Time, Deadline) override;
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CLEARANCE_CLIENT_H_
