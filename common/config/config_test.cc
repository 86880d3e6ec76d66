#include "common/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "common/error/error.h"

namespace stillpoint {
namespace {

using ::testing::HasSubstr;

// One program with one flag of each kind.
struct Parsed {
  std::string database;
  std::string level = "info";
  int64_t threads = 16;
  bool reflection = false;
  bool migrate = false;

  absl::Status From(std::vector<const char*> words) {
    Config config("prog", "A test program.");
    config.RequiredText("database", &database, "URL of the database");
    config.Text("log-level", &level, "debug, info, warning or error");
    config.Int("threads", &threads, 1, 64, "Threads");
    config.Bool("reflection", &reflection, "Serve reflection");
    config.Command("migrate", &migrate, "Migrate and exit");
    words.insert(words.begin(), "prog");
    return config.Parse(static_cast<int>(words.size()), words.data());
  }
};

// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(ConfigTest, FlagsAndDefaults) {
  Parsed parsed;
  const absl::Status status =
      parsed.From({"--database=sqlite:x", "--threads", "8", "--reflection"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(parsed.database, "sqlite:x");
  EXPECT_EQ(parsed.level, "info");
  EXPECT_EQ(parsed.threads, 8);
  EXPECT_TRUE(parsed.reflection);
  EXPECT_FALSE(parsed.migrate);
}

TEST(ConfigTest, VariablesCountAndFlagsWin) {
  Variable database("STILLPOINT_DATABASE", "from-env");
  Variable threads("STILLPOINT_THREADS", "3");
  Variable reflection("STILLPOINT_REFLECTION", "true");
  Parsed parsed;
  const absl::Status status = parsed.From({"--threads=5"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(parsed.database, "from-env");
  EXPECT_EQ(parsed.threads, 5);
  EXPECT_TRUE(parsed.reflection);
}

TEST(ConfigTest, CommandWordWithFlagsBehindIt) {
  Parsed parsed;
  const absl::Status status = parsed.From({"migrate", "--database=x"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(parsed.migrate);
  EXPECT_EQ(parsed.database, "x");
}

TEST(ConfigTest, HelpIsTheMessage) {
  const absl::Status status = Parsed().From({"--help"});
  EXPECT_EQ(ReasonOf(status), "SHOW_HELP");
  EXPECT_THAT(std::string(status.message()), HasSubstr("STILLPOINT_LOG_LEVEL"));
}

TEST(ConfigTest, HelpDoesNotMindAVariableOfAnotherProgram) {
  setenv("STILLPOINT_OF_ANOTHER_PROGRAM", "x", 1);
  const absl::Status help = Parsed().From({"--help"});
  const absl::Status start = Parsed().From({});
  unsetenv("STILLPOINT_OF_ANOTHER_PROGRAM");
  EXPECT_EQ(ReasonOf(help), "SHOW_HELP");
  EXPECT_EQ(ReasonOf(start), "BAD_CONFIG");
}

struct BadCase {
  const char* name;
  std::vector<const char*> words;
  const char* variable;  // NAME to set to "x"; may be null.
  const char* says;      // Must be in the message.
};

class ConfigRefusesTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(ConfigRefusesTest, SayingWhich) {
  if (GetParam().variable != nullptr) setenv(GetParam().variable, "x", 1);
  const absl::Status status = Parsed().From(GetParam().words);
  if (GetParam().variable != nullptr) unsetenv(GetParam().variable);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "BAD_CONFIG");
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ConfigRefusesTest,
    ::testing::ValuesIn(std::vector<BadCase>{
        {"UnknownFlag", {"--database=x", "--nonsense=1"}, nullptr, "--nonsense"},
        {"UnknownWord", {"--database=x", "upgrade"}, nullptr, "upgrade"},
        {"UnknownVariable", {"--database=x"}, "STILLPOINT_DATABSE", "STILLPOINT_DATABSE"},
        {"Missing", {}, nullptr, "--database"},
        {"MisspeltAndSoMissing", {"--databse=x"}, nullptr, "--databse"},
        {"NoValue", {"--database"}, nullptr, "--database"},
        {"NotANumber", {"--database=x", "--threads=many"}, nullptr, "--threads"},
        {"NotANumberInVariable", {"--database=x"}, "STILLPOINT_THREADS", "--threads"},
        {"BelowRange", {"--database=x", "--threads=0"}, nullptr, "--threads"},
        {"AboveRange", {"--database=x", "--threads=65"}, nullptr, "--threads"},
        {"Overflow", {"--database=x", "--threads=99999999999999999999"}, nullptr, "--threads"},
        {"NotABool", {"--database=x", "--reflection=perhaps"}, nullptr, "perhaps"},
        {"Twice", {"--database=x", "--database=y"}, nullptr, "--database"},
    }),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace stillpoint
