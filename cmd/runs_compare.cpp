#include <fmt/format.h>

#include "mlo/ui/comparison.h"
#include "runs_parts.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> ids;
  std::string html;
  std::string where;
  std::int64_t limit = 20;
};

constexpr std::size_t kMaxCharts = 4;   // on a terminal
constexpr std::size_t kMaxColumns = 6;  // of runs side by side there

std::vector<ledger::Run> read_runs(Session& session, const std::vector<std::string>& ids) {
  std::vector<ledger::Run> runs;
  runs.reserve(ids.size());
  for (const auto& id : ids) runs.push_back(read_run(session, id));
  return runs;
}

/// Those that were named, or those that a question means.
std::vector<ledger::Run> asked_runs(const Options& options, Session& session) {
  if (options.where.empty()) return read_runs(session, options.ids);
  std::vector<std::string> ids;
  for (const auto& run :
       run::find_runs(session.repository(), {.text = options.where, .limit = options.limit}))
    ids.push_back(run.id);
  return read_runs(session, ids);
}

/// Beside each other whole digests fit nowhere; scripts find them in `values`.
Json brief(const Json& value) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kDigits = 12;
  if (!value.is_string() || !value.as_string().starts_with(kPrefix)) return value;
  return value.as_string().substr(kPrefix.size(), kDigits);
}

Json rows_of(const std::vector<run::ComparedFact>& facts, const std::vector<ledger::Run>& runs,
             bool only_differing) {
  Json rows = Json::array();
  for (const auto& fact : facts) {
    if (only_differing && !fact.differs) continue;
    auto row = Json::object({{"kind", fact.kind}, {"name", fact.name}, {"differs", fact.differs}});
    Json values = Json::object();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      values.set(runs[i].id, fact.values[i]);
      row.set(fmt::format("run_{}", i + 1), brief(fact.values[i]));
    }
    row.set("values", std::move(values));
    rows.add(std::move(row));
  }
  return rows;
}

ui::View comparison_view(const std::string& shape, const std::vector<ledger::Run>& runs,
                         Json rows) {
  Json compared = Json::array();
  ui::Field facts{.key = "facts",
                  .label = "Facts",
                  .value = std::move(rows),
                  .columns = {{"kind", "Kind"}, {"name", "Name"}}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    compared.add(Json::object({{"id", runs[i].id},
                               {"name", runs[i].name},
                               {"status", runs[i].status},
                               {"started_at", runs[i].started_at.text()}}));
    facts.columns.push_back({fmt::format("run_{}", i + 1), runs[i].name});
  }
  return {.shape = shape,
          .headline = facts.value.size() == 0 ? "They are the same" : "",
          .fields = {{.key = "runs", .label = "", .value = std::move(compared)}, std::move(facts)}};
}

ui::Comparison page_of(const std::vector<ledger::Run>& runs,
                       const std::vector<run::ComparedFact>& facts) {
  ui::Comparison page;
  for (const auto& run : runs) page.names.push_back(run.name);
  for (const auto& fact : facts)
    if (fact.kind == "param" || fact.kind == "metric")
      page.axes.push_back({fact.name, fact.kind == "metric", fact.values});
  return page;
}

void compare(const Options& options, Session& session) {
  const auto runs = asked_runs(options, session);
  if (runs.size() < 2)
    throw Error(ErrorKind::not_found, "there are {} runs to compare: two are needed", runs.size())
        .hint("mlo runs list shows those there are");
  const auto facts = run::compare_runs(runs);
  const auto curves = run::learning_curves(session.repository(), runs);
  auto view = comparison_view("runs-compare/1", runs, rows_of(facts, runs, false));
  view.fields.push_back({.key = "curves", .label = "", .value = json_of(curves, runs)});
  const auto page = page_of(runs, facts);
  view.charts = charts_of(curves, page.names);
  if (!options.html.empty()) {
    view.headline = fmt::format("{} runs side by side", runs.size());
    session.write(options.html, ui::to_html(view, page));
    view.headline.clear();
  }
  if (view.charts.size() > kMaxCharts) view.charts.resize(kMaxCharts);
  auto& columns = view.fields[1].columns;
  if (columns.size() > kMaxColumns + 2) columns.resize(kMaxColumns + 2);
  session.show(view);
}

}  // namespace

std::vector<ui::Chart> charts_of(const std::vector<run::LearningCurve>& curves,
                                 const std::vector<std::string>& names) {
  std::vector<ui::Chart> charts;
  for (const auto& curve : curves) {
    auto& chart = charts.emplace_back();
    chart.title = curve.metric;
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto& line = chart.lines.emplace_back();
      line.name = names[i];
      for (const auto& point : curve.points[i])
        line.points.push_back({static_cast<double>(point.step), point.value});
    }
  }
  return charts;
}

Json json_of(const std::vector<run::LearningCurve>& curves, const std::vector<ledger::Run>& runs) {
  Json all = Json::array();
  for (const auto& curve : curves) {
    Json by_run = Json::object();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Json points = Json::array();
      for (const auto& point : curve.points[i])
        points.add(Json::array({point.step, point.value, point.at.text()}));
      by_run.set(runs[i].id, std::move(points));
    }
    all.add(Json::object({{"metric", curve.metric}, {"runs", std::move(by_run)}}));
  }
  return all;
}

void add_runs_compare(CLI::App& runs, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = runs.add_subcommand(
      "compare", "Params, metrics, learning curves and files of runs side by side");
  auto* named = command->add_option("runs", options->ids, "Names, ids or beginnings of ids")
                    ->type_name("RUN")
                    ->expected(0, 100);
  command
      ->add_option("--where", options->where,
                   "Runs that this is true of, as in: 'tags.search = tune order by metrics.auc'")
      ->type_name("EXPR")
      ->excludes(named);
  command->add_option("--limit", options->limit, "Of those at most so many")
      ->check(CLI::Range(2, 100))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--html", options->html, "Also write a page with plots here")
      ->type_name("FILE");
  command->callback([options, &session] { compare(*options, session); });
}

void add_runs_diff(CLI::App& runs, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = runs.add_subcommand("diff", "Only what two runs differ in");
  command->add_option("runs", options->ids, "Names, ids or beginnings of ids")
      ->type_name("RUN")
      ->required()
      ->expected(2);
  command->callback([options, &session] {
    const auto two = read_runs(session, options->ids);
    session.show(comparison_view("runs-diff/1", two, rows_of(run::compare_runs(two), two, true)));
  });
}

}  // namespace mlo::cmd
