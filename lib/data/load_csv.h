#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/csv_file.h"
#include "data/engine.h"
#include "data/source.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// Creates table `raw` with columns c0, c1, … and returns how the text is written and the columns'
/// names. Types are what every value of a column allows. Throws bad_input with line and column.
CsvDialect load_csv(Engine& engine, const Source& source, const ReadOptions& options);

/// The files as an SQL list.
std::string file_list(const Source& source);
/// Where the types of a SELECT come from: a sample cannot know that 007 is a number, a contract
/// can.
enum class TypesBy { sample, declaration };
/// A SELECT of c0, c1, … as the engine's types named. DuckDB's own conversion would round 3.5 to 4,
/// make 7 of the code 007 and cut the time off a date, so numbers and dates come as text, and what
/// is not told by their value ends the statement with bad_input.
std::string select_csv(const std::vector<std::string>& types, TypesBy by, const Source& source,
                       const CsvDialect& dialect);
/// Each file has the first one's columns, or bad_input names the one that has not.
void check_same_names(
    const Source& source, const std::vector<std::string>& first,
    const std::function<std::vector<std::string>(const std::filesystem::path&)>& names_of);

}  // namespace mlo::data
