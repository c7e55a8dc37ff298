#include "model/data_checks.h"

#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/data/contract.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::model {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxContractBytes = 16U << 20U;

std::string contract_path(const workspace::Project& project, const std::string& path) {
  const auto* spec = project.find_data(path);
  if (spec != nullptr && !spec->schema.empty()) return spec->schema;
  return fmt::format("schemas/{}.yaml", fs::path(path).stem().string());
}

ledger::Check as_check(const data::CheckResult& result, const std::string& path) {
  return {.name = result.name,
          .kind = "data",
          .target = path,
          .severity = result.severity,
          .passed = result.passed,
          .value = result.value,
          .threshold = result.threshold,
          .failing_rows = result.failing_rows,
          .message = result.message};
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
    const auto path = RepoPath::parse(name).text();
    if (status_of(repository.root() / contract_path(repository.project(), path)))
      paths.push_back(path);
  }
  return paths;
}

ledger::Evidence judge_dataset(workspace::Repository& repository, const std::string& typed) {
  const auto path = RepoPath::parse(typed);
  const auto digest = tracked_digest(repository, path.text());
  const auto schema = contract_path(repository.project(), path.text());
  const auto schema_file = RepoPath::parse(schema).under(repository.root());
  if (!status_of(schema_file))
    throw Error(ErrorKind::not_found, "'{}' has no contract '{}'", path.text(), schema)
        .hint("mlo schema infer {} -o {}", path.text(), schema);
  // The verdict is about the tracked content: other content in its place must not be judged for it.
  if (workspace::snapshot(repository, path).digest != digest)
    throw Error(ErrorKind::conflict, "'{}' has changed since it was tracked", path.text())
        .hint("mlo track {} -m WHY, or mlo checkout {}", path.text(), path.text());
  const auto text = read_file(schema_file, kMaxContractBytes);
  const auto contract = data::parse_contract(text, schema);
  ledger::Evidence evidence{
      .subject = {path.text(), digest}, .target = path.text(), .passed = true};
  evidence.inputs.push_back({schema, Digest::of(text)});
  for (const auto& result :
       data::check_file(contract, path.under(repository.root()), path.text())) {
    evidence.checks.push_back(as_check(result, path.text()));
    evidence.passed = evidence.passed && (result.passed || result.severity != "error");
  }
  return evidence;
}

}  // namespace mlo::model
