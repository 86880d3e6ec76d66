#include "services/booking/edge/access.h"

namespace stillpoint::booking::edge {
namespace {

using rpc::Grants;
using rpc::Only;
using rpc::Own;
using rpc::OwnClinics;
using rpc::Role;
using rpc::RoleSet;

// The catalogue is public to everybody who may search it.
constexpr Grants kReaders = Role::kOperator | Role::kOwner | Role::kManager | Role::kFrontDesk |
                            Role::kPractitioner | Role::kAuditor | Role::kPartner |
                            Role::kClientProxy | Role::kService;
// An operator sets an organization up; afterwards its owner keeps it.
constexpr RoleSet kKeepers = Role::kOperator | Role::kOwner;
// What belongs to a clinic is kept by its manager too. Who works in several clinics answers to
// those who reach all of them.
constexpr Grants kManagers = kKeepers | OwnClinics(Only(Role::kManager));
constexpr Grants kDesk = kKeepers | OwnClinics(Role::kManager | Role::kFrontDesk);
// When somebody is away, and why, stays in the house.
constexpr Grants kStaff = kKeepers | Role::kManager | Role::kFrontDesk | Role::kPractitioner;
// Whoever treats, too, sees and moves bookings: their own.
constexpr Grants kMovers = kDesk | Own(Only(Role::kPractitioner));
// Who books for clients; an operator brings an organization's bookings along when it moves in. A
// partner knows its bookings by name; a client proxy has its one client's.
constexpr Grants kBookers = kDesk | Only(Role::kPartner) | Own(Only(Role::kClientProxy));
constexpr Grants kChangers = kBookers | Own(Only(Role::kPractitioner));

}  // namespace

std::vector<rpc::MethodAccess> AccessTable() {
  return {
      {"AvailabilityService.SearchSlots", kReaders},
      {"AvailabilityService.ListFreeTimes", kReaders},
      {"AvailabilityService.FindNextSlots", kReaders},
      // Names bookings and says when somebody is away.
      {"AvailabilityService.ExplainSlot", kMovers},
      {"BookingService.HoldSlot", kBookers},
      {"BookingService.ConfirmBooking", kBookers},
      {"BookingService.ReleaseHold", kBookers},
      {"BookingService.CreateBooking", kBookers},
      {"BookingService.RescheduleBooking", kChangers},
      {"BookingService.CancelBooking", kChangers},
      {"BookingService.GetBooking", kChangers | (Role::kAuditor | Role::kService)},
      // A partner knows its own bookings by name; the whole list is the house's.
      {"BookingService.ListBookings",
       kMovers | (Role::kAuditor | Role::kService) | Own(Only(Role::kClientProxy))},
      // Whom somebody has to call; the house tells its clients and partners itself.
      {"BookingService.ListOrphanedBookings", kMovers | (Role::kAuditor | Role::kService)},
      {"BookingService.CheckInBooking", kMovers},
      {"BookingService.StartBooking", kMovers},
      {"BookingService.CompleteBooking", kMovers},
      {"BookingService.MarkNoShow", kMovers},
      // Gives money away: not for those who book online, nor for those who treat.
      {"BookingService.WaiveFee", kDesk},
      // Moves bookings of all clinics, and asks nobody.
      {"BookingService.FollowZoneData", kKeepers},
      {"CatalogService.CreateOrganization", Only(Role::kOperator)},
      {"CatalogService.GetOrganization", kReaders},
      // Between clinics: for those who reach all of them.
      {"CatalogService.SetTravelTimes", kKeepers},
      {"CatalogService.CreateClinic", kKeepers},
      {"CatalogService.GetClinic", kReaders},
      {"CatalogService.ListClinics", kReaders},
      {"CatalogService.UpdateClinic", kManagers},
      {"CatalogService.SetOpeningHours", kManagers},
      {"CatalogService.CreateRoom", kManagers},
      {"CatalogService.GetRoom", kReaders},
      {"CatalogService.ListRooms", kReaders},
      {"CatalogService.UpdateRoom", kManagers},
      {"CatalogService.CreateDevice", kManagers},
      {"CatalogService.GetDevice", kReaders},
      {"CatalogService.ListDevices", kReaders},
      {"CatalogService.UpdateDevice", kManagers},
      {"CatalogService.CreatePractitioner", kKeepers},
      {"CatalogService.GetPractitioner", kReaders},
      {"CatalogService.ListPractitioners", kReaders},
      // Credentials decide who may treat: kept by the owner.
      {"CatalogService.UpdatePractitioner", kKeepers},
      {"CatalogService.SetWorkingHours", kManagers},
      {"CatalogService.AddTimeOff", kDesk},
      {"CatalogService.RemoveTimeOff", kDesk},
      {"CatalogService.ListTimeOff", kStaff},
      {"CatalogService.SetDateOverride", kDesk},
      {"CatalogService.RemoveDateOverride", kDesk},
      {"CatalogService.ListDateOverrides", kReaders},
      {"CatalogService.ListHolidays", kReaders},
      {"CatalogService.CreateOffering", kKeepers},
      {"CatalogService.GetOffering", kReaders},
      {"CatalogService.ListOfferings", kReaders},
      {"CatalogService.UpdateOffering", kKeepers},
      {"CatalogService.SetBookingPolicy", kManagers},
      {"CatalogService.GetBookingPolicy", kReaders},
      {"CatalogService.ListBookingPolicies", kReaders},
      // Every organization's events: for the services that follow them.
      {"EventService.ListEvents", Only(Role::kService)},
  };
}

}  // namespace stillpoint::booking::edge
