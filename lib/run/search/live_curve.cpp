#include "run/search/live_curve.h"

#include <algorithm>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/records.h"
#include "run/recorded.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kReadAtOnce = 1U << 20U;

/// Points without a step are counted. A step that was told twice counts once, with its newest
/// value.
void add_points(Curve& curve, std::span<const RecordedPoint> points, const std::string& metric,
                double sign) {
  for (const auto& point : points) {
    if (point.kind != RecordedPoint::Kind::metric || point.name != metric) continue;
    if (!point.value.is_number()) continue;  // not a number says nothing of the way
    const auto last = curve.points.empty() ? 0 : curve.points.back().step;
    const auto step = point.step.value_or(last + 1);
    const auto place = std::ranges::lower_bound(curve.points, step, {}, &Curve::Point::step);
    const Curve::Point added{step, sign * point.value.as_number()};
    if (place != curve.points.end() && place->step == step)
      *place = added;
    else
      curve.points.insert(place, added);
  }
}

/// What lies in `file` behind `offset`, up to the end of its last whole line.
std::string lines_behind(const fs::path& file, std::uint64_t offset) {
  const auto input = File::open(file, O_RDONLY);
  std::string text(kReadAtOnce, '\0');
  text.resize(input.read_at(std::as_writable_bytes(std::span(text)), offset));
  const auto end = text.rfind('\n');
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

}  // namespace

bool LiveCurve::read_on() {
  const auto before = curve_.points.size();
  for (const auto& file : folder_entries(scratch_)) {
    if (!step_of_record(file)) continue;
    const auto status = status_of(file);
    auto& offset = read_[file];
    if (status && status->size_bytes < offset) offset = 0;  // another attempt begins anew
    if (!status || status->size_bytes == offset) continue;
    try {
      const auto text = lines_behind(file, offset);
      add_points(curve_, read_points(text, file.string()), metric_, sign_);
      offset += text.size();
    } catch (const Error& error) {
      // Gone meanwhile, or not ours to read: the run itself will say so when it ends.
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::bad_input) throw;
      offset = status->size_bytes;
    }
  }
  return curve_.points.size() > before;
}

Curve curve_of_run(workspace::Repository& repository, const std::string& run,
                   const std::string& metric, double sign) {
  Curve curve;
  const auto found = ledger::find_run(repository.ledger(), run);
  if (!found) return curve;
  curve.ended = found->status == "finished";
  add_points(curve, points_of(repository, *found), metric, sign);
  return curve;
}

}  // namespace mlo::run
