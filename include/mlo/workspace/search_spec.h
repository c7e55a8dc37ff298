#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlo/core/json.h"

namespace mlo::workspace {

/// A param of a search and what it may be.
struct SearchParam {
  enum class Kind { real, integer, choice };
  std::string name;  ///< in `params`
  Kind kind = Kind::choice;
  double low = 0;  ///< of a real or an integer; both ends are among the values
  double high = 0;
  bool logarithmic = false;
  std::optional<double> step = {};         ///< low, low + step, … up to high
  std::optional<std::int64_t> count = {};  ///< so many values evenly apart, for a grid
  std::vector<Json> choices = {};          ///< of a choice
};

/// When a trial is given up before its end.
struct StoppingSpec {
  std::string rule;         ///< a name in run's stopping rules; empty: none
  std::string metric = {};  ///< that is logged while the trial runs; empty: the search's own
  std::int64_t first = 1;   ///< step of the metric from which on it judges
  std::int64_t trials = 4;  ///< median: how many must have ended before
  std::int64_t factor = 3;  ///< halving: of so many one goes on
};

/// One entry of `search:`: params that are looked for, and when to end.
struct SearchSpec {
  std::string name;
  std::string metric;
  bool maximize = true;
  std::vector<SearchParam> params;
  std::string sampler = "tpe";
  std::int64_t trials = 0;   ///< at most; 0: no limit
  std::int64_t seconds = 0;  ///< after so many no trial begins; 0: no limit
  std::int64_t seed = 0;
  StoppingSpec stop = {};
  std::vector<std::string> steps = {};  ///< with what they need; empty: all
  std::string place = {};               ///< "mlo.yaml:7:3", for errors
};

}  // namespace mlo::workspace
