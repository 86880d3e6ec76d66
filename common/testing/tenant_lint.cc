#include "common/testing/tenant_lint.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace stillpoint::testing {
namespace {

constexpr char kColumn[] = "organization";

// A word, number, string, parameter or sign; or what stands between two parentheses.
struct Node {
  std::string text;         // Words in lower case; "(" for a group.
  std::vector<Node> group;  // Its content.
};
using Nodes = std::vector<Node>;

bool IsWordPart(char c) { return absl::ascii_isalnum(c) || c == '_'; }

class Tokenizer {
 public:
  explicit Tokenizer(absl::string_view text) : text_(text) {}

  // Up to the closing parenthesis of this level, or the end.
  Nodes Level() {
    Nodes nodes;
    while (SkipSpace()) {
      const char c = text_[at_];
      if (c == ')') {
        ++at_;
        return nodes;
      }
      if (c == '(') {
        ++at_;
        nodes.push_back({.text = "(", .group = Level()});
      } else {
        nodes.push_back({.text = Token(c), .group = {}});
      }
    }
    return nodes;
  }

 private:
  // Also comments. False at the end.
  bool SkipSpace() {
    while (at_ < text_.size()) {
      const absl::string_view rest = text_.substr(at_);
      if (absl::ascii_isspace(rest[0])) {
        ++at_;
      } else if (absl::StartsWith(rest, "--")) {
        at_ = std::min(text_.size(), text_.find('\n', at_));
      } else if (absl::StartsWith(rest, "/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == absl::string_view::npos ? text_.size() : end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  std::string Token(char first) {
    const size_t begin = at_++;
    if (first == '\'' || first == '"') {
      while (at_ < text_.size() && text_[at_] != first) ++at_;
      at_ = std::min(text_.size(), at_ + 1);
      const absl::string_view quoted = text_.substr(begin, at_ - begin);
      // A quoted name is a name.
      return std::string(first == '"' ? quoted.substr(1, quoted.size() - 2) : quoted);
    }
    if (IsWordPart(first) || first == '$') {
      while (at_ < text_.size() && IsWordPart(text_[at_])) ++at_;
    }
    return absl::AsciiStrToLower(text_.substr(begin, at_ - begin));
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

bool IsOneOf(absl::string_view word, std::initializer_list<absl::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
bool EndsCondition(absl::string_view word) {
  return IsOneOf(
      word, {"where",  "group", "order",  "limit",  "returning", "union",  "except", "intersect",
             "having", "on",    "join",   "left",   "inner",     "cross",  "set",    "window",
             "offset", "for",   "insert", "update", "delete",    "select", ";"});
}
bool IsAlias(absl::string_view word) {
  return !word.empty() && IsWordPart(word[0]) && !EndsCondition(word) &&
         !IsOneOf(word, {"as", "using", "natural", "values", "default", "from", "right", "full"});
}
bool BeginsQuery(const Node& node) {
  return node.text == "(" && !node.group.empty() &&
         IsOneOf(node.group[0].text, {"select", "with", "insert", "update", "delete", "values"});
}
bool IsParameter(const Node& node, size_t* number) {
  return node.text.size() > 1 && node.text[0] == '$' &&
         absl::SimpleAtoi(absl::string_view(node.text).substr(1), number);
}

// One SELECT, UPDATE, DELETE or INSERT with what belongs to it.
class Examiner {
 public:
  Examiner(const std::set<std::string>& tables, TenantUse& use) : tables_(tables), use_(use) {}

  // `outer`: names of rows in the queries around this one, which are judged for themselves.
  void Level(const Nodes& nodes, const std::set<std::string>& outer) {
    // Each part of a UNION stands for itself; so does the statement behind WITH ... (...).
    size_t begin = 0;
    for (size_t i = 0; i <= nodes.size(); ++i) {
      const bool ends = i == nodes.size() ||
                        IsOneOf(nodes[i].text, {"union", "except", "intersect"}) ||
                        (i > begin && nodes[begin].text != "insert" && StartsStatement(nodes, i));
      if (!ends) continue;
      Part(Nodes(nodes.begin() + static_cast<ptrdiff_t>(begin),
                 nodes.begin() + static_cast<ptrdiff_t>(i)),
           outer);
      begin = i;
    }
  }

 private:
  struct Reference {
    std::string table;
    std::string name;  // The alias, or the table's name.
    bool bound = false;
  };

  // Behind the last common table expression; an INSERT keeps its SELECT.
  static bool StartsStatement(const Nodes& nodes, size_t i) {
    return IsOneOf(nodes[i].text, {"select", "insert", "update", "delete"}) &&
           nodes[i - 1].text == "(";
  }

  void Fail(absl::string_view what) {
    if (use_.problem.empty()) use_.problem = std::string(what);
  }

  void Part(const Nodes& nodes, const std::set<std::string>& outer) {
    std::vector<Reference> references = References(nodes);
    std::set<std::string> names = outer;
    for (const Reference& reference : references) names.insert(reference.name);
    Bind(nodes, outer, references);
    for (const Reference& reference : references) {
      if (!reference.bound) {
        Fail(absl::StrCat("nothing demands ", kColumn, " = $N of ", reference.table));
      }
    }
    Insert(nodes);
    Changes(nodes);
    Groups(nodes, names);
  }

  // Queries inside of this one, at any depth.
  void Groups(const Nodes& nodes, const std::set<std::string>& names) {
    for (const Node& node : nodes) {
      if (node.text != "(") continue;
      if (BeginsQuery(node)) {
        Level(node.group, names);
      } else {
        Groups(node.group, names);
      }
    }
  }

  // The tenant tables read or changed here; INSERT INTO is Insert's.
  std::vector<Reference> References(const Nodes& nodes) const {
    std::vector<Reference> found;
    bool in_from = false;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const std::string& word = nodes[i].text;
      if (EndsCondition(word) && word != "on") in_from = false;
      const bool follows = IsOneOf(word, {"from", "join", "update"}) || (in_from && word == ",");
      if (word == "from") in_from = true;
      if (!follows || i + 1 >= nodes.size() || !tables_.contains(nodes[i + 1].text)) continue;
      Reference reference{.table = nodes[i + 1].text, .name = nodes[i + 1].text};
      size_t next = i + 2;
      if (next < nodes.size() && nodes[next].text == "as") ++next;
      if (next < nodes.size() && IsAlias(nodes[next].text)) reference.name = nodes[next].text;
      found.push_back(std::move(reference));
    }
    return found;
  }

  // One side of `=`: $N, or [name.]organization. Empty `name` for a bare column.
  struct Side {
    bool is_column = false;
    size_t parameter = 0;
    std::string name;
  };
  // What ends before `end` or begins at `begin`.
  static Side Before(const Nodes& nodes, size_t end) {
    Side side;
    if (end == 0) return side;
    if (IsParameter(nodes[end - 1], &side.parameter)) return side;
    side.is_column = nodes[end - 1].text == kColumn;
    if (side.is_column && end >= 3 && nodes[end - 2].text == ".") side.name = nodes[end - 3].text;
    return side;
  }
  static Side After(const Nodes& nodes, size_t begin) {
    Side side;
    if (begin >= nodes.size()) return side;
    if (IsParameter(nodes[begin], &side.parameter)) return side;
    if (begin + 2 < nodes.size() && nodes[begin + 1].text == ".") {
      side.is_column = nodes[begin + 2].text == kColumn;
      side.name = nodes[begin].text;
    } else {
      side.is_column = nodes[begin].text == kColumn;
    }
    return side;
  }

  // Follows the equations of WHERE and ON until nothing more is bound.
  void Bind(const Nodes& nodes, const std::set<std::string>& outer,
            std::vector<Reference>& references) {
    for (size_t round = 0; round <= references.size(); ++round) {
      for (size_t i = 0; i < nodes.size(); ++i) {
        if (!IsOneOf(nodes[i].text, {"where", "on"})) continue;
        size_t end = i + 1;
        while (end < nodes.size() && !EndsCondition(nodes[end].text)) ++end;
        const bool has_or = std::any_of(nodes.begin() + static_cast<ptrdiff_t>(i),
                                        nodes.begin() + static_cast<ptrdiff_t>(end),
                                        [](const Node& node) { return node.text == "or"; });
        for (size_t at = i + 1; at < end && !has_or; ++at) {
          // Not of `<=`, `>=` or `!=`.
          if (nodes[at].text != "=" || IsOneOf(nodes[at - 1].text, {"<", ">", "!"})) continue;
          Equation(Before(nodes, at), After(nodes, at + 1), outer, references);
          Equation(After(nodes, at + 1), Before(nodes, at), outer, references);
        }
      }
    }
  }

  // `left` becomes bound if `right` is.
  void Equation(const Side& left, const Side& right, const std::set<std::string>& outer,
                std::vector<Reference>& references) {
    if (!left.is_column) return;
    const auto named = [&](const std::string& name) {
      // A bare column is of the only table that has it; of several the engine refuses it.
      return std::find_if(references.begin(), references.end(), [&](const Reference& reference) {
        return name.empty() || reference.name == name;
      });
    };
    const auto target = named(left.name);
    if (target == references.end()) return;
    if (right.parameter != 0) {
      target->bound = true;
      Demand(right.parameter);
    } else if (right.is_column && !right.name.empty()) {
      const auto source = named(right.name);
      target->bound |= source == references.end() ? outer.contains(right.name) : source->bound;
    }
  }

  void Demand(size_t parameter) {
    auto& list = use_.parameters;
    const auto at = std::lower_bound(list.begin(), list.end(), parameter);
    if (at == list.end() || *at != parameter) list.insert(at, parameter);
  }

  // The node of that column in `a, b, c`, if it is alone between its commas or a name and column.
  static Nodes Element(const Nodes& list, size_t column) {
    Nodes element;
    for (const Node& node : list) {
      if (node.text == ",") {
        if (column-- == 0) return element;
      } else if (column == 0) {
        element.push_back(node);
      }
    }
    return column == 0 ? element : Nodes();
  }

  void Given(const Nodes& element, absl::string_view table) {
    size_t parameter = 0;
    if (element.size() == 1 && IsParameter(element[0], &parameter)) {
      Demand(parameter);
    } else if (element.empty() || element.back().text != kColumn) {
      Fail(absl::StrCat("INSERT gives ", table, " an ", kColumn, " that is not $N"));
    }
  }

  void Insert(const Nodes& nodes) {
    for (size_t i = 0; i + 3 < nodes.size(); ++i) {
      if (nodes[i].text != "into" || !tables_.contains(nodes[i + 1].text)) continue;
      const std::string& table = nodes[i + 1].text;
      const Nodes& columns = nodes[i + 2].group;
      size_t column = 0;
      while (true) {
        const Nodes element = Element(columns, column);
        if (element.empty()) return Fail(absl::StrCat("INSERT names no ", kColumn, " of ", table));
        if (element.size() == 1 && element[0].text == kColumn) break;
        ++column;
      }
      size_t at = i + 3;
      if (nodes[at].text == "select") {
        Nodes list;
        for (++at; at < nodes.size() && nodes[at].text != "from"; ++at) list.push_back(nodes[at]);
        return Given(Element(list, column), table);
      }
      if (nodes[at].text != "values") return Fail("INSERT without VALUES or SELECT");
      for (++at; at < nodes.size() && IsOneOf(nodes[at].text, {"(", ","}); ++at) {
        if (nodes[at].text == "(") Given(Element(nodes[at].group, column), table);
      }
    }
  }

  // SET organization = ...
  void Changes(const Nodes& nodes) {
    bool in_set = false;
    for (size_t i = 0; i + 1 < nodes.size(); ++i) {
      if (nodes[i].text == "set") in_set = true;
      if (IsOneOf(nodes[i].text, {"where", "from", "returning"})) in_set = false;
      if (in_set && IsOneOf(nodes[i].text, {"set", ","}) && nodes[i + 1].text == kColumn) {
        Fail(absl::StrCat("changes the ", kColumn, " of a row"));
      }
    }
  }

  const std::set<std::string>& tables_;
  TenantUse& use_;
};

}  // namespace

TenantUse ExamineStatement(absl::string_view statement,
                           const std::set<std::string>& tenant_tables) {
  TenantUse use;
  Examiner(tenant_tables, use).Level(Tokenizer(statement).Level(), {});
  return use;
}

const TenantUse& TenantLint::UseOf(absl::string_view statement) {
  MutexLock lock(mutex_);
  auto known = known_.find(statement);
  if (known == known_.end()) {
    known = known_.emplace(std::string(statement), ExamineStatement(statement, tables_)).first;
  }
  return known->second;  // Stays where it is.
}

std::string TenantLint::Check(absl::string_view statement, absl::Span<const sql::Value> parameters,
                              const sql::Reach& reach) {
  if (reach.all()) return "";
  const TenantUse& use = UseOf(statement);
  if (!use.problem.empty()) return use.problem;
  for (const size_t number : use.parameters) {
    if (number > parameters.size()) return absl::StrCat("there is no $", number);
    const auto* text = std::get_if<std::string>(&parameters[number - 1].variant());
    if (text == nullptr || *text != reach.setting()) {
      return absl::StrCat("$", number, " is not the organization of the transaction");
    }
  }
  return "";
}

}  // namespace stillpoint::testing
