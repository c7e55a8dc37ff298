#include <algorithm>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

Json row(const workspace::Change& change) {
  auto row = Json::object({{"path", change.path}, {"change", change.change}});
  if (!change.from.empty()) row.set("from", change.from);
  return row;
}

/// Commands worth typing, one a kind of change.
std::vector<std::string> next_steps(const std::vector<workspace::Change>& changes) {
  std::vector<std::string> next;
  bool others = false;
  for (const auto& change : changes) {
    others = others || change.change != "renamed";
    if (change.change == "renamed")
      next.push_back(fmt::format("mlo mv {} {}", change.from, change.path));
  }
  if (others) next.insert(next.end(), {"mlo track PATH  (keep)", "mlo checkout PATH  (put back)"});
  return next;
}

ui::View view(const std::vector<workspace::Change>& changes) {
  Json rows = Json::array();
  for (const auto& change : changes) rows.add(row(change));
  const bool clean = changes.empty();
  std::vector<ui::Column> columns{{"change", "Change"}, {"path", "Path"}};
  if (std::ranges::any_of(changes, [](const auto& one) { return !one.from.empty(); }))
    columns.push_back({"from", "Was"});
  return {
      .shape = "status/1",
      .headline = clean ? "Clean: the workspace is what mlo.lock says"
                        : fmt::format("{} differ from mlo.lock", changes.size()),
      .good = clean,
      .fields = {{"clean", "", clean},
                 {"changes", "Changes", std::move(rows), ui::Format::plain, std::move(columns)}},
      .next = next_steps(changes)};
}

}  // namespace

void add_status(CLI::App& mlo, Session& session) {
  auto* status = mlo.add_subcommand("status", "Show what differs from the recorded state");
  status->callback([&session] {
    // A ledger that was put in place of the one seen here last is no clean state.
    session.repository().ledger();
    session.show(view(workspace::changes(session.repository(), session.stop())));
  });
}

}  // namespace mlo::cmd
