#include <memory>
#include <optional>

#include "commands.h"
#include "listing.h"
#include "mlo/ledger/history.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string path;
  std::optional<std::int64_t> limit;
};

constexpr std::int64_t kPage = 30;

ui::View view(const std::vector<ledger::Event>& events, bool truncated) {
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
                       {"reason", "Why"}}},
                     {"truncated", "", truncated}}};
}

}  // namespace

void add_log(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* log = mlo.add_subcommand("log", "Show the history of data, runs and models, newest first");
  log->add_option("path", options->path, "Only this dataset");
  log->add_option("--limit", options->limit, "Events to show; default: all with --json, else 30")
      ->check(CLI::Range(1, 1'000'000));
  log->callback([options, &session] {
    auto& repository = session.repository();
    const Listing listing(session, options->limit, kPage);
    auto events = options->path.empty()
                      ? ledger::history(repository.ledger(), "", listing.wanted())
                      : workspace::history_of(repository, session.path_in_workspace(options->path),
                                              listing.wanted());
    const bool truncated = listing.cut(events);
    auto answer = view(events, truncated);
    answer.next = listing.more(truncated, "mlo log");
    session.show(answer);
  });
}

}  // namespace mlo::cmd
