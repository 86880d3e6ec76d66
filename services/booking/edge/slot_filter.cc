#include "services/booking/edge/slot_filter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/status.h"
#include "services/booking/app/find_next.h"
#include "services/booking/app/search_slots.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/names.h"

namespace stillpoint::booking::edge {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kDayMinutes = 24 * 60;

// The id at the end of `name`, which must belong to `organization`. What is another's looks like
// what does not exist.
absl::StatusOr<std::string> ReadId(absl::string_view name, absl::string_view pattern,
                                   const std::string& organization, absl::string_view field) {
  std::string owner;
  std::string id;
  RETURN_IF_ERROR(ReadName(name, pattern, field, {&owner, &id}));
  if (owner != organization) return error::ReferenceUnknown(field);
  return id;
}

absl::StatusOr<std::vector<std::string>> ReadIds(
    const google::protobuf::RepeatedPtrField<std::string>& names, absl::string_view pattern,
    const std::string& organization, absl::string_view field) {
  if (names.size() > kFilterNamesMax) {
    return InvalidField(field, absl::StrCat("at most ", kFilterNamesMax));
  }
  std::vector<std::string> ids;
  for (int i = 0; i < names.size(); ++i) {
    ASSIGN_OR_RETURN(std::string id,
                     ReadId(names[i], pattern, organization, absl::StrCat(field, "[", i, "]")));
    ids.push_back(std::move(id));
  }
  return ids;
}

absl::Status ReadWindow(const pb::SlotFilter& filter, absl::Duration longest,
                        domain::SlotQuery& query) {
  const auto& window = filter.window();
  ASSIGN_OR_RETURN(const absl::Time start,
                   rpc::ReadTime(window.has_start_time() ? &window.start_time() : nullptr,
                                 "filter.window.start_time"));
  ASSIGN_OR_RETURN(const absl::Time end,
                   rpc::ReadTime(window.has_end_time() ? &window.end_time() : nullptr,
                                 "filter.window.end_time"));
  query.begin = domain::TickFloor(start);
  query.end = domain::TickFloor(end);
  if (domain::TimeOf(query.begin) != start) return error::OffGrid("filter.window.start_time");
  if (domain::TimeOf(query.end) != end) return error::OffGrid("filter.window.end_time");
  if (start >= end) return error::RangeReversed("filter.window.end_time");
  if (end - start > longest) {
    return error::WindowTooLong("filter.window.end_time", longest / absl::Hours(24));
  }
  return absl::OkStatus();
}

absl::Status ReadLocalTimes(const pb::SlotFilter& filter, domain::SlotQuery& query) {
  query.from_minute = filter.local_from_minute();
  if (query.from_minute < 0 || query.from_minute >= kDayMinutes) {
    return InvalidField("filter.local_from_minute", "must be 0 to 1439");
  }
  if (filter.local_until_minute() < 0 || filter.local_until_minute() > kDayMinutes) {
    return InvalidField("filter.local_until_minute", "must be 0 to 1440");
  }
  if (filter.local_until_minute() != 0) query.until_minute = filter.local_until_minute();
  if (filter.weekdays_size() == 0) return absl::OkStatus();
  if (filter.weekdays_size() > kFilterCodesMax) return InvalidField("filter.weekdays", "too many");
  query.weekdays = 0;
  for (const int weekday : filter.weekdays()) {
    if (weekday < 1 || weekday > 7) return InvalidField("filter.weekdays", "not a day of the week");
    query.weekdays |= 1u << (weekday - 1);
  }
  return absl::OkStatus();
}

absl::Status ReadPerson(const pb::SlotFilter& filter, domain::SlotQuery& query) {
  if (filter.styles_size() > kFilterCodesMax) return InvalidField("filter.styles", "too many");
  for (const int style : filter.styles()) {
    if (style == 0 || !pb::Style_IsValid(style)) {
      return InvalidField("filter.styles", "not a style");
    }
    query.styles.push_back(static_cast<domain::Style>(style));
  }
  if (filter.languages_size() > kFilterCodesMax)
    return InvalidField("filter.languages", "too many");
  query.languages.assign(filter.languages().begin(), filter.languages().end());
  if (!pb::Gender_IsValid(filter.gender())) return InvalidField("filter.gender", "not a gender");
  query.gender = static_cast<domain::Gender>(filter.gender());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadCodes(
    const google::protobuf::RepeatedPtrField<std::string>& codes, absl::string_view field) {
  if (codes.size() > kFilterCodesMax) return InvalidField(field, "too many");
  for (const std::string& code : codes) {
    if (!IsValidId(code)) return InvalidField(field, "not a code");
  }
  return std::vector<std::string>(codes.begin(), codes.end());
}

absl::StatusOr<domain::SlotQuery> ReadAnyFilter(const pb::SlotFilter& filter,
                                                const std::string& organization,
                                                absl::Duration longest) {
  domain::SlotQuery query;
  ASSIGN_OR_RETURN(query.clinics,
                   ReadIds(filter.clinics(), kClinicPattern, organization, "filter.clinics"));
  ASSIGN_OR_RETURN(query.practitioners, ReadIds(filter.practitioners(), kPractitionerPattern,
                                                organization, "filter.practitioners"));
  ASSIGN_OR_RETURN(query.offering,
                   ReadId(filter.offering(), kOfferingPattern, organization, "filter.offering"));
  query.length_minutes = filter.duration_minutes();
  RETURN_IF_ERROR(ReadPerson(filter, query));
  if (!filter.own_booking().empty()) {
    ASSIGN_OR_RETURN(query.own_booking, ReadNameIn(organization, filter.own_booking(),
                                                   kBookingPattern, "filter.own_booking"));
  }
  ASSIGN_OR_RETURN(query.credential_kinds,
                   ReadCodes(filter.credential_kinds(), "filter.credential_kinds"));
  ASSIGN_OR_RETURN(query.room_kinds, ReadCodes(filter.room_kinds(), "filter.room_kinds"));
  ASSIGN_OR_RETURN(query.room_features, ReadCodes(filter.room_features(), "filter.room_features"));
  RETURN_IF_ERROR(ReadWindow(filter, longest, query));
  RETURN_IF_ERROR(ReadLocalTimes(filter, query));
  return query;
}

}  // namespace

absl::StatusOr<domain::SlotQuery> ReadFilter(const pb::SlotFilter& filter,
                                             const std::string& organization) {
  return ReadAnyFilter(filter, organization, app::kWindowMax);
}

absl::StatusOr<domain::SlotQuery> ReadNextFilter(const pb::SlotFilter& filter,
                                                 const std::string& organization, absl::Time now) {
  pb::SlotFilter whole = filter;
  auto& window = *whole.mutable_window();
  if (!window.has_start_time()) {
    *window.mutable_start_time() = rpc::ToProto(domain::TimeOf(domain::TickFloor(now)));
  }
  if (!window.has_end_time()) {
    ASSIGN_OR_RETURN(const absl::Time start,
                     rpc::ReadTime(&window.start_time(), "filter.window.start_time"));
    *window.mutable_end_time() = rpc::ToProto(start + app::kNextWindowMax);
  }
  return ReadAnyFilter(whole, organization, app::kNextWindowMax);
}

}  // namespace stillpoint::booking::edge
