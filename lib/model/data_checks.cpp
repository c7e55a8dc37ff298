#include "model/data_checks.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/data/checks.h"
#include "mlo/data/contract.h"
#include "mlo/ledger/gate.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"
#include "model/origins.h"

namespace mlo::model {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxContractBytes = 16U << 20U;
/// Under this name evidence lists the digest of the checks that `mlo.yaml` asked for.
constexpr std::string_view kChecks = "mlo.yaml checks";
constexpr auto kOrigins = "origins";  ///< the check that looks at recorded versions

ledger::Check as_check(const data::CheckResult& result, const std::string& path) {
  return {.name = result.name,
          .kind = "data",
          .target = path,
          .severity = result.severity,
          .passed = result.passed,
          .value = canonical_numbers(result.value),
          .threshold = canonical_numbers(result.threshold),
          .failing_rows = result.failing_rows,
          .message = result.message,
          .sample_lines = result.lines,
          .check = result.check,
          .found = result.found};
}

void add(ledger::Evidence& evidence, const data::CheckResult& result, const std::string& path) {
  evidence.checks.push_back(as_check(result, path));
  evidence.passed = evidence.passed && (result.passed || result.severity != "error");
}

RepoPath contract_of(workspace::Repository& repository, const RepoPath& path) {
  return RepoPath::parse(workspace::schema_path(repository.project(), path));
}

bool is_contracted(workspace::Repository& repository, const RepoPath& path) {
  return status_of(contract_of(repository, path).under(repository.root())).has_value();
}

bool names_contract(const workspace::Project& project, const RepoPath& path) {
  const auto* spec = project.find_data(path.text());
  return spec != nullptr && !spec->schema.empty();
}

/// Of what `mlo.yaml` asks of the data beside its contract.
Digest checks_digest(const workspace::DataSpec* spec) {
  Json all = Json::array();
  if (spec != nullptr)
    for (const auto& check : spec->checks)
      all.add(Json::object({{"kind", check.kind},
                            {"columns", Json::Array(check.columns.begin(), check.columns.end())},
                            {"label", check.label},
                            {"against", check.against},
                            {"limit", check.limit ? Json(*check.limit) : Json()},
                            {"severity", check.severity.value_or("")},
                            {"sources", Json::Array(check.sources.begin(), check.sources.end())},
                            {"actors", Json::Array(check.actors.begin(), check.actors.end())}}));
  return Digest::of(all.canonical());
}

/// The checks that `mlo.yaml` asks for; the other table's content is named as an input.
void run_checks(workspace::Repository& repository, const RepoPath& path,
                const data::ReadOptions& reading, ledger::Evidence& evidence) {
  const auto& spec = *repository.project().find_data(path.text());
  std::vector<data::CheckSettings> wanted;
  Origins origins;
  for (const auto& check : spec.checks) {
    if (check.kind == kOrigins) origins = origins_of(repository, path.text(), check);
    wanted.push_back({.kind = check.kind,
                      .columns = check.columns,
                      .label = check.label,
                      .against = check.against,
                      .limit = check.limit,
                      .severity = check.severity});
    if (check.against.empty()) continue;
    const auto against = RepoPath::parse(check.against);
    evidence.inputs.push_back({against.text(), workspace::snapshot(repository, against).digest});
  }
  for (const auto& result : data::run_checks(path.under(repository.root()), wanted,
                                             {.folder = repository.root(),
                                             .target = path.text(),
                                             .now = repository.world().now(),
                                             .origins = origins.versions},
                                             reading))
    add(evidence, result, path.text());
}

Digest tracked_digest(workspace::Repository& repository, const std::string& path) {
  const auto lock = workspace::read_lock_file(repository.root());
  for (const auto& name : {path, path + "/"})
    if (const auto found = lock.data.find(name); found != lock.data.end()) return found->second;
  throw Error(ErrorKind::not_found, "'{}' is neither a model nor a tracked dataset", path)
      .hint("mlo models list and mlo status show what there is");
}

}  // namespace

std::vector<std::string> contracted_datasets(workspace::Repository& repository) {
  std::vector<std::string> paths;
  for (const auto& [name, digest] : workspace::read_lock_file(repository.root()).data) {
    const auto path = RepoPath::parse(name);
    const auto* spec = repository.project().find_data(path.text());
    if ((spec != nullptr && !spec->checks.empty()) || is_contracted(repository, path))
      paths.push_back(path.text());
  }
  return paths;
}

ledger::Evidence judge_dataset(workspace::Repository& repository, const std::string& typed,
                               Progress& progress, const std::stop_token& stop) {
  const auto path = RepoPath::parse(typed);
  const auto digest = tracked_digest(repository, path.text());
  const auto schema = contract_of(repository, path).text();
  const auto* spec = repository.project().find_data(path.text());
  const bool checked = spec != nullptr && !spec->checks.empty();
  const bool contracted = is_contracted(repository, path);
  // Checks alone will do, but a contract that mlo.yaml names must be there.
  if (!contracted && (!checked || names_contract(repository.project(), path)))
    throw Error(ErrorKind::not_found, "'{}' has no contract '{}'", path.text(), schema)
        .hint("mlo schema infer {} -o {}", workspace::from_here(repository.root(), path.text()),
              workspace::from_here(repository.root(), schema));
  // The verdict is about the tracked content: other content in its place must not be judged for it.
  if (workspace::snapshot(repository, path).digest != digest)
    throw Error(ErrorKind::conflict, "'{}' has changed since it was tracked", path.text())
        .hint("mlo track {0} -m WHY, or mlo checkout {0}",
              workspace::from_here(repository.root(), path.text()));
  ledger::Evidence evidence{
      .subject = {path.text(), digest}, .target = path.text(), .passed = true};
  evidence.inputs.push_back({std::string(kChecks), checks_digest(spec)});
  const data::ReadOptions reading{.stop = stop, .progress = &progress};
  if (contracted) {
    const auto text =
        read_file(contract_of(repository, path).under(repository.root()), kMaxContractBytes);
    evidence.inputs.push_back({schema, Digest::of(text)});
    const auto contract =
        data::parse_contract(text, schema, {.likely = fs::path(path.text()).stem().string()});
    for (const auto& result :
         data::check_file(contract, path.under(repository.root()), path.text(),
                          {.now = repository.world().now(), .folder = repository.root()}, reading))
      add(evidence, result, path.text());
  }
  if (checked) run_checks(repository, path, reading, evidence);
  return evidence;
}

bool is_by_present_rules(workspace::Repository& repository, const ledger::Evidence& evidence) {
  const auto path = RepoPath::parse(evidence.target);
  const auto contract = contract_of(repository, path);
  const auto* checks = ledger::find_input(evidence, kChecks);  // an earlier mlo did not say
  if (checks != nullptr &&
      checks->digest != checks_digest(repository.project().find_data(path.text())))
    return false;
  const auto* named = ledger::find_input(evidence, contract.text());
  if (!is_contracted(repository, path))
    return named == nullptr && !names_contract(repository.project(), path);
  return named != nullptr && named->digest == Digest::of_file(contract.under(repository.root()));
}

}  // namespace mlo::model
