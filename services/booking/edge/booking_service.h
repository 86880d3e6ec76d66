// BookingService on the wire: authorise, translate, call app, translate back.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_H_

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/booking/app/book_slot.h"
#include "services/booking/app/follow_zones.h"
#include "services/booking/app/list_orphans.h"
#include "services/booking/app/move_booking.h"
#include "services/booking/app/read_bookings.h"
#include "services/booking/app/reschedule_booking.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

// Thread-safe. References must outlive it. Errors are those of booking_service.proto.
class BookingServiceImpl final : public pb::BookingService::CallbackService {
 public:
  BookingServiceImpl(rpc::Edge& edge, app::BookSlot& book, app::MoveBooking& move,
                     app::RescheduleBooking& reschedule, app::ReadBookings& read,
                     app::ListOrphans& orphans, app::FollowZones& follow_zones,
                     const crypto::PageTokens& tokens)
      : edge_(edge),
        book_(book),
        move_(move),
        reschedule_(reschedule),
        read_(read),
        orphans_(orphans),
        follow_zones_(follow_zones),
        tokens_(tokens) {}

  grpc::ServerUnaryReactor* HoldSlot(grpc::CallbackServerContext* context,
                                     const pb::HoldSlotRequest* request,
                                     pb::HoldSlotResponse* response) override;
  grpc::ServerUnaryReactor* CreateBooking(grpc::CallbackServerContext* context,
                                          const pb::CreateBookingRequest* request,
                                          pb::CreateBookingResponse* response) override;
  grpc::ServerUnaryReactor* GetBooking(grpc::CallbackServerContext* context,
                                       const pb::GetBookingRequest* request,
                                       pb::GetBookingResponse* response) override;
  grpc::ServerUnaryReactor* ListBookings(grpc::CallbackServerContext* context,
                                         const pb::ListBookingsRequest* request,
                                         pb::ListBookingsResponse* response) override;
  grpc::ServerUnaryReactor* ListOrphanedBookings(
      grpc::CallbackServerContext* context, const pb::ListOrphanedBookingsRequest* request,
      pb::ListOrphanedBookingsResponse* response) override;
  grpc::ServerUnaryReactor* RescheduleBooking(grpc::CallbackServerContext* context,
                                              const pb::RescheduleBookingRequest* request,
                                              pb::RescheduleBookingResponse* response) override;
  grpc::ServerUnaryReactor* ConfirmBooking(grpc::CallbackServerContext* context,
                                           const pb::ConfirmBookingRequest* request,
                                           pb::ConfirmBookingResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseHold(grpc::CallbackServerContext* context,
                                        const pb::ReleaseHoldRequest* request,
                                        pb::ReleaseHoldResponse* response) override;
  grpc::ServerUnaryReactor* CancelBooking(grpc::CallbackServerContext* context,
                                          const pb::CancelBookingRequest* request,
                                          pb::CancelBookingResponse* response) override;
  grpc::ServerUnaryReactor* CheckInBooking(grpc::CallbackServerContext* context,
                                           const pb::CheckInBookingRequest* request,
                                           pb::CheckInBookingResponse* response) override;
  grpc::ServerUnaryReactor* StartBooking(grpc::CallbackServerContext* context,
                                         const pb::StartBookingRequest* request,
                                         pb::StartBookingResponse* response) override;
  grpc::ServerUnaryReactor* CompleteBooking(grpc::CallbackServerContext* context,
                                            const pb::CompleteBookingRequest* request,
                                            pb::CompleteBookingResponse* response) override;
  grpc::ServerUnaryReactor* MarkNoShow(grpc::CallbackServerContext* context,
                                       const pb::MarkNoShowRequest* request,
                                       pb::MarkNoShowResponse* response) override;
  grpc::ServerUnaryReactor* WaiveFee(grpc::CallbackServerContext* context,
                                     const pb::WaiveFeeRequest* request,
                                     pb::WaiveFeeResponse* response) override;
  grpc::ServerUnaryReactor* FollowZoneData(grpc::CallbackServerContext* context,
                                           const pb::FollowZoneDataRequest* request,
                                           pb::FollowZoneDataResponse* response) override;

 private:
  // The eight verbs that differ in nothing but the move.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Move(grpc::CallbackServerContext* context, absl::string_view method,
                                 const Request* request, Response* response,
                                 domain::BookingMove move);

  rpc::Edge& edge_;
  app::BookSlot& book_;
  app::MoveBooking& move_;
  app::RescheduleBooking& reschedule_;
  app::ReadBookings& read_;
  app::ListOrphans& orphans_;
  app::FollowZones& follow_zones_;
  const crypto::PageTokens& tokens_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_H_
