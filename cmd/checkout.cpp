#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string to;
  bool force = false;
};

ui::View view(const std::vector<workspace::Restored>& all, std::string_view done) {
  Json rows = Json::array();
  std::size_t restored = 0;
  for (const auto& one : all) {
    restored += one.action == "unchanged" ? 0 : 1;
    rows.add(Json::object({{"path", one.path}, {"action", one.action}}));
  }
  return {.shape = "checkout/1",
          .headline = fmt::format("{} {} of {}", done, restored, all.size()),
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
  checkout->add_option("--to", options->to,
                       "Write copies below this folder; the workspace stays as it is");
  checkout->callback([options, &session] {
    std::vector<workspace::Typed> paths;
    for (const auto& path : options->paths) paths.push_back(session.typed(path));
    const auto overwrite =
        options->force ? workspace::Overwrite::always : workspace::Overwrite::never_unsaved;
    auto& repository = session.repository();
    session.show(options->to.empty()
                     ? view(workspace::checkout_typed(repository, paths, overwrite,
                                                      session.progress(), session.stop()),
                            "Restored")
                     : view(workspace::export_typed(repository, paths, session.path(options->to),
                                                    session.progress(), session.stop()),
                            "Copied"));
  });
}

}  // namespace mlo::cmd
