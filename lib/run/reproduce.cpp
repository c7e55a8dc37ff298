#include "mlo/run/reproduce.h"

#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/ledger/approvals.h"
#include "mlo/store/object_store.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/git_worktree.h"
#include "mlo/workspace/snapshot.h"
#include "run/decision.h"
#include "run/reproduced.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxPatch = 1ULL << 30U;

ledger::Run run_named(workspace::Repository& repository, const std::string& text) {
  if (auto run = find_run(repository, text)) return std::move(*run);
  throw Error(ErrorKind::not_found, "no run '{}'", text).hint("mlo runs list shows them");
}

/// The folder in which a run is done again.
class Place {
 public:
  Place(workspace::Repository& repository, const ledger::Run& run)
      : folder_(fs::temp_directory_path() /
                fmt::format("mlo-reproduce-{}-{}", run.name, random_hex(repository.world(), 3))) {
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
  }
  ~Place() {
    tree_.reset();
    std::error_code ignored;
    if (!kept_) fs::remove_all(folder_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Checks out the run's code; returns the folder that is the workspace's there.
  fs::path check_out(workspace::Repository& repository, const ledger::Run& run,
                     std::vector<Cause>& causes) {
    const auto root = repository.root();
    const auto top = workspace::git_root(root);
    if (run.git_commit.empty() || !top) {
      fs::create_directory(folder_ / "code");
      return folder_ / "code";
    }
    tree_ = std::make_unique<workspace::GitWorktree>(*top, run.git_commit, folder_ / "code");
    if (run.git_dirty) apply(repository, *run.git_dirty, causes);
    auto place = (folder_ / "code" / root.lexically_relative(*top)).lexically_normal();
    fs::create_directories(place);
    return place;
  }
  fs::path keep() {
    kept_ = true;
    if (tree_) tree_->keep();
    return folder_;
  }

 private:
  void apply(workspace::Repository& repository, const Digest& patch, std::vector<Cause>& causes) {
    auto& store = repository.store();
    if (!store.contains(patch))
      causes.push_back(
          {"code", "changes that were not committed are not in the store", patch.text(), {}});
    else if (!tree_->apply(store.read(patch, kMaxPatch)))
      causes.push_back({"code", "changes that were not committed do not fit", patch.text(), {}});
  }

  fs::path folder_;
  std::unique_ptr<workspace::GitWorktree> tree_;
  bool kept_ = false;
};

bool is_executable(const fs::path& path) {
  const auto status = status_of(path);
  return status && status->executable;
}

/// Takes away what the commit has of the steps' outputs: the run had recorded it, this folder not.
void take_outputs(const fs::path& root, const std::vector<workspace::StepSpec>& steps) {
  for (const auto& step : steps)
    for (const auto& output : step.outputs) fs::remove_all(RepoPath::parse(output).under(root));
}

/// Puts the inputs that the run read in place of what the commit has.
void put_inputs(workspace::Repository& repository, workspace::Repository& there,
                const std::map<std::string, Digest>& inputs, Progress& progress,
                const std::stop_token& stop) {
  std::vector<ledger::Access> reads;
  reads.reserve(inputs.size());
  for (const auto& [text, digest] : inputs)
    reads.push_back({.kind = "dataset", .name = text, .digest = digest});
  ledger::record_access(repository.ledger(), "reproduce", reads);
  for (const auto& [text, digest] : inputs) {
    throw_if_stopped(stop);
    const auto path = RepoPath::parse(text);
    const auto target = path.under(there.root());
    const bool present = status_of(target).has_value();
    if (present && workspace::snapshot(there, path, stop).digest == digest) continue;
    const bool folder = is_tree(repository.store(), digest);
    if (!is_stored(repository.store(), digest, folder))
      throw Error(ErrorKind::not_found, "the content of input '{}' is not there any more", text)
          .hint("its digest is {}; inputs over 10 MB are kept when they are tracked: mlo track",
                digest.text());
    // A tree knows which of its files are programs; of a file the commit or the workspace does.
    const bool executable = is_executable(present ? target : path.under(repository.root()));
    fs::remove_all(target);
    workspace::export_snapshot(repository, {digest, folder, executable}, target, progress, stop);
  }
}

}  // namespace

Reproduction reproduce(workspace::Repository& repository, const ReproduceOptions& options,
                       Progress& progress, const std::stop_token& stop) {
  Reproduction reproduction;
  reproduction.run = run_named(repository, options.run);
  auto recipe = recipe_of(repository, reproduction.run);
  recipe.project.executors = repository.project().executors;
  Place place(repository, reproduction.run);
  const auto folder = place.check_out(repository, reproduction.run, reproduction.causes);
  workspace::create_repository(folder, repository.world());
  auto there = workspace::Repository::open(folder, repository.world());
  take_outputs(there.root(), recipe.project.steps);
  put_inputs(repository, there, recipe.inputs, progress, stop);
  TrainOptions train_options{.jobs = options.jobs,
                             .keep_going = true,
                             .trigger = "reproduce",
                             .executor = options.executor};
  train_options.project = &recipe.project;
  const auto again = train(there, train_options, progress, stop);
  judge(reproduction, again, options.tolerance);
  for (auto& cause : environment_changes(reproduction.run.environment, repository.store(),
                                         again.run.environment, there.store()))
    reproduction.causes.push_back(std::move(cause));
  if (!reproduction.reproduced()) reproduction.kept = place.keep();
  return reproduction;
}

}  // namespace mlo::run
