#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "mlo/workspace/repository.h"
#include "run/search/stopping.h"

namespace mlo::run {

/// The metric of a search as a run tells it, while it runs.
class LiveCurve {
 public:
  /// `sign` is -1 when more is better, else 1.
  LiveCurve(std::filesystem::path scratch, std::string metric, double sign)
      : scratch_(std::move(scratch)), metric_(std::move(metric)), sign_(sign) {}

  /// Reads what was told since the last call; true when there is a new point.
  bool read_on();
  [[nodiscard]] const Curve& curve() const { return curve_; }

 private:
  std::filesystem::path scratch_;
  std::string metric_;
  double sign_;
  Curve curve_;
  std::map<std::filesystem::path, std::uint64_t> read_;  ///< how far in each step's record
};

/// The same of a run that has ended, from the points that it left.
Curve curve_of_run(workspace::Repository& repository, const std::string& run,
                   const std::string& metric, double sign);

}  // namespace mlo::run
