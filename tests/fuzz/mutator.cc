#include "tests/fuzz/mutator.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/hard_values.h"
#include "tests/fuzz/memory.h"
#include "tests/fuzz/suite.h"

namespace stillpoint::fuzz {
namespace {

namespace proto = google::protobuf;

constexpr size_t kStepsKept = 6;    // Of what is mutated: short scripts run more often.
constexpr size_t kStepsBefore = 3;  // Of a story, before the call that is changed.
constexpr int kDepthMax = 6;
constexpr int kManyElements = 300;        // More than any list of the API may hold.
constexpr size_t kStringBytesMax = 4096;  // `@huge` stands for more.

bool IsInstant(const proto::Descriptor& type) {
  return type.full_name() == "google.protobuf.Timestamp" ||
         type.full_name() == "google.protobuf.Duration";
}

}  // namespace

Seeds::Seeds(std::vector<Script> stories, std::vector<std::string> fuzzed)
    : stories_(std::move(stories)), fuzzed_(std::move(fuzzed)) {
  for (size_t story = 0; story < stories_.size(); ++story) {
    for (size_t step = 0; step < stories_[story].size(); ++step) {
      const Step& one = stories_[story][step];
      if (one.method == nullptr) continue;
      places_[NameOf(*one.method)].push_back({story, step});
      Collect(*one.request);
    }
  }
  for (auto& [field, values] : values_) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }
}

void Seeds::Collect(const proto::Message& message) {
  const proto::Reflection& reflection = *message.GetReflection();
  std::vector<const proto::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const proto::FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == proto::FieldDescriptor::CPPTYPE_MESSAGE) {
        Collect(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                     : reflection.GetMessage(message, field));
      } else if (field->cpp_type() == proto::FieldDescriptor::CPPTYPE_STRING) {
        values_[field->name()].push_back(field->is_repeated()
                                             ? reflection.GetRepeatedString(message, field, i)
                                             : reflection.GetString(message, field));
      }
    }
  }
}

const std::vector<std::string>& Seeds::ValuesOf(const std::string& field) const {
  const auto found = values_.find(field);
  return found == values_.end() ? HardTexts() : found->second;
}

Script Seeds::First() const {
  std::mt19937 random;  // As it is: the same place each time.
  return Pick(fuzzed_.front(), 0, random);
}

Script Seeds::Pick(const std::string& method, size_t before, std::mt19937& random) const {
  Script script;
  const auto found = places_.find(method);
  if (found == places_.end()) return script;
  const std::vector<Place>& places = found->second;
  const Place place = places[std::uniform_int_distribution<size_t>(0, places.size() - 1)(random)];
  const Script& story = stories_[place.story];
  script.reserve(before + 1);
  for (size_t i = place.step - std::min(place.step, before); i <= place.step; ++i) {
    script.push_back(story[i].Clone());
    script.back().reason.clear();
  }
  return script;
}

void Mutator::StartAnew(Script& script) {
  script = seeds_.Pick(OneOf(seeds_.fuzzed()), OneIn(3) ? 0 : Below(kStepsBefore + 1), random_);
}

void Mutator::Mutate(Script& script) {
  if (script.empty() || OneIn(2)) StartAnew(script);
  if (script.size() > kStepsKept) {
    const size_t first = Below(script.size() - kStepsKept + 1);
    script.erase(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(first));
    script.resize(kStepsKept);
  }
  const size_t changes = 1 + Below(4);
  for (size_t i = 0; i < changes; ++i) {
    switch (Below(16)) {
      case 0: {  // Something else happens as well.
        Script more = seeds_.Pick(OneOf(seeds_.fuzzed()), 0, random_);
        const size_t at = Below(script.size() + 1);
        for (Step& step : more) {
          script.insert(script.begin() + static_cast<std::ptrdiff_t>(at), std::move(step));
        }
        break;
      }
      case 1:
        script.push_back(OneOf(script).Clone());  // The same again: a replay.
        break;
      case 2:
        if (script.size() > 1) {
          script.erase(script.begin() + static_cast<std::ptrdiff_t>(Below(script.size())));
        }
        break;
      case 3:
        if (OneIn(8)) {
          Step later;
          later.minutes = static_cast<int>(Below(OneIn(2) ? 60 : 60 * 24 * 30));
          script.insert(script.begin() + static_cast<std::ptrdiff_t>(Below(script.size())),
                        std::move(later));
        }
        break;
      default:
        // The last call is the one that was picked.
        ChangeStep(OneIn(4) ? script[Below(script.size())] : script.back());
    }
  }
  if (script.size() > kStepsKept) script.resize(kStepsKept);
}

Script Mutator::Cross(const Script& a, const Script& b) {
  Script script;
  script.reserve(kStepsKept);
  for (const Script* one : {&a, &b}) {
    for (const Step& step : *one) {
      if (script.size() < kStepsKept && !OneIn(3)) script.push_back(step.Clone());
    }
  }
  return script;
}

void Mutator::ChangeStep(Step& step) {
  if (step.method == nullptr) return;
  if (OneIn(12)) step.caller = OneOf(FuzzCallers());
  if (OneIn(30)) {
    step.tail.clear();
    for (size_t i = Below(12) + 1; i > 0; --i) step.tail.push_back(static_cast<char>(Below(256)));
  }
  ChangeMessage(*step.request, 0);
}

void Mutator::ChangeMessage(Message& message, int depth) {
  const proto::Descriptor& type = *message.GetDescriptor();
  if (IsInstant(type) && !OneIn(3)) return SetInstant(message);
  if (type.field_count() == 0) return;
  std::vector<const Field*> set;
  message.GetReflection()->ListFields(message, &set);
  // What is there is changed more often than something is added.
  const Field& field = !set.empty() && !OneIn(3)
                           ? *OneOf(set)
                           : *type.field(static_cast<int>(Below(type.field_count())));
  ChangeField(message, field, depth);
}

void Mutator::ChangeField(Message& message, const Field& field, int depth) {
  const proto::Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return ChangeRepeated(message, field, depth);
  if (OneIn(8)) return reflection.ClearField(&message, &field);
  if (field.cpp_type() != Field::CPPTYPE_MESSAGE) return SetScalar(message, field);
  Message* inner = reflection.MutableMessage(&message, &field);
  if (depth < kDepthMax) ChangeMessage(*inner, depth + 1);
}

void Mutator::Append(Message& message, const Field& field, int depth) {
  const proto::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE: {
      Message* added = reflection.AddMessage(&message, &field);
      if (depth < kDepthMax) ChangeMessage(*added, depth + 1);
      break;
    }
    case Field::CPPTYPE_STRING:
      reflection.AddString(&message, &field, NewString(field.name(), ""));
      break;
    case Field::CPPTYPE_ENUM:
      reflection.AddEnumValue(&message, &field, NewEnum(*field.enum_type()));
      break;
    case Field::CPPTYPE_INT32:
      reflection.AddInt32(&message, &field, static_cast<int32_t>(NewInt(0)));
      break;
    default:  // The API has no other lists.
      break;
  }
}

void Mutator::ChangeRepeated(Message& message, const Field& field, int depth) {
  const proto::Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &field);
  const bool messages = field.cpp_type() == Field::CPPTYPE_MESSAGE;
  if (size == 0 || OneIn(4)) return Append(message, field, depth);
  if (OneIn(12)) return reflection.ClearField(&message, &field);
  if (OneIn(5)) return reflection.RemoveLast(&message, &field);
  if (OneIn(6)) {
    reflection.SwapElements(&message, &field, static_cast<int>(Below(size)), size - 1);
    return;
  }
  if (messages && OneIn(6)) {  // The same element again; seldom very often.
    const int at = static_cast<int>(Below(size));
    const std::unique_ptr<Message> copy(reflection.GetRepeatedMessage(message, &field, at).New());
    copy->CopyFrom(reflection.GetRepeatedMessage(message, &field, at));
    for (int i = OneIn(20) ? kManyElements : 1; i > 0; --i) {
      reflection.AddMessage(&message, &field)->CopyFrom(*copy);
    }
    return;
  }
  if (messages && depth < kDepthMax) {
    return ChangeMessage(
        *reflection.MutableRepeatedMessage(&message, &field, static_cast<int>(Below(size))),
        depth + 1);
  }
  reflection.RemoveLast(&message, &field);
  Append(message, field, depth);
}

void Mutator::SetScalar(Message& message, const Field& field) {
  const proto::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      reflection.SetString(&message, &field,
                           NewString(field.name(), reflection.GetString(message, &field)));
      break;
    case Field::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, !reflection.GetBool(message, &field));
      break;
    case Field::CPPTYPE_ENUM:
      reflection.SetEnumValue(&message, &field, NewEnum(*field.enum_type()));
      break;
    case Field::CPPTYPE_INT32:
      reflection.SetInt32(&message, &field,
                          static_cast<int32_t>(NewInt(reflection.GetInt32(message, &field))));
      break;
    case Field::CPPTYPE_UINT32:
      reflection.SetUInt32(&message, &field,
                           static_cast<uint32_t>(NewInt(reflection.GetUInt32(message, &field))));
      break;
    case Field::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, NewInt(reflection.GetInt64(message, &field)));
      break;
    case Field::CPPTYPE_DOUBLE:
      reflection.SetDouble(&message, &field, NewDouble(reflection.GetDouble(message, &field)));
      break;
    default:  // The API has no others.
      break;
  }
}

// Starts that clinics offer, the ends of time, and what no Timestamp may say.
void Mutator::SetInstant(Message& message) {
  static const auto& seconds = *new std::vector<int64_t>{0,
                                                         -1,
                                                         1,
                                                         60,
                                                         600,
                                                         1800,
                                                         -62'135'596'800,
                                                         -62'135'596'801,
                                                         253'402'300'799,
                                                         253'402'300'800,
                                                         std::numeric_limits<int64_t>::max(),
                                                         std::numeric_limits<int64_t>::min(),
                                                         9'223'372'036'854,
                                                         -9'223'372'036'855,
                                                         315'576'000'000,
                                                         -315'576'000'001};
  static const auto& nanos = *new std::vector<int32_t>{-1,
                                                       1,
                                                       1000,
                                                       999'999'999,
                                                       1'000'000'000,
                                                       std::numeric_limits<int32_t>::max(),
                                                       std::numeric_limits<int32_t>::min()};
  const proto::Descriptor& type = *message.GetDescriptor();
  const proto::Reflection& reflection = *message.GetReflection();
  constexpr int64_t kStep = 15 * 60;
  const int64_t usual = absl::ToUnixSeconds(kFuzzStart) + kStep * static_cast<int64_t>(Below(4000));
  reflection.SetInt64(&message, type.FindFieldByName("seconds"), OneIn(3) ? OneOf(seconds) : usual);
  reflection.SetInt32(&message, type.FindFieldByName("nanos"), OneIn(8) ? OneOf(nanos) : 0);
}

std::string Mutator::NewString(const std::string& field, std::string old) {
  switch (Below(8)) {
    case 0:
    case 1:
      return OneOf(seeds_.ValuesOf(field));
    case 2:
    case 3:
      return OneOf(HardTexts());
    case 4:
      return OneOf(Memory::Words());
    case 5:  // One byte becomes another.
      if (old.empty()) old = OneOf(HardTexts());
      if (!old.empty()) old[Below(old.size())] = static_cast<char>(Below(256));
      return old;
    case 6:
      return old.substr(0, Below(old.size() + 1));
    default:
      return absl::StrCat(old, OneIn(2) ? old : OneOf(HardTexts())).substr(0, kStringBytesMax);
  }
}

int64_t Mutator::NewInt(int64_t old) {
  if (OneIn(4)) {
    const auto wrapped = static_cast<uint64_t>(old) + (OneIn(2) ? 1 : ~uint64_t{0});
    return static_cast<int64_t>(wrapped);
  }
  return OneOf(HardNumbers());
}

double Mutator::NewDouble(double old) {
  using Limits = std::numeric_limits<double>;
  static const auto& numbers = *new std::vector<double>{0,
                                                        -0.0,
                                                        1,
                                                        -1,
                                                        10.5,
                                                        1e300,
                                                        Limits::max(),
                                                        Limits::lowest(),
                                                        Limits::denorm_min(),
                                                        Limits::infinity(),
                                                        -Limits::infinity(),
                                                        Limits::quiet_NaN()};
  return OneIn(4) ? old * 2 : OneOf(numbers);
}

int Mutator::NewEnum(const proto::EnumDescriptor& type) {
  if (OneIn(5)) return OneOf(std::vector<int>{-1, 99, std::numeric_limits<int>::max()});
  return type.value(static_cast<int>(Below(type.value_count())))->number();
}

}  // namespace stillpoint::fuzz
