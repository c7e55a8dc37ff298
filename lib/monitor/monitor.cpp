#include "mlo/monitor/monitor.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/figure.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"
#include "mlo/monitor/inference_log.h"
#include "monitor/actions.h"
#include "monitor/quality.h"
#include "monitor/window.h"

namespace mlo::monitor {
namespace {

constexpr double kMaxErrorShare = 0.01;
constexpr std::size_t kNamedColumns = 5;
constexpr std::size_t kMaxNameBytes = 20'000;  // of drifted columns in an entry, which holds 64 KiB

/// Columns that drifted, those that contribute most first.
std::vector<std::string> drifted_columns(const data::DriftReport& report) {
  std::vector<const data::ColumnDrift*> drifted;
  for (const auto& column : report.columns)
    if (column.drifted) drifted.push_back(&column);
  std::ranges::stable_sort(drifted, [](const auto* left, const auto* right) {
    return left->contribution > right->contribution;
  });
  std::vector<std::string> names;
  names.reserve(drifted.size());
  for (const auto* column : drifted) names.push_back(column->name);
  return names;
}

std::string drift_message(const Watched& watched) {
  const auto& names = watched.window.drifted_columns;
  const std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamedColumns)));
  return fmt::format("{} of {} columns drifted: {}{}", names.size(), watched.drift->columns.size(),
                     join(first, ", "), names.size() > kNamedColumns ? ", …" : "");
}

/// What the log has of a window.
struct Requests {
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t lost = 0;  ///< rows that the log has no lines of
  std::optional<Timestamp> first = {};
  [[nodiscard]] std::int64_t all() const { return answered + failed; }
};

std::string why_not_judged(workspace::Repository& repository, const workspace::MonitorSpec& monitor,
                           const Requests& requests) {
  if (monitor.labels.empty()) return "monitor has no labels in mlo.yaml";
  if (!status_of(repository.root() / monitor.labels))
    return fmt::format("labels '{}' are not there", monitor.labels);
  return fmt::format("'{}' has no outcome of any of {} requests yet", monitor.labels,
                     requests.all());
}

/// Quality by outcomes, where there are any; a watch over decay that sees none says so.
Quality judge_quality(workspace::Repository& repository, const workspace::ModelSpec& spec,
                      const std::optional<Outcomes>& outcomes, const Requests& requests,
                      Watched& watched) {
  Judgement judgement(spec);
  if (outcomes)
    each_inference(repository.folder(), spec.name, watched.window.from, watched.window.to,
                   [&](const InferenceRecord& record) { judgement.add(record, *outcomes); });
  auto quality = judgement.quality();
  add_note(watched, quality.note);
  if (quality.outcomes == 0 && !spec.monitor->quality.empty() && watched.note.empty())
    add_note(watched,
             "quality is not judged: " + why_not_judged(repository, *spec.monitor, requests));
  for (const auto& [metric, bound] : spec.monitor->quality)
    if (quality.outcomes > 0 && !data::find_metric(quality.metrics, metric))
      add_note(watched,
               fmt::format("{} is not judged: {} do not define it (no scores, or of one class)",
                           metric, format_count(quality.outcomes, "outcome")));
  watched.quality = quality.metrics;
  return quality;
}

/// Drift of the answered requests against the reference; nothing when they are too few to judge.
void compare(workspace::Repository& repository, const workspace::ModelSpec& spec,
             FeatureFile& answered, const ledger::ModelVersion& version, Watched& watched) {
  const auto& monitor = *spec.monitor;
  if (watched.window.rows < monitor.min_rows) {
    watched.note =
        fmt::format("{} answered requests since the last window: fewer than {} are not judged",
                    watched.window.rows, monitor.min_rows);
    return;
  }
  const auto reference = reference_table(repository, monitor.reference, version);
  const auto current = answered.table();
  watched.drift = data::drift(reference, current,
                              {.columns = model::features_of(version),
                               .method = monitor.drift_method,
                               .share = monitor.drift_share});
  watched.window.drifted = watched.drift->drifted;
  watched.window.drifted_share = watched.drift->drifted_share;
  watched.window.drifted_columns = drifted_columns(*watched.drift);
}

/// Counts the requests of a window and gathers the features of those that were answered.
Requests count(workspace::Repository& repository, const ledger::MonitorWindow& window,
               FeatureFile& features) {
  Requests requests;
  each_inference(repository.folder(), window.model, window.from, window.to,
                 [&](const InferenceRecord& record) {
                   requests.lost += record.lost;
                   if (record.lost > 0) return;
                   requests.first = std::min(requests.first.value_or(record.at), record.at);
                   ++(record.error.empty() ? requests.answered : requests.failed);
                   if (record.error.empty()) features.add(record);
                 });
  return requests;
}

std::string bound_missed(const std::string& metric, double value, const workspace::Bound& bound) {
  return fmt::format("{} is {}, it must be {}", metric, format_figure(value), bound.text());
}

/// A metric that late outcomes show to be out of bounds: of the newest window that does, where it
/// is of the version that is watched now. The entries tell of each window.
void notice_late(const workspace::ModelSpec& spec, Watched& watched) {
  for (const auto& [metric, bound] : spec.monitor->quality) {
    const LateQuality* newest = nullptr;
    std::int64_t windows = 0;
    for (const auto& late : watched.late) {
      const auto value = data::find_metric(late.quality, metric);
      if (!value || bound.holds(*value) || late.window.digest != watched.window.digest) continue;
      newest = &late;
      ++windows;
    }
    if (newest == nullptr) continue;
    watched.noticed.push_back(
        {"decay",
         fmt::format("{} (requests until {}, by outcomes that came later{})",
                     bound_missed(metric, *data::find_metric(newest->quality, metric), bound),
                     newest->window.to.brief(),
                     windows == 1 ? "" : fmt::format("; so in {} windows", windows))});
  }
}

void notice(const workspace::ModelSpec& spec, const Requests& requests, Watched& watched) {
  if (watched.window.drifted) watched.noticed.push_back({"drift", drift_message(watched)});
  for (const auto& [metric, bound] : spec.monitor->quality) {
    const auto value = data::find_metric(watched.quality, metric);
    if (value && !bound.holds(*value))
      watched.noticed.push_back({"decay", bound_missed(metric, *value, bound)});
  }
  const auto share = requests.all() == 0 ? 0.0
                                         : static_cast<double>(requests.failed) /
                                               static_cast<double>(requests.all());
  if (share > kMaxErrorShare)
    watched.noticed.push_back({"error", fmt::format("{:.1f} % of requests failed", share * 100)});
}

/// As many names as an entry has room for; the report has them all.
std::vector<std::string> bounded(const std::vector<std::string>& names) {
  std::vector<std::string> some;
  std::size_t bytes = 0;
  for (const auto& name : names) {
    bytes += name.size() + 3;
    if (bytes > kMaxNameBytes) break;
    some.push_back(name);
  }
  return some;
}

/// Keeps the window with its whole report as an object.
void record(workspace::Repository& repository, const Quality& quality,
            const std::optional<Outcomes>& outcomes, const std::string& reason, Watched& watched) {
  Json report = Json::object({{"rows", watched.window.rows}});
  if (watched.drift) report = data::to_json(*watched.drift);
  add_quality(report, quality, outcomes);
  watched.window.quality = to_json(quality.metrics);
  store::Batch batch(repository.store());
  watched.window.report = batch.add(report.dump());
  batch.commit();
  auto entry = watched.window;
  entry.drifted_columns = bounded(entry.drifted_columns);
  repository.ledger().append(ledger::statement_of(entry), {"monitor", reason});
}

Watched watch(workspace::Repository& repository, const workspace::ModelSpec& spec,
              const MonitorOptions& options, Progress& progress, const std::stop_token& stop) {
  const auto version = ledger::model_at_stage(repository.ledger(), spec.name, options.stage);
  if (!version)
    throw Error(ErrorKind::not_found, "no version of '{}' is at stage '{}'", spec.name,
                options.stage)
        .hint("mlo promote {} --to {} -m WHY", spec.name, options.stage);
  const auto before = last_window(repository.ledger(), spec.name, options.stage);
  Watched watched;
  watched.window = {.model = spec.name,
                    .number = version->number,
                    .digest = version->digest,
                    .stage = options.stage,
                    .from = before ? before->to : Timestamp{},
                    .to = repository.world().now()};
  FeatureFile answered(repository, *version);
  const auto requests = count(repository, watched.window, answered);
  watched.rows_not_logged = requests.lost;
  if (requests.first && !before) watched.window.from = *requests.first;
  watched.window.rows = requests.answered;
  compare(repository, spec, answered, *version, watched);
  const auto outcomes = read_outcomes(repository, spec);
  if (outcomes)
    watched.late = judge_late(repository, spec, options.stage, *outcomes, options.reason);
  // Too little to judge: the window stays open and goes on growing. A client's slip in between must
  // not close it, or the answered requests would never be compared.
  if (watched.drift || requests.failed >= spec.monitor->min_rows) {
    const auto quality = judge_quality(repository, spec, outcomes, requests, watched);
    record(repository, quality, outcomes, options.reason, watched);
    notice(spec, requests, watched);
  }
  notice_late(spec, watched);
  if (options.act) act_on(repository, watched, progress, stop);
  return watched;
}

/// What keeps one model from being watched keeps no other, and is noticed.
Watched watch_or_tell(workspace::Repository& repository, const workspace::ModelSpec& spec,
                      const MonitorOptions& options, Progress& progress,
                      const std::stop_token& stop) {
  try {
    return watch(repository, spec, options, progress, stop);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    Watched watched;
    const auto now = repository.world().now();
    watched.window = {.model = spec.name, .stage = options.stage, .to = now};
    watched.noticed.push_back({"error", "it cannot be watched: " + error.message()});
    add_note(watched, watched.noticed.back().message +
                          (error.hint().empty() ? "" : fmt::format(" ({})", error.hint())));
    return watched;
  }
}

}  // namespace

std::vector<Watched> monitor(workspace::Repository& repository, const MonitorOptions& options,
                             Progress& progress, const std::stop_token& stop) {
  std::vector<Watched> all;
  const auto& models = repository.project().models;
  const bool alone = !options.model.empty() || std::ranges::count_if(models, [](const auto& spec) {
                                                 return spec.monitor.has_value();
                                               }) == 1;
  for (const auto& spec : models) {
    throw_if_stopped(stop);
    if (!options.model.empty() && spec.name != options.model) continue;
    if (!spec.monitor && options.model.empty()) continue;
    if (!spec.monitor)
      throw Error(ErrorKind::not_found, "model '{}' has no monitor section in mlo.yaml", spec.name)
          .hint("models: {{{}: {{monitor: {{reference: data/train.csv}}}}}}", spec.name);
    all.push_back(alone ? watch(repository, spec, options, progress, stop)
                        : watch_or_tell(repository, spec, options, progress, stop));
  }
  if (all.empty()) {
    if (!options.model.empty()) static_cast<void>(repository.project().model(options.model));
    throw Error(ErrorKind::not_found, "no model in mlo.yaml has a monitor section")
        .hint("models: {{churn: {{monitor: {{reference: data/train.csv}}}}}}");
  }
  return all;
}

}  // namespace mlo::monitor
