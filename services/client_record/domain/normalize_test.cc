#include "services/client_record/domain/normalize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stillpoint::client_record::domain {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(NormalisePhoneTest, ReadsNationalAndInternationalNumbers) {
  EXPECT_THAT(NormalisePhone("(780) 555-0101", "CA"), Optional(Eq("+17805550101")));
  EXPECT_THAT(NormalisePhone("1-780-555-0101", "US"), Optional(Eq("+17805550101")));
  EXPECT_THAT(NormalisePhone("+1 780.555.0101", "DE"), Optional(Eq("+17805550101")));
  EXPECT_THAT(NormalisePhone("0049 30 901820", "CA"), Optional(Eq("+4930901820")));
  EXPECT_THAT(NormalisePhone("030 901820", "DE"), Optional(Eq("+4930901820")));
  EXPECT_EQ(NormalisePhone("555-0101", "CA"), std::nullopt);
  EXPECT_EQ(NormalisePhone("780 555 0101 ext 5", "CA"), std::nullopt);
  EXPECT_EQ(NormalisePhone("780 555 0101", "XX"), std::nullopt);
}

TEST(NormaliseEmailTest, LowersAndTrims) {
  EXPECT_THAT(NormaliseEmail(" Zoe@Example.ORG "), Optional(Eq("zoe@example.org")));
  for (const char* bad : {"", "zoe", "@x.org", "zoe@", "a@b@c", "a b@c", "a@b\r\nBcc: x"}) {
    EXPECT_EQ(NormaliseEmail(bad), std::nullopt) << bad;
  }
}

TEST(FoldNameTest, IgnoresCaseAccentsAndPunctuation) {
  EXPECT_EQ(FoldName("Zoë O'Neil-Ross"), "zoeoneilross");
  EXPECT_EQ(FoldName("ZOE  ONEIL ROSS"), "zoeoneilross");
  EXPECT_EQ(FoldName("Łukasz Čapek"), "lukaszcapek");
  EXPECT_EQ(FoldName("Zoe\u0308"), "zoe");              // Combining diaeresis.
  EXPECT_EQ(FoldName("\u5f20\u4f1f"), "\u5f20\u4f1f");  // Kept as it is.
  EXPECT_EQ(FoldName("ab\xC3"), "ab\xC3");              // A broken end does not read past the text.
}

}  // namespace
}  // namespace stillpoint::client_record::domain
