#include "mlo/ledger/controls.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "control_tables.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/audit.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kShown = 5;
constexpr std::int64_t kLooked = 10'000;  // entries of one kind, newest first

std::string lower(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

std::string predicate_type(const std::string& kind) {
  return kind.find("://") == std::string::npos ? fmt::format("urn:mlo:{}:v1", kind) : kind;
}

bool says_something(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_string()) return !value.as_string().empty();
  if (value.is_array() || value.is_object()) return value.size() > 0;
  return true;
}

/// The member that "a.b.c" leads to; null when one is missing.
const Json& member(const Json& json, std::string_view path) {
  const auto* at = &json;
  for (const auto& step : split(path, '.')) at = &(*at)[step];
  return *at;
}

bool names_a_commit(const Json& predicate) {
  const auto& dependencies = predicate["buildDefinition"]["resolvedDependencies"];
  if (!dependencies.is_array()) return false;
  return std::ranges::any_of(dependencies.as_array(), [](const Json& dependency) {
    return dependency["digest"].find("gitCommit") != nullptr;
  });
}

/// `wanted`: a kind of checks, or one check of data, as "data/personal_data".
bool has_check(const Json& predicate, std::string_view wanted) {
  const auto& checks = predicate["mlo_checks"];
  if (!checks.is_array()) return false;
  const auto slash = wanted.find('/');
  const auto kind = wanted.substr(0, slash);
  return std::ranges::any_of(checks.as_array(), [&](const Json& check) {
    return check.string_or("kind", "") == kind &&
           (slash == std::string_view::npos ||
            check.string_or("check", "") == wanted.substr(slash + 1));
  });
}

struct Question {
  std::string kind;
  std::string has;
  std::string check;

  [[nodiscard]] bool answered_by(const Entry& entry) const {
    if (!check.empty()) return has_check(entry.predicate, check);
    if (has == "git") return names_a_commit(entry.predicate);
    return has.empty() || says_something(member(entry.predicate, has));
  }
};

/// Entries by predicate type, read once for all controls that ask for them.
class Evidence {
 public:
  Evidence(Ledger& ledger, std::string model) : ledger_(ledger), model_(std::move(model)) {}

  std::vector<std::int64_t> answers(const Question& question) {
    std::vector<std::int64_t> found;
    for (const auto& entry : of(predicate_type(question.kind))) {
      if (found.size() >= kShown) break;
      if (question.answered_by(entry)) found.push_back(entry.index);
    }
    return found;
  }

 private:
  const std::vector<Entry>& of(const std::string& type) {
    const auto known = read_.find(type);
    if (known != read_.end()) return known->second;
    std::vector<Entry> entries;
    // Rules and identities concern every model; so does data, of which a version may be read later.
    const bool everybody =
        type.find("policy") != std::string::npos || type.find("identity") != std::string::npos ||
        type.find("dataset") != std::string::npos || type.find("access") != std::string::npos;
    try {
      entries = audit_log(
          ledger_, {.what = type, .model = everybody ? std::string() : model_, .limit = kLooked});
    } catch (const Error& error) {
      // A kind that this version of mlo does not write.
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::bad_input) throw;
    }
    return read_.emplace(type, std::move(entries)).first->second;
  }

  Ledger& ledger_;
  std::string model_;
  std::map<std::string, std::vector<Entry>> read_;
};

Control control_of(const Json& row, const std::string& framework, Evidence& evidence) {
  Control control{.framework = framework,
                  .control = row.at("control").as_string(),
                  .title = row.at("title").as_string(),
                  .evidence = {}};
  for (const auto& wanted : row.at("evidence").as_array()) {
    const Question question{.kind = wanted.at("kind").as_string(),
                            .has = wanted.string_or("has", ""),
                            .check = wanted.string_or("check", "")};
    control.evidence.push_back(
        {.kind = question.kind,
         .has = question.check.empty() ? question.has : "a check of " + question.check,
         .hint = wanted.at("hint").as_string(),
         .entries = evidence.answers(question)});
  }
  return control;
}

}  // namespace

std::string Control::status() const {
  const auto shown = std::ranges::count_if(
      evidence, [](const ControlEvidence& one) { return !one.entries.empty(); });
  if (shown == static_cast<std::ptrdiff_t>(evidence.size())) return "evidenced";
  return shown == 0 ? "lacking" : "partly";
}

std::vector<Control> audit_controls(Ledger& ledger, const std::string& framework,
                                    const std::string& model) {
  Evidence evidence(ledger, model);
  std::vector<Control> all;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < control_tables_count; ++i) {
    const auto table = Json::parse(control_tables[i].text);
    const auto& name = names.emplace_back(table.at("framework").as_string());
    if (lower(name).find(lower(framework)) == std::string::npos) continue;
    for (const auto& row : table.at("controls").as_array())
      all.push_back(control_of(row, name, evidence));
  }
  if (all.empty())
    throw Error(ErrorKind::not_found, "no framework is called '{}'", framework)
        .hint("a part of one of these names: {}", join(names, "; "));
  return all;
}

}  // namespace mlo::ledger
