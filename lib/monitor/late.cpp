#include <algorithm>
#include <set>

#include "monitor/quality.h"
#include "monitor/window.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;  // in microseconds
constexpr std::int64_t kMostLate = 90 * kDay;
constexpr double kGrowth = 1.5;

/// A window that has ended, and by how many outcomes it was judged.
struct Ended {
  ledger::MonitorWindow window;
  std::int64_t judged = 0;
  std::string labels;  ///< digest of the outcomes that were there
};

Ended read_ended(workspace::Repository& repository, const ledger::MonitorWindow& window) {
  Ended ended{.window = window, .judged = 0, .labels = {}};
  if (!window.report || !repository.store().contains(*window.report)) return ended;
  const auto report = Json::parse(repository.store().read(*window.report));
  const auto& outcomes = report["outcomes"];
  if (!outcomes.is_object()) return ended;
  ended.judged = outcomes.at("judged").as_integer();
  ended.labels = outcomes.at("labels").as_string();
  return ended;
}

/// Windows that lack outcomes, as they were judged last, oldest first; none where the outcomes are
/// those of the last look.
std::vector<Ended> waiting_windows(workspace::Repository& repository,
                                   const workspace::ModelSpec& spec, const std::string& stage,
                                   const Outcomes& outcomes) {
  const auto earliest = repository.world().now().microseconds - kMostLate;
  std::set<std::pair<Timestamp, Timestamp>> seen;
  std::vector<Ended> waiting;
  for (const auto& window : windows_of(repository.ledger(), spec.name, stage)) {
    if (window.to.microseconds < earliest || !seen.emplace(window.from, window.to).second) continue;
    auto ended = read_ended(repository, window);
    if (seen.size() == 1 && ended.labels == outcomes.content.text()) return {};
    if (ended.judged < window.rows) waiting.push_back(std::move(ended));
  }
  std::ranges::sort(waiting, {}, [](const Ended& ended) { return ended.window.from; });
  return waiting;
}

/// Answers of each of `windows` beside the outcomes that are there now. A stretch of windows is
/// read together: many may lie in one day's file.
std::vector<Judgement> judge(workspace::Repository& repository, const workspace::ModelSpec& spec,
                             const std::vector<Ended>& windows, const Outcomes& outcomes) {
  std::vector<Judgement> judgements(windows.size(), Judgement(spec));
  for (std::size_t begin = 0, end = 0; begin < windows.size(); begin = end) {
    auto to = windows[begin].window.to;
    for (end = begin + 1;
         end < windows.size() && windows[end].window.from.microseconds < to.microseconds + kDay;
         ++end)
      to = std::max(to, windows[end].window.to);
    each_inference(repository.folder(), spec.name, windows[begin].window.from, to,
                   [&](const InferenceRecord& record) {
                     const auto after = std::ranges::upper_bound(
                         windows, record.at, {}, [](const Ended& one) { return one.window.from; });
                     if (after == windows.begin() || record.at >= (after - 1)->window.to) return;
                     judgements[static_cast<std::size_t>(after - windows.begin() - 1)].add(
                         record, outcomes);
                   });
  }
  return judgements;
}

/// Whether so many outcomes are worth another entry.
bool tell_more(const Ended& ended, std::int64_t outcomes, std::int64_t enough) {
  if (outcomes <= ended.judged) return false;
  if (outcomes == ended.window.rows) return true;
  return outcomes >= enough &&
         static_cast<double>(outcomes) >= kGrowth * static_cast<double>(ended.judged);
}

}  // namespace

std::vector<LateQuality> judge_late(workspace::Repository& repository,
                                    const workspace::ModelSpec& spec, const std::string& stage,
                                    const Outcomes& outcomes, const std::string& reason) {
  const auto windows = waiting_windows(repository, spec, stage, outcomes);
  const auto judgements = judge(repository, spec, windows, outcomes);
  std::vector<LateQuality> late;
  std::vector<ledger::Statement> statements;
  store::Batch batch(repository.store());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto quality = judgements[i].quality();
    if (!tell_more(windows[i], quality.outcomes, spec.monitor->min_rows)) continue;
    auto window = windows[i].window;
    Json report = Json::object({{"rows", window.rows}});
    add_quality(report, quality, outcomes);
    window.quality = to_json(quality.metrics);
    window.report = batch.add(report.dump());
    statements.push_back(ledger::statement_of(window));
    late.push_back({std::move(window), quality.outcomes, quality.metrics});
  }
  batch.commit();
  if (!statements.empty()) repository.ledger().append(statements, {"monitor", reason});
  return late;
}

}  // namespace mlo::monitor
