#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/proofs.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/maintenance.h"
#include "workspace/closure.h"
#include "workspace/marks.h"
#include "workspace/references_held.h"
#include "workspace/repair.h"

namespace mlo::workspace {
namespace {

// Each round may bring back trees that name more that is lost.
constexpr int kMaxRounds = 128;
constexpr auto kEveryRecord = std::numeric_limits<std::int64_t>::max();

/// Content that has to be there, and who says so.
struct Root {
  Digest digest;
  bool folder = false;
  std::string where;
};

void add_models(Repository& repository, std::vector<Root>& roots) {
  auto& ledger = repository.ledger();
  std::set<std::string> models;
  for (const auto& version : ledger::model_versions(ledger)) {
    const auto name = fmt::format("{}@{}", version.model, version.number);
    roots.push_back({version.digest, false, name});
    for (const auto& evidence : ledger::evidence_for(ledger, version.digest))
      if (evidence.report) roots.push_back({*evidence.report, false, "validation of " + name});
    models.insert(version.model);
  }
  for (const auto& model : models)
    for (const auto& window : ledger::monitor_windows(ledger, model, kEveryRecord))
      if (window.report) roots.push_back({*window.report, false, "monitoring of " + model});
}

/// One that is damaged is no tree: it is named as what it is.
bool is_whole_tree(Repository& repository, const Digest& digest) {
  try {
    return is_tree(repository.store(), digest);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
    return false;
  }
}

void add_runs(Repository& repository, std::vector<Root>& roots) {
  for (const auto& run : ledger::runs(repository.ledger(), kEveryRecord)) {
    for (const auto& product : run.products)
      roots.push_back({product.digest, is_whole_tree(repository, product.digest),
                       fmt::format("{} of run {}", product.path, run.id)});
    if (run.git_dirty)
      roots.push_back({*run.git_dirty, false, "uncommitted changes of run " + run.id});
  }
}

std::vector<Root> roots_of(Repository& repository) {
  std::vector<Root> roots;
  for (const auto& held : held_locks(repository))
    for (const auto* facts : {&held.lock.data, &held.lock.outputs})
      for (const auto& [path, digest] : *facts)
        roots.push_back({digest, path.ends_with('/'), fmt::format("{}: {}", held.where, path)});
  auto& ledger = repository.ledger();
  for (const auto& version : ledger::dataset_versions(ledger)) {
    const auto name = fmt::format("{}@v{}", version.path, version.number);
    roots.push_back({version.digest, version.folder, name});
    if (version.profile) roots.push_back({*version.profile, false, "profile of " + name});
    if (version.schema) roots.push_back({*version.schema, false, "contract of " + name});
  }
  add_models(repository, roots);
  add_runs(repository, roots);
  return roots;
}

/// Lost objects with the first who needs them.
std::map<Digest, std::string> lost_objects(Repository& repository) {
  const auto collected = ledger::collected_digests(repository.ledger());
  std::map<Digest, std::string> lost;
  Closure closure(repository.store());
  std::size_t known = 0;
  for (const auto& root : roots_of(repository)) {
    try {
      closure.add(root.digest, root.folder);
    } catch (const Error& error) {
      // A tree that reads wrongly is a damaged object: `store::verify` names it.
      if (error.kind() != ErrorKind::integrity) throw;
    }
    for (; known < closure.missing().size(); ++known) {
      const auto& digest = closure.missing()[known];
      if (!std::ranges::binary_search(collected, digest)) lost.emplace(digest, root.where);
    }
  }
  return lost;
}

std::set<Digest> digests_of(const std::map<Digest, std::string>& lost) {
  std::set<Digest> digests;
  for (const auto& [digest, where] : lost) digests.insert(digest);
  return digests;
}

void repair(Repository& repository, const RepairOptions& options, Repair& work) {
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto lost = lost_objects(repository);
    if (lost.empty()) return;
    const auto wanted = digests_of(lost);
    if (round == 0) work.from_workspace(wanted);
    for (const auto& folder : options.from) work.from_folder(folder, wanted);
    const auto left = lost_objects(repository);
    if (digests_of(left) == wanted) return;
  }
}

void add_lost(std::vector<Finding>& findings, const std::map<Digest, std::string>& lost) {
  for (const auto& [digest, where] : lost)
    if (std::ranges::find(findings, digest.text(), &Finding::what) == findings.end())
      findings.push_back(
          {.kind = "missing", .what = digest.text(), .where = where, .state = "found"});
}

/// A bundle brings entries alone: what they name is where it was exported.
void leave_out_elsewhere(const Repository& repository, CheckResult& result) {
  if (!ledger::is_imported(repository.folder())) return;
  result.elsewhere = std::erase_if(result.findings, [](const Finding& finding) {
    return finding.kind == "missing" && finding.state == "found";
  });
}

std::uint64_t count_dangling(Repository& repository) {
  Marks marks(repository);
  marks.mark({});
  return store::count_dangling(repository.store(),
                               [&](const Digest& digest) { return marks.contains(digest); });
}

/// What became of each finding.
void settle(Repository& repository, std::vector<Finding>& findings,
            const std::map<Digest, std::string>& sources) {
  const auto left = lost_objects(repository);
  for (auto& finding : findings) {
    if (finding.kind == "ledger") continue;
    const auto digest = Digest::try_parse(finding.what);
    if (digest && left.contains(*digest)) continue;
    const bool back = digest && repository.store().contains(*digest);
    finding.state = back ? "repaired" : "quarantined";
    if (!back) continue;
    const auto source = sources.find(*digest);
    if (source != sources.end()) finding.source = source->second;
  }
}

/// Looks for what the ledger and the locks name, and mends what it may.
void check_named(Repository& repository, const RepairOptions& options, Repair& work,
                 CheckResult& result) {
  add_lost(result.findings, lost_objects(repository));
  if (result.findings.empty()) result.dangling = count_dangling(repository);
  if (!options.repair) return;
  repair(repository, options, work);
  add_lost(result.findings, lost_objects(repository));
  settle(repository, result.findings, work.sources());
}

}  // namespace

bool CheckResult::whole() const {
  return std::ranges::none_of(findings,
                              [](const Finding& finding) { return finding.state == "found"; });
}

CheckResult check_repository(Repository& repository, const RepairOptions& options,
                             Progress& progress, const std::stop_token& stop) {
  for (const auto& folder : options.from)
    if (!std::filesystem::is_directory(folder))
      throw Error(ErrorKind::not_found, "no folder '{}'", folder.string())
          .hint("--from takes a folder of files, or another repository");
  const auto verified = store::verify(repository.store(), progress, stop);
  CheckResult result{
      .objects = verified.objects, .bytes_read = verified.bytes_read, .findings = {}};
  for (const auto& fault : verified.faults)
    result.findings.push_back(
        {.kind = "damaged",
         .what = fault.digest == Digest() ? fault.what : fault.digest.text(),
         .where = fmt::format("{}: {}", fault.file.filename().string(), fault.what),
         .state = "found"});
  const auto ledger = repository.ledger().verify();
  result.entries = ledger.entries;
  for (const auto& problem : ledger.problems)
    result.findings.push_back(
        {.kind = "ledger",
         .what = problem.problem,
         .where = problem.entry < 0 ? "the ledger" : fmt::format("entry {}", problem.entry),
         .state = "found"});
  result.collected = ledger::collected_digests(repository.ledger()).size();
  Repair work(repository, progress, stop);
  if (options.repair && !verified.faults.empty()) {
    progress.say("moving damaged files to .mlo/quarantine");
    store::quarantine(repository.store(), verified.faults, repository.folder() / "quarantine");
  }
  try {
    check_named(repository, options, work, result);
  } catch (const Error& error) {
    // What should be there is not known where the ledger is broken, as was found above.
    if (ledger.verified() || error.kind() != ErrorKind::integrity) throw;
  }
  leave_out_elsewhere(repository, result);
  return result;
}

}  // namespace mlo::workspace
