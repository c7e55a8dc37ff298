#include "mlo/ledger/report.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "ledger/records/model_version.h"
#include "mlo/core/error.h"
#include "mlo/ledger/audit.h"

namespace mlo::ledger {
namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
constexpr auto kFirstPolicy = "SELECT min(entry) FROM policy";

ReportRow row_of(const Entry& entry) {
  return {.entry = entry.index,
          .at = entry.time,
          .who = entry.actor,
          .what = describe(entry),
          .why = entry.reason};
}

bool is_true(const Json& value) {
  return value.is_bool() && value.as_bool();
}

/// True for a version of a model. What is said later of one, of a model as a whole or of what a
/// client logged makes none.
bool is_release(const Entry& entry) {
  return entry.predicate_type == kReleaseType;
}

bool is_gate_that_passed(const Entry& entry) {
  return word_for(entry) == "gate" &&
         entry.predicate.string_or("verificationResult", "") == "PASSED";
}

/// Why an entry is one that somebody must be able to explain; empty: it is none.
std::string exception_in(const Entry& entry, const std::string& word) {
  if (word == "rollback") return "rolled back";
  if (word == "acceptance")
    return entry.predicate.find("ahead") != nullptr ? "a wrong clock" : "not the ledger seen last";
  if (word == "alert") return "alert";
  if (word == "deployment" && entry.predicate.string_or("status", "") == "failed")
    return "delivery failed";
  if (word == "gate" && entry.predicate.string_or("verificationResult", "") == "FAILED")
    return "the gate said no";
  if (is_true(entry.predicate["mlo_gate"]["overridden"])) return "gate overridden";
  return "";
}

/// What nothing vouches for, though the entry itself is sound.
std::string gap_in(const Entry& entry, const std::string& word) {
  if (word == "run") {
    const auto& definition = entry.predicate["buildDefinition"]["resolvedDependencies"];
    bool in_git = false;
    bool dirty = false;
    if (definition.is_array())
      for (const auto& dependency : definition.as_array()) {
        const auto role = dependency["annotations"].string_or("mlo_role", "");
        in_git = in_git || role == "git";
        dirty = dirty || role == "dirty";
      }
    if (entry.predicate_type == "https://slsa.dev/provenance/v1" && !in_git)
      return "no git commit says which code ran";
    if (dirty) return "the code that ran had changes that were not committed";
  }
  if (is_release(entry) && entry.predicate["mlo_model"].string_or("run", "").empty())
    return "no run says how the version was made";
  if (word == "dataset" && entry.predicate.string_or("source", "").empty() &&
      entry.predicate["imported"].is_null())
    return "nobody said where the data came from";
  if ((word == "promotion" || word == "deployment" || word == "rollback") && entry.reason.empty())
    return "no reason was given";
  return "";
}

class Reporter {
 public:
  Reporter(Ledger& ledger, const ReportScope& scope) : ledger_(ledger), scope_(scope) {}

  Report make() {
    const auto verification = ledger_.verify();
    Report report{.scope = scope_, .root = verification.root, .verified = verification.verified()};
    for (const auto& problem : verification.problems)
      gaps_.rows.push_back(
          {.entry = problem.entry, .what = problem.problem, .state = "not verified"});
    auto entries = audit_log(
        ledger_,
        {.model = scope_.model, .since = scope_.since, .limit = kAll, .until = scope_.until});
    std::ranges::reverse(entries);
    report.entries = static_cast<std::int64_t>(entries.size());
    for (const auto& entry : entries) sort_in(entry);
    add_stages();
    add_deployments();
    report.sections = {std::move(publications_), std::move(stages_),   std::move(deployments_),
                       std::move(approvals_),    std::move(accesses_), std::move(changes_),
                       std::move(exceptions_),   std::move(gaps_)};
    return report;
  }

 private:
  void sort_in(const Entry& entry) {
    const auto word = word_for(entry);
    if (is_release(entry) || word == "promotion" || word == "rollback")
      publications_.rows.push_back(row_of(entry));
    if (word == "approval") approvals_.rows.push_back(row_of(entry));
    if (word == "access") accesses_.rows.push_back(row_of(entry));
    if (word == "policy" || word == "identity") changes_.rows.push_back(row_of(entry));
    if (auto why = is_true(entry.predicate["break_glass"]) ? broken_glass(entry)
                                                           : exception_in(entry, word);
        !why.empty()) {
      exceptions_.rows.push_back(row_of(entry));
      exceptions_.rows.back().state = std::move(why);
    }
    if (auto why = gap_in(entry, word); !why.empty()) {
      gaps_.rows.push_back(row_of(entry));
      gaps_.rows.back().state = std::move(why);
    }
  }

  /// What a promotion that asked to go past its gate went past.
  std::string broken_glass(const Entry& move) {
    // The gate's decision is the entry before it: both are one act.
    const auto gate = ledger_.entry(move.index - 1);
    if (gate && is_gate_that_passed(*gate)) return "asked to go past a gate that let it pass";
    const auto first_policy = ledger_.database().one(
        kFirstPolicy, [](const Row& row) { return row.get<std::optional<std::int64_t>>(0); });
    const bool ruled = first_policy && *first_policy && **first_policy < move.index;
    return ruled ? "rules broken, by permission" : "rules broken; no policy was in force";
  }

  /// Adds what began at `row.at` and ended at `row.until`, when it reached into the period.
  void add_span(ReportSection& section, ReportRow row) const {
    if (scope_.until && *row.at >= *scope_.until) return;
    if (scope_.since && row.until && *row.until < *scope_.since) return;
    section.rows.push_back(std::move(row));
  }

  void add_stages() {
    std::map<std::tuple<std::string, std::string>, Timestamp> next;
    // Newest first: what came after is known when its predecessor is met.
    for (const auto& move : stage_moves(ledger_, scope_.model)) {
      const auto place = std::tuple(move.model, move.stage);
      ReportRow row{
          .entry = move.origin.entry,
          .at = move.origin.at,
          .who = move.origin.actor,
          .what = fmt::format("{} in {}", version_name(move.model, move.number), move.stage),
          .why = move.origin.reason};
      if (const auto after = next.find(place); after != next.end()) row.until = after->second;
      next[place] = move.origin.at;
      add_span(stages_, std::move(row));
    }
    std::ranges::reverse(stages_.rows);
  }

  void add_deployments() {
    std::map<std::tuple<std::string, std::string, std::string>, Timestamp> next;
    for (const auto& deployment : deployments(ledger_, scope_.model)) {
      // One that failed left its predecessor where it was.
      if (deployment.status == "failed") continue;
      const auto place = std::tuple(deployment.model, deployment.stage, deployment.target);
      ReportRow row{
          .entry = deployment.origin.entry,
          .at = deployment.origin.at,
          .who = deployment.origin.actor,
          .what = fmt::format("{} on {} of {}", version_name(deployment.model, deployment.number),
                              deployment.target, deployment.stage),
          .why = deployment.origin.reason,
          .state = deployment.status};
      if (const auto after = next.find(place); after != next.end()) row.until = after->second;
      next[place] = deployment.origin.at;
      add_span(deployments_, std::move(row));
    }
    std::ranges::reverse(deployments_.rows);
  }

  Ledger& ledger_;
  const ReportScope& scope_;
  ReportSection publications_{.key = "publications", .title = "Published", .rows = {}};
  ReportSection stages_{
      .key = "stages", .title = "Who held which stage", .lasts = true, .rows = {}};
  ReportSection deployments_{
      .key = "deployments", .title = "What was deployed", .lasts = true, .rows = {}};
  ReportSection approvals_{.key = "approvals", .title = "Approvals", .rows = {}};
  ReportSection accesses_{.key = "accesses", .title = "Reads of what is protected", .rows = {}};
  ReportSection changes_{.key = "changes", .title = "Changes of rules and identities", .rows = {}};
  ReportSection exceptions_{
      .key = "exceptions", .title = "Exceptions", .alarming = true, .rows = {}};
  ReportSection gaps_{.key = "gaps",
                      .title = "Gaps: not verified, or nothing vouches for it",
                      .alarming = true,
                      .rows = {}};
};

std::string cell(const std::string& text) {
  auto safe = text;
  if (!safe.empty() && std::string_view("=+-@\t\r").find(safe[0]) != std::string_view::npos)
    safe.insert(0, "'");
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char letter : safe) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

std::string time_cell(const std::optional<Timestamp>& time) {
  return time ? time->text() : "";
}

}  // namespace

std::size_t Report::count(const std::string& key) const {
  const auto section = std::ranges::find(sections, key, &ReportSection::key);
  return section == sections.end() ? 0 : section->rows.size();
}

Report audit_report(Ledger& ledger, const ReportScope& scope) {
  if (!scope.model.empty() && model_versions(ledger, scope.model).empty())
    throw Error(ErrorKind::not_found, "no model '{}' has a version", scope.model)
        .hint("mlo models list");
  return Reporter(ledger, scope).make();
}

std::string to_csv(const Report& report) {
  std::string text = "section,entry,from,to,who,what,why,state\r\n";
  for (const auto& section : report.sections)
    for (const auto& row : section.rows)
      text += fmt::format("{},{},{},{},{},{},{},{}\r\n", section.key,
                          row.entry < 0 ? "" : std::to_string(row.entry), time_cell(row.at),
                          time_cell(row.until), cell(row.who), cell(row.what), cell(row.why),
                          cell(row.state));
  return text;
}

}  // namespace mlo::ledger
