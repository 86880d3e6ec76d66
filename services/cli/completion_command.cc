// completion: words for the shell, from the same table the parser uses.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/cli/commands.h"

namespace stillpoint::cli {
namespace {

// Every word that may follow `command`: its own commands and options.
std::string WordsOf(const CLI::App& command) {
  std::string words;
  for (const CLI::App* sub : command.get_subcommands(nullptr)) {
    absl::StrAppend(&words, sub->get_name(), " ");
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) absl::StrAppend(&words, "--", name, " ");
  }
  return words;
}

void AppendCase(const CLI::App& command, const std::string& path, std::string* script) {
  absl::StrAppend(script, "    \"", path, "\") words=\"", WordsOf(command), "\" ;;\n");
  for (const CLI::App* sub : command.get_subcommands(nullptr)) {
    AppendCase(*sub, absl::StrCat(path, path.empty() ? "" : " ", sub->get_name()), script);
  }
}

// bash asks for the words that fit after the command words typed so far; options do not count.
std::string BashScript(const CLI::App& app) {
  std::string script =
      "_stillpoint() {\n"
      "  local path=\"\" words=\"\" word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    [[ $word == -* ]] || [ \"$(wc -w <<<\"$path\")\" -ge 2 ] || path=\"${path:+$path "
      "}$word\"\n"
      "  done\n"
      "  case \"$path\" in\n";
  AppendCase(app, "", &script);
  absl::StrAppend(&script, "    *) case \"${path%% *}\" in\n");
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    absl::StrAppend(&script, "      ", sub->get_name(), ") words=\"", WordsOf(*sub), "\" ;;\n");
  }
  absl::StrAppend(
      &script,
      "    esac ;;\n  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
      "}\ncomplete -F _stillpoint stillpoint\n");
  return script;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, Session& session) {
  auto shell = std::make_shared<std::string>("bash");
  CLI::App* command = app.add_subcommand(
      "completion", "Print shell completion: source <(stillpoint completion bash)");
  command->add_option("shell", *shell, "bash")->check(CLI::IsMember({"bash"}));
  command->callback([&app, &session] {
    session.action = [&app] {
      std::fputs(BashScript(app).c_str(), stdout);
      return absl::OkStatus();
    };
  });
}

}  // namespace stillpoint::cli
