#include <memory>

#include "commands.h"
#include "mlo/ledger/history.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string path;
  std::int64_t limit = 30;
};

ui::View view(const std::vector<ledger::Event>& events) {
  Json rows = Json::array();
  for (const auto& event : events)
    rows.add(Json::object({{"entry", event.entry},
                           {"time", event.at.text()},
                           {"actor", event.actor},
                           {"what", event.what},
                           {"subject", event.subject},
                           {"digest", event.digest == Digest() ? Json() : event.digest.text()},
                           {"reason", event.reason}}));
  return {.shape = "log/1",
          .headline = events.empty() ? "Nothing is recorded yet" : "",
          .fields = {{"events",
                      "History",
                      std::move(rows),
                      ui::Format::plain,
                      {{"time", "Time", ui::Format::time},
                       {"actor", "Who"},
                       {"what", "What"},
                       {"subject", "Subject"},
                       {"digest", "Digest", ui::Format::digest},
                       {"reason", "Why"}}}}};
}

}  // namespace

void add_log(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* log = mlo.add_subcommand("log", "Show the history of data, runs and models, newest first");
  log->add_option("path", options->path, "Only this dataset");
  log->add_option("--limit", options->limit, "Events to show")->check(CLI::Range(1, 1'000'000));
  log->callback([options, &session] {
    auto& repository = session.repository();
    session.show(
        view(options->path.empty()
                 ? ledger::history(repository.ledger(), "", options->limit)
                 : workspace::history_of(repository, session.path_in_workspace(options->path),
                                         options->limit)));
  });
}

}  // namespace mlo::cmd
