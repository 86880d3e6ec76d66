// One organization's catalogue as plain values: who works where and when, which rooms and devices
// there are, and what can be booked. A snapshot never changes; a change to the catalogue makes a
// new version.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/booking/domain/holidays.h"
#include "services/booking/domain/policy.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::domain {

// All booking times and lengths are whole multiples of this: it is the cell of the availability
// bitmaps, and every zone's offset since 1972 is a multiple of it.
inline constexpr int kGridMinutes = 5;

// Numbers as in stillpoint.type.v1.Modality.
enum class Modality {
  kUnspecified = 0,
  kCraniosacral = 1,
  kSacral = 2,
  kSwedish = 3,
  kDeepTissue = 4,
  kCombined = 5,
  kConsultation = 6,
  kInfantCraniosacral = 7,
};

// Numbers as in stillpoint.booking.v1.Style.
enum class Style { kUnspecified = 0, kBiomechanical = 1, kBiodynamic = 2, kIntegrated = 3 };

// Numbers as in stillpoint.booking.v1.Gender.
enum class Gender { kUnspecified = 0, kFemale = 1, kMale = 2, kNonBinary = 3 };

// Numbers as in stillpoint.booking.v1.TimeOffReason.
enum class TimeOffReason {
  kUnspecified = 0,
  kVacation = 1,
  kIllness = 2,
  kTraining = 3,
  kOther = 4
};

// Which of its weekdays a range takes: all, or those of one of the two patterns.
struct Weeks {
  int every = 1;            // Every n-th week (Monday to Sunday) from that of `anchor`; 1: each.
  absl::CivilDay anchor{};  // Any date of a week that counts, before or after; for `every` > 1.
  int of_month = 0;  // 1..5: the first to fifth such weekday of its month, kLastOfMonth, 0: any.
  friend bool operator==(const Weeks&, const Weeks&) = default;
};
inline constexpr int kLastOfMonth = -1;

// A part of weeks in a clinic's wall time, half-open.
struct WeeklyHours {
  absl::Weekday weekday = absl::Weekday::monday;  // Of the start.
  int start_minute = 0;                           // After local midnight; 0..1435, on the grid.
  int end_minute = 0;  // After start_minute, at most 24 h later; above 1440 is past midnight.
  Weeks weeks{};
  // Local dates on which it may start, both inclusive; absent: no bound.
  std::optional<absl::CivilDay> valid_from{};
  std::optional<absl::CivilDay> valid_until{};
  friend bool operator==(const WeeklyHours&, const WeeklyHours&) = default;

  // True if one begins on that local date.
  bool StartsOn(absl::CivilDay date) const;
};

// When one practitioner works at one clinic.
struct WorkingHours {
  std::string clinic{};
  WeeklyHours week{};
  friend bool operator==(const WorkingHours&, const WorkingHours&) = default;
};

// A part of one local date, half-open; bounds as in WeeklyHours.
struct DayRange {
  int start_minute = 0;
  int end_minute = 0;
  friend bool operator==(const DayRange&, const DayRange&) = default;
};

// Numbers as in stillpoint.booking.v1.DateOverride.Kind.
enum class OverrideKind { kUnspecified = 0, kOtherHours = 1, kExtraHours = 2, kClosed = 3 };

// What one local date has instead of the weekly hours that start on it, or beside them.
struct DateOverride {
  absl::CivilDay date{};
  std::string clinic{};  // Where, for a practitioner's; a clinic's own has its id.
  OverrideKind kind = OverrideKind::kClosed;
  std::vector<DayRange> ranges{};  // By start, disjoint; none exactly when closed.
  friend bool operator==(const DateOverride&, const DateOverride&) = default;
};

// A licence or certificate. `kind` is a code ("cst-1", "rmt") that offerings ask for.
struct Credential {
  std::string kind{};
  std::string issuer{};
  std::string number{};
  // Local dates at the clinic of the visit, both inclusive; absent: no bound.
  std::optional<absl::CivilDay> valid_from{};
  std::optional<absl::CivilDay> valid_until{};
  friend bool operator==(const Credential&, const Credential&) = default;
};

// Instants at which a practitioner does not work although the weekly hours say so. Half-open.
struct TimeOff {
  std::string id{};
  absl::Time start{};
  absl::Time end{};
  TimeOffReason reason = TimeOffReason::kOther;
  friend bool operator==(const TimeOff&, const TimeOff&) = default;
};

// `revision` of each of these starts at 1 and rises with every change of it.
inline std::string EtagOf(int64_t revision) { return absl::StrCat("r", revision); }

struct Clinic {
  std::string id{};
  std::string display_name{};
  std::string address{};
  std::string zone_name{};                    // IANA.
  absl::TimeZone zone{};                      // Loaded from zone_name.
  std::vector<WeeklyHours> opening_hours{};   // Empty: closed. By weekday and start; disjoint.
  std::vector<DateOverride> overrides{};      // By date, one for each.
  std::string holiday_region{};               // Empty: no date is a public holiday.
  const HolidayCalendar* holidays = nullptr;  // Of holiday_region; null if that is empty.
  int64_t revision = 1;
};

struct Room {
  std::string id{};  // Unique within its clinic.
  std::string clinic{};
  std::string display_name{};
  std::string kind{};                   // A code: "treatment", "quiet", "double".
  std::vector<std::string> features{};  // Codes, ascending: "hydraulic-table".
  int turnover_minutes = 0;  // After each visit. Offerings' buffers do not occupy the room.
  int64_t revision = 1;

  ResourceId resource() const { return RoomResource(clinic, id); }
};

// What is carried to where it is needed: in use by one visit at a time, in whatever room.
struct Device {
  std::string id{};  // Unique within its clinic.
  std::string clinic{};
  std::string display_name{};
  std::string kind{};                   // A code: "ultrasound".
  std::vector<std::string> features{};  // Codes, ascending: "deep-head".
  int turnover_minutes = 0;             // After each visit, for cleaning and charging.
  bool archived = false;                // Not for new visits; those that have it keep it.
  int64_t revision = 1;

  ResourceId resource() const { return DeviceResource(clinic, id); }
};

struct Practitioner {
  std::string id{};
  std::string display_name{};
  std::vector<Style> styles{};           // Ascending.
  std::vector<std::string> languages{};  // BCP 47, ascending: "en", "fr-CA".
  Gender gender = Gender::kUnspecified;
  std::vector<Credential> credentials{};
  std::vector<WorkingHours> hours{};      // At all clinics; no two of them meet at any instant.
  std::vector<DateOverride> overrides{};  // By date and clinic, one for each pair.
  std::vector<TimeOff> time_off{};        // By start; may overlap.
  int64_t revision = 1;

  ResourceId resource() const { return PractitionerResource(id); }
  // True if a credential of `kind` holds on that local date, or `kind` is empty.
  bool HasCredential(absl::string_view kind, absl::CivilDay on) const;
  // Has weekly hours there, or hours on some date.
  bool WorksAt(absl::string_view clinic) const;
};

struct Offering {
  std::string id{};
  std::string display_name{};
  Modality modality = Modality::kUnspecified;
  std::vector<int> variants{};    // Lengths in minutes, ascending, at least one.
  int buffer_before_minutes = 0;  // Occupies the practitioner alone, is not the client's time.
  int buffer_after_minutes = 0;
  int step_minutes = 0;           // Between candidate starts, from the start of the opening.
  std::string credential_kind{};  // Needed on the date of the visit; empty: none.
  std::string room_kind{};        // Needed; empty: any kind.
  std::vector<std::string> room_features{};    // All needed; ascending.
  std::string device_kind{};                   // Needed; empty: any kind, if features are needed.
  std::vector<std::string> device_features{};  // All needed, of one device; ascending.
  int notice_minutes = 0;                      // Earliest start is now + notice; elapsed time.
  int horizon_days = 0;                        // Latest start is now + horizon; in days of 24 h.
  int64_t price_cents = 0;                     // Hundredths of `currency`.
  std::string currency{};                      // ISO 4217.
  bool online_bookable = false;                // Whether partners may book it.
  std::vector<std::string> clinics{};          // Where it is offered, ascending; empty: at all.
  int64_t revision = 1;

  bool HasVariant(int minutes) const;
  bool IsOfferedAt(absl::string_view clinic) const;
  // A visit takes a device: without kind and features it takes none.
  bool NeedsDevice() const { return !device_kind.empty() || !device_features.empty(); }
  // Kind and features fit. That a device is archived is another matter (domain/rooms.h).
  bool Suits(const Room& room) const;
  bool Suits(const Device& device) const;
};

// The ways from one clinic: minutes, on the grid, by the clinic at the other end. None to those in
// the same place or of which nothing is known.
using Ways = std::map<std::string, int>;
// By the clinic where they start. Each way is there twice, once from each end.
using TravelTimes = std::map<std::string, Ways>;

// A value; lookups return null for what is unknown. Pointers live as long as the snapshot.
struct Catalogue {
  std::string organization{};
  std::string display_name{};
  int64_t version = 0;   // Of the whole catalogue; every change of any part raises it.
  int64_t revision = 1;  // Of the organization's own fields.
  std::map<std::string, Clinic> clinics{};
  std::map<ResourceId, Room> rooms{};      // By Room::resource(), so one clinic's are neighbours.
  std::map<ResourceId, Device> devices{};  // Likewise.
  std::map<std::string, Practitioner> practitioners{};
  std::map<std::string, Offering> offerings{};
  std::map<std::string, PolicyVersions> policies{};  // By clinic; "": the organization's own.
  TravelTimes travel{};

  const Clinic* FindClinic(absl::string_view id) const;
  const Room* FindRoom(absl::string_view clinic, absl::string_view id) const;
  const Room* FindRoom(const ResourceId& resource) const;
  const Device* FindDevice(absl::string_view clinic, absl::string_view id) const;
  const Device* FindDevice(const ResourceId& resource) const;
  const Practitioner* FindPractitioner(absl::string_view id) const;
  const Offering* FindOffering(absl::string_view id) const;
  // What counts at `now` for visits at `clinic`: the clinic's own, as a whole, or the
  // organization's; null: nothing does.
  const BookingPolicy* PolicyAt(absl::string_view clinic, absl::Time now) const;
  BufferPolicy BuffersAt(absl::string_view clinic, absl::Time now) const;
  // Whether there is or will be a limit on the days of practitioners, or on the visits of clients,
  // at any clinic: only then what it counts needs to be known.
  bool limits_days() const;
  bool keeps_breaks() const;    // The same for breaks of practitioners.
  bool limits_clients() const;  // Or asks for a consultation first.
  bool has_leads()
      const;  // Whether bookings may have been or will be made under BufferPolicy::kMax.
  const BookingPolicy* FindPolicy(absl::string_view clinic, int64_t number) const;
  // Null: there are none.
  const Ways* WaysFrom(absl::string_view clinic) const;
  // In id order.
  std::vector<const Room*> RoomsAt(absl::string_view clinic) const;
  std::vector<const Device*> DevicesAt(absl::string_view clinic) const;
};

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_CATALOGUE_H_
