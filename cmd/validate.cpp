#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/ledger/foresight.h"
#include "mlo/model/validation.h"
#include "report_files.h"
#include "views.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> targets;
  std::string reason;
  ReportFiles reports;
};

struct Counts {
  std::int64_t checks = 0;
  std::int64_t failed = 0;
  std::int64_t warned = 0;
};

Counts count(const std::vector<ledger::Evidence>& evidence) {
  Counts counts;
  for (const auto& one : evidence)
    for (const auto& check : one.checks) {
      ++counts.checks;
      if (!check.passed) ++(check.severity == "error" ? counts.failed : counts.warned);
    }
  return counts;
}

Json targets(const std::vector<ledger::Evidence>& evidence) {
  Json rows = Json::array();
  for (const auto& one : evidence) {
    const auto counts = count({one});
    rows.add(Json::object({{"target", one.target},
                           {"digest", one.subject.digest.text()},
                           {"passed", one.passed},
                           {"checks", counts.checks},
                           {"failed", counts.failed},
                           {"warned", counts.warned},
                           {"entry", one.origin.entry}}));
  }
  return rows;
}

/// Failures first, then what was measured on models: passed rules of data are only counted.
Json worth_reading(const std::vector<ledger::Evidence>& evidence) {
  std::vector<const ledger::Check*> shown;
  for (const auto& one : evidence)
    for (const auto& check : one.checks)
      if (!check.passed || check.kind != "data") shown.push_back(&check);
  std::ranges::stable_sort(shown, {}, [](const ledger::Check* check) { return check->passed; });
  Json rows = Json::array();
  for (const auto* check : shown) {
    auto row = told_check(ledger::to_json(*check), check->found);
    row.set("verdict", verdict_of(row));
    rows.add(std::move(row));
  }
  return rows;
}

ui::View view(const model::Validation& validation) {
  Json all = Json::array();
  for (const auto& one : validation.evidence)
    for (const auto& check : one.checks) all.add(told_check(ledger::to_json(check), check.found));
  const auto counts = count(validation.evidence);
  const bool passed = validation.passed();
  return {.shape = "validate/1",
          .headline = fmt::format("{}: {}", passed ? "Passed" : "FAILED",
                                  count_checks(counts.checks, counts.failed, counts.warned)),
          .good = passed,
          .fields = {{"passed", "", passed},
                     {"checks", "", std::move(all)},
                     {"targets",
                      "Targets",
                      targets(validation.evidence),
                      ui::Format::plain,
                      {{"target", "Target"},
                       {"passed", "", ui::Format::verdict},
                       {"checks", "Checks"},
                       {"failed", "Failed"},
                       {"warned", "Warned"},
                       {"digest", "Digest", ui::Format::digest}}},
                     {"",
                      "Checks",
                      worth_reading(validation.evidence),
                      ui::Format::plain,
                      {{"target", "Target"},
                       {"name", "Check"},
                       {"verdict", "", ui::Format::verdict},
                       {"value", "Value", ui::Format::number},
                       {"threshold", "Threshold"},
                       {"message", ""}}}}};
}

/// A model's name stands for itself; a path begins where the user is.
std::string target_of(Session& session, const std::string& typed) {
  if (model::is_model(session.repository(), typed)) return typed;
  return session.path_in_workspace(typed).text();
}

}  // namespace

void add_validate(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* validate = mlo.add_subcommand("validate", "Judge data and models, and record the evidence");
  validate->add_option("target", options->targets,
                       "Models (churn, churn@2) or tracked paths; all when none is named");
  validate->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  add_report_files(*validate, options->reports);
  validate->callback([options, &session] {
    ledger::require_action(session.repository().ledger(), "validate", session.world());
    model::ValidateOptions wanted{.targets = {}, .reason = options->reason};
    for (const auto& typed : options->targets) wanted.targets.push_back(target_of(session, typed));
    const auto validation =
        model::validate(session.repository(), wanted, session.progress(), session.stop());
    const auto answer = view(validation);
    write_report_files(session, options->reports, answer);
    session.show(answer, validation.passed());
  });
}

}  // namespace mlo::cmd
