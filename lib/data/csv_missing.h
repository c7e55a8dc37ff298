#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/engine.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// Words that R and pandas write where a value is missing: pandas' own list.
const std::vector<std::string>& missing_words();

/// Makes those text columns of table `raw` (called `names`) that hold nothing but such words and
/// numbers, dates, times or truths what they are besides, and the words NULL. A column of texts
/// keeps them: NA is Namibia. What a contract declares to be text is left alone, too. Returns the
/// words that were found, by column.
std::map<std::string, std::vector<std::string>> take_out_missing(
    Engine& engine, const std::vector<std::string>& names, const ReadOptions& options);

}  // namespace mlo::data
