#include <memory>

#include "commands.h"

namespace mlo::cmd {
namespace {

ui::View view(const workspace::Created& created) {
  return {.shape = "init/1",
          .headline = "Made an mlo repository for project " + created.project,
          .fields = {{"root", "Folder", created.root.string()},
                     {"project", "Project", created.project},
                     {"actor", "Signing as", created.actor},
                     {"in_git", "Inside git", created.in_git},
                     {"wrote_project_file", "Wrote mlo.yaml", created.wrote_project_file}},
          .next = {"mlo track PATH -m WHY"}};
}

}  // namespace

void add_init(CLI::App& mlo, Session& session) {
  auto folder = std::make_shared<std::string>(".");
  auto* init = mlo.add_subcommand("init", "Make a repository in a folder");
  init->add_option("dir", *folder, "Folder; made when it is not there");
  init->callback([folder, &session] {
    session.show(view(workspace::create_repository(session.folder() / *folder, session.world())));
  });
}

}  // namespace mlo::cmd
