#include "services/notification/adapters/schema.h"

#include <string>

#include "absl/strings/match.h"
#include "common/testing/databases.h"
#include "gtest/gtest.h"

namespace stillpoint::notification::adapters {
namespace {

// Every unique key begins with the organization, so that tables can be distributed by it.
TEST(SchemaTest, EveryUniqueIndexBeginsWithTheOrganization) {
  const auto database =
      stillpoint::testing::NewDatabase(sql::Engine::kPostgres, Migrations(), nullptr);
  int seen = 0;
  const absl::Status status =
      database->Read(Deadline::After(absl::Seconds(10)), [&](sql::Transaction& tx) -> absl::Status {
        const auto rows = tx.Query(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN "
            "('notification', 'decision', 'attempt', 'booking_head', 'relay_cursor', 'template', "
            "'idempotency')");
        if (!rows.ok()) return rows.status();
        for (const sql::Row& row : *rows) {
          if (!absl::StrContains(row[0].Text(), "UNIQUE")) continue;
          ++seen;
          EXPECT_TRUE(absl::StrContains(row[0].Text(), "(organization,")) << row[0].Text();
        }
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, 10);
}

}  // namespace
}  // namespace stillpoint::notification::adapters
