// Flags and environment of a server, one table. `--flag-name` or STILLPOINT_FLAG_NAME; the flag
// wins. An unknown flag, an unknown STILLPOINT_* variable, a missing or malformed value: Parse says
// which, and the server does not start. (CLI11 underneath.)
#ifndef STILLPOINT_COMMON_CONFIG_CONFIG_H_
#define STILLPOINT_COMMON_CONFIG_CONFIG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace stillpoint {

// Not thread-safe; used once, by main.
class Config {
 public:
  // `about` is the first line of --help.
  Config(std::string program, std::string about);
  ~Config();

  // Each binds a variable, whose present value is the default. `help` states unit and meaning.
  void Text(const std::string& flag, std::string* value, const std::string& help);
  void RequiredText(const std::string& flag, std::string* value, const std::string& help);
  // Refuses numbers outside [min, max].
  void Int(const std::string& flag, int64_t* value, int64_t min, int64_t max,
           const std::string& help);
  void Bool(const std::string& flag, bool* value, const std::string& help);
  // A word before the flags, like `migrate`; `*chosen` is set when it is given.
  void Command(const std::string& name, bool* chosen, const std::string& help);

  // Cancelled SHOW_HELP with the text as message for --help; InvalidArgument BAD_CONFIG otherwise.
  absl::Status Parse(int argc, const char* const* argv);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_CONFIG_CONFIG_H_
