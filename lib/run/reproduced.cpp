#include "run/reproduced.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/store/object_store.h"

namespace mlo::run {
namespace {

constexpr std::uint64_t kMaxFacts = 16ULL << 20U;

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& item : list.as_array()) texts.push_back(item.as_string());
  return texts;
}

workspace::StepSpec spec_of(const std::string& name, const Json& facts) {
  workspace::StepSpec spec;
  spec.name = name;
  spec.source = "the run";
  spec.run = facts.at("command").as_string();
  for (const auto& [path, digest] : facts.at("inputs").as_object()) spec.inputs.push_back(path);
  spec.outputs = texts_of(facts.at("outputs"));
  spec.metrics = texts_of(facts.at("metrics"));
  for (const auto& [param, value] : facts.at("params").as_object()) spec.params.push_back(param);
  if (const auto* environment = facts.find("environment"))
    for (const auto& [variable, value] : environment->as_object())
      spec.environment[variable] = value.as_string();
  spec.shell = facts.string_or("shell", "");
  spec.folder = facts.string_or("folder", "");
  return spec;
}

/// True when `path` is one of `outputs` or lies in one.
bool is_made(const std::set<std::string>& outputs, const std::string& path) {
  return std::ranges::any_of(outputs, [&](const std::string& output) {
    return path == output || path.starts_with(output + "/");
  });
}

bool near(const Json& then, const Json& now, double tolerance) {
  if (then == now) return true;
  if (!then.is_number() || !now.is_number()) return false;
  const double a = then.as_number();
  const double b = now.as_number();
  return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

const ledger::RunStep* step_named(const std::vector<ledger::RunStep>& steps,
                                  const std::string& name) {
  const auto found = std::ranges::find(steps, name, &ledger::RunStep::name);
  return found == steps.end() ? nullptr : &*found;
}

/// Points that `mlo record` told carry their moments: no two are equal.
bool is_declared(const ledger::Artifact& output) {
  return !output.path.starts_with("records/");
}

void compare_outputs(Reproduction& reproduction) {
  for (const auto& step : reproduction.run.steps) {
    if (!step.fingerprint) continue;
    const auto* again = step_named(reproduction.steps, step.name);
    for (const auto& output : step.outputs) {
      if (!is_declared(output)) continue;
      ThenAndNow compared{.name = output.path, .then = output.digest.text(), .now = {}};
      if (again != nullptr)
        for (const auto& made : again->outputs)
          if (made.path == output.path) compared.now = made.digest.text();
      compared.equal = compared.then == compared.now;
      reproduction.outputs.push_back(std::move(compared));
    }
  }
}

void compare_metrics(Reproduction& reproduction, const Json& now, double tolerance) {
  for (const auto& [name, then] : reproduction.run.metrics.as_object())
    reproduction.metrics.push_back(
        {.name = name, .then = then, .now = now[name], .equal = near(then, now[name], tolerance)});
}

/// A random number that nobody fixed is the likeliest cause of all.
void look_for_seed(Reproduction& reproduction) {
  const auto& params = reproduction.run.params.as_object();
  const bool seeded = std::ranges::any_of(params, [](const auto& param) {
    return param.first.find("seed") != std::string::npos ||
           param.first.find("random_state") != std::string::npos;
  });
  if (!seeded)
    reproduction.causes.push_back(
        {"seed", "no param is a seed: random numbers may differ", {}, {}});
}

std::set<std::string> packages_in(const Json& environment, store::ObjectStore& store) {
  const auto digest = Digest::try_parse(environment.string_or("packages", ""));
  if (!digest || !store.contains(*digest)) return {};
  std::set<std::string> packages;
  const auto list = Json::parse(store.read(*digest, kMaxFacts));
  for (const auto& package : list.as_array()) packages.insert(package.as_string());
  return packages;
}

/// "numpy" of "numpy-1.26.4".
std::string name_of_package(const std::string& package) {
  return package.substr(0, package.rfind('-'));
}

}  // namespace

std::string_view word_of(Reproduction::Verdict verdict) {
  switch (verdict) {
    case Reproduction::Verdict::bytes: return "bytes";
    case Reproduction::Verdict::metrics: return "metrics";
    case Reproduction::Verdict::different: return "different";
    case Reproduction::Verdict::failed: break;
  }
  return "failed";
}

Recipe recipe_of(workspace::Repository& repository, const ledger::Run& run) {
  Recipe recipe;
  recipe.project.name = repository.project().name;
  std::set<std::string> made;
  std::map<std::string, Digest> read;
  auto& store = repository.store();
  for (const auto& step : run.steps) {
    if (!step.fingerprint || !store.contains(*step.fingerprint)) continue;
    const auto facts = Json::parse(store.read(*step.fingerprint, kMaxFacts));
    auto spec = spec_of(step.name, facts);
    made.insert(spec.outputs.begin(), spec.outputs.end());
    made.insert(spec.metrics.begin(), spec.metrics.end());
    for (const auto& [path, digest] : facts.at("inputs").as_object())
      read.emplace(path, Digest::parse(digest.as_string()));
    for (const auto& [name, value] : facts.at("params").as_object())
      recipe.project.params.set(name, value);
    recipe.project.steps.push_back(std::move(spec));
  }
  if (recipe.project.steps.empty())
    throw Error(ErrorKind::not_found, "run {} has no step that could be done again", run.name)
        .hint("only steps that went well are: mlo runs show {}", run.name);
  for (const auto& [path, digest] : read)
    if (!is_made(made, path)) recipe.inputs.emplace(path, digest);
  return recipe;
}

void judge(Reproduction& reproduction, const Trained& again, double tolerance) {
  reproduction.steps = again.run.steps;
  reproduction.failed_step = again.failed_step;
  reproduction.log_tail = again.log_tail;
  compare_outputs(reproduction);
  compare_metrics(reproduction, again.run.metrics, tolerance);
  const auto equal = [](const auto& all) { return std::ranges::all_of(all, &ThenAndNow::equal); };
  using Verdict = Reproduction::Verdict;
  if (!again.failed_step.empty())
    reproduction.verdict = Verdict::failed;
  else if (equal(reproduction.outputs) && equal(reproduction.metrics))
    reproduction.verdict = Verdict::bytes;
  else if (!reproduction.metrics.empty() && equal(reproduction.metrics))
    reproduction.verdict = Verdict::metrics;
  if (reproduction.verdict != Verdict::bytes) look_for_seed(reproduction);
}

std::vector<Cause> environment_changes(const Json& then, store::ObjectStore& then_store,
                                       const Json& now, store::ObjectStore& now_store) {
  std::vector<Cause> causes;
  for (const auto* fact : {"host", "platform", "python"})
    if (!(then[fact] == now[fact])) causes.push_back({fact, "", then[fact], now[fact]});
  const auto before = packages_in(then, then_store);
  const auto present = packages_in(now, now_store);
  if (before.empty() || present.empty()) return causes;
  std::map<std::string, Cause> changed;
  for (const auto& package : before)
    if (!present.contains(package)) changed[name_of_package(package)].then = package;
  for (const auto& package : present)
    if (!before.contains(package)) changed[name_of_package(package)].now = package;
  for (auto& [name, cause] : changed)
    causes.push_back({"package", name, std::move(cause.then), std::move(cause.now)});
  return causes;
}

}  // namespace mlo::run
