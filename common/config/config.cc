#include "common/config/config.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"

namespace stillpoint {
namespace {

constexpr char kPrefix[] = "STILLPOINT_";

std::string VariableOf(const std::string& flag) {
  return absl::StrCat(kPrefix, absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}})));
}

absl::Status BadConfig(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", what);
}

}  // namespace

struct Config::Impl {
  struct CommandWord {
    CLI::App* app;
    bool* chosen;
  };

  Impl(const std::string& program, const std::string& about) : app(about, program) {
    app.set_help_flag("--help", "Shows this text");
  }

  // What every option gets: its variable, and a help text that shows the default.
  CLI::Option* Named(CLI::Option* option, const std::string& flag) {
    variables.insert(VariableOf(flag));
    return option->envname(VariableOf(flag))->capture_default_str();
  }

  CLI::App app;
  std::set<std::string> variables;
  std::vector<CommandWord> commands;
};

Config::Config(std::string program, std::string about)
    : impl_(std::make_unique<Impl>(program, about)) {}
Config::~Config() = default;

void Config::Text(const std::string& flag, std::string* value, const std::string& help) {
  impl_->Named(impl_->app.add_option("--" + flag, *value, help), flag);
}

void Config::RequiredText(const std::string& flag, std::string* value, const std::string& help) {
  impl_->Named(impl_->app.add_option("--" + flag, *value, help), flag)->required();
}

void Config::Int(const std::string& flag, int64_t* value, int64_t min, int64_t max,
                 const std::string& help) {
  impl_->Named(impl_->app.add_option("--" + flag, *value, help), flag)->check(CLI::Range(min, max));
}

void Config::Bool(const std::string& flag, bool* value, const std::string& help) {
  impl_->Named(impl_->app.add_flag("--" + flag, *value, help), flag);
}

void Config::Command(const std::string& name, bool* chosen, const std::string& help) {
  CLI::App* word = impl_->app.add_subcommand(name, help);
  word->fallthrough();  // The flags behind the word are the program's own.
  impl_->commands.push_back({word, chosen});
}

absl::Status Config::Parse(int argc, const char* const* argv) {
  // A misspelt variable would silently leave a default in force, so none is overlooked. (Kubernetes
  // adds STILLPOINT_..._SERVICE_HOST variables unless the pod says `enableServiceLinks: false`.)
  std::vector<std::string> unknown;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name =
        std::vector<std::string>(absl::StrSplit(*entry, absl::MaxSplits('=', 1)))[0];
    if (absl::StartsWith(name, kPrefix) && impl_->variables.count(name) == 0)
      unknown.push_back(name);
  }
  // Who asks for help learns there which are known.
  const bool help = std::any_of(
      argv, argv + argc, [](const char* word) { return absl::string_view(word) == "--help"; });
  if (!unknown.empty() && !help) {
    return BadConfig(absl::StrCat("unknown environment variables: ", absl::StrJoin(unknown, ", ")));
  }
  try {
    impl_->app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Error(absl::StatusCode::kCancelled, "SHOW_HELP", impl_->app.help());
  } catch (const CLI::RequiredError& missing) {
    // A misspelt flag is most often why another is missing.
    const std::vector<std::string> rest = impl_->app.remaining();
    return BadConfig(rest.empty()
                         ? std::string(missing.what())
                         : absl::StrCat(missing.what(), "; not known: ", absl::StrJoin(rest, " ")));
  } catch (const std::exception& refused) {  // CLI::ParseError; std::out_of_range of a number.
    return BadConfig(refused.what());
  }
  for (const Impl::CommandWord& command : impl_->commands) *command.chosen = command.app->parsed();
  return absl::OkStatus();
}

}  // namespace stillpoint
