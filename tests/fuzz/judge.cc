#include "tests/fuzz/judge.h"

#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "common/rpc/status.h"

namespace stillpoint::fuzz {
namespace {

namespace proto = google::protobuf;
using Field = proto::FieldDescriptor;

constexpr absl::string_view kOfX = "organizations/x";

// These say that we failed, or gave up. Nothing is down here and nobody else calls.
bool IsOurFault(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    default:
      return false;
  }
}

// One service gave another up, as it must after 3 s: the machine stood still, not we.
bool WaitedInVain(const std::string& reason, absl::Duration took) {
  constexpr absl::Duration kPeersWait = absl::Seconds(2);
  return took > kPeersWait && (reason == "CLEARANCE_UNAVAILABLE" || reason == "CARE_UNAVAILABLE");
}

// Fields that name a resource or a caller, never free text: that may hold whatever was sent.
bool NamesSomething(const Field& field) {
  const bool is_mail = absl::StartsWith(field.full_name(), "stillpoint.notification.");
  if (is_mail && field.name() == "subject") return false;
  static const auto& names = *new std::set<std::string>{
      "name",   "client",    "clinic",   "clinics",  "practitioner", "practitioners",
      "room",   "offering",  "booking",  "resource", "policy",       "subject",
      "author", "submitter", "recorder", "attacher"};
  return names.contains(field.name());
}

// The first resource of `x` that `message` names, or empty.
std::string NameOfX(const proto::Message& message) {
  const proto::Reflection& reflection = *message.GetReflection();
  std::vector<const Field*> fields;
  reflection.ListFields(message, &fields);
  for (const Field* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      std::string found;
      if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
        found = NameOfX(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                             : reflection.GetMessage(message, field));
      } else if (field->cpp_type() == Field::CPPTYPE_STRING && NamesSomething(*field)) {
        found = field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                     : reflection.GetString(message, field);
        if (!absl::StartsWith(found, kOfX)) found.clear();
      }
      if (!found.empty()) return found;
    }
  }
  return "";
}

}  // namespace

Judge::Judge(const std::string& source_dir) {
  std::ifstream guide(source_dir + "/protos/README.md");
  for (std::string line; std::getline(guide, line);) {
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    const std::vector<std::string> words = absl::StrSplit(cells[1], '`');
    for (size_t i = 1; i < words.size(); i += 2) {
      if (words[i].find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos) {
        reasons_.insert(words[i]);
      }
    }
  }
  if (reasons_.contains("NOT_FOUND") && reasons_.contains("SLOT_TAKEN")) return;
  std::fprintf(stderr, "fuzz: no catalogue of reasons in %s\n", source_dir.c_str());
  std::abort();
}

std::string Judge::ReasonOf(const Answer& answer) {
  if (answer.status.ok()) return "OK";
  return stillpoint::ReasonOf(rpc::FromGrpc(answer.status));
}

std::string Judge::Check(const Step& step, const std::string& request, const Answer& answer,
                         proto::Message* parsed) const {
  const grpc::Status& status = answer.status;
  if (IsOurFault(status.error_code()) && !WaitedInVain(ReasonOf(answer), answer.took)) {
    return absl::StrCat("our fault: ", ReasonOf(answer));
  }
  if (!status.ok() && !reasons_.contains(ReasonOf(answer))) {
    return absl::StrCat("a reason that the guide does not list: ", ReasonOf(answer));
  }
  if (status.ok() && !parsed->ParseFromString(answer.bytes)) return "not an answer of the method";
  if (!IsOfO(step.caller)) return "";
  const std::string told = absl::StrCat(status.error_message(), status.error_details());
  for (const std::string& text : {told, answer.bytes}) {
    if (absl::StrContains(text, kSecretOfX)) return "tells a text of another organization";
  }
  // What the caller sent may come back; what it did not is told to it.
  if (absl::StrContains(told, kOfX) && !absl::StrContains(request, kOfX)) {
    return "a refusal names another organization";
  }
  const std::string name = NameOfX(*parsed);
  return name.empty() ? "" : absl::StrCat("names another organization's ", name);
}

}  // namespace stillpoint::fuzz
