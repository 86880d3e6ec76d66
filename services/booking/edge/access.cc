#include "services/booking/edge/access.h"

namespace stillpoint::booking::edge {
namespace {

using rpc::Only;
using rpc::Role;
using rpc::RoleSet;

// The catalogue is public to everybody who may search it.
constexpr RoleSet kReaders = Role::kOperator | Role::kOwner | Role::kFrontDesk |
                             Role::kPractitioner | Role::kAuditor | Role::kPartner | Role::kService;
// An operator sets an organization up; afterwards its owner keeps it.
constexpr RoleSet kManagers = Role::kOperator | Role::kOwner;
// When somebody is away, and why, stays in the house.
constexpr RoleSet kStaff = kManagers | Role::kFrontDesk | Role::kPractitioner;
// Who books for clients; an operator brings an organization's bookings along when it moves in.
constexpr RoleSet kBookers = kManagers | Role::kFrontDesk | Role::kPartner;

}  // namespace

std::vector<rpc::MethodAccess> AccessTable() {
  return {
      {"AvailabilityService.SearchSlots", kReaders},
      {"AvailabilityService.ListFreeTimes", kReaders},
      {"AvailabilityService.FindNextSlots", kReaders},
      // Names bookings and says when somebody is away.
      {"AvailabilityService.ExplainSlot", kStaff},
      {"BookingService.HoldSlot", kBookers},
      {"BookingService.ConfirmBooking", kBookers},
      {"BookingService.ReleaseHold", kBookers},
      {"BookingService.CreateBooking", kBookers},
      {"BookingService.RescheduleBooking", kBookers},
      {"BookingService.CancelBooking", kBookers},
      {"BookingService.GetBooking", kReaders},
      // A partner knows its own bookings by name; the whole list is the house's.
      {"BookingService.ListBookings", kStaff | Role::kAuditor | Role::kService},
      {"BookingService.CheckInBooking", kStaff},
      {"BookingService.StartBooking", kStaff},
      {"BookingService.CompleteBooking", kStaff},
      {"BookingService.MarkNoShow", kStaff},
      // Gives money away: not for those who book online, nor for those who treat.
      {"BookingService.WaiveFee", kManagers | Role::kFrontDesk},
      {"CatalogService.CreateOrganization", Only(Role::kOperator)},
      {"CatalogService.GetOrganization", kReaders},
      {"CatalogService.CreateClinic", kManagers},
      {"CatalogService.GetClinic", kReaders},
      {"CatalogService.ListClinics", kReaders},
      {"CatalogService.UpdateClinic", kManagers},
      {"CatalogService.SetOpeningHours", kManagers},
      {"CatalogService.CreateRoom", kManagers},
      {"CatalogService.GetRoom", kReaders},
      {"CatalogService.ListRooms", kReaders},
      {"CatalogService.UpdateRoom", kManagers},
      {"CatalogService.CreatePractitioner", kManagers},
      {"CatalogService.GetPractitioner", kReaders},
      {"CatalogService.ListPractitioners", kReaders},
      {"CatalogService.UpdatePractitioner", kManagers},
      {"CatalogService.SetWorkingHours", kManagers},
      {"CatalogService.AddTimeOff", kManagers | Role::kFrontDesk},
      {"CatalogService.RemoveTimeOff", kManagers | Role::kFrontDesk},
      {"CatalogService.ListTimeOff", kStaff},
      {"CatalogService.SetDateOverride", kManagers | Role::kFrontDesk},
      {"CatalogService.RemoveDateOverride", kManagers | Role::kFrontDesk},
      {"CatalogService.ListDateOverrides", kReaders},
      {"CatalogService.ListHolidays", kReaders},
      {"CatalogService.CreateOffering", kManagers},
      {"CatalogService.GetOffering", kReaders},
      {"CatalogService.ListOfferings", kReaders},
      {"CatalogService.UpdateOffering", kManagers},
      {"CatalogService.SetBookingPolicy", kManagers},
      {"CatalogService.GetBookingPolicy", kReaders},
      {"CatalogService.ListBookingPolicies", kReaders},
      // Every organization's events: for the services that follow them.
      {"EventService.ListEvents", Only(Role::kService)},
  };
}

}  // namespace stillpoint::booking::edge
