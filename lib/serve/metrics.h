#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "mlo/core/thread.h"

namespace mlo::serve {

/// Counts for Prometheus (text exposition format 0.0.4).
class Metrics {
 public:
  /// One answered request. `version` 0: none was there to answer.
  void count_request(const std::string& model, std::int64_t version, int status, double seconds);
  void count_dropped(std::uint64_t records);
  void count_failed_load(const std::string& model);
  [[nodiscard]] std::string text();

 private:
  static constexpr std::array<double, 11> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                  0.01,   0.025,   0.05,   0.1,   1};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0;
  };
  struct Values {
    std::map<std::tuple<std::string, std::int64_t, int>, std::uint64_t> requests;
    std::map<std::string, Histogram> latency;
    std::map<std::string, std::uint64_t> failed_loads;
    std::uint64_t dropped = 0;
  };
  static void write_latency(std::string& out, const Values& values);
  Guarded<Values> values_;
};

}  // namespace mlo::serve
