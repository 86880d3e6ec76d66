// token new-key, token issue: what an identity provider does, for development.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/private_file.h"
#include "common/rpc/token_maker.h"
#include "services/cli/commands.h"

namespace stillpoint::cli {
namespace {

struct IssueOptions {
  std::string private_file;
  std::string issuer, audience, subject, role;
  std::string practitioner, client, scope;
  std::vector<std::string> clinics;
  int minutes = 60;
};

// Fails if there is such a file: a key that is written over takes every token with it.
absl::Status WriteNew(const std::string& path, const std::string& text, int mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  const bool written =
      file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) close(file);
  if (written) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat(path, ": cannot be written, or exists already"));
}

absl::Status MakeKey(const std::string& private_file, const std::string& keys_file) {
  const std::string key = rpc::NewTokenKey();
  ASSIGN_OR_RETURN(const std::string jwks, rpc::JwksOf(key));
  RETURN_IF_ERROR(WriteNew(private_file, key, 0600));
  return WriteNew(keys_file, jwks + "\n", 0644);
}

absl::Status Issue(const IssueOptions& options, const std::string& organization, absl::Time now) {
  ASSIGN_OR_RETURN(const std::string key, rpc::ReadPrivateFile(options.private_file));
  const int64_t seconds = absl::ToUnixSeconds(now);
  nlohmann::json claims = {
      {"iss", options.issuer},        {"aud", options.audience},
      {"sub", options.subject},       {"role", options.role},
      {"organization", organization}, {"iat", seconds},
      {"auth_time", seconds},         {"exp", seconds + int64_t{60} * options.minutes}};
  const std::pair<const char*, const std::string*> more[] = {
      {"practitioner", &options.practitioner},
      {"client", &options.client},
      {"scope", &options.scope}};
  for (const auto& [name, value] : more) {
    if (!value->empty()) claims[name] = *value;
  }
  if (!options.clinics.empty()) claims["clinics"] = options.clinics;
  ASSIGN_OR_RETURN(const std::string token, rpc::MakeToken(key, claims.dump()));
  std::puts(token.c_str());
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommands(CLI::App& app, Session& session) {
  CLI::App* token = app.add_subcommand("token", "Keys and access tokens for development");
  token->require_subcommand(1);

  struct KeyFiles {
    std::string secret, keys;
  };
  const auto files = std::make_shared<KeyFiles>();
  CLI::App* new_key = token->add_subcommand("new-key", "Make a signing key and its JWKS");
  new_key->add_option("--private", files->secret, "New file for the secret key")->required();
  new_key->add_option("--keys", files->keys, "New file for --token-keys of the servers")
      ->required();
  new_key->callback([files, &session] {
    session.action = [files] { return MakeKey(files->secret, files->keys); };
  });

  const auto options = std::make_shared<IssueOptions>();
  CLI::App* issue = token->add_subcommand("issue", "Print a token of --organization");
  issue->add_option("--private", options->private_file, "File with the secret key")->required();
  issue->add_option("--issuer", options->issuer, "As --token-issuer of the servers")->required();
  issue->add_option("--audience", options->audience, "As --token-audience")->required();
  issue->add_option("--subject", options->subject, "Who it is for")->required();
  issue->add_option("--role", options->role, "owner, manager, front_desk, practitioner, ...")
      ->required();
  issue->add_option("--practitioner", options->practitioner, "Id, for a practitioner");
  issue->add_option("--client", options->client, "Id, for a client_proxy");
  issue->add_option("--clinic", options->clinics, "Id; binds a manager or a front_desk");
  issue->add_option("--scope", options->scope, "stillpoint:SERVICE[.METHOD] ...: only these");
  issue->add_option("--minutes", options->minutes, "How long it is good")
      ->check(CLI::Range(1, 24 * 60))
      ->capture_default_str();
  issue->callback([options, &session] {
    session.action = [options, &session] {
      // Tokens end in the real world, also beside a simulated clock.
      return Issue(*options, session.settings().organization, SystemClock().TimeNow());
    };
  });
}

}  // namespace stillpoint::cli
