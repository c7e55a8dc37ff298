#include "mlo/data/checks.h"

#include <iterator>
#include <string>

#include "data/lines.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

Registry<TableCheck>& table_checks() {
  // Inside a function: checks register themselves before main, in no known order.
  static Registry<TableCheck> checks;
  return checks;
}

const TableCheck& table_check(std::string_view kind) {
  if (const auto* found = table_checks().find(kind)) return *found;
  const auto names = table_checks().names();
  Error error(ErrorKind::bad_input, "no check '{}'", kind);
  if (const auto close = nearest(kind, names))
    error.hint("did you mean '{}'?", *close);
  else
    error.hint("checks: {}", join(names, ", "));
  throw error;
}

namespace {

std::vector<CheckResult> judge(const CheckInput& input, std::string_view target) {
  const auto& check = table_check(input.settings.kind);
  const auto& settings = input.settings;
  if (check.needs_label && settings.label.empty())
    throw Error(ErrorKind::bad_input, "check '{}' needs the name of the label", settings.kind)
        .hint("add `label: COLUMN` to it");
  if (check.needs_other && input.other == nullptr)
    throw Error(ErrorKind::bad_input, "check '{}' compares two tables", settings.kind)
        .hint("add `against: FILE` to it");
  if (!settings.label.empty()) (void)input.table.state().index_of(settings.label);
  auto results = check.run(input);
  for (auto& result : results) {
    result.target = target;
    result.check = settings.kind;
    result.severity = settings.severity.value_or(check.severity);
  }
  return results;
}

}  // namespace

std::vector<CheckResult> run_check(const CheckInput& input, std::string_view target) {
  auto results = judge(input, target);
  tell_samples(results);
  return results;
}

std::vector<CheckResult> run_checks(const std::filesystem::path& source,
                                    const std::vector<CheckSettings>& settings,
                                    const CheckPlace& place, const ReadOptions& reading) {
  const auto table = Table::open(source, reading);
  std::vector<CheckResult> results;
  for (const auto& one : settings) {
    std::optional<Table> other;
    if (!one.against.empty()) other = Table::open(place.folder / one.against, reading);
    auto found = judge({.table = table,
                        .settings = one,
                        .other = other ? &*other : nullptr,
                        .now = place.now,
                        .origins = place.origins},
                       place.target);
    results.insert(results.end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
  }
  locate_samples(results, source, reading);
  tell_samples(results);
  return results;
}

}  // namespace mlo::data
