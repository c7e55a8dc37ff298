#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string reason;
};

ui::View view(const std::vector<ledger::Untracking>& all) {
  Json rows = Json::array();
  for (const auto& one : all)
    rows.add(Json::object({{"path", one.path}, {"digest", one.digest.text()}}));
  return {.shape = "untrack/1",
          .headline =
              fmt::format("Dropped {} from mlo.lock; files, versions and history stay", all.size()),
          .fields = {{"paths",
                      "No longer tracked",
                      std::move(rows),
                      ui::Format::plain,
                      {{"path", "Path"}, {"digest", "Digest", ui::Format::digest}}}}};
}

}  // namespace

void add_untrack(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* untrack = mlo.add_subcommand("untrack", "Stop tracking paths; what is recorded stays");
  untrack->add_option("path", options->paths, "Tracked files or folders")->required();
  untrack->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  untrack->callback([options, &session] {
    std::vector<RepoPath> paths;
    for (const auto& path : options->paths) paths.push_back(session.path_in_workspace(path));
    session.show(
        view(workspace::untrack(session.repository(), paths, options->reason, session.progress())));
  });
}

}  // namespace mlo::cmd
