#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string from;
  std::string to;
  std::string reason;
};

ui::View view(const workspace::Moved& moved) {
  ui::View view{
      .shape = "mv/1",
      .headline = fmt::format("{} {} to {}", moved.file_moved ? "Moved" : "Recorded the move of",
                              moved.from.text(), moved.to.text()),
      .fields = {{"from", "", moved.from.text()},
                 {"to", "", moved.to.text()},
                 {"digest", "Digest", moved.digest.text(), ui::Format::digest},
                 {"file_moved", "", moved.file_moved}}};
  if (moved.in_project)
    view.next = {fmt::format("edit mlo.yaml: it names {} (data:, in:)", moved.from.text())};
  return view;
}

}  // namespace

void add_mv(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* move = mlo.add_subcommand("mv", "Move tracked data and its record");
  move->add_option("old", options->from, "Tracked file or folder")->required();
  move->add_option("new", options->to, "Its new place, or a folder to move it into")->required();
  move->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  move->callback([options, &session] {
    session.show(view(workspace::move(session.repository(),
                                      {.from = session.path_in_workspace(options->from),
                                       .to = session.path_in_workspace(options->to),
                                       .reason = options->reason},
                                      session.progress(), session.stop())));
  });
}

}  // namespace mlo::cmd
