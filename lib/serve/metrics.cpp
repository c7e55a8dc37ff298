#include "serve/metrics.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/json.h"

namespace mlo::serve {

void Metrics::count_request(const std::string& model, std::int64_t version, int status,
                            double seconds) {
  const auto place =
      static_cast<std::size_t>(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin());
  values_.with([&](Values& values) {
    ++values.requests[{model, version, status}];
    auto& histogram = values.latency[model];
    ++histogram.counts[place];
    histogram.sum += seconds;
  });
}

void Metrics::count_dropped(std::uint64_t records) {
  values_.with([&](Values& values) { values.dropped += records; });
}

void Metrics::count_failed_load(const std::string& model) {
  values_.with([&](Values& values) { ++values.failed_loads[model]; });
}

void Metrics::write_latency(std::string& out, const Values& values) {
  out +=
      "# HELP mlo_inference_duration_seconds Time to answer a prediction request.\n"
      "# TYPE mlo_inference_duration_seconds histogram\n";
  for (const auto& [model, histogram] : values.latency) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      total += histogram.counts[i];
      out += fmt::format("mlo_inference_duration_seconds_bucket{{model=\"{}\",le=\"{}\"}} {}\n",
                         model, number_text(kBounds[i]), total);
    }
    total += histogram.counts.back();
    out += fmt::format("mlo_inference_duration_seconds_bucket{{model=\"{}\",le=\"+Inf\"}} {}\n",
                       model, total);
    out += fmt::format("mlo_inference_duration_seconds_sum{{model=\"{}\"}} {}\n", model,
                       number_text(histogram.sum));
    out += fmt::format("mlo_inference_duration_seconds_count{{model=\"{}\"}} {}\n", model, total);
  }
}

std::string Metrics::text() {
  return values_.with([](const Values& values) {
    std::string out =
        "# HELP mlo_inference_requests_total Prediction requests by model, version and HTTP "
        "status.\n"
        "# TYPE mlo_inference_requests_total counter\n";
    for (const auto& [key, count] : values.requests)
      out += fmt::format(
          "mlo_inference_requests_total{{model=\"{}\",version=\"{}\",code=\"{}\"}} {}\n",
          std::get<0>(key), std::get<1>(key), std::get<2>(key), count);
    write_latency(out, values);
    out +=
        "# HELP mlo_model_load_failures_total Versions that could not be loaded; the one before "
        "stays.\n"
        "# TYPE mlo_model_load_failures_total counter\n";
    for (const auto& [model, count] : values.failed_loads)
      out += fmt::format("mlo_model_load_failures_total{{model=\"{}\"}} {}\n", model, count);
    out += fmt::format(
        "# HELP mlo_inference_log_dropped_total Records that the inference log had no room for.\n"
        "# TYPE mlo_inference_log_dropped_total counter\n"
        "mlo_inference_log_dropped_total {}\n",
        values.dropped);
    return out;
  });
}

}  // namespace mlo::serve
