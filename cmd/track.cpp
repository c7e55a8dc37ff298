#include "mlo/workspace/track.h"

#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string reason;
  std::string source;
  std::string license;
};

Json optional(const std::optional<std::int64_t>& value) {
  return value ? Json(*value) : Json();
}

Json row(const workspace::Tracked& tracked) {
  const auto& version = tracked.version;
  return Json::object({{"path", version.path},
                       {"version", version.number},
                       {"digest", version.digest.text()},
                       {"changed", tracked.changed},
                       {"files", version.files},
                       {"size_bytes", version.size_bytes},
                       {"rows", optional(version.rows)},
                       {"columns", optional(version.columns)},
                       {"schema", tracked.schema_file.empty() ? Json() : Json(tracked.schema_file)},
                       {"schema_written", tracked.schema_written}});
}

std::string headline(const std::vector<workspace::Tracked>& all) {
  std::size_t changed = 0;
  for (const auto& tracked : all) changed += tracked.changed ? 1 : 0;
  if (changed == 0) return "Nothing has changed: the versions are recorded already";
  return fmt::format("Recorded {} of {} as a new version", changed, all.size());
}

ui::View view(const std::vector<workspace::Tracked>& all) {
  Json rows = Json::array();
  for (const auto& tracked : all) rows.add(row(tracked));
  return {.shape = "track/1",
          .headline = headline(all),
          .fields = {{"datasets",
                      "Datasets",
                      std::move(rows),
                      ui::Format::plain,
                      {{"path", "Path"},
                       {"version", "Version"},
                       {"digest", "Digest", ui::Format::digest},
                       {"files", "Files", ui::Format::count},
                       {"size_bytes", "Size", ui::Format::bytes},
                       {"rows", "Rows", ui::Format::count},
                       {"columns", "Columns", ui::Format::count},
                       {"schema", "Contract"}}}}};
}

}  // namespace

void add_track(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* track = mlo.add_subcommand("track", "Record dataset versions and where they came from");
  track->add_option("path", options->paths, "Files or folders to record")->required();
  track->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  track->add_option("--source", options->source, "Where the data came from");
  track->add_option("--license", options->license, "Licence of the data");
  track->callback([options, &session] {
    workspace::TrackOptions wanted{
        .reason = options->reason, .source = options->source, .license = options->license};
    for (const auto& path : options->paths) wanted.paths.push_back(session.path_in_workspace(path));
    session.show(
        view(workspace::track(session.repository(), wanted, session.progress(), session.stop())));
  });
}

}  // namespace mlo::cmd
