#include "runs_edit.h"

#include <memory>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/run/tracking.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string run;
  std::vector<std::string> runs;
  std::vector<std::string> tags;
  std::vector<std::string> untag;
  std::string note;
};

/// Where MLflow's clients keep what people write about a run.
constexpr auto kNote = "mlflow.note.content";

ui::View view(Session& session, const std::vector<std::string>& ids, const std::string& headline) {
  Json rows = Json::array();
  for (const auto& id : ids) {
    const auto run = run::tracked_run(session.repository(), id);
    invariant(run.has_value(), "a run that was edited is there");
    Json tags = Json::object();
    for (const auto& [key, value] : run->tags) tags.append(key, value);
    rows.add(Json::object({{"id", run->id},
                           {"name", run->name},
                           {"status", run->status},
                           {"removed", run->deleted},
                           {"tags", std::move(tags)}}));
  }
  return {.shape = "runs-edit/1",
          .headline = headline,
          .fields = {{.key = "runs", .label = "", .value = std::move(rows)}}};
}

run::Logged tags_of(const std::vector<std::string>& typed) {
  run::Logged logged;
  for (const auto& text : typed) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorKind::usage, "tag '{}' has no value", printable(text))
          .hint("mlo runs tag RUN team=growth");
    logged.tags.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return logged;
}

void tag(const Options& options, Session& session) {
  const auto id = run::only_run(session.repository(), options.run, run::Shown::active);
  const auto logged = tags_of(options.tags);
  if (logged.tags.empty() && options.untag.empty())
    throw Error(ErrorKind::usage, "which tag?").hint("mlo runs tag {} team=growth", options.run);
  for (const auto& key : options.untag) run::remove_tag(session.repository(), id, key);
  if (!logged.tags.empty()) run::log(session.repository(), id, logged, run::Durability::disk);
  session.show(view(session, {id}, fmt::format("Tagged run {}", id)));
}

void note(const Options& options, Session& session) {
  const auto id = run::only_run(session.repository(), options.run, run::Shown::active);
  run::log(session.repository(), id, {.tags = {{kNote, options.note}}}, run::Durability::disk);
  session.show(view(session, {id}, fmt::format("Noted of run {}: {}", id, options.note)));
}

void hide(const Options& options, Session& session, bool hidden) {
  std::vector<std::string> ids;
  // All are looked up before the first is changed.
  for (const auto& typed : options.runs)
    ids.push_back(run::only_run(session.repository(), typed,
                                hidden ? run::Shown::active : run::Shown::deleted));
  for (const auto& id : ids) run::hide_run(session.repository(), id, hidden);
  const auto count = format_count(static_cast<std::int64_t>(ids.size()), "run");
  session.show(view(session, ids,
                    hidden ? fmt::format("Removed {}: hidden until `mlo gc`", count)
                           : fmt::format("Restored {}", count)));
}

}  // namespace

void add_runs_edit(CLI::App& runs, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* tag_command = runs.add_subcommand("tag", "Say more about a run by tags");
  tag_command->add_option("run", options->run, "Id, its beginning, or name")->required();
  tag_command->add_option("tags", options->tags, "Tags")->type_name("NAME=VALUE");
  tag_command->add_option("--remove", options->untag, "Take this tag away")
      ->type_name("NAME")
      ->allow_extra_args(false);
  tag_command->callback([options, &session] { tag(*options, session); });
  auto* note_command = runs.add_subcommand("note", "Write what a run was about");
  note_command->add_option("run", options->run, "Id, its beginning, or name")->required();
  note_command->add_option("text", options->note, "The note; it replaces the one before")
      ->required();
  note_command->callback([options, &session] { note(*options, session); });
  auto* rm = runs.add_subcommand("rm", "Hide runs until mlo gc");
  rm->add_option("runs", options->runs, "Ids, their beginnings, or names")->required();
  rm->callback([options, &session] { hide(*options, session, true); });
  auto* restore = runs.add_subcommand("restore", "Show runs again that rm has hidden");
  restore->add_option("runs", options->runs, "Ids, their beginnings, or names")->required();
  restore->callback([options, &session] { hide(*options, session, false); });
}

}  // namespace mlo::cmd
