#include "serve/tracking/pages.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/figure.h"
#include "mlo/core/text.h"
#include "mlo/model/registry.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::int64_t kRunsShown = 200;
constexpr std::int64_t kModelsShown = 200;
constexpr std::size_t kMetricsShown = 4;
constexpr std::int64_t kPointsDrawn = 20'000;
constexpr std::size_t kLongestValue = 2000;

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{0}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24}}
h1{{font-size:1.4rem}}h2{{font-size:1.1rem;margin-top:2rem}}a{{color:#0b5cad;text-decoration:none}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e3e6ea;vertical-align:top;overflow-wrap:anywhere}}
th{{font-weight:600;color:#57606a}}.failed,.interrupted{{color:#b3261e}}.running,.scheduled{{color:#8a5a00}}
.quiet{{color:#57606a}}svg{{width:100%;height:8rem;background:#f6f8fa}}polyline{{fill:none;stroke:#0b5cad;stroke-width:2;vector-effect:non-scaling-stroke}}
@media(prefers-color-scheme:dark){{body{{background:#14181d;color:#dfe5ec}}td,th{{border-color:#2b323a}}a{{color:#7ab7f5}}svg{{background:#1c2229}}}}
</style></head><body><h1>{0}</h1>
)html";

// Clients print addresses of another server's page: /#/experiments/3/runs/<id>
constexpr std::string_view kScript = R"html(<script>
const asked=/^#\/experiments\/\d+\/runs\/([0-9a-f]{32})/.exec(location.hash);
if(asked)location.replace('/runs/'+asked[1]);
</script>
)html";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, kLongestValue)) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += c;
    }
  }
  return text.size() > kLongestValue ? safe + "…" : safe;
}

std::string number(double value) {
  constexpr int kDigits = 6;  // a page has room for them
  return format_figure(value, kDigits);
}

std::string row(std::initializer_list<std::string> cells, std::string_view kind = "td") {
  std::string line = "<tr>";
  for (const auto& cell : cells) line += fmt::format("<{0}>{1}</{0}>", kind, cell);
  return line + "</tr>\n";
}

std::string link_of(const run::TrackedRun& run) {
  const auto id = run::hex_of_run(run.id);
  return fmt::format("<a href=\"/runs/{}\">{}</a>", escaped(id),
                     escaped(run.name.empty() ? id.substr(0, 8) : run.name));
}

std::string status_of(const run::TrackedRun& run) {
  return fmt::format("<span class=\"{0}\">{0}</span>", escaped(run.status));
}

std::string metrics_in_short(const run::TrackedRun& run) {
  std::string text;
  for (std::size_t i = 0; i < std::min(run.metrics.size(), kMetricsShown); ++i)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", escaped(run.metrics[i].key),
                        number(run.metrics[i].value));
  return run.metrics.size() > kMetricsShown ? text + ", …" : text;
}

std::string runs_table(workspace::Repository& repository) {
  run::TrackedQuestion question{.most = kRunsShown};
  std::map<std::int64_t, std::string> names;
  for (const auto& experiment : ledger::experiments(repository.ledger())) {
    if (experiment.deleted) continue;
    question.experiments.push_back(experiment.number);
    names[experiment.number] = experiment.name;
  }
  const auto runs = run::search_runs(repository, question);
  std::string table = "<h2>Runs</h2>\n";
  if (runs.empty()) return table + "<p class=\"quiet\">No runs yet.</p>\n";
  table += "<table>" + row({"Run", "Status", "Experiment", "Started", "By", "Metrics"}, "th");
  for (const auto& run : runs)
    table += row({link_of(run), status_of(run), escaped(names[run.experiment]),
                  run.started_at.brief(), escaped(run.user), metrics_in_short(run)});
  return table + "</table>\n";
}

std::string models_table(workspace::Repository& repository) {
  const auto versions = model::search_versions(repository, {.most = kModelsShown});
  std::string table = "<h2>Models</h2>\n";
  if (versions.empty()) return table + "<p class=\"quiet\">No model has a version yet.</p>\n";
  table +=
      "<table>" + row({"Model", "Version", "Stage", "Aliases", "Registered", "By", "Run"}, "th");
  for (const auto& [version, note] : versions) {
    std::string aliases;
    if (const auto model = model::registered_model(repository, version.model))
      for (const auto& [alias, held] : model->aliases.as_object())
        if (held.as_integer() == version.number)
          aliases += (aliases.empty() ? "" : ", ") + escaped(alias);
    const auto run = run::tracked_run(repository, version.run);
    table +=
        row({escaped(version.model), std::to_string(version.number),
             note.stage == "None" ? "" : escaped(note.stage), aliases, version.origin.at.brief(),
             escaped(version.origin.actor), run ? link_of(*run) : ""});
  }
  return table + "</table>\n";
}

/// The curve of one metric over its steps.
std::string curve(const std::vector<run::MetricPoint>& points) {
  std::vector<std::pair<double, double>> places;
  for (const auto& point : points)
    if (std::isfinite(point.value)) places.emplace_back(point.step, point.value);
  std::ranges::stable_sort(places, {}, &std::pair<double, double>::first);
  if (places.size() < 2) return {};
  const auto [low, high] = std::ranges::minmax(places, {}, &std::pair<double, double>::second);
  const double width = std::max(places.back().first - places.front().first, 1.0);
  const double height = std::max(high.second - low.second, 1e-300);
  std::string drawn;
  const auto stride = std::max<std::size_t>(places.size() / 500, 1);
  for (std::size_t i = 0; i < places.size(); i += stride)
    drawn += fmt::format("{:.2f},{:.2f} ", (places[i].first - places.front().first) / width * 1000,
                         95 - (places[i].second - low.second) / height * 90);
  return fmt::format(
      "<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\">"
      "<title>{} to {}</title><polyline points=\"{}\"/></svg>",
      number(low.second), number(high.second), drawn);
}

std::string pairs_table(std::string_view title,
                        const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return {};
  std::string table = fmt::format("<h2>{}</h2>\n<table>", title);
  for (const auto& [key, value] : pairs) table += row({escaped(key), escaped(value)});
  return table + "</table>\n";
}

std::string run_page(workspace::Repository& repository, const run::TrackedRun& run) {
  auto html = fmt::format(fmt::runtime(kHead), escaped(run.name.empty() ? run.id : run.name));
  html += fmt::format("<p class=\"quiet\"><a href=\"/\">All runs</a> · {} · {} · {} · {}</p>\n",
                      status_of(run), run.started_at.brief(), escaped(run.user), escaped(run.id));
  for (const auto& metric : run.metrics) {
    html += fmt::format("<h2>{} <span class=\"quiet\">{}</span></h2>\n", escaped(metric.key),
                        number(metric.value));
    html += curve(run::metric_history(repository, run.id, metric.key, 0, kPointsDrawn));
  }
  html += pairs_table("Params", run.params) + pairs_table("Tags", run.tags);
  const auto files = run::artifacts_below(repository, run.id, "");
  if (!files.empty()) {
    html += "<h2>Artifacts</h2>\n<table>";
    for (const auto& file : files)
      html += row({escaped(file.path), format_bytes(file.size_bytes),
                   fmt::format("<span class=\"quiet\">{}</span>", file.digest.brief())});
    html += "</table>\n";
  }
  return html + "</body></html>\n";
}

HttpResponse html_response(std::string html) {
  return {.body = std::move(html), .content_type = "text/html; charset=utf-8"};
}

}  // namespace

std::optional<HttpResponse> page(workspace::Repository& repository, std::string_view path) {
  constexpr std::string_view kRuns = "/runs/";
  if (path == "/") {
    const auto name = repository.project().name;
    auto html = fmt::format(fmt::runtime(kHead), escaped(name.empty() ? "mlo" : name));
    html += kScript;
    html += runs_table(repository) + models_table(repository) + "</body></html>\n";
    return html_response(std::move(html));
  }
  if (!path.starts_with(kRuns)) return std::nullopt;
  const auto id = run::parse_run_id(path.substr(kRuns.size()));
  const auto run = id ? run::tracked_run(repository, *id) : std::nullopt;
  if (!run) throw Error(ErrorKind::not_found, "no run '{}'", printable(path.substr(kRuns.size())));
  return html_response(run_page(repository, *run));
}

}  // namespace mlo::serve::tracking
