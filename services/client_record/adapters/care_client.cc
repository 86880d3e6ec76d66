#include "services/client_record/adapters/care_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::adapters {
namespace {

namespace pb = ::stillpoint::booking::v1;

// A hold is no visit yet, and what was called off is none.
constexpr pb::Booking::State kVisits[] = {
    pb::Booking::STATE_CONFIRMED, pb::Booking::STATE_CHECKED_IN, pb::Booking::STATE_IN_SESSION,
    pb::Booking::STATE_COMPLETED};

}  // namespace

CareClient::CareClient(rpc::Peer peer, Metrics& metrics)
    : peer_(std::move(peer)),
      metrics_(metrics),
      stub_(pb::BookingService::NewStub(peer_.channel())) {}

absl::StatusOr<bool> CareClient::HasVisit(const Tenant& tenant, const std::string& practitioner,
                                          const std::string& client, Deadline deadline) const {
  const std::string organization = absl::StrCat("organizations/", tenant.organization());
  pb::ListBookingsRequest request;
  request.set_parent(organization);
  request.set_practitioner(absl::StrCat(organization, "/practitioners/", practitioner));
  request.set_client(absl::StrCat(organization, "/clients/", client));
  for (const pb::Booking::State state : kVisits) request.add_states(state);
  request.set_page_size(1);
  pb::ListBookingsResponse response;
  const Deadline whole = deadline.AtMost(kWaitMax);
  const absl::Status status =
      peer_.Call(whole, request, &response, [&](auto* context, const auto& in, auto* out) {
        return stub_->ListBookings(context, in, out);
      });
  metrics_.RecordDependency("booking", status.code(), kWaitMax - whole.Remaining());
  if (!status.ok()) return error::CareUnavailable();
  return response.bookings_size() > 0;
}

}  // namespace stillpoint::client_record::adapters
