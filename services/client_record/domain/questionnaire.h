// What clients are asked. Content is data (data/questionnaire.v*.json), versioned and never changed
// once released; this reads it and checks answers against it. No clock and no I/O.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_QUESTIONNAIRE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_QUESTIONNAIRE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace stillpoint::client_record::domain {

enum class QuestionKind { kYesNo = 1, kChoice, kChoices, kDate, kNumber, kText };

struct Option {
  std::string code;
  std::string text;
};

struct Question {
  std::string id;
  std::string section;
  std::string text;
  QuestionKind kind = QuestionKind::kText;
  std::vector<Option> options;      // CHOICE and CHOICES; for YES_NO `yes` and `no`.
  bool screening = false;           // A blank blocks.
  std::string asked_when_question;  // Empty: always asked.
  std::vector<std::string> asked_when_codes;
  double number_min = 0;  // NUMBER only, inclusive.
  double number_max = 0;
};

// Question id -> what was answered. A question without an entry was left blank.
using Answers = std::map<std::string, std::vector<std::string>>;

struct Questionnaire {
  int version = 0;
  std::string title;
  std::vector<Question> questions;

  // Null if it asks no such question.
  const Question* Find(absl::string_view id) const;
};

// InvalidArgument BAD_CONTENT: not a questionnaire, an id twice, a condition on something unknown.
absl::StatusOr<Questionnaire> ParseQuestionnaire(absl::string_view json);

// Drops blank values, so that an empty text and no entry are the same.
Answers WithoutBlanks(Answers answers);

// InvalidArgument INVALID_FIELD (intake.answers): a question that is not asked, a code that is not
// offered, not a date, a number out of range, two answers to one. Blanks are fine.
absl::Status CheckAnswers(const Questionnaire& questionnaire, const Answers& answers);

// Whether `question` is put to a client with these answers.
bool IsAsked(const Question& question, const Answers& answers);

// Ids of screening questions that are asked and were left blank, in order.
std::vector<std::string> MissingAnswers(const Questionnaire& questionnaire, const Answers& answers);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_QUESTIONNAIRE_H_
