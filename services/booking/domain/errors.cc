#include "services/booking/domain/errors.h"

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::booking::error {
namespace {

absl::Status BadField(absl::string_view reason, absl::string_view field,
                      absl::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, reason, absl::StrCat(field, ": ", description))
      .Field(field, description);
}

Error Refused(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

// The times that a slot may have are not these.
Error BadStart(absl::string_view reason, absl::string_view message) {
  return Refused(reason, message).Field("slot.start_time", message);
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

}  // namespace

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

absl::Status HoursOverlap(absl::string_view field, absl::string_view other) {
  return BadField("HOURS_OVERLAP", field, absl::StrCat("overlaps ", other));
}

absl::Status ZoneUnknown(absl::string_view field) {
  return BadField("ZONE_UNKNOWN", field, "not a zone of the IANA time zone database");
}

absl::Status HolidayRegionUnknown(absl::string_view field, absl::string_view known) {
  return BadField("HOLIDAY_REGION_UNKNOWN", field,
                  absl::StrCat("there are calendars for ", known, "; none: leave it empty"));
}

absl::Status RangeReversed(absl::string_view field) {
  return BadField("RANGE_REVERSED", field, "the end must be after the start");
}

absl::Status OffGrid(absl::string_view field) {
  return BadField("OFF_GRID", field, "must be a multiple of 5 minutes");
}

absl::Status WindowTooLong(absl::string_view field, int64_t days) {
  return BadField("WINDOW_TOO_LONG", field,
                  absl::StrCat("a search covers at most ", days, " days"));
}

absl::Status ResultTooLarge(absl::string_view field) {
  return BadField("RESULT_TOO_LARGE", field, "narrow the window or the filter");
}

absl::Status ReferenceUnknown(absl::string_view field) {
  return BadField("REFERENCE_UNKNOWN", field, "names something that the catalogue does not have");
}

absl::Status NameTaken(absl::string_view field) {
  return Error(absl::StatusCode::kAlreadyExists, "NAME_TAKEN", "that id is taken")
      .Field(field, "taken");
}

absl::Status CatalogueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "CATALOGUE_FULL",
               "the organization has as many of these as it may have");
}

absl::Status EtagMismatch() {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               "changed since it was read; read it again, then retry");
}

absl::Status SlotTaken(absl::string_view resource, absl::string_view resource_name,
                       absl::string_view alternatives) {
  return Refused("SLOT_TAKEN", absl::StrCat("the ", resource, " is taken at that time"))
      .With("resource", resource)
      .With("resource_name", resource_name)
      .With("alternatives", alternatives);
}

absl::Status OutsideHours() {
  return BadStart("OUTSIDE_HOURS", "the clinic is closed or the practitioner does not work then");
}

absl::Status PractitionerUnqualified() {
  return Refused("PRACTITIONER_UNQUALIFIED",
                 "nobody asked for holds the needed credential on that date");
}

absl::Status RoomUnsuitable() {
  return Refused("ROOM_UNSUITABLE", "the room lacks the kind or a feature that the offering needs");
}

absl::Status DeviceUnsuitable() {
  return Refused(
      "DEVICE_UNSUITABLE",
      "the clinic has no device of the kind and with the features that the offering needs");
}

absl::Status OfferingUnavailable() {
  return Refused("OFFERING_UNAVAILABLE", "not offered at that clinic");
}

absl::Status NoticeTooShort(absl::string_view rule, absl::Time earliest) {
  return BadStart("NOTICE_TOO_SHORT", "starts sooner than the notice allows")
      .With("rule", rule)
      .With("limit", Rfc3339(earliest));
}

absl::Status BeyondHorizon(absl::string_view rule, absl::Time latest) {
  return BadStart("BEYOND_HORIZON", "starts later than the horizon allows")
      .With("rule", rule)
      .With("limit", Rfc3339(latest));
}

absl::Status CancelCutoffPassed() {
  return Refused("CANCEL_CUTOFF_PASSED", "too late to call it off online; the clinic can");
}

absl::Status ChangeCutoffPassed() {
  return Refused("CHANGE_CUTOFF_PASSED", "too late to move it online; the clinic can");
}

absl::Status PractitionerTravels() {
  return BadStart("PRACTITIONER_TRAVELS",
                  "the practitioner cannot come from or get to another clinic in time");
}

absl::Status PractitionerDayFull() {
  return BadStart("PRACTITIONER_DAY_FULL",
                  "the practitioner has as much on that day as the policy allows");
}

absl::Status PractitionerBreak() {
  return BadStart("PRACTITIONER_BREAK", "the practitioner would be left without a break");
}

absl::Status ClientLimit(absl::string_view per) {
  return BadStart("CLIENT_LIMIT", absl::StrCat("the client has as many visits in that ", per,
                                               " as the policy allows"))
      .With("per", per);
}

absl::Status FirstVisitConsultation() {
  return Refused("FIRST_VISIT_CONSULTATION", "the first visit of a client must be a consultation");
}

absl::Status OffStep() { return BadStart("OFF_STEP", "not one of the starts that are offered"); }

absl::Status OverrideNotAllowed() {
  return Error(absl::StatusCode::kPermissionDenied, "OVERRIDE_NOT_ALLOWED",
               "only staff may set rules of the policy aside");
}

absl::Status FeeNotDue() { return Refused("FEE_NOT_DUE", "no fee is due for the booking"); }

absl::Status StartInPast() { return BadStart("START_IN_PAST", "the start has passed"); }

absl::Status HoldExpired() {
  return Refused("HOLD_EXPIRED", "the hold ran out; search again and take a new one")
      .Field("name", "is a hold that ran out");
}

absl::Status HoldQuota(int limit, absl::Duration wait) {
  return Error(absl::StatusCode::kResourceExhausted, "HOLD_QUOTA",
               "confirm or release some of the holds first")
      .With("limit", absl::StrCat(limit))
      .RetryAfter(wait);
}

absl::Status BookingInState(absl::string_view state) {
  return Refused("BOOKING_STATE", absl::StrCat("the booking is ", state)).With("state", state);
}

absl::Status CheckInWrongDay() {
  return Refused("CHECK_IN_WRONG_DAY", "check-in is possible on the local date of the visit only");
}

absl::Status NoShowTooEarly() { return Refused("NO_SHOW_TOO_EARLY", "the visit has not begun"); }

absl::Status NotCleared(absl::string_view reason, absl::string_view rule,
                        absl::string_view rule_version) {
  return Refused(reason, "the client's record does not clear this visit")
      .With("rule", rule)
      .With("rule_version", rule_version);
}

absl::Status ClearanceUnavailable() {
  return Error(absl::StatusCode::kUnavailable, "CLEARANCE_UNAVAILABLE",
               "the client's record cannot be asked for clearance; nothing was booked")
      .RetryAfter(absl::Seconds(1));
}

absl::Status CursorInvalid() {
  return BadField("CURSOR_INVALID", "cursor", "not a cursor that ListEvents returned");
}

}  // namespace stillpoint::booking::error
