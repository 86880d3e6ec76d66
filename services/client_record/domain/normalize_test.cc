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

TEST(NormalisePhoneTest, LeavesOutThePrefixThatIsDialledInsideTheCountryOnly) {
  for (const char* written : {"+44 (0)20 7946 0958", "+44 020 7946 0958", "0044 (0) 20 7946 0958",
                              "+44 20 7946 0958", "+44(0)2079460958"}) {
    EXPECT_THAT(NormalisePhone(written, "CA"), Optional(Eq("+442079460958"))) << written;
  }
  EXPECT_THAT(NormalisePhone("+49 (0)30 901820", "GB"), Optional(Eq("+4930901820")));
  // Italian numbers keep their 0; of a country that we do not know only a bracketed one is a
  // prefix.
  EXPECT_THAT(NormalisePhone("+39 06 6982 0958", "CA"), Optional(Eq("+390669820958")));
  EXPECT_THAT(NormalisePhone("+46 (0)8 123 456 78", "CA"), Optional(Eq("+46812345678")));
  EXPECT_THAT(NormalisePhone("0046 (0)8 123 456 78", "CA"), Optional(Eq("+46812345678")));
  EXPECT_THAT(NormalisePhone("+46 08 123 456 78", "CA"), Optional(Eq("+460812345678")));
  EXPECT_THAT(NormalisePhone("+1 (780) 555-0101", "GB"), Optional(Eq("+17805550101")));
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
