// The catalogue between the wire and the domain.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_PROTO_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_PROTO_H_

#include <google/protobuf/field_mask.pb.h>

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/travel.h"
#include "stillpoint/booking/v1/catalog.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

using Fields = std::set<std::string>;

// The fields that an update may change, as the API names them.
absl::Span<const char* const> ClinicFields();
absl::Span<const char* const> RoomFields();
absl::Span<const char* const> DeviceFields();
absl::Span<const char* const> PractitionerFields();
absl::Span<const char* const> OfferingFields();

// The fields that `mask` names, or all of `allowed` if it names none. InvalidArgument
// INVALID_FIELD.
absl::StatusOr<Fields> ReadMask(const google::protobuf::FieldMask& mask,
                                absl::Span<const char* const> allowed);

// Errors: InvalidArgument INVALID_FIELD for what the domain has no value for, such as an unknown
// enum number; others named below. Only `fields` are read. Ids are left to the caller. Lists that
// the domain wants ascending are sorted, and what is there twice is there once.
absl::StatusOr<domain::Clinic> FromProto(const pb::Clinic& clinic, const Fields& fields);
domain::Room FromProto(const pb::Room& room);
domain::Device FromProto(const pb::Device& device);
absl::StatusOr<domain::Practitioner> FromProto(const pb::Practitioner& practitioner);
// REFERENCE_UNKNOWN: a clinic that is not of this organization.
absl::StatusOr<domain::Offering> FromProto(const pb::Offering& offering,
                                           const std::string& organization);
// REFERENCE_UNKNOWN as above.
absl::StatusOr<std::vector<domain::WorkingHours>> FromProto(
    const google::protobuf::RepeatedPtrField<pb::WorkingHours>& hours,
    const std::string& organization);
absl::StatusOr<std::vector<domain::WeeklyHours>> FromProto(
    const google::protobuf::RepeatedPtrField<type::v1::WeeklyRange>& ranges,
    absl::string_view field);
absl::StatusOr<domain::TimeOff> FromProto(const pb::TimeOff& time_off);
absl::StatusOr<absl::CivilDay> FromProto(const type::v1::CivilDate& date, const std::string& field);
// Of the clinic, or of a practitioner if `clinic` is empty. REFERENCE_UNKNOWN as above.
absl::StatusOr<domain::DateOverride> FromProto(const pb::DateOverride& day,
                                               const std::string& organization,
                                               const std::string& clinic);

// REFERENCE_UNKNOWN as above.
absl::StatusOr<std::vector<domain::TravelTime>> FromProto(
    const google::protobuf::RepeatedPtrField<pb::TravelTime>& times,
    const std::string& organization, const std::string& field);

void ToProto(const std::string& organization, const domain::Catalogue& catalogue,
             pb::Organization* out);
void ToProto(const std::string& organization, const domain::Clinic& clinic, pb::Clinic* out);
void ToProto(const std::string& organization, const domain::Room& room, pb::Room* out);
void ToProto(const std::string& organization, const domain::Device& device, pb::Device* out);
void ToProto(const std::string& organization, const domain::Practitioner& practitioner,
             pb::Practitioner* out);
void ToProto(const std::string& organization, const domain::Offering& offering, pb::Offering* out);
void ToProto(const std::string& organization, absl::string_view practitioner,
             const domain::TimeOff& time_off, pb::TimeOff* out);
void ToProto(const domain::Holiday& holiday, pb::Holiday* out);
void ToProto(absl::CivilDay day, type::v1::CivilDate* out);
void ToProto(const std::string& organization, const domain::DateOverride& day,
             pb::DateOverride* out);
void ToProto(const std::string& organization, const domain::BookingPolicy& policy,
             pb::BookingPolicy* out);

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_PROTO_H_
