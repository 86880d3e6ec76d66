#include "tests/fuzz/memory.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace stillpoint::fuzz {
namespace {

namespace proto = google::protobuf;
using Field = proto::FieldDescriptor;

constexpr size_t kHugeBytes = 70'000;
constexpr absl::string_view kOfO = "organizations/o/";

// Workers lease everybody's: a token of another organization would not fit a name that is kept.
bool IsOfAnother(const proto::Message& message) {
  const Field* name = message.GetDescriptor()->FindFieldByName("name");
  if (name == nullptr || name->cpp_type() != Field::CPPTYPE_STRING || name->is_repeated()) {
    return false;
  }
  const std::string value = message.GetReflection()->GetString(message, name);
  return absl::StartsWith(value, "organizations/") && !absl::StartsWith(value, kOfO);
}

// The word under which the value of a field is kept; empty: it is not.
std::string WordFor(const Field& field, const std::string& value) {
  if (value.empty()) return "";
  if (field.name() == "etag") return "@etag";
  if (field.name() == "next_page_token") return "@page_token";
  if (field.name() == "cursor" || field.name() == "next_cursor") return "@cursor";
  if (field.name() != "name" || !absl::StartsWith(value, kOfO)) return "";
  const std::vector<std::string> parts = absl::StrSplit(value, '/');
  return parts.size() < 4 ? "" : absl::StrCat("@", parts[parts.size() - 2]);
}

template <typename Visit>
void ForEachMessage(proto::Message& message, const Field& field, const Visit& visit) {
  const proto::Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    visit(*reflection.MutableMessage(&message, &field));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    visit(*reflection.MutableRepeatedMessage(&message, &field, i));
  }
}

}  // namespace

Memory::Memory() { said_["@huge"] = std::string(kHugeBytes, 'h'); }

const std::vector<std::string>& Memory::Words() {
  static const auto& words = *new std::vector<std::string>{
      "@bookings", "@clients",       "@intakes", "@sessionNotes", "@notifications", "@templates",
      "@timeOffs", "@practitioners", "@etag",    "@page_token",   "@cursor",        "@huge"};
  return words;
}

void Memory::Read(const proto::Message& answer) {
  if (IsOfAnother(answer)) return;
  const proto::Reflection& reflection = *answer.GetReflection();
  std::vector<const Field*> fields;
  reflection.ListFields(answer, &fields);
  for (const Field* field : fields) {
    if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) Read(reflection.GetMessage(answer, field));
      for (int i = 0; field->is_repeated() && i < reflection.FieldSize(answer, field); ++i) {
        Read(reflection.GetRepeatedMessage(answer, field, i));
      }
    } else if (field->cpp_type() == Field::CPPTYPE_STRING && !field->is_repeated()) {
      const std::string value = reflection.GetString(answer, field);
      const std::string word = WordFor(*field, value);
      if (!word.empty()) said_[word] = value;
    } else if (field->name() == "token" && field->cpp_type() == Field::CPPTYPE_INT64) {
      token_ = reflection.GetInt64(answer, field);
    }
  }
}

void Memory::Fill(proto::Message& request) const {
  const proto::Reflection& reflection = *request.GetReflection();
  std::vector<const Field*> fields;
  reflection.ListFields(request, &fields);
  const auto meaning = [&](const std::string& value) -> const std::string* {
    if (!absl::StartsWith(value, "@")) return nullptr;
    const auto found = said_.find(value);
    return found == said_.end() ? nullptr : &found->second;
  };
  for (const Field* field : fields) {
    if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      ForEachMessage(request, *field, [&](proto::Message& inner) { Fill(inner); });
    } else if (field->cpp_type() == Field::CPPTYPE_STRING && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(request, field); ++i) {
        const std::string* said = meaning(reflection.GetRepeatedString(request, field, i));
        if (said != nullptr) reflection.SetRepeatedString(&request, field, i, *said);
      }
    } else if (field->cpp_type() == Field::CPPTYPE_STRING) {
      const std::string* said = meaning(reflection.GetString(request, field));
      if (said != nullptr) reflection.SetString(&request, field, *said);
    } else if (field->name() == "token" && field->cpp_type() == Field::CPPTYPE_INT64 &&
               reflection.GetInt64(request, field) == kToken) {
      reflection.SetInt64(&request, field, token_);
    }
  }
}

}  // namespace stillpoint::fuzz
