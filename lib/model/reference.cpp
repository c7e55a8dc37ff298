#include "mlo/model/reference.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/tracking.h"

namespace mlo::model {
namespace {

std::optional<std::int64_t> as_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error no_model(workspace::Repository& repository, const std::string& model) {
  std::set<std::string> names;
  for (const auto& version : ledger::model_versions(repository.ledger()))
    names.insert(version.model);
  for (const auto& spec : repository.project().models) names.insert(spec.name);
  const std::vector<std::string> known(names.begin(), names.end());
  Error error(ErrorKind::not_found, "no version of model '{}'", model);
  if (names.contains(model))
    error.hint("mlo train makes the first one");
  else
    error.hint("known models: {}", known.empty() ? "none" : join(known, ", "));
  return error;
}

}  // namespace

Reference parse_reference(std::string_view text) {
  const auto at = text.find('@');
  Reference reference{.model = std::string(text.substr(0, at)), .selector = {}};
  if (at != std::string_view::npos) reference.selector = text.substr(at + 1);
  if (reference.model.empty() || (at != std::string_view::npos && reference.selector.empty()))
    throw Error(ErrorKind::usage, "'{}' names no model", text)
        .hint("write churn, churn@3 or churn@production");
  return reference;
}

ledger::ModelVersion resolve(workspace::Repository& repository, std::string_view reference) {
  const auto wanted = parse_reference(reference);
  const auto versions = ledger::model_versions(repository.ledger(), wanted.model);
  if (versions.empty()) throw no_model(repository, wanted.model);
  if (wanted.selector.empty()) return versions.front();
  if (const auto number = as_number(wanted.selector)) {
    if (auto found = ledger::find_model(repository.ledger(), wanted.model, *number)) return *found;
    throw Error(ErrorKind::not_found, "model '{}' has no version {}", wanted.model, *number)
        .hint("versions: 1 to {}", versions.front().number);
  }
  if (auto found = ledger::model_at_stage(repository.ledger(), wanted.model, wanted.selector))
    return *found;
  std::set<std::string> stages;
  for (const auto& version : versions)
    for (auto& stage : ledger::stages_of(repository.ledger(), version.model, version.number))
      stages.insert(std::move(stage));
  throw Error(ErrorKind::not_found, "model '{}' has no version at stage '{}'", wanted.model,
              wanted.selector)
      .hint("{}", stages.empty()
                      ? fmt::format("mlo promote {} --to {} -m WHY", wanted.model, wanted.selector)
                      : fmt::format("stages in use: {}", fmt::join(stages, ", ")));
}

}  // namespace mlo::model
