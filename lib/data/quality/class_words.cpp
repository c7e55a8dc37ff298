#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/data/quality.h"

namespace mlo::data {

namespace {

/// How true and false are written.
struct Words {
  std::string_view yes;
  std::string_view no;
  [[nodiscard]] bool has(std::string_view name) const { return name == yes || name == no; }
};

constexpr std::array<Words, 5> kWords = {
    {{"1", "0"}, {"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"}, {"1.0", "0.0"}}};

const Words* words_of(std::string_view name) {
  const auto found =
      std::ranges::find_if(kWords, [&](const Words& words) { return words.has(name); });
  return found == kWords.end() ? nullptr : &*found;
}

void write_as(const Words& words, std::string& name) {
  if (const auto* own = words_of(name)) name = name == own->yes ? words.yes : words.no;
}

/// "2" for 2.0: how columns of numbers become classes.
std::string as_number(const std::string& name) {
  double number = 0;
  const auto* end = name.data() + name.size();
  const auto [stop, problem] = std::from_chars(name.data(), end, number);
  return problem == std::errc() && stop == end ? number_text(number) : name;
}

std::set<std::string> different(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

std::string listed(const std::set<std::string>& classes) {
  constexpr std::size_t kNamed = 10;
  std::vector<std::string> names(classes.begin(), classes.end());
  const bool more = names.size() > kNamed;
  names.resize(std::min(names.size(), kNamed));
  return join(names, ", ") + (more ? ", …" : "");
}

}  // namespace

bool classes_match(const Predictions& predictions) {
  if (predictions.labels.empty()) return true;
  const auto* words = words_of(predictions.labels.front());
  if (words == nullptr) return as_number(predictions.positive) == predictions.positive;
  const auto* predicted =
      predictions.predicted.empty() ? words : words_of(predictions.predicted.front());
  return words == predicted && words == words_of(predictions.positive);
}

void match_classes(Predictions& predictions) {
  if (classes_match(predictions)) return;
  const auto* words = words_of(predictions.labels.front());
  const auto are = [](const std::vector<std::string>& names, auto&& fits) {
    return std::ranges::all_of(names, fits);
  };
  if (words == nullptr ||
      !are(predictions.labels, [&](const auto& it) { return words->has(it); })) {
    if (std::ranges::find(predictions.labels, predictions.positive) == predictions.labels.end())
      predictions.positive = as_number(predictions.positive);
    return;
  }
  write_as(*words, predictions.positive);
  if (are(predictions.predicted, [](const auto& it) { return words_of(it) != nullptr; }))
    for (auto& name : predictions.predicted) write_as(*words, name);
}

void check_classes(const Predictions& predictions) {
  const auto truth = different(predictions.labels);
  const auto predicted = different(predictions.predicted);
  const bool common =
      std::ranges::any_of(predicted, [&](const std::string& name) { return truth.contains(name); });
  if (truth.size() > 1 && predicted.size() > 1 && !common)
    throw Error(ErrorKind::bad_input, "no predicted class is one of the true ones")
        .hint("true: {}; predicted: {}", listed(truth), listed(predicted));
  if (predictions.task == Task::binary_classification && truth.size() == 2 &&
      !truth.contains(predictions.positive))
    throw Error(ErrorKind::bad_input, "no row has the positive class '{}'", predictions.positive)
        .hint("classes: {}", listed(truth));
}

}  // namespace mlo::data
