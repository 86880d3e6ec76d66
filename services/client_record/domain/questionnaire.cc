#include "services/client_record/domain/questionnaire.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/client_record/domain/dates.h"

namespace stillpoint::client_record::domain {
namespace {

using nlohmann::json;

constexpr size_t kValueCharsMax = 4000;  // A page of free text.

absl::Status BadContent(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONTENT",
               absl::StrCat("questionnaire: ", what));
}

std::optional<QuestionKind> KindFromName(absl::string_view name) {
  static constexpr absl::string_view kNames[] = {"YES_NO", "CHOICE", "CHOICES",
                                                 "DATE",   "NUMBER", "TEXT"};
  for (int i = 0; i < 6; ++i) {
    if (kNames[i] == name) return static_cast<QuestionKind>(i + 1);
  }
  return std::nullopt;
}

absl::StatusOr<Question> ParseQuestion(const json& from) {
  Question question;
  question.id = from.value("id", "");
  question.section = from.value("section", "");
  question.text = from.value("text", "");
  question.screening = from.value("screening", false);
  question.number_min = from.value("min", 0.0);
  question.number_max = from.value("max", 0.0);
  if (question.id.empty() || question.text.empty())
    return BadContent("a question without id or text");
  const auto kind = KindFromName(from.value("kind", ""));
  if (!kind.has_value()) return BadContent(absl::StrCat(question.id, ": unknown kind"));
  question.kind = *kind;
  if (question.kind == QuestionKind::kYesNo) question.options = {{"yes", "Yes"}, {"no", "No"}};
  if (from.contains("options")) {
    for (const json& option : from["options"]) {
      question.options.push_back({option.at("code"), option.at("text")});
    }
  }
  const bool closed =
      question.kind == QuestionKind::kChoice || question.kind == QuestionKind::kChoices;
  if (closed && question.options.empty())
    return BadContent(absl::StrCat(question.id, ": no options"));
  if (from.contains("asked_when")) {
    question.asked_when_question = from["asked_when"].at("question");
    question.asked_when_codes = from["asked_when"].at("is").get<std::vector<std::string>>();
  }
  return question;
}

absl::Status Wrong(absl::string_view question, absl::string_view what) {
  return InvalidField(absl::StrCat("intake.answers[", question, "]"), what);
}

absl::Status CheckValue(const Question& question, const std::string& value) {
  if (value.size() > kValueCharsMax) return Wrong(question.id, "is longer than 4000 bytes");
  switch (question.kind) {
    case QuestionKind::kYesNo:
    case QuestionKind::kChoice:
    case QuestionKind::kChoices:
      for (const Option& option : question.options) {
        if (option.code == value) return absl::OkStatus();
      }
      return Wrong(question.id, "is not one of the codes offered");
    case QuestionKind::kDate:
      if (!ParseDay(value).has_value()) return Wrong(question.id, "is not a date like 2026-11-30");
      return absl::OkStatus();
    case QuestionKind::kNumber: {
      double number = 0;
      if (!absl::SimpleAtod(value, &number) || !(number >= question.number_min) ||
          !(number <= question.number_max)) {
        return Wrong(question.id, "is not a number in range");
      }
      return absl::OkStatus();
    }
    case QuestionKind::kText:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

const Question* Questionnaire::Find(absl::string_view id) const {
  for (const Question& question : questions) {
    if (question.id == id) return &question;
  }
  return nullptr;
}

absl::StatusOr<Questionnaire> ParseQuestionnaire(absl::string_view text) {
  const json from = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!from.is_object() || !from.contains("questions")) return BadContent("not JSON of one");
  Questionnaire questionnaire;
  // The library reports a wrong type only by exception; it ends here.
  try {
    questionnaire.version = from.value("version", 0);
    questionnaire.title = from.value("title", "");
    for (const json& entry : from["questions"]) {
      ASSIGN_OR_RETURN(Question question, ParseQuestion(entry));
      if (questionnaire.Find(question.id) != nullptr) {
        return BadContent(absl::StrCat(question.id, ": asked twice"));
      }
      // Looked up among the earlier ones only, so conditions cannot go in a circle.
      const std::string& condition = question.asked_when_question;
      if (!condition.empty() && questionnaire.Find(condition) == nullptr) {
        return BadContent(absl::StrCat(question.id, ": depends on an unknown question"));
      }
      questionnaire.questions.push_back(std::move(question));
    }
  } catch (const json::exception&) {
    return BadContent("a value of the wrong type");
  }
  if (questionnaire.version < 1) return BadContent("no version");
  return questionnaire;
}

Answers WithoutBlanks(Answers answers) {
  for (auto entry = answers.begin(); entry != answers.end();) {
    auto& values = entry->second;
    values.erase(std::remove_if(values.begin(), values.end(),
                                [](const std::string& value) {
                                  return absl::StripAsciiWhitespace(value).empty();
                                }),
                 values.end());
    entry = values.empty() ? answers.erase(entry) : std::next(entry);
  }
  return answers;
}

absl::Status CheckAnswers(const Questionnaire& questionnaire, const Answers& answers) {
  for (const auto& [id, values] : answers) {
    const Question* question = questionnaire.Find(id);
    if (question == nullptr) {
      return InvalidField("intake.answers", "answers a question that this version does not ask");
    }
    if (question->kind != QuestionKind::kChoices && values.size() > 1) {
      return Wrong(id, "has more than one value");
    }
    if (values.size() > question->options.size() + 1) return Wrong(id, "has too many values");
    for (const std::string& value : values) RETURN_IF_ERROR(CheckValue(*question, value));
  }
  return absl::OkStatus();
}

bool IsAsked(const Question& question, const Answers& answers) {
  if (question.asked_when_question.empty()) return true;
  const auto found = answers.find(question.asked_when_question);
  if (found == answers.end()) return false;
  for (const std::string& value : found->second) {
    const auto& codes = question.asked_when_codes;
    if (std::find(codes.begin(), codes.end(), value) != codes.end()) return true;
  }
  return false;
}

std::vector<std::string> MissingAnswers(const Questionnaire& questionnaire,
                                        const Answers& answers) {
  std::vector<std::string> missing;
  for (const Question& question : questionnaire.questions) {
    if (question.screening && IsAsked(question, answers) && answers.count(question.id) == 0) {
      missing.push_back(question.id);
    }
  }
  return missing;
}

}  // namespace stillpoint::client_record::domain
