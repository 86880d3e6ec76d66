#include "common/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace stillpoint {
namespace {

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  int quarter = 0;
  ASSIGN_OR_RETURN(quarter, Half(half));
  return quarter;
}

absl::Status CheckTwice(const absl::Status& first, const absl::Status& second, int* reached) {
  RETURN_IF_ERROR(first);
  ++*reached;
  RETURN_IF_ERROR(second);
  ++*reached;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Unwrap(absl::StatusOr<std::unique_ptr<std::string>> from) {
  ASSIGN_OR_RETURN(const std::unique_ptr<std::string> text, std::move(from));
  return *text;
}

TEST(StatusMacrosTest, AssignOrReturn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Quarter(5).status(), absl::InvalidArgumentError("odd"));
}

TEST(StatusMacrosTest, AssignOrReturnMoves) {
  EXPECT_EQ(*Unwrap(std::make_unique<std::string>("x")), "x");
  EXPECT_EQ(Unwrap(absl::NotFoundError("n")).status(), absl::NotFoundError("n"));
}

TEST(StatusMacrosTest, ReturnIfError) {
  int reached = 0;
  EXPECT_TRUE(CheckTwice(absl::OkStatus(), absl::OkStatus(), &reached).ok());
  EXPECT_EQ(reached, 2);
  reached = 0;
  EXPECT_EQ(CheckTwice(absl::OkStatus(), absl::AbortedError("b"), &reached),
            absl::AbortedError("b"));
  EXPECT_EQ(reached, 1);
  EXPECT_EQ(CheckTwice(absl::AbortedError("a"), absl::OkStatus(), &reached),
            absl::AbortedError("a"));
  EXPECT_EQ(reached, 1);
}

}  // namespace
}  // namespace stillpoint
