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
  /// Where `distinct` is a sketch's estimate: its relative standard error.
  std::optional<double> distinct_error;
  /// Number, or text; null when there is no value. Numbers that JSON does not have are text, too:
  /// "Infinity", integers beyond 64 bits, decimals that a double does not tell apart.
  Json min;
  Json max;
  std::optional<double> mean;  ///< of numbers; NaN values are left out
  std::optional<double> std;   ///< sample standard deviation (n − 1)
  std::map<std::string, double>
      quantiles;  ///< "0.05" "0.25" "0.5" "0.75" "0.95": linear interpolation, as numpy
  std::vector<std::int64_t> histogram;  ///< of numbers and times: equal bins from least to greatest
  std::vector<std::pair<std::string, std::int64_t>>
      top;  ///< most frequent values of text and booleans; of an estimated column those that
            ///< certainly are
  struct Lengths {
    std::int64_t min = 0;
    std::int64_t max = 0;
    double mean = 0;
  };
  std::optional<Lengths> lengths;  ///< of text, in Unicode code points
  std::string format = {};         ///< of dates: "dd/MM/yyyy", where the values tell it
};

/// Pearson's correlation of two columns of numbers, rounded to ten decimals.
struct Correlation {
  std::string left;
  std::string right;
  double pearson = 0;
};

struct Profile {
  std::int64_t rows = 0;
  std::vector<ColumnProfile> columns;
  /// Rows that equal an earlier one, told by a hash of 64 bits: among a million different rows one
  /// is taken for another's copy in one of 3·10⁷ tables.
  std::int64_t duplicate_rows = 0;
  /// Strongest first; pairs in which one does not vary are left out. Nothing at all when the
  /// columns of numbers take more than 512 MiB or there are more than 200 of them.
  std::optional<std::vector<Correlation>> correlations;
};

/// Where counting different values one by one would take memory that grows with them.
struct ProfileOptions {
  std::int64_t exact_rows = 4'000'000;    ///< up to so many rows they are always counted
  std::int64_t exact_values = 1'000'000;  ///< and up to so many different values of a column
};

/// Exact, but for different values of columns other than numbers beyond `options`, which are
/// estimated; the same to the byte for every thread count.
Profile profile(const Table& table, const ProfileOptions& options = {});
/// {"rows", "columns":
/// [{"name","type","nulls","distinct","distinct_error" of an
/// estimate,"format" of dates that are not in ISO
/// 8601,"min","max","mean","std","quantiles":{…},"histogram","top", "lengths"}], "duplicate_rows",
/// "correlations"|null}
Json to_json(const Profile& profile);
/// The same as it is recorded: canonical JSON, which has no integers beyond 2^53, so that such
/// extremes are text.
std::string canonical(const Profile& profile);

}  // namespace mlo::data
