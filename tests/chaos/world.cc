#include "tests/chaos/world.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace stillpoint::chaos {
namespace {

int64_t DayNumber(int year, int month, int day) {
  return absl::CivilDay(year, month, day) - absl::CivilDay(1970, 1, 1);
}

// The zones of one place are never more than an hour and a half apart, so that what AnyShifts makes
// never puts one person in two clinics at once.
const std::vector<Place>& Places() {
  static const auto& places = *new std::vector<Place>{
      {{"America/Toronto", "America/Moncton"}, DayNumber(2027, 3, 13)},
      {{"America/Toronto", "America/Moncton"}, DayNumber(2027, 11, 6)},
      {{"America/St_Johns", "America/Halifax"}, DayNumber(2027, 3, 13)},
      {{"America/Havana", "America/Toronto"}, DayNumber(2027, 3, 13)},
      {{"America/Havana", "America/Toronto"}, DayNumber(2027, 11, 6)},
      {{"Australia/Lord_Howe", "Australia/Sydney"}, DayNumber(2027, 4, 3)},
      {{"Australia/Lord_Howe", "Australia/Brisbane"}, DayNumber(2027, 10, 2)},
      {{"Antarctica/Troll", "Europe/London"}, DayNumber(2027, 3, 27)},
      {{"Europe/London", "Europe/Paris"}, DayNumber(2027, 10, 30)},
      {{"Asia/Kathmandu", "Asia/Kolkata"}, DayNumber(2027, 5, 3)},
      {{"America/Edmonton", "America/Regina"}, DayNumber(2028, 2, 28)},
  };
  return places;
}

// A time of day on the grid.
int At(Chance& chance, int first_hour, int last_hour) {
  return 5 * chance.Between(first_hour * 12, last_hour * 12);
}

Person AnyPerson(Chance& chance, const Model& model, const std::string& id, int64_t day) {
  Person person;
  person.id = id;
  person.licences = AnyLicences(chance, day);
  person.shifts = AnyShifts(chance, model, day);
  return person;
}

}  // namespace

const Place& AnyPlace(Chance& chance) { return chance.Of(Places()); }

std::vector<Weekly> AnyOpening(Chance& chance) {
  std::vector<Weekly> opening;
  bool all_night = false;  // Tomorrow's first two hours are in use.
  for (int day = 6; day >= 0; --day) {
    const int kind = chance.Below(10);
    const bool late_before_early = all_night;
    all_night = false;
    if (kind < 4) {
      opening.push_back({day, 0, kDayMinutes});
      all_night = true;
    } else if (kind < 6) {
      opening.push_back({day, At(chance, 6, 9), At(chance, 17, 23)});
    } else if (kind < 8) {
      opening.push_back({day, At(chance, 5, 8), At(chance, 11, 12)});
      opening.push_back({day, At(chance, 13, 14), At(chance, 18, 23)});
    } else if (kind < 9) {
      // Monday follows Sunday, which was made first: it never opens at night.
      const bool past_midnight = !late_before_early && day != 6;
      opening.push_back({day, At(chance, 8, 20), kDayMinutes + (past_midnight ? 120 : 0)});
    }
  }
  return opening;
}

std::vector<Shift> AnyShifts(Chance& chance, const Model& model, int64_t day) {
  std::vector<Shift> shifts;
  const auto add = [&](const std::string& clinic, int weekday, int start, int end) {
    Shift shift{.clinic = clinic, .week = {weekday, start, end}};
    if (chance.Percent(8)) shift.from = day + chance.Between(-1, 4);
    if (chance.Percent(8)) shift.until = day + chance.Between(-1, 6);
    if (shift.from.has_value() && shift.until.has_value() && *shift.until < *shift.from) {
      shift.until = shift.from;
    }
    shifts.push_back(shift);
  };
  bool was_late = true;  // Sunday may be.
  for (int weekday = 0; weekday < 7; ++weekday) {
    const std::string& one = chance.Of(model.clinics).first;
    const std::string& last = chance.Of(model.clinics).first;
    const std::string& other = last == one ? chance.Of(model.clinics).first : last;
    const int kind = chance.Below(10);
    const bool after_late = was_late;
    was_late = false;
    if (kind < 1) continue;
    if (kind < 4) {  // Two clinics in one day, or one with a break.
      add(one, weekday, At(chance, 6, 8), At(chance, 11, 12));
      add(other, weekday, At(chance, 14, 15), At(chance, 18, 21));
    } else if (kind < 5) {  // Past midnight.
      add(one, weekday, At(chance, 12, 21), At(chance, 24, 26));
      was_late = true;
    } else if (kind < 7 && !after_late) {  // In the hours in which clocks change.
      add(one, weekday, At(chance, 0, 3), At(chance, 5, 12));
    } else {
      add(one, weekday, At(chance, 6, 10), At(chance, 14, 21));
    }
  }
  return shifts;
}

std::vector<Licence> AnyLicences(Chance& chance, int64_t day) {
  std::vector<Licence> licences;
  for (int i = chance.Between(0, 2); i >= 0; --i) {
    Licence licence{.kind = "cst"};
    if (chance.Percent(30)) licence.from = day + chance.Between(-2, 4);
    if (chance.Percent(30)) licence.until = licence.from.value_or(day) + chance.Between(0, 4);
    licences.push_back(licence);
  }
  return licences;
}

Room AnyRoom(Chance& chance, const std::string& clinic, const std::string& id) {
  Room room{.clinic = clinic, .id = id, .kind = chance.Percent(70) ? "quiet" : "double"};
  room.turnover = 5 * chance.Below(5);
  if (chance.Percent(40)) room.features = {"table"};
  return room;
}

// Long, most of them: shifts at two clinics are hours apart.
int AnyWay(Chance& chance) { return chance.OneOf({0, 60, 180, 240, 480}); }

Device AnyDevice(Chance& chance, const std::string& clinic, const std::string& id) {
  Device device{.clinic = clinic, .id = id, .kind = chance.Percent(70) ? "ultrasound" : "tens"};
  device.turnover = 5 * chance.Below(5);
  if (chance.Percent(40)) device.features = {"deep"};
  return device;
}

Policy AnyPolicy(Chance& chance, int64_t now_us, bool of_clinic) {
  Policy policy;
  policy.from_us = now_us;
  if (chance.Percent(30)) policy.from_us += chance.Between(0, 1200) * kMinuteMicros;
  policy.withdrawn = of_clinic && chance.Percent(25);
  if (policy.withdrawn) return policy;
  policy.notice.minutes = chance.OneOf({0, 0, 0, 0, 33, 400});
  policy.notice.day_before = chance.OneOf({0, 0, 0, 0, 1080, 1440, chance.OneOf({90, 150})});
  policy.horizon_days = chance.OneOf({0, 0, 0, 2, 6});
  policy.cancel.minutes = chance.OneOf({0, 0, 120, 1440});
  policy.cancel.day_before = chance.OneOf({0, 0, 1080, 720});
  policy.change.minutes = chance.OneOf({0, 0, 60, 2880});
  policy.change.day_before = chance.OneOf({0, 0, 960});
  policy.visits_per_day = chance.OneOf({0, 0, 0, 2, 4});
  policy.minutes_per_day = chance.OneOf({0, 0, 0, 90, 240});
  policy.longer_buffer = chance.Percent(50);
  policy.client_per_day = chance.OneOf({0, 0, 0, 1, 2});
  policy.client_per_week = chance.OneOf({0, 0, 0, 2, 4});
  if (chance.Percent(60)) {
    policy.break_from = At(chance, 0, 18);
    policy.break_until = policy.break_from + 5 * chance.Between(12, 72);
    // The last one: nothing may begin before its end and end after its beginning.
    policy.break_minutes = chance.OneOf({30, 60, 60, policy.break_until - policy.break_from});
    policy.break_shift = chance.OneOf({0, 0, 300});
  }
  return policy;
}

void ChangeOffering(Chance& chance, Offering& offering) {
  offering.before = 5 * chance.Below(5);
  offering.after = 5 * chance.Below(6);
  offering.step = chance.OneOf({5, 10, 15, 15, 30, 50, 60});
  offering.notice_minutes = chance.OneOf({0, 0, 0, 20, 137, 600});
  offering.horizon_days = chance.OneOf({1, 3, 5, 7, 7});
}

void MakeWorld(Chance& chance, const Place& place, Model& model) {
  for (int i = 0; i < 2; ++i) {
    Clinic clinic{.id = absl::StrCat("c", i), .zone = place.zones[i]};
    clinic.opening = AnyOpening(chance);
    model.clinics[clinic.id] = clinic;
    for (int r = chance.Between(0, 2); r >= 0; --r) {
      Room room = AnyRoom(chance, clinic.id, absl::StrCat("r", r));
      if (r == 0) {  // Each offering has a room that suits.
        room.kind = "quiet";
        room.features = {"table"};
      }
      model.rooms[Model::RoomKey(clinic.id, room.id)] = room;
    }
  }
  for (const auto& [id, clinic] : model.clinics) {
    for (int d = chance.Between(0, 1); d >= 0; --d) {
      Device device = AnyDevice(chance, id, absl::StrCat("d", d));
      if (d == 0) {  // Each offering has a device that suits.
        device.kind = "ultrasound";
        device.features = {"deep"};
      }
      model.devices[Model::DeviceKey(id, device.id)] = device;
    }
  }
  for (int p = chance.Between(1, 3); p >= 0; --p) {
    const std::string id = absl::StrCat("p", p);
    model.people[id] = AnyPerson(chance, model, id, place.day);
    if (p > 0 && chance.Percent(30)) model.people[id].licences.clear();
  }
  for (int o = 0; o < 3; ++o) {
    Offering offering;
    offering.id = absl::StrCat("o", o);
    ChangeOffering(chance, offering);
    offering.lengths = chance.Percent(50) ? std::vector<int>{30, 60, 90} : std::vector<int>{15, 45};
    if (chance.Percent(40)) offering.licence = "cst";
    if (chance.Percent(40)) offering.room_kind = "quiet";
    if (chance.Percent(30)) offering.features = {"table"};
    if (chance.Percent(30)) offering.device_kind = "ultrasound";
    if (chance.Percent(15)) offering.device_features = {"deep"};
    offering.online = chance.Percent(70);
    if (chance.Percent(20)) offering.clinics = {chance.Percent(50) ? "c0" : "c1"};
    model.offerings[offering.id] = offering;
  }
}

}  // namespace stillpoint::chaos
