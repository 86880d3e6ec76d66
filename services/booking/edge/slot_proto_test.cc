#include "services/booking/edge/slot_proto.h"

#include <gtest/gtest.h>

namespace stillpoint::booking::edge {
namespace {

TEST(LocalTimeTest, WritesWhatAbslWrites) {
  for (const char* name : {"UTC", "America/St_Johns", "Asia/Kathmandu", "Europe/Berlin",
                           "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Marquesas"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
    absl::Time time = absl::FromCivil(absl::CivilSecond(2026, 1, 1, 0, 0, 5), zone);
    for (int i = 0; i < 1000; ++i, time += absl::Minutes(12 * 60 + 35)) {
      ASSERT_EQ(LocalTime(time, zone), absl::FormatTime(absl::RFC3339_sec, time, zone));
    }
  }
}

}  // namespace
}  // namespace stillpoint::booking::edge
