// Care asked of the booking service.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CARE_CLIENT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CARE_CLIENT_H_

#include <memory>
#include <string>

#include "common/metrics/metrics.h"
#include "common/rpc/client.h"
#include "services/client_record/ports/care.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace stillpoint::client_record::adapters {

// Thread-safe.
class CareClient final : public ports::Care {
 public:
  // A healthy answer takes a few milliseconds; a practitioner waits no longer for it.
  static constexpr absl::Duration kWaitMax = absl::Seconds(3);

  CareClient(rpc::Peer peer, Metrics& metrics);
  absl::StatusOr<bool> HasVisit(const Tenant& tenant, const std::string& practitioner,
                                const std::string& client, Deadline deadline) const override;

 private:
  const rpc::Peer peer_;
  Metrics& metrics_;
  const std::unique_ptr<booking::v1::BookingService::Stub> stub_;
};

// Where no booking service is configured a practitioner sees only what the record itself says is
// theirs to see.
class NoCare final : public ports::Care {
 public:
  absl::StatusOr<bool> HasVisit(const Tenant&, const std::string&, const std::string&,
                                Deadline) const override {
    return false;
  }
};

}  // namespace stillpoint::client_record::adapters

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CARE_CLIENT_H_
