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

/// Creates table `raw` of the wanted columns, c0, c1, …, and returns how the text is written and
/// the names of all its columns. Types are what every value of a column allows. Throws bad_input
/// with line and column.
CsvDialect load_csv(Engine& engine, const Source& source, const ReadOptions& options);

/// The files as an SQL list.
std::string file_list(const Source& source);
/// Where the types of a SELECT come from: a sample cannot know that 007 is a number, a contract
/// can.
enum class TypesBy { sample, declaration };
/// Of which columns, of all that a file has.
using Places = std::vector<std::size_t>;
/// Those that `options` name, in their order, else all. Throws not_found for an unknown one.
Places wanted_places(const std::vector<std::string>& names, const ReadOptions& options,
                     const Source& source);
/// A SELECT of c0, c1, … (the `wanted` ones) as the engine's types named, one for each column of
/// the file. DuckDB's own conversion would round 3.5 to 4,
/// make 7 of the code 007 and cut the time off a date, so numbers and dates come as text, and what
/// is not told by their value ends the statement with bad_input.
std::string select_csv(const std::vector<std::string>& types, TypesBy by, const Source& source,
                       const CsvDialect& dialect, const Places& wanted);
/// Each file has the first one's columns, or bad_input names the one that has not.
void check_same_names(
    const Source& source, const std::vector<std::string>& first,
    const std::function<std::vector<std::string>(const std::filesystem::path&)>& names_of);

}  // namespace mlo::data
