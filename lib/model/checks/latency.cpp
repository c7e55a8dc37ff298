#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"
#include "model/checks/check.h"

namespace mlo::model {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kWarmUps = 20;
constexpr int kCalls = 300;
constexpr auto kBudget = std::chrono::seconds(5);  // a slow model is judged on fewer calls

template <typename Value>
void repeat(std::vector<Value>& values, std::size_t rows) {
  const auto held = values.size();
  if (held == 0) return;
  values.resize(rows);
  for (auto i = held; i < rows; ++i) values[i] = values[i - held];
}

/// One batch of held-out rows, repeated when there are fewer, as the model's inputs.
std::vector<Tensor> batch_of(Candidate& candidate) {
  const auto features = need_features(candidate.version());
  const auto& predictor = candidate.predictor();
  const auto batch = static_cast<std::size_t>(candidate.spec().validate.latency_batch);
  auto columns = feature_columns(predictor.inputs(), features, candidate.held_out().table);
  for (auto& [numbers, texts] : columns) {
    repeat(numbers, batch);
    repeat(texts, batch);
  }
  return input_tensors(predictor, features, columns);
}

/// Milliseconds of single calls, sorted.
std::vector<double> measure(const Predictor& predictor, const std::vector<Tensor>& inputs) {
  for (int i = 0; i < kWarmUps; ++i) static_cast<void>(predictor.predict(inputs));
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < kCalls && (Clock::now() - begin < kBudget || times.size() < 3)) {
    const auto start = Clock::now();
    static_cast<void>(predictor.predict(inputs));
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::ranges::sort(times);
  return times;
}

/// Nearest-rank percentile.
double percentile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

std::vector<ledger::Check> check_latency(Candidate& candidate) {
  const auto times = measure(candidate.predictor(), batch_of(candidate));
  std::vector<ledger::Check> checks;
  for (const auto& [name, bound] : candidate.spec().validate.latency_ms) {
    auto check = candidate.check("latency", fmt::format("latency_ms {}", name));
    const double share = name == "p50" ? 0.5 : name == "p95" ? 0.95 : 0.99;
    const double value = percentile(times, share);
    check.value = value;
    check.threshold = bound.text();
    check.passed = bound.holds(value);
    check.message = fmt::format("{} calls of {} on this machine", times.size(),
                                format_count(candidate.spec().validate.latency_batch, "row"));
    checks.push_back(std::move(check));
  }
  return checks;
}

const bool kRegistered = model_checks().add(
    "latency",
    {.wanted = [](const workspace::ValidateSpec& spec) { return !spec.latency_ms.empty(); },
     .run = check_latency});

}  // namespace
}  // namespace mlo::model
