#include <algorithm>
#include <map>

#include "mlo/run/runs.h"
#include "run/recorded.h"

namespace mlo::run {
namespace {

/// The points of one run by metric, ascending by step; of a step told twice the newest counts.
using Curves = std::map<std::string, std::map<std::int64_t, CurvePoint>>;

Curves curves_of(workspace::Repository& repository, const ledger::Run& run) {
  Curves curves;
  for (const auto& point : points_of(repository, run)) {
    if (point.kind != RecordedPoint::Kind::metric || !point.value.is_number()) continue;
    auto& curve = curves[point.name];
    const auto next = curve.empty() ? 1 : curve.rbegin()->first + 1;
    const auto step = point.step.value_or(next);
    curve[step] = {.step = step, .value = point.value.as_number(), .at = point.at};
  }
  return curves;
}

}  // namespace

std::vector<LearningCurve> learning_curves(workspace::Repository& repository,
                                           std::span<const ledger::Run> runs) {
  std::map<std::string, LearningCurve> found;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const auto& [metric, points] : curves_of(repository, runs[i])) {
      auto& curve = found[metric];
      curve.metric = metric;
      curve.points.resize(runs.size());
      for (const auto& [step, point] : points) curve.points[i].push_back(point);
    }
  std::vector<LearningCurve> curves;
  for (auto& [metric, curve] : found)
    if (std::ranges::any_of(curve.points, [](const auto& points) { return points.size() > 1; }))
      curves.push_back(std::move(curve));
  return curves;
}

}  // namespace mlo::run
