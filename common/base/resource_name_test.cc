#include "common/base/resource_name.h"

#include <gtest/gtest.h>

namespace stillpoint {
namespace {

constexpr char kClinic[] = "organizations/{}/clinics/{}";

TEST(MatchNameTest, FindsTheIdsInOrder) {
  std::string organization, clinic;
  EXPECT_TRUE(MatchName("organizations/calm/clinics/north-1", kClinic, {&organization, &clinic}));
  EXPECT_EQ(organization, "calm");
  EXPECT_EQ(clinic, "north-1");
}

TEST(MatchNameTest, RefusesOtherNamesAndWritesNothing) {
  for (const char* name :
       {"", "/", "organizations/calm", "organizations/calm/clinics", "organizations/calm/clinics/",
        "organizations//clinics/north", "/organizations/calm/clinics/north",
        "organizations/calm/clinics/north/", "organizations/calm/clinics/north/rooms/a",
        "organizations/calm/rooms/north", "Organizations/calm/clinics/north",
        "organizations/CALM/clinics/north", "organizations/calm/clinics/..",
        "organizations/calm/clinics/{}", "organizations/-/clinics/north",
        "organizations/calm/clinics/north ", "organizations/calm%2fclinics/north"}) {
    std::string organization = "kept", clinic = "kept";
    EXPECT_FALSE(MatchName(name, kClinic, {&organization, &clinic})) << name;
    EXPECT_EQ(organization, "kept") << name;
    EXPECT_EQ(clinic, "kept") << name;
  }
}

TEST(MatchNameTest, CountsMustAgree) {
  std::string one = "kept", two, three;
  EXPECT_FALSE(MatchName("organizations/calm/clinics/north", kClinic, {&one}));
  EXPECT_EQ(one, "kept");
  EXPECT_FALSE(MatchName("organizations/calm/clinics/north", kClinic, {&one, &two, &three}));
  EXPECT_TRUE(MatchName("fixed/name", "fixed/name", {}));
}

}  // namespace
}  // namespace stillpoint
