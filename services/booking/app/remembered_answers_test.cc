#include "services/booking/app/remembered_answers.h"

#include <gtest/gtest.h>

namespace stillpoint::booking::app {
namespace {

RememberedAnswers::Shared Said(const std::string& bytes) {
  return std::make_shared<const RememberedAnswers::Answer>(
      RememberedAnswers::Answer{Tenant("o"), {}, bytes});
}

TEST(RememberedAnswersTest, GivesTheLastOneKept) {
  RememberedAnswers answers;
  EXPECT_EQ(answers.Find("a"), nullptr);
  answers.Keep("a", Said("one"));
  answers.Keep("b", Said("two"));
  answers.Keep("a", Said("three"));
  EXPECT_EQ(answers.Find("a")->bytes, "three");
  EXPECT_EQ(answers.Find("b")->bytes, "two");
}

TEST(RememberedAnswersTest, LetsTheLongestUnaskedGo) {
  RememberedAnswers measure;
  measure.Keep("a", Said("one"));
  RememberedAnswers answers(2 * measure.bytes());
  answers.Keep("a", Said("one"));
  answers.Keep("b", Said("two"));
  ASSERT_NE(answers.Find("a"), nullptr);
  answers.Keep("c", Said("six"));
  EXPECT_EQ(answers.Find("b"), nullptr);
  EXPECT_NE(answers.Find("a"), nullptr);
  EXPECT_NE(answers.Find("c"), nullptr);
  EXPECT_EQ(answers.bytes(), 2 * measure.bytes());
}

TEST(RememberedAnswersTest, KeepsNothingTooLarge) {
  RememberedAnswers answers;
  answers.Keep("a", Said(std::string(RememberedAnswers::kAnswerBytesMax + 1, 'x')));
  EXPECT_EQ(answers.Find("a"), nullptr);
  EXPECT_EQ(answers.bytes(), 0u);
}

}  // namespace
}  // namespace stillpoint::booking::app
