#include "monitor/quality.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/data/table.h"

namespace mlo::monitor {
namespace fs = std::filesystem;
namespace {

/// Of a file, or of all files of a folder with their names.
Digest content_of(const fs::path& place) {
  if (!fs::is_directory(place)) return Digest::of_file(place);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  Hasher hasher;
  for (const auto& file : files)
    hasher.update(fmt::format("{} {}\n", Digest::of_file(file).hex(), file.string()));
  return hasher.finish();
}

/// A finite number, when the text is one.
std::optional<double> finite(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string text_of_answer(const Json& said) {
  return said.is_string() ? said.as_string() : said.dump();
}

}  // namespace

std::optional<Outcomes> read_outcomes(workspace::Repository& repository,
                                      const workspace::ModelSpec& spec) {
  const auto place = repository.root() / spec.monitor->labels;
  if (spec.monitor->labels.empty() || !status_of(place)) return std::nullopt;
  // Before they are read: what is written meanwhile is looked at again.
  Outcomes outcomes{.by_request = {}, .content = content_of(place)};
  const auto table = data::Table::open(place);
  const auto ids = table.texts("id");
  const auto labels = table.texts(spec.target);
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] && labels[i]) outcomes.by_request[*ids[i]] = *labels[i];
  return outcomes;
}

Judgement::Judgement(const workspace::ModelSpec& spec)
    : predictions_{.task = data::parse_task(spec.task), .positive = spec.positive} {}

void Judgement::add(const InferenceRecord& record, const Outcomes& outcomes) {
  const auto found = outcomes.by_request.find(record.id);
  const auto& said = record.outputs["prediction"];
  if (found == outcomes.by_request.end() || !record.error.empty() || said.is_null()) return;
  if (predictions_.task == data::Task::regression) return add_number(record, found->second);
  const auto& score = record.outputs["score"];
  predictions_.labels.push_back(found->second);
  predictions_.predicted.push_back(text_of_answer(said));
  predictions_.scores.push_back(score.is_number() ? score.as_number()
                                                  : std::numeric_limits<double>::quiet_NaN());
}

void Judgement::add_number(const InferenceRecord& record, const std::string& outcome) {
  const auto truth = finite(outcome);
  if (!truth)
    throw Error(ErrorKind::bad_input, "the outcome '{}' of request '{}' is no number",
                printable(outcome), printable(record.id))
        .hint("correct it in the labels that mlo.yaml names");
  // The log is not the user's to correct: an answer that is no number must not end all watching.
  const auto estimate = finite(text_of_answer(record.outputs["prediction"]));
  if (!estimate) {
    ++no_numbers_;
    return;
  }
  predictions_.truth.push_back(*truth);
  predictions_.estimates.push_back(*estimate);
}

Quality Judgement::quality() const {
  Quality quality{.metrics = {}, .outcomes = static_cast<std::int64_t>(predictions_.rows())};
  if (no_numbers_ > 0)
    quality.note = fmt::format("{} came as no number: the quality is of the others",
                               format_count(no_numbers_, "answer"));
  if (predictions_.rows() == 0) return quality;
  std::vector<std::size_t> scored;
  for (std::size_t row = 0; row < predictions_.scores.size(); ++row)
    if (!std::isnan(predictions_.scores[row])) scored.push_back(row);
  if (scored.size() == predictions_.scores.size()) {
    quality.metrics = data::evaluate(predictions_);
    return quality;
  }
  auto all = predictions_;
  all.scores.clear();
  quality.metrics = data::evaluate(all);
  if (scored.empty()) return quality;
  for (const auto& [name, value] : data::evaluate(predictions_.subset(scored)))
    if (!data::find_metric(quality.metrics, name)) quality.metrics.emplace_back(name, value);
  quality.note =
      fmt::format("{} of {} came without a score: metrics of scores are of the others",
                  predictions_.rows() - scored.size(),
                  format_count(static_cast<std::int64_t>(predictions_.rows()), "answer"));
  return quality;
}

Json to_json(const data::Metrics& metrics) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics) json.set(name, value);
  return json;
}

void add_quality(Json& report, const Quality& quality, const std::optional<Outcomes>& outcomes) {
  report.set("quality", to_json(quality.metrics));
  if (outcomes)
    report.set("outcomes",
               Json::object({{"judged", quality.outcomes}, {"labels", outcomes->content.text()}}));
}

}  // namespace mlo::monitor
