// What the command line prints: tables for people, JSON for machines, errors that say what to do
// next.
#ifndef STILLPOINT_SERVICES_CLI_OUTPUT_H_
#define STILLPOINT_SERVICES_CLI_OUTPUT_H_

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::cli {

// Left-aligned columns; widths count UTF-8 code points. Says "none" when there is no row.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text() const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// The message as proto3 JSON with the field names of the .proto files.
std::string ToJson(const google::protobuf::Message& message);
// InvalidArgument INVALID_FIELD for `what`: not JSON, or not of that message.
absl::Status FromJson(absl::string_view what, const std::string& json,
                      google::protobuf::Message* message);

// `Mon 2027-03-15 10:00 MDT` in the zone named `zone`; UTC when it is not known.
std::string LocalTime(const google::protobuf::Timestamp& time, const std::string& zone);
// The last segment of a resource name.
std::string ShortId(absl::string_view name);
// `CONFIRMED` of `STATE_CONFIRMED`.
std::string WithoutPrefix(absl::string_view enum_name, absl::string_view prefix);

// The error for people, with its hint, or as JSON.
std::string ErrorText(const absl::Status& status, bool json);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_OUTPUT_H_
