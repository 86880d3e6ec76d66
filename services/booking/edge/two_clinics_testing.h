// Two clinics of one organization, for tests of who reaches what: `c` with p1 and the client ana,
// `far` with p2 and the client zoe.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_TWO_CLINICS_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_TWO_CLINICS_TESTING_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/reach_testing.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::edge {

// For rpc::WithEveryRole.
inline std::vector<rpc::Bounds> TwoSides() { return {{"c", "p1", "ana"}, {"far", "p2", "zoe"}}; }

inline std::shared_ptr<const domain::Catalogue> TwoClinics() {
  domain::Catalogue both = app::SmallClinic();
  domain::Clinic& far = both.clinics["far"];
  far = both.clinics["c"];
  far.id = "far";
  domain::Room room;
  room.id = "r9";
  room.clinic = "far";
  room.kind = "treatment";
  both.rooms[room.resource()] = room;
  for (domain::WorkingHours& hours : both.practitioners["p2"].hours) hours.clinic = "far";
  return std::make_shared<const domain::Catalogue>(std::move(both));
}

inline rpc::SideNames NamesOf(const std::string& clinic, const std::string& room,
                              const std::string& practitioner, const std::string& client,
                              const std::string& booking) {
  const std::string o = "organizations/o";
  return {{"clinic", absl::StrCat(o, "/clinics/", clinic)},
          {"room", absl::StrCat(o, "/clinics/", clinic, "/rooms/", room)},
          {"practitioner", absl::StrCat(o, "/practitioners/", practitioner)},
          {"client", absl::StrCat(o, "/clients/", client)},
          {"booking", absl::StrCat(o, "/bookings/", booking)}};
}

// The matrix of those two, each with a booking of that id.
inline rpc::ReachMatrix TwoClinicsMatrix(std::shared_ptr<grpc::Channel> channel,
                                         std::vector<rpc::MethodAccess> table,
                                         const std::string& here, const std::string& there) {
  return {std::move(channel), std::move(table),
          std::array<rpc::SideNames, 2>{NamesOf("c", "r1", "p1", "ana", here),
                                        NamesOf("far", "r9", "p2", "zoe", there)},
          NamesOf("none", "none", "none", "none", "none"),
          [](rpc::Role role, absl::string_view what) {
            if (role == rpc::Role::kPractitioner)
              return what == "practitioner" || what == "booking";
            if (role == rpc::Role::kClientProxy) return what == "client" || what == "booking";
            return what != "client";  // Clients belong to no clinic.
          }};
}

// A visit of an hour in text format, where `whose` is "" for what is in question or "own ".
inline std::string SlotText(const std::string& whose, absl::Time start) {
  return absl::StrCat("slot { clinic: '<", whose, "clinic>' practitioner: '<", whose,
                      "practitioner>' room: '<", whose,
                      "room>' offering: 'organizations/o/offerings/massage' "
                      "duration_minutes: 60 start_time { seconds: ",
                      absl::ToUnixSeconds(start), " } }");
}

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_TWO_CLINICS_TESTING_H_
