#pragma once

#include <string>
#include <vector>

#include "commands.h"
#include "mlo/ledger/records.h"
#include "mlo/run/runs.h"

namespace mlo::cmd {

/// The run that people mean by a name, an id or the beginning of one. Throws not_found.
ledger::Run read_run(Session& session, const std::string& id);
/// Curves for people and pages; `names` has one for each run.
std::vector<ui::Chart> charts_of(const std::vector<run::LearningCurve>& curves,
                                 const std::vector<std::string>& names);
/// The same for scripts: [{"metric", "runs": {id: [[step, value, at], …]}}].
Json json_of(const std::vector<run::LearningCurve>& curves, const std::vector<ledger::Run>& runs);

void add_runs_show(CLI::App& runs, Session& session);
void add_runs_compare(CLI::App& runs, Session& session);
void add_runs_diff(CLI::App& runs, Session& session);

}  // namespace mlo::cmd
