#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool force = false;
};

ui::View view(const std::vector<workspace::Restored>& all) {
  Json rows = Json::array();
  std::size_t restored = 0;
  for (const auto& one : all) {
    restored += one.action == "restored" ? 1 : 0;
    rows.add(Json::object({{"path", one.path}, {"action", one.action}}));
  }
  return {.shape = "checkout/1",
          .headline = fmt::format("Restored {} of {}", restored, all.size()),
          .fields = {{"restored", "", restored},
                     {"paths",
                      "Paths",
                      std::move(rows),
                      ui::Format::plain,
                      {{"action", "Action"}, {"path", "Path"}}}}};
}

}  // namespace

void add_checkout(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* checkout = mlo.add_subcommand("checkout", "Put data and outputs of mlo.lock in place");
  checkout->add_option("path", options->paths,
                       "Only these and what lies below them; PATH@VERSION puts that version back");
  checkout->add_flag("-f,--force", options->force, "Give up unsaved changes");
  checkout->callback([options, &session] {
    std::vector<workspace::Typed> paths;
    for (const auto& path : options->paths) paths.push_back(session.typed(path));
    const auto overwrite =
        options->force ? workspace::Overwrite::always : workspace::Overwrite::never_unsaved;
    session.show(view(workspace::checkout_typed(session.repository(), paths, overwrite,
                                                session.progress(), session.stop())));
  });
}

}  // namespace mlo::cmd
