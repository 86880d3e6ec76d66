// CatalogService on the wire: authorise, translate, call app, translate back.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_H_

#include "common/base/ids.h"
#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/booking/app/catalogue_changes.h"
#include "services/booking/app/edit_clinics.h"
#include "services/booking/app/edit_offerings.h"
#include "services/booking/app/edit_organization.h"
#include "services/booking/app/edit_policies.h"
#include "services/booking/app/edit_practitioners.h"
#include "services/booking/app/read_catalogue.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

// Thread-safe. References must outlive it.
class CatalogServiceImpl final : public pb::CatalogService::CallbackService {
 public:
  CatalogServiceImpl(rpc::Edge& edge, app::ReadCatalogue& read, app::CatalogueChanges& changes,
                     IdSource& ids, const crypto::PageTokens& tokens)
      : edge_(edge),
        read_(read),
        changes_(changes),
        tokens_(tokens),
        clinics_(changes, ids),
        rooms_(changes, ids),
        devices_(changes, ids),
        practitioners_(changes, ids),
        offerings_(changes, ids),
        policies_(changes),
        organizations_(changes) {}

  // What changes the catalogue: catalog_service_change.cc.
  grpc::ServerUnaryReactor* CreateOrganization(grpc::CallbackServerContext* context,
                                               const pb::CreateOrganizationRequest* request,
                                               pb::CreateOrganizationResponse* response) override;
  grpc::ServerUnaryReactor* SetTravelTimes(grpc::CallbackServerContext* context,
                                           const pb::SetTravelTimesRequest* request,
                                           pb::SetTravelTimesResponse* response) override;
  grpc::ServerUnaryReactor* CreateClinic(grpc::CallbackServerContext* context,
                                         const pb::CreateClinicRequest* request,
                                         pb::CreateClinicResponse* response) override;
  grpc::ServerUnaryReactor* UpdateClinic(grpc::CallbackServerContext* context,
                                         const pb::UpdateClinicRequest* request,
                                         pb::UpdateClinicResponse* response) override;
  grpc::ServerUnaryReactor* SetOpeningHours(grpc::CallbackServerContext* context,
                                            const pb::SetOpeningHoursRequest* request,
                                            pb::SetOpeningHoursResponse* response) override;
  grpc::ServerUnaryReactor* CreateRoom(grpc::CallbackServerContext* context,
                                       const pb::CreateRoomRequest* request,
                                       pb::CreateRoomResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRoom(grpc::CallbackServerContext* context,
                                       const pb::UpdateRoomRequest* request,
                                       pb::UpdateRoomResponse* response) override;
  grpc::ServerUnaryReactor* CreatePractitioner(grpc::CallbackServerContext* context,
                                               const pb::CreatePractitionerRequest* request,
                                               pb::CreatePractitionerResponse* response) override;
  grpc::ServerUnaryReactor* UpdatePractitioner(grpc::CallbackServerContext* context,
                                               const pb::UpdatePractitionerRequest* request,
                                               pb::UpdatePractitionerResponse* response) override;
  grpc::ServerUnaryReactor* SetWorkingHours(grpc::CallbackServerContext* context,
                                            const pb::SetWorkingHoursRequest* request,
                                            pb::SetWorkingHoursResponse* response) override;
  grpc::ServerUnaryReactor* AddTimeOff(grpc::CallbackServerContext* context,
                                       const pb::AddTimeOffRequest* request,
                                       pb::AddTimeOffResponse* response) override;
  grpc::ServerUnaryReactor* RemoveTimeOff(grpc::CallbackServerContext* context,
                                          const pb::RemoveTimeOffRequest* request,
                                          pb::RemoveTimeOffResponse* response) override;
  grpc::ServerUnaryReactor* CreateOffering(grpc::CallbackServerContext* context,
                                           const pb::CreateOfferingRequest* request,
                                           pb::CreateOfferingResponse* response) override;
  grpc::ServerUnaryReactor* UpdateOffering(grpc::CallbackServerContext* context,
                                           const pb::UpdateOfferingRequest* request,
                                           pb::UpdateOfferingResponse* response) override;

  // What reads it: catalog_service_read.cc.
  grpc::ServerUnaryReactor* GetOrganization(grpc::CallbackServerContext* context,
                                            const pb::GetOrganizationRequest* request,
                                            pb::GetOrganizationResponse* response) override;
  grpc::ServerUnaryReactor* GetClinic(grpc::CallbackServerContext* context,
                                      const pb::GetClinicRequest* request,
                                      pb::GetClinicResponse* response) override;
  grpc::ServerUnaryReactor* ListClinics(grpc::CallbackServerContext* context,
                                        const pb::ListClinicsRequest* request,
                                        pb::ListClinicsResponse* response) override;
  grpc::ServerUnaryReactor* GetRoom(grpc::CallbackServerContext* context,
                                    const pb::GetRoomRequest* request,
                                    pb::GetRoomResponse* response) override;
  grpc::ServerUnaryReactor* ListRooms(grpc::CallbackServerContext* context,
                                      const pb::ListRoomsRequest* request,
                                      pb::ListRoomsResponse* response) override;
  grpc::ServerUnaryReactor* GetPractitioner(grpc::CallbackServerContext* context,
                                            const pb::GetPractitionerRequest* request,
                                            pb::GetPractitionerResponse* response) override;
  grpc::ServerUnaryReactor* ListPractitioners(grpc::CallbackServerContext* context,
                                              const pb::ListPractitionersRequest* request,
                                              pb::ListPractitionersResponse* response) override;
  grpc::ServerUnaryReactor* ListTimeOff(grpc::CallbackServerContext* context,
                                        const pb::ListTimeOffRequest* request,
                                        pb::ListTimeOffResponse* response) override;
  grpc::ServerUnaryReactor* GetOffering(grpc::CallbackServerContext* context,
                                        const pb::GetOfferingRequest* request,
                                        pb::GetOfferingResponse* response) override;
  grpc::ServerUnaryReactor* ListOfferings(grpc::CallbackServerContext* context,
                                          const pb::ListOfferingsRequest* request,
                                          pb::ListOfferingsResponse* response) override;

  // What is said of single dates: catalog_service_dates.cc.
  grpc::ServerUnaryReactor* SetDateOverride(grpc::CallbackServerContext* context,
                                            const pb::SetDateOverrideRequest* request,
                                            pb::SetDateOverrideResponse* response) override;
  grpc::ServerUnaryReactor* RemoveDateOverride(grpc::CallbackServerContext* context,
                                               const pb::RemoveDateOverrideRequest* request,
                                               pb::RemoveDateOverrideResponse* response) override;
  grpc::ServerUnaryReactor* ListDateOverrides(grpc::CallbackServerContext* context,
                                              const pb::ListDateOverridesRequest* request,
                                              pb::ListDateOverridesResponse* response) override;
  grpc::ServerUnaryReactor* ListHolidays(grpc::CallbackServerContext* context,
                                         const pb::ListHolidaysRequest* request,
                                         pb::ListHolidaysResponse* response) override;

  // What is said of devices: catalog_service_devices.cc.
  grpc::ServerUnaryReactor* CreateDevice(grpc::CallbackServerContext* context,
                                         const pb::CreateDeviceRequest* request,
                                         pb::CreateDeviceResponse* response) override;
  grpc::ServerUnaryReactor* GetDevice(grpc::CallbackServerContext* context,
                                      const pb::GetDeviceRequest* request,
                                      pb::GetDeviceResponse* response) override;
  grpc::ServerUnaryReactor* ListDevices(grpc::CallbackServerContext* context,
                                        const pb::ListDevicesRequest* request,
                                        pb::ListDevicesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateDevice(grpc::CallbackServerContext* context,
                                         const pb::UpdateDeviceRequest* request,
                                         pb::UpdateDeviceResponse* response) override;

  // What is said of policies: catalog_service_policies.cc.
  grpc::ServerUnaryReactor* SetBookingPolicy(grpc::CallbackServerContext* context,
                                             const pb::SetBookingPolicyRequest* request,
                                             pb::SetBookingPolicyResponse* response) override;
  grpc::ServerUnaryReactor* GetBookingPolicy(grpc::CallbackServerContext* context,
                                             const pb::GetBookingPolicyRequest* request,
                                             pb::GetBookingPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ListBookingPolicies(grpc::CallbackServerContext* context,
                                                const pb::ListBookingPoliciesRequest* request,
                                                pb::ListBookingPoliciesResponse* response) override;

 private:
  rpc::Edge& edge_;
  app::ReadCatalogue& read_;
  app::CatalogueChanges& changes_;
  const crypto::PageTokens& tokens_;
  app::EditClinics clinics_;
  app::EditRooms rooms_;
  app::EditDevices devices_;
  app::EditPractitioners practitioners_;
  app::EditOfferings offerings_;
  app::EditPolicies policies_;
  app::EditOrganization organizations_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_H_
