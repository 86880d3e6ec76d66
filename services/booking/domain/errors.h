// Everything that can go wrong in booking, named for the cause. Callers switch on the reason
// string, so a released reason never changes and is never reused (protos/README.md lists them).
// Names of others and of nobody are both rpc::NotFound().
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_ERRORS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::booking::error {

// NotFound NOT_FOUND: what does not exist and what is another's, worded as rpc::NotFound(), so that
// the two cannot be told apart.
absl::Status NotFound();

// Catalogue. `field` is the path in the request message.

// InvalidArgument HOURS_OVERLAP: the range at `field` meets the one at `other` at some instant.
absl::Status HoursOverlap(absl::string_view field, absl::string_view other);
// InvalidArgument ZONE_UNKNOWN: not in the IANA database.
absl::Status ZoneUnknown(absl::string_view field);
// InvalidArgument HOLIDAY_REGION_UNKNOWN: not one of `known`, a list for people to read.
absl::Status HolidayRegionUnknown(absl::string_view field, absl::string_view known);
// InvalidArgument RANGE_REVERSED: an end not after its start, or a last day before the first.
absl::Status RangeReversed(absl::string_view field);
// InvalidArgument OFF_GRID: a time or length that is not a multiple of five minutes.
absl::Status OffGrid(absl::string_view field);
// InvalidArgument WINDOW_TOO_LONG: a search over more than `days`.
absl::Status WindowTooLong(absl::string_view field, int64_t days);
// InvalidArgument RESULT_TOO_LARGE: more than one answer can hold.
absl::Status ResultTooLarge(absl::string_view field);
// InvalidArgument REFERENCE_UNKNOWN: names a clinic, kind or feature that the catalogue lacks.
absl::Status ReferenceUnknown(absl::string_view field);
// AlreadyExists NAME_TAKEN: something has that id already.
absl::Status NameTaken(absl::string_view field);
// ResourceExhausted CATALOGUE_FULL: as many of that kind as an organization may have.
absl::Status CatalogueFull();
// Aborted ETAG_MISMATCH: changed since it was read; read again, then retry.
absl::Status EtagMismatch();

// Bookings. All FailedPrecondition unless said otherwise: the same call succeeds only after
// something changed.

// SLOT_TAKEN: metadata resource (practitioner, room), resource_name, alternatives (RFC 3339, comma
// separated, may be empty).
absl::Status SlotTaken(absl::string_view resource, absl::string_view resource_name,
                       absl::string_view alternatives);
// OUTSIDE_HOURS: the clinic is closed or the practitioner does not work there then.
absl::Status OutsideHours();
// PRACTITIONER_UNQUALIFIED: lacks the credential on the local date of the visit.
absl::Status PractitionerUnqualified();
// ROOM_UNSUITABLE: another kind, or a feature is missing.
absl::Status RoomUnsuitable();
// DEVICE_UNSUITABLE: the clinic has no device that the offering could take.
absl::Status DeviceUnsuitable();
// OFFERING_UNAVAILABLE: not offered at that clinic.
absl::Status OfferingUnavailable();
// NOTICE_TOO_SHORT, BEYOND_HORIZON: starts before the first or after the last start that offering
// and policy allow. Metadata rule (offering, policy, policy_day_before): which one decides; limit,
// that start (RFC 3339).
absl::Status NoticeTooShort(absl::string_view rule, absl::Time earliest);
absl::Status BeyondHorizon(absl::string_view rule, absl::Time latest);
absl::Status StartInPast();  // START_IN_PAST
absl::Status HoldExpired();  // HOLD_EXPIRED: by the store's clock; take a new hold.
// ResourceExhausted HOLD_QUOTA: the caller has `limit` live holds, as many as it may (metadata
// limit). The first of them runs out after `wait`.
absl::Status HoldQuota(int limit, absl::Duration wait);
// CANCEL_CUTOFF_PASSED, CHANGE_CUTOFF_PASSED: too late for a partner; staff can.
absl::Status CancelCutoffPassed();
absl::Status ChangeCutoffPassed();
// PRACTITIONER_DAY_FULL: whoever is free has as much on that local day as the policy allows.
absl::Status PractitionerDayFull();
// PRACTITIONER_BREAK: whoever is free would be left without the break that the policy keeps.
absl::Status PractitionerBreak();
// PRACTITIONER_TRAVELS: whoever is free would be on the way from or to a visit at another clinic.
absl::Status PractitionerTravels();
// CLIENT_LIMIT: the client has as many visits in that local day or week as the policy allows.
// Metadata per (day, week).
absl::Status ClientLimit(absl::string_view per);
absl::Status FirstVisitConsultation();  // FIRST_VISIT_CONSULTATION: of that client.
absl::Status OffStep();                 // OFF_STEP: a partner asks for what no search offers.
// PermissionDenied OVERRIDE_NOT_ALLOWED: a partner would set rules aside.
absl::Status OverrideNotAllowed();
absl::Status FeeNotDue();                              // FEE_NOT_DUE
absl::Status BookingInState(absl::string_view state);  // BOOKING_STATE: metadata state.
absl::Status CheckInWrongDay();  // CHECK_IN_WRONG_DAY: not the visit's local date at the clinic.
absl::Status NoShowTooEarly();   // NO_SHOW_TOO_EARLY: the visit has not begun.
// `reason` is one of CONTRAINDICATION_ABSOLUTE, CLEARANCE_REQUIRED, CONTRAINDICATION_DEFERRED,
// INTAKE_REQUIRED, ANSWER_MISSING. Metadata rule, rule_version.
absl::Status NotCleared(absl::string_view reason, absl::string_view rule,
                        absl::string_view rule_version);
// Unavailable CLEARANCE_UNAVAILABLE: the client's record cannot be asked, so nothing is booked.
absl::Status ClearanceUnavailable();
// InvalidArgument CURSOR_INVALID: not one that ListEvents returned.
absl::Status CursorInvalid();

}  // namespace stillpoint::booking::error

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_ERRORS_H_
