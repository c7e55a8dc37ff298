#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/thread.h"
#include "mlo/ledger/telling.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/versions.h"
#include "workspace/stoppable_progress.h"
#include "workspace/tree_writer.h"
#include "workspace/wanted.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// What is to be written: all of it is known before any of it is.
Plan plan_for(Repository& repository, const Content& content) {
  if (content.folder) return plan_of(repository.store(), content.digest);
  return {.folders = {}, .files = {file_item(repository, content.digest, content.executable)}};
}

void write_tree(Repository& repository, const Plan& plan, const fs::path& place, Progress& listener,
                const std::stop_token& stop) {
  const auto target = File::open(place, O_RDONLY | O_DIRECTORY);
  for (const auto& folder : plan.folders) make_folder(target, folder.path);
  StoppableProgress progress(listener, stop);
  FileCounter counter(progress, "writing", amount_of(plan.files));
  // A copy, whatever the workspace does: who gets it may change it.
  const TreeWriter writer(repository, target, place, LinkMode::copy, counter);
  parallel_for(
      plan.files.size(), TreeWriter::kThreads,
      [&](std::size_t i) { static_cast<void>(writer.create(plan.files[i].path, plan.files[i])); },
      stop);
}

void write_file(Repository& repository, const Plan::Item& item, const fs::path& place,
                Progress& listener, const std::stop_token& stop) {
  const auto target = File::open(place, O_RDONLY | O_DIRECTORY);
  StoppableProgress progress(listener, stop);
  FileCounter counter(progress, "writing", {1, item.size_bytes});
  const TreeWriter writer(repository, target, place, LinkMode::copy, counter);
  static_cast<void>(writer.create("made", item));
}

/// Content on its way out of the workspace.
struct Export {
  Plan plan;
  bool folder = false;
  fs::path target;
};

/// Made beside its place, so that it is put there at once.
void write_planned(Repository& repository, const Export& planned, Progress& progress,
                   const std::stop_token& stop) {
  const auto& [plan, folder, target] = planned;
  fs::create_directories(target.parent_path());
  const TemporaryFolder scratch(target.parent_path(), repository.world());
  const auto made = scratch.path() / "made";
  if (folder) {
    fs::create_directory(made);
    write_tree(repository, plan, made, progress, stop);
  } else {
    write_file(repository, plan.files.front(), scratch.path(), progress, stop);
  }
  repository.world().before_step("export.rename");
  if (::rename(made.c_str(), target.c_str()) != 0)
    throw system_error(errno, "rename to", target.string());
}

void refuse_present(const fs::path& target) {
  if (status_of(target))
    throw Error(ErrorKind::conflict, "'{}' is there already", target.string())
        .hint("choose a folder that does not hold it");
}

}  // namespace

void export_snapshot(Repository& repository, const Content& content, const fs::path& target,
                     Progress& progress, const std::stop_token& stop) {
  refuse_present(target);
  write_planned(repository, {plan_for(repository, content), content.folder, target}, progress,
                stop);
}

std::vector<Restored> export_typed(Repository& repository, const std::vector<Typed>& all,
                                   const fs::path& to, Progress& progress,
                                   const std::stop_token& stop) {
  const auto asked = asked_of(repository, all);
  std::vector<Wanted> wanted;
  wanted.reserve(asked.versions.size());
  for (const auto& version : asked.versions) {
    require_content(repository, version);
    wanted.push_back({version.path, {.digest = version.digest, .folder = version.folder}});
  }
  if (!asked.paths.empty() || asked.versions.empty())
    std::ranges::move(wanted_content(repository, asked.paths), std::back_inserter(wanted));
  for (const auto& one : wanted) refuse_present(to / one.path.text());
  std::vector<ledger::Access> reads;
  reads.reserve(wanted.size());
  for (const auto& one : wanted) reads.push_back(access_to(one));
  ledger::Telling telling(repository.ledger(), repository.folder(), repository.world(), "export",
                          reads);
  std::vector<Restored> copied;
  for (const auto& one : wanted) {
    throw_if_stopped(stop);
    const auto target = to / one.path.text();
    refuse_present(target);
    const Export planned{plan_for(repository, one.content), one.content.folder, target};
    // It is told of before any of it is written.
    telling.wait();
    write_planned(repository, planned, progress, stop);
    copied.push_back({one.path.text(), "copied"});
  }
  return copied;
}

}  // namespace mlo::workspace
