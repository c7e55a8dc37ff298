#include "ledger/records/evidence.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "https://in-toto.io/attestation/test-result/v0.1";

constexpr auto kInsert = R"sql(
  INSERT INTO evidence (entry, subject_name, subject, target, passed) VALUES (?1, ?2, ?3, ?4, ?5)
)sql";

constexpr auto kInsertCheck = R"sql(
  INSERT INTO check_result (entry, position, name, kind, target, severity, passed, value, threshold,
                            failing_rows)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
)sql";

constexpr auto kOfSubject = R"sql(
  SELECT entry.number, leaf, envelope FROM evidence JOIN entry ON entry.number = entry
  WHERE subject = ?1 ORDER BY entry DESC
)sql";

Check check_of(const Json& json) {
  Check check{.name = json.at("name").as_string(),
              .kind = json.at("kind").as_string(),
              .target = json.at("target").as_string(),
              .severity = json.at("severity").as_string(),
              .passed = json.at("passed").as_bool(),
              .value = json["value"],
              .threshold = json["threshold"],
              .failing_rows = integer_or_nothing(json["failing_rows"]),
              .message = json.at("message").as_string()};
  if (const auto& lines = json["sample_lines"]; lines.is_array())
    for (const auto& line : lines.as_array()) check.sample_lines.push_back(line.as_integer());
  check.check = json.string_or("check", "");
  return check;
}

void project_evidence(Database& database, const Entry& entry) {
  const auto evidence = read_evidence(entry);
  database.run(kInsert, entry.index, evidence.subject.name, evidence.subject.digest,
               evidence.target, evidence.passed);
  std::int64_t position = 0;
  for (const auto& check : evidence.checks)
    database.run(kInsertCheck, entry.index, position++, check.name, check.kind, check.target,
                 check.severity, check.passed, check.value.canonical(), check.threshold.canonical(),
                 check.failing_rows);
}

std::string describe(const Entry& entry) {
  const auto evidence = read_evidence(entry);
  const auto passed = std::ranges::count_if(evidence.checks, &Check::passed);
  return fmt::format("validated {}: {} ({} of {} checks)", evidence.target,
                     evidence.passed ? "passed" : "failed", passed, evidence.checks.size());
}

std::vector<std::string> target_resources(const Entry& entry) {
  const auto& target = entry.predicate.at("mlo_target").as_string();
  return {target, target.substr(0, target.find('@'))};
}

const bool kRegistered = record_kinds().add(kType, {.word = "validation",
                                                    .project = project_evidence,
                                                    .describe = describe,
                                                    .actions = {"validate"},
                                                    .resources = target_resources});

bool warned(const Check& check) {
  return !check.passed && check.severity == "warn";
}

/// A check's name is only unique with its target; data checks may share both.
std::string test_name(const Check& check) {
  return check.target.empty() ? check.name : check.target + ": " + check.name;
}

std::string_view result_of(const Evidence& evidence) {
  if (!evidence.passed) return "FAILED";
  return std::ranges::any_of(evidence.checks, warned) ? "WARNED" : "PASSED";
}

}  // namespace

Evidence read_evidence(const Entry& entry) {
  Evidence evidence{.subject = only_subject(entry),
                    .target = entry.predicate.at("mlo_target").as_string(),
                    .passed = entry.predicate.at("result").as_string() != "FAILED",
                    .inputs = artifacts_of(entry.predicate.at("configuration")),
                    .report = digest_or_nothing(entry.predicate["mlo_report"]),
                    .origin = origin_of(entry)};
  for (const auto& check : entry.predicate.at("mlo_checks").as_array())
    evidence.checks.push_back(check_of(check));
  return evidence;
}

Json to_json(const Check& check) {
  Json object = Json::object({{"target", check.target},
                              {"kind", check.kind},
                              {"name", check.name},
                              {"severity", check.severity},
                              {"passed", check.passed},
                              {"value", check.value},
                              {"threshold", check.threshold},
                              {"failing_rows", integer_or_null(check.failing_rows)},
                              {"message", check.message}});
  if (!check.sample_lines.empty())
    object.set("sample_lines", Json::Array(check.sample_lines.begin(), check.sample_lines.end()));
  if (!check.check.empty()) object.set("check", check.check);
  return object;
}

Statement statement_of(const Evidence& evidence) {
  Json passed = Json::array();
  Json warnings = Json::array();
  Json failed = Json::array();
  Json checks = Json::array();
  for (const auto& check : evidence.checks) {
    auto& list = check.passed ? passed : warned(check) ? warnings : failed;
    list.add(test_name(check));
    checks.add(to_json(check));
  }
  return {.subjects = {evidence.subject},
          .predicate_type = kType,
          .predicate = Json::object({{"result", result_of(evidence)},
                                     {"configuration", descriptors_of(evidence.inputs)},
                                     {"passedTests", std::move(passed)},
                                     {"warnedTests", std::move(warnings)},
                                     {"failedTests", std::move(failed)},
                                     {"mlo_target", evidence.target},
                                     {"mlo_report", text_or_null(evidence.report)},
                                     {"mlo_checks", std::move(checks)}})};
}

std::vector<Evidence> evidence_for(Ledger& ledger, const Digest& subject) {
  return read_records(ledger, read_evidence, kOfSubject, subject);
}

}  // namespace mlo::ledger
