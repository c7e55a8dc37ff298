#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

// What git calls: five hooks, and a merge driver for mlo.lock.

namespace mlo::workspace {

struct HookState {
  std::string name;
  /// installed, installed before an older one, outdated (an earlier mlo's), absent, foreign,
  /// changed (ours, and edited)
  std::string state;
};
struct HooksState {
  std::filesystem::path folder;
  std::vector<HookState> hooks;
  bool merge_driver = false;  ///< configured, and named in .gitattributes
};

/// Writes the hooks into the folder where git looks for them, and sets up the merge driver. A hook
/// that is there is kept beside as `<name>.before-mlo` and called first. One that an earlier mlo
/// wrote is replaced, unless it was edited.
/// Throws not_found outside of git, conflict when `core.hooksPath` is shared with other
/// repositories.
HooksState install_hooks(Repository& repository);
/// Takes away what `install_hooks` wrote and puts older hooks back; one that was edited stays.
HooksState uninstall_hooks(Repository& repository);
HooksState hooks_state(Repository& repository);

/// What a hook found.
struct HookResult {
  bool passed = true;              ///< false: git is to stop
  std::vector<std::string> lines;  ///< for people; empty when nothing happened
  std::string hint = {};
};
/// What git hands to a hook.
struct HookCall {
  std::string name;  ///< post-checkout, post-merge, post-rewrite, pre-commit, pre-push
  std::vector<std::string> arguments;
  std::string input;  ///< pre-push: a line a pushed reference
};
/// post-checkout, post-merge and post-rewrite (a rebase) put data in place whose line of mlo.lock
/// git changed, never over unsaved work; pre-commit refuses large files that mlo does not track and
/// data that was changed and not tracked; pre-push looks for every object that a pushed mlo.lock
/// names. Throws usage for another name.
HookResult run_hook(Repository& repository, const HookCall& call, Progress& progress,
                    const std::stop_token& stop);

struct MergedLock {
  std::string text;
  std::vector<std::string> conflicts;  ///< "data: data/train.csv"
};
/// Merges two versions of mlo.lock fact by fact. What both changed differently stands between
/// git's markers. Throws bad_input for a text that is no lock file.
MergedLock merge_lock_files(std::string_view base, std::string_view ours, std::string_view theirs);

}  // namespace mlo::workspace
