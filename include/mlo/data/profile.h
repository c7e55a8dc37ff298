#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/table.h"

namespace mlo::data {

struct ColumnProfile {
  std::string name;
  ColumnType type = ColumnType::other;
  std::int64_t nulls = 0;
  std::int64_t distinct = 0;
  Json min;  ///< number, or text; null when there is no value
  Json max;
  std::optional<double> mean;               ///< of numbers; NaN values are left out
  std::optional<double> std;                ///< sample standard deviation (n − 1)
  std::map<std::string, double> quantiles;  ///< "0.25" "0.5" "0.75": linear interpolation, as numpy
  std::vector<std::pair<std::string, std::int64_t>>
      top;  ///< most frequent values of text and booleans
};

struct Profile {
  std::int64_t rows = 0;
  std::vector<ColumnProfile> columns;
};

/// Exact and the same to the byte for every thread count.
Profile profile(const Table& table);
/// {"rows", "columns":
/// [{"name","type","nulls","distinct","min","max","mean","std","quantiles":{…},"top"}]}
Json to_json(const Profile& profile);

}  // namespace mlo::data
