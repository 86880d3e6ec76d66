#include "tests/fuzz/script.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace stillpoint::fuzz {
namespace {

namespace proto = google::protobuf;

constexpr absl::string_view kBetween = "\n---\n";
constexpr int kMinutesMax = 60 * 24 * 400;

// A broken input is no event: it is passed over without a line on the terminal.
class Silent final : public proto::io::ErrorCollector {
 public:
  void AddError(int, int, const std::string&) override {}
};

bool ParseText(absl::string_view text, proto::Message* message) {
  Silent silent;
  proto::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  return parser.ParseFromString(std::string(text), message);
}

}  // namespace

Step Step::Clone() const {
  Step copy;
  copy.method = method;
  copy.caller = caller;
  copy.tail = tail;
  copy.reason = reason;
  copy.minutes = minutes;
  if (request != nullptr) {
    copy.request.reset(request->New());
    copy.request->CopyFrom(*request);
  }
  return copy;
}

std::string NameOf(const proto::MethodDescriptor& method) {
  return absl::StrCat(method.service()->name(), ".", method.name());
}

std::unique_ptr<proto::Message> NewRequest(const proto::MethodDescriptor& method) {
  const proto::Message* empty =
      proto::MessageFactory::generated_factory()->GetPrototype(method.input_type());
  return std::unique_ptr<proto::Message>(empty->New());
}

Api::Api(const std::vector<std::string>& services) {
  for (const std::string& name : services) {
    const auto* service = proto::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      std::fprintf(stderr, "fuzz: no service %s\n", name.c_str());
      std::abort();
    }
    for (int i = 0; i < service->method_count(); ++i) {
      methods_[NameOf(*service->method(i))] = service->method(i);
    }
  }
}

const proto::MethodDescriptor* Api::Find(absl::string_view name) const {
  const auto found = methods_.find(name);
  return found == methods_.end() ? nullptr : found->second;
}

std::optional<Step> Api::ParseStep(absl::string_view text) const {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const std::vector<absl::string_view> words =
      absl::StrSplit(parts.first, ' ', absl::SkipWhitespace());
  Step step;
  if (words.size() < 2) return std::nullopt;
  if (words[0] == "Clock") {
    if (!absl::SimpleAtoi(words[1], &step.minutes)) return std::nullopt;
    if (step.minutes < 0 || step.minutes > kMinutesMax) return std::nullopt;
    return step;
  }
  step.method = Find(words[0]);
  if (step.method == nullptr) return std::nullopt;
  step.caller = std::string(words[1]);
  for (size_t i = 2; i < words.size(); ++i) {
    const absl::string_view value = words[i].substr(1);
    if (words[i][0] == '+') step.tail = absl::HexStringToBytes(value);
    if (words[i][0] == '=') step.reason = std::string(value);
  }
  step.request = NewRequest(*step.method);
  if (!ParseText(parts.second, step.request.get())) return std::nullopt;
  return step;
}

std::optional<Script> Api::Parse(absl::string_view text) const {
  Script script;
  for (const absl::string_view part : absl::StrSplit(text, kBetween)) {
    std::optional<Step> step = ParseStep(part);
    if (!step.has_value()) return std::nullopt;
    if (script.size() < kStepsMax) script.push_back(*std::move(step));
  }
  return script;
}

std::string Print(const Step& step) {
  if (step.method == nullptr) return absl::StrCat("Clock +", step.minutes);
  std::string text = absl::StrCat(NameOf(*step.method), " ", step.caller);
  if (!step.tail.empty()) absl::StrAppend(&text, " +", absl::BytesToHexString(step.tail));
  if (!step.reason.empty()) absl::StrAppend(&text, " =", step.reason);
  std::string request;
  proto::TextFormat::PrintToString(*step.request, &request);
  absl::StrAppend(&text, "\n", request);
  while (text.back() == '\n') text.pop_back();
  return text;
}

std::string Print(const Script& script) {
  std::string text;
  for (const Step& step : script) {
    absl::StrAppend(&text, text.empty() ? "" : kBetween, Print(step));
  }
  return text;
}

}  // namespace stillpoint::fuzz
