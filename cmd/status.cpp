#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

Json row(const workspace::Change& change) {
  auto row = Json::object({{"path", change.path}, {"change", change.change}});
  if (!change.from.empty()) row.set("from", change.from);
  return row;
}

/// Commands worth typing, one a kind of change.
std::vector<std::string> next_steps(const workspace::Repository& repository,
                                    const std::vector<workspace::Change>& changes,
                                    const std::optional<std::string>& remedy) {
  if (remedy) return {*remedy};
  std::vector<std::string> next;
  bool others = false;
  for (const auto& change : changes) {
    others = others || change.change != "renamed";
    if (change.change == "renamed")
      next.push_back(fmt::format("mlo mv {} {}",
                                 workspace::from_here(repository.root(), change.from),
                                 workspace::from_here(repository.root(), change.path)));
  }
  if (others) next.insert(next.end(), {"mlo track PATH  (keep)", "mlo checkout PATH  (put back)"});
  return next;
}

std::string headline(const std::vector<workspace::Change>& changes, bool is_lock_lost) {
  if (is_lock_lost) return "mlo.lock, which says what is recorded, is not there";
  return changes.empty() ? "Clean: the workspace is what mlo.lock says"
                         : fmt::format("{} differ from mlo.lock", changes.size());
}

/// `remedy`: what to do about a `mlo.lock` that is lost.
ui::View view(const workspace::Repository& repository,
              const std::vector<workspace::Change>& changes,
              const std::optional<std::string>& remedy) {
  Json rows = Json::array();
  for (const auto& change : changes) rows.add(row(change));
  const bool clean = changes.empty();
  std::vector<ui::Column> columns{{"change", "Change"}, {"path", "Path"}};
  if (std::ranges::any_of(changes, [](const auto& one) { return !one.from.empty(); }))
    columns.push_back({"from", "Was"});
  return {
      .shape = "status/1",
      .headline = headline(changes, remedy.has_value()),
      .good = clean,
      .fields = {{"clean", "", clean},
                 {"changes", "Changes", std::move(rows), ui::Format::plain, std::move(columns)}},
      .next = next_steps(repository, changes, remedy)};
}

}  // namespace

void add_status(CLI::App& mlo, Session& session) {
  auto* status = mlo.add_subcommand("status", "Show what differs from the recorded state");
  status->callback([&session] {
    // A ledger that was put in place of the one seen here last is no clean state.
    auto& repository = session.repository();
    repository.ledger();
    session.show(view(repository, workspace::changes(repository, session.stop()),
                      workspace::remedy_for_lost_lock(repository)));
  });
}

}  // namespace mlo::cmd
