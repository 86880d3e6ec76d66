// The last line of defence alone: raw SQL that goes round our code is refused by the database
// itself.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/adapters/migrations.h"

namespace stillpoint::booking::adapters {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1000000;

class ExclusionTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  absl::Status Run(const char* statement, std::initializer_list<sql::Value> parameters) {
    return testing::Unguarded(*database_)
        .Write(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
               [&](sql::Transaction& tx) { return tx.Execute(statement, parameters).status(); });
  }
  absl::Status Insert(const char* organization, const char* claim, const char* resource,
                      int64_t start_us, int64_t end_us, int kind = 1) {
    return Run(
        "INSERT INTO claims (organization, claim, resource, start_us, end_us, kind, booking)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'b')",
        {organization, claim, resource, start_us, end_us, kind});
  }

  std::unique_ptr<sql::Database> database_ = testing::NewDatabase(GetParam(), Migrations());
};

TEST_P(ExclusionTest, AnOverlappingInsertIsRefused) {
  ASSERT_TRUE(Insert("o", "a", "practitioners/p", 10 * kHourUs, 11 * kHourUs).ok());
  struct Case {
    int64_t start_us, end_us;
    bool fits;
  };
  int claim = 0;
  for (const Case& c :
       {Case{10 * kHourUs, 11 * kHourUs, false}, Case{9 * kHourUs, 10 * kHourUs + 1, false},
        Case{11 * kHourUs - 1, 12 * kHourUs, false}, Case{9 * kHourUs, 12 * kHourUs, false},
        Case{10 * kHourUs + 60, 10 * kHourUs + 120, false},
        Case{-13 * kHourUs + 1, 10 * kHourUs + 1, false},  // 24 h long.
        Case{9 * kHourUs, 10 * kHourUs, true}, Case{11 * kHourUs, 12 * kHourUs, true}}) {
    const absl::Status status =
        Insert("o", std::to_string(++claim).c_str(), "practitioners/p", c.start_us, c.end_us);
    EXPECT_EQ(status.ok(), c.fits) << c.start_us << " " << c.end_us << " " << status;
    EXPECT_EQ(ReasonOf(status), c.fits ? "" : "OVERLAP");
  }
}

// The search for what is in the way looks back as far as the longest claim may reach.
TEST_P(ExclusionTest, TheTailOfADayLongClaimIsInTheWay) {
  ASSERT_TRUE(Insert("o", "a", "practitioners/p", 0, 24 * kHourUs).ok());
  EXPECT_EQ(ReasonOf(Insert("o", "b", "practitioners/p", 24 * kHourUs - 1, 25 * kHourUs)),
            "OVERLAP");
  ASSERT_TRUE(Insert("o", "c", "practitioners/p", 30 * kHourUs, 31 * kHourUs).ok());
  EXPECT_EQ(ReasonOf(Run("UPDATE claims SET start_us = $3 WHERE organization = $1 AND claim = $2",
                         {"o", "c", 24 * kHourUs - 1})),
            "OVERLAP");
}

TEST_P(ExclusionTest, OtherResourcesAndOrganizationsDoNotMatter) {
  ASSERT_TRUE(Insert("o", "a", "practitioners/p", 0, kHourUs).ok());
  EXPECT_TRUE(Insert("o", "b", "practitioners/q", 0, kHourUs).ok());
  EXPECT_TRUE(Insert("other", "a", "practitioners/p", 0, kHourUs).ok());
}

TEST_P(ExclusionTest, MovingAClaimOntoAnotherIsRefused) {
  ASSERT_TRUE(Insert("o", "a", "practitioners/p", 0, kHourUs).ok());
  ASSERT_TRUE(Insert("o", "b", "practitioners/p", kHourUs, 2 * kHourUs).ok());
  constexpr char kMove[] =
      "UPDATE claims SET start_us = $3, end_us = $4 WHERE organization = $1 AND claim = $2";
  EXPECT_EQ(ReasonOf(Run(kMove, {"o", "b", kHourUs - 1, 2 * kHourUs})), "OVERLAP");
  // Over itself is fine.
  EXPECT_TRUE(Run(kMove, {"o", "b", kHourUs + 1, 2 * kHourUs + 1}).ok());
}

TEST_P(ExclusionTest, OnlyWhatStaffPutBesideAPractitionersVisitsIsLetIn) {
  ASSERT_TRUE(Insert("o", "a", "practitioners/p", 0, 2 * kHourUs).ok());
  EXPECT_TRUE(Insert("o", "b", "practitioners/p", kHourUs, 3 * kHourUs, 2).ok());
  EXPECT_TRUE(Insert("o", "c", "practitioners/p", kHourUs, 3 * kHourUs, 2).ok());
  EXPECT_EQ(ReasonOf(Insert("o", "d", "practitioners/p", kHourUs, 3 * kHourUs)), "OVERLAP");
  EXPECT_EQ(ReasonOf(Run("UPDATE claims SET kind = 1 WHERE organization = $1 AND claim = $2",
                         {"o", "b"})),
            "OVERLAP");
  for (const char* shared : {"clinics/c/rooms/r", "clinics/c/devices/d"}) {
    ASSERT_TRUE(Insert("o", shared, shared, 0, kHourUs).ok());
    EXPECT_EQ(ReasonOf(Insert("o", "e", shared, 0, kHourUs, 2)), "OVERLAP");
    ASSERT_TRUE(Insert("o2", shared, shared, 0, kHourUs, 2).ok());
    EXPECT_EQ(ReasonOf(Insert("o2", "e", shared, 0, kHourUs)), "OVERLAP");
  }
}

TEST_P(ExclusionTest, AClaimIsNeitherEmptyNorLongerThanADay) {
  EXPECT_EQ(ReasonOf(Insert("o", "a", "practitioners/p", kHourUs, kHourUs)), "CONSTRAINT");
  EXPECT_EQ(ReasonOf(Insert("o", "a", "practitioners/p", kHourUs, 0)), "CONSTRAINT");
  EXPECT_EQ(ReasonOf(Insert("o", "a", "practitioners/p", 0, 24 * kHourUs + 1)), "CONSTRAINT");
  EXPECT_TRUE(Insert("o", "a", "practitioners/p", 0, 24 * kHourUs).ok());
}

INSTANTIATE_TEST_SUITE_P(Engines, ExclusionTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::adapters
