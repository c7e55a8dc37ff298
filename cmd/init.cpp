#include <memory>

#include "commands.h"
#include "mlo/workspace/lock_file.h"

namespace mlo::cmd {
namespace {

/// A clone has what mlo.lock says, and none of the content.
std::vector<std::string> next_commands(const workspace::LockFile& lock) {
  if (lock.data.empty() && lock.outputs.empty()) return {"mlo track PATH -m WHY"};
  return {"mlo fsck --repair --from FOLDER  (a copy, or another repository)", "mlo checkout"};
}

ui::View view(const workspace::Created& created, const workspace::LockFile& lock) {
  return {.shape = "init/1",
          .headline = "Made an mlo repository for project " + created.project,
          .fields = {{"root", "Folder", created.root.string()},
                     {"project", "Project", created.project},
                     {"actor", "Signing as", created.actor},
                     {"in_git", "Inside git", created.in_git},
                     {"wrote_project_file", "Wrote mlo.yaml", created.wrote_project_file}},
          .next = next_commands(lock)};
}

}  // namespace

void add_init(CLI::App& mlo, Session& session) {
  auto folder = std::make_shared<std::string>(".");
  auto* init = mlo.add_subcommand("init", "Make a repository in a folder");
  init->add_option("dir", *folder, "Folder; made when it is not there");
  init->callback([folder, &session] {
    const auto place = session.folder() / *folder;
    // Read first: a broken one is refused before anything is made.
    const auto lock = workspace::read_lock_file(place);
    session.show(view(workspace::create_repository(place, session.world()), lock));
  });
}

}  // namespace mlo::cmd
