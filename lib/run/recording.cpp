#include "mlo/run/recording.h"

#include <cmath>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::run {
namespace {

constexpr std::size_t kMaxName = 250;

std::string_view word_of(RecordedPoint::Kind kind) {
  switch (kind) {
    case RecordedPoint::Kind::metric: return "metric";
    case RecordedPoint::Kind::param: return "param";
    case RecordedPoint::Kind::artifact: break;
  }
  return "artifact";
}

RecordedPoint::Kind kind_named(const std::string& word) {
  for (const auto kind : {RecordedPoint::Kind::metric, RecordedPoint::Kind::param})
    if (word == word_of(kind)) return kind;
  if (word != word_of(RecordedPoint::Kind::artifact))
    throw Error(ErrorKind::bad_input, "'{}' is no kind of record", printable(word));
  return RecordedPoint::Kind::artifact;
}

/// NaN is a true value of a metric, for which JSON has only text.
bool is_missing(const RecordedPoint& point) {
  return point.value.is_string() && point.value.as_string() == "NaN";
}

void check_metric(const RecordedPoint& point) {
  if (!point.value.is_number() || !std::isfinite(point.value.as_number()))
    throw Error(ErrorKind::bad_input, "metric '{}' is no finite number", printable(point.name))
        .hint("leave the point out, or record a param: mlo record param {}=nan",
              printable(point.name));
}

RecordedPoint read_point(std::string_view line) {
  const auto json = Json::parse(line);
  RecordedPoint point{.kind = kind_named(json.at("kind").as_string()),
                      .name = json.at("name").as_string(),
                      .value = json.at("value"),
                      .at = {json.at("at").as_integer()}};
  if (const auto* step = json.find("step")) point.step = step->as_integer();
  if (point.kind == RecordedPoint::Kind::metric && !is_missing(point)) check_metric(point);
  return point;
}

}  // namespace

std::filesystem::path record_file(const World& world) {
  const auto file = world.environment("MLO_RECORD_FILE");
  if (file && !file->empty()) return *file;
  throw Error(ErrorKind::bad_input, "no run is going on here: MLO_RECORD_FILE is not set")
      .hint("call it in a step of mlo.yaml that mlo train runs");
}

RecordedPoint parse_point(RecordedPoint::Kind kind, std::string_view typed) {
  const auto equals = typed.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw Error(ErrorKind::usage, "{} '{}' has no value", word_of(kind), printable(typed))
        .hint("mlo record {} NAME=VALUE", word_of(kind));
  RecordedPoint point{.kind = kind, .name = std::string(typed.substr(0, equals))};
  if (point.name.size() > kMaxName || !is_utf8(typed))
    throw Error(ErrorKind::bad_input, "the name of a {} is UTF-8, at most {} bytes", word_of(kind),
                kMaxName);
  const std::string text(typed.substr(equals + 1));
  if (kind == RecordedPoint::Kind::metric) {
    const auto value = text.empty() ? Yaml() : Yaml::parse(text, point.name);
    if (value.is_scalar()) point.value = value.to_json();
    check_metric(point);
  } else {
    const auto value = text.empty() ? Yaml() : Yaml::parse(text, point.name);
    point.value = value.is_scalar() ? value.to_json() : Json(text);
  }
  return point;
}

void append_points(const std::filesystem::path& file, std::span<const RecordedPoint> points) {
  std::string lines;
  for (const auto& point : points) {
    auto json = Json::object({{"kind", word_of(point.kind)},
                              {"name", point.name},
                              {"value", point.value},
                              {"at", point.at.microseconds}});
    if (point.step) json.set("step", *point.step);
    lines += json.dump() + "\n";
  }
  auto output = File::open(file, O_WRONLY | O_APPEND | O_CREAT, 0644);
  output.write_all(bytes_of(lines));
  output.sync_data();
}

void record_files(workspace::Repository& repository, const std::filesystem::path& file,
                  std::span<const RepoPath> paths, std::string_view as) {
  std::vector<RecordedPoint> points;
  workspace::SnapshotBatch files(repository);
  for (const auto& path : paths) {
    const auto kept = files.keep(path);
    if (kept.folder)
      throw Error(ErrorKind::bad_input, "'{}' is a folder", path.text())
          .hint("record its files: mlo record artifact {}/*", path.text());
    points.push_back({.kind = RecordedPoint::Kind::artifact,
                      .name = path.text(),
                      .value = Json::object({{"digest", kept.digest.text()}, {"as", as}}),
                      .at = repository.world().now()});
  }
  files.commit([&] { append_points(file, points); });
}

std::vector<RecordedPoint> read_points(std::string_view text, std::string_view source) {
  std::vector<RecordedPoint> points;
  int number = 0;
  for (std::size_t start = 0; start < text.size();) {
    ++number;
    const auto end = text.find('\n', start);
    if (end == std::string_view::npos) break;  // torn: nobody was told that it is there
    in_context(fmt::format("reading line {} of '{}'", number, source),
               [&] { points.push_back(read_point(text.substr(start, end - start))); });
    start = end + 1;
  }
  return points;
}

}  // namespace mlo::run
