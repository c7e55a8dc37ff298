#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/track.h"

namespace mlo::cmd {
namespace {

ui::View view(const std::vector<workspace::Change>& changes) {
  Json rows = Json::array();
  for (const auto& change : changes)
    rows.add(Json::object({{"path", change.path}, {"change", change.change}}));
  const bool clean = changes.empty();
  return {.shape = "status/1",
          .headline = clean ? "Clean: the workspace is what mlo.lock says"
                            : fmt::format("{} differ from mlo.lock", changes.size()),
          .good = clean,
          .fields = {{"clean", "", clean},
                     {"changes",
                      "Changes",
                      std::move(rows),
                      ui::Format::plain,
                      {{"change", "Change"}, {"path", "Path"}}}},
          .next = clean ? std::vector<std::string>{}
                        : std::vector<std::string>{"mlo track PATH  (keep)",
                                                   "mlo checkout PATH  (put back)"}};
}

}  // namespace

void add_status(CLI::App& mlo, Session& session) {
  auto* status = mlo.add_subcommand("status", "Show what differs from the recorded state");
  status->callback(
      [&session] { session.show(view(workspace::status(session.repository(), session.stop()))); });
}

}  // namespace mlo::cmd
