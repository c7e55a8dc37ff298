#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/csv_file.h"
#include "data/engine.h"
#include "data/source.h"

namespace mlo::data {

/// A column of which dates are expected: by its sample, or by a contract.
struct ExpectedDates {
  std::size_t place = 0;
  ColumnType type = ColumnType::date;
  std::string pattern = {};  ///< what a contract says; empty: nothing
};

/// How each of those columns is written in all files together, ISO 8601 and what is written in no
/// known way left out: a file by itself may not tell days from months. `texts` is read_csv of all
/// columns as text. An empty pattern means that no one reads all of its values.
std::map<std::size_t, DateFormat> find_dates(Engine& engine, const std::string& texts,
                                             const std::vector<ExpectedDates>& expected,
                                             std::size_t files);

}  // namespace mlo::data
