#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/run/recording.h"

namespace mlo::cmd {
namespace {

using Kind = run::RecordedPoint::Kind;

struct Options {
  std::vector<std::string> typed;
  std::optional<std::int64_t> step;
};

ui::View view(std::string_view what, std::size_t count) {
  return {.shape = "record/1",
          .fields = {{"recorded", "", what}, {"count", "", static_cast<std::int64_t>(count)}}};
}

void add_points(CLI::App& record, Kind kind, const std::string& word,
                const std::shared_ptr<Options>& options, Session& session) {
  auto* command = record.add_subcommand(word, fmt::format("Tell {}s of the step that runs", word));
  command->add_option("values", options->typed, "NAME=VALUE, several become durable together")
      ->type_name("NAME=VALUE")
      ->required();
  if (kind == Kind::metric)
    command->add_option("--step", options->step, "Which epoch or batch")->type_name("N");
  command->callback([kind, word, options, &session] {
    const auto file = run::record_file(session.world());
    std::vector<run::RecordedPoint> points;
    for (const auto& typed : options->typed) {
      auto& point = points.emplace_back(run::parse_point(kind, typed));
      point.step = options->step;
      point.at = session.world().now();
    }
    run::append_points(file, points);
    session.show(view(word, points.size()));
  });
}

void add_files(CLI::App& record, const std::string& word, const std::shared_ptr<Options>& options,
               Session& session) {
  auto* command =
      record.add_subcommand(word, fmt::format("Keep files with the run that goes on, as {}", word));
  command->add_option("files", options->typed, "Files of the workspace")
      ->type_name("FILE")
      ->required();
  command->callback([word, options, &session] {
    const auto file = run::record_file(session.world());
    std::vector<RepoPath> paths;
    for (const auto& typed : options->typed) paths.push_back(session.path_in_workspace(typed));
    run::record_files(session.repository(), file, paths, word);
    session.show(view(word, paths.size()));
  });
}

}  // namespace

void add_record(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* record =
      mlo.add_subcommand("record", "Tell a run of metrics, params and files from a step");
  record->require_subcommand(1);
  add_points(*record, Kind::metric, "metric", options, session);
  add_points(*record, Kind::param, "param", options, session);
  for (const auto* word : {"artifact", "text", "image", "table"})
    add_files(*record, word, options, session);
}

}  // namespace mlo::cmd
