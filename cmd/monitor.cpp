#include "mlo/monitor/monitor.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "views.h"

namespace mlo::cmd {
namespace {

struct Options {
  monitor::MonitorOptions monitor;
  std::string html;
  bool once = false;
  bool no_act = false;
};

bool noticed(const monitor::Watched& watched) {
  return !watched.noticed.empty();
}

Json texts(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const auto& text : all) list.add(text);
  return list;
}

Json findings(const monitor::Watched& watched) {
  Json rows = Json::array();
  for (const auto& one : watched.noticed)
    rows.add(Json::object({{"kind", one.kind}, {"message", one.message}}));
  return rows;
}

Json alerts(const monitor::Watched& watched) {
  Json rows = Json::array();
  for (const auto& alert : watched.alerts)
    rows.add(Json::object(
        {{"kind", alert.kind}, {"message", alert.message}, {"actions", texts(alert.actions)}}));
  return rows;
}

std::string name_of(const ledger::ModelVersion& version) {
  return fmt::format("{}@{}", version.model, version.number);
}

std::vector<std::string> challengers(const monitor::Watched& watched) {
  std::vector<std::string> names;
  for (const auto& version : watched.challengers) names.push_back(name_of(version));
  return names;
}

/// What a new version waits for: a promotion, or somebody who looks at what it failed on.
std::vector<std::string> next_steps(const monitor::Watched& watched) {
  std::vector<std::string> commands;
  for (const auto& version : watched.challengers) {
    const bool failed = std::ranges::find(watched.failed, version.number) != watched.failed.end();
    commands.push_back(failed ? fmt::format("mlo validate {}", name_of(version))
                              : fmt::format("mlo promote {} --to {} -m WHY", name_of(version),
                                            watched.window.stage));
  }
  return commands;
}

/// The report of the window, column by column.
Json columns(const monitor::Watched& watched) {
  return watched.drift ? data::to_json(*watched.drift).at("columns") : Json::array();
}

Json late_windows(const monitor::Watched& watched) {
  Json rows = Json::array();
  for (const auto& late : watched.late)
    rows.add(Json::object({{"version", late.window.number},
                           {"from", late.window.from.text()},
                           {"to", late.window.to.text()},
                           {"rows", late.window.rows},
                           {"outcomes", late.outcomes},
                           {"quality", metrics_json(late.quality)}}));
  return rows;
}

Json row(const monitor::Watched& watched) {
  const auto& window = watched.window;
  return Json::object(
      {{"model", window.model},
       {"version", window.number},
       {"stage", window.stage},
       {"from", window.from == Timestamp{} ? Json() : Json(window.from.text())},
       {"to", window.to.text()},
       {"rows", window.rows},
       {"rows_not_logged", watched.rows_not_logged},
       {"judged", watched.drift.has_value()},
       {"drifted", window.drifted},
       {"drifted_share", window.drifted_share},
       {"drifted_columns", texts(window.drifted_columns)},
       {"columns", columns(watched)},
       {"quality", metrics_json(watched.quality)},
       {"late", late_windows(watched)},
       {"noticed", findings(watched)},
       {"alerts", alerts(watched)},
       {"retrained_run", watched.retrained_run.empty() ? Json() : Json(watched.retrained_run)},
       {"challengers", texts(challengers(watched))},
       {"note", watched.note}});
}

std::string headline(const std::vector<monitor::Watched>& all) {
  std::vector<std::string> parts;
  for (const auto& watched : all)
    for (const auto& one : watched.noticed)
      parts.push_back(fmt::format("{}: {}", watched.window.model, one.message));
  return parts.empty() ? "Nothing to report" : join(parts, "; ");
}

std::string not_logged(std::int64_t rows) {
  return fmt::format("{} answered and not judged: the service could not log {}",
                     rows == 1 ? "1 row was" : format_count(rows) + " rows were",
                     rows == 1 ? "it" : "them");
}

/// Scripts find these under their model; this table is for people.
ui::Field late_field(const monitor::Watched& watched) {
  return {
      .key = "",
      .label = fmt::format("Windows of {} judged again by later outcomes", watched.window.model),
      .value = late_windows(watched),
      .columns = {{"version", "Version"},
                  {"from", "From", ui::Format::time},
                  {"to", "To", ui::Format::time},
                  {"rows", "Rows", ui::Format::count},
                  {"outcomes", "Outcomes", ui::Format::count}}};
}

ui::View view(const std::vector<monitor::Watched>& all) {
  Json rows = Json::array();
  for (const auto& watched : all) rows.add(row(watched));
  const bool good = std::ranges::none_of(all, noticed);
  ui::View view{
      .shape = "monitor/1",
      .headline = headline(all),
      .good = good,
      .fields = {{"drifted", "",
                  std::ranges::any_of(all, [](const auto& one) { return one.window.drifted; })},
                 {"models",
                  "Windows",
                  std::move(rows),
                  ui::Format::plain,
                  {{"model", "Model"},
                   {"version", "Version"},
                   {"from", "From", ui::Format::time},
                   {"to", "To", ui::Format::time},
                   {"rows", "Rows", ui::Format::count},
                   {"drifted_share", "Drifted", ui::Format::share},
                   {"challengers", "Challengers"}}}}};
  for (const auto& watched : all) {
    // A sentence of its own: in the table it would squeeze the figures.
    if (!watched.note.empty()) view.fields.push_back({"", watched.window.model, watched.note});
    if (watched.rows_not_logged > 0)
      view.fields.push_back({"", watched.window.model, not_logged(watched.rows_not_logged)});
    if (!watched.late.empty()) view.fields.push_back(late_field(watched));
    if (!watched.drift) continue;
    for (auto field : drift_fields(*watched.drift)) {
      if (field.columns.empty()) continue;
      // Scripts find the columns of each model under its window; this table is for people.
      field.key.clear();
      field.label = fmt::format("Columns of {}", watched.window.model);
      view.fields.push_back(std::move(field));
    }
    for (auto& histogram : drift_histograms(*watched.drift))
      view.histograms.push_back(std::move(histogram));
    for (auto& command : next_steps(watched)) view.next.push_back(std::move(command));
  }
  return view;
}

}  // namespace

void add_monitor(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* monitor = mlo.add_subcommand(
      "monitor", "Compare requests and outcomes since the last look; alert, retrain");
  monitor->add_option("model", options->monitor.model, "Only this model");
  monitor->add_option("--stage", options->monitor.stage, "Stage whose version is watched")
      ->capture_default_str();
  monitor->add_option("-m,--message", options->monitor.reason, "Why: kept in the ledger");
  monitor->add_option("--html", options->html, "Also write a page here")->type_name("FILE");
  monitor->add_flag("--once", options->once, "Look once and end; what it does anyway");
  monitor->add_flag("--no-act", options->no_act,
                    "Record the window, but raise no alert and retrain nothing");
  monitor->callback([options, &session] {
    options->monitor.act = !options->no_act;
    const auto watched = monitor::monitor(session.repository(), options->monitor,
                                          session.progress(), session.stop());
    const auto answer = view(watched);
    if (!options->html.empty()) session.write(options->html, ui::to_html(answer));
    session.show(answer, std::ranges::none_of(watched, noticed));
  });
}

}  // namespace mlo::cmd
