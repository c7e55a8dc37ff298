#include "data/load_csv.h"

#include <algorithm>

#include "data/convert.h"
#include "data/csv_dates.h"
#include "data/csv_missing.h"
#include "data/date_format.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

// BOOLEAN is not among them: DuckDB would read columns of "yes" and "no", or of "t" and "f", so.
constexpr auto kSniffedTypes = "['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR']";
constexpr int kFirstRows = 2048;  // fewer than the engine's sample of 20,480
// Each thread reads two of them at a time; DuckDB's own 32 MB take 100 MB more on two threads.
constexpr std::int64_t kBufferBytes = 8'000'000;

constexpr int kSample = 20480;
constexpr std::size_t kWide = 500;

/// DuckDB looks for equal parts among all expressions of a SELECT by comparing each with each: of
/// ten thousand columns that alone takes half a minute.
void prepare_for(Engine& engine, const CsvDialect& dialect) {
  if (dialect.names.size() > kWide) engine.run("SET disabled_optimizers = 'common_subexpressions'");
}

std::string list(const std::vector<std::string>& items) {
  return "[" + join(items, ", ") + "]";
}

/// What every read_csv of this source says after the files.
std::string dialect_arguments(const Source& source, const CsvDialect& dialect) {
  const auto quote = sql_text(std::string(1, dialect.quote));
  return fmt::format(
      "header={}, delim={}, quote={}, escape={}, skip=0, comment='', union_by_name={}, "
      "buffer_size={}",
      dialect.header, sql_text(std::string(1, dialect.delimiter)), quote, quote,
      source.files.size() > 1, kBufferBytes);
}

using Dates = std::map<std::size_t, DateFormat>;  // by place

/// read_csv with sniffed types, save those that were declared, and dates as text.
std::string sniffing(const Source& source, const CsvDialect& dialect, const ReadOptions& options,
                     int sample_size, const Dates& dates = {}) {
  std::vector<std::string> names;
  std::vector<std::string> types;
  for (std::size_t i = 0; i < dialect.names.size(); ++i) {
    names.push_back(fmt::format("'c{}'", i));
    const auto declared = options.types.find(dialect.names[i]);
    // Integers are left to the sniffer: told that a column is one, DuckDB would round 3.5 to 4.
    if (dates.contains(i))
      types.push_back(fmt::format("'c{}': 'VARCHAR'", i));
    else if (declared != options.types.end() && declared->second != ColumnType::integer &&
             declared->second != ColumnType::other)
      types.push_back(fmt::format("'c{}': '{}'", i, engine_type(declared->second)));
  }
  return fmt::format("read_csv({}, {}, names={}, sample_size={}, auto_type_candidates={}{})",
                     file_list(source), dialect_arguments(source, dialect), list(names),
                     sample_size, kSniffedTypes,
                     types.empty() ? "" : fmt::format(", types={{{}}}", join(types, ", ")));
}

/// Whether a column that looks like text began with nothing but missing values: then its sample may
/// have been without any, and the sniffer did not know better.
bool began_empty(Engine& engine, const std::vector<std::string>& types, const Places& wanted) {
  std::vector<std::string> tests;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (types[wanted[i]] == "VARCHAR") tests.push_back(fmt::format("count(c{})", i));
  if (tests.empty()) return false;
  const auto first = engine.counts(
      fmt::format("SELECT {} FROM (SELECT * FROM raw LIMIT {})", join(tests, ", "), kFirstRows));
  if (std::ranges::find(first.at(0), 0) == first.at(0).end()) return false;
  const auto all = engine.counts("SELECT " + join(tests, ", ") + " FROM raw");
  for (std::size_t i = 0; i < all.at(0).size(); ++i)
    if (first[0][i] == 0 && all[0][i] != 0) return true;
  return false;
}

/// Types from a sample, then one pass over the text. False when the sample promised too much: the
/// whole text has to be sniffed, which takes one slow pass more.
bool load_by_sample(Engine& engine, const Source& source, const CsvDialect& dialect,
                    const ReadOptions& options, const Places& wanted) {
  try {
    const auto types = engine.rows("SELECT column_type FROM (DESCRIBE SELECT * FROM " +
                                   sniffing(source, dialect, options, kSample) + ")");
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto& type : types) names.push_back(*type[0]);
    engine.run("CREATE TABLE raw AS " +
               select_csv(names, TypesBy::sample, source, dialect, wanted));
    if (!began_empty(engine, names, wanted)) return true;
    engine.run("DROP TABLE raw");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
  }
  return false;
}

/// Makes text columns that hold nothing but "true" and "false" boolean.
void find_booleans(Engine& engine, const std::vector<std::string>& names,
                   const ReadOptions& options) {
  const auto types = engine.rows("SELECT column_type FROM (DESCRIBE raw)");
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (types[i][0] == "VARCHAR" && !options.types.contains(names[i])) candidates.push_back(i);
  // The first rows rule nearly all of them out.
  for (const auto& rows :
       {fmt::format("(SELECT * FROM raw LIMIT {})", kFirstRows), std::string("raw")}) {
    if (candidates.empty()) return;
    const bool whole = rows == "raw";
    std::vector<std::string> tests;
    tests.reserve(candidates.size());
    for (const auto i : candidates)
      tests.push_back(fmt::format(
          "CAST(coalesce(bool_and(lower(c{}) IN ('true', 'false')), {}) AS BIGINT)", i, !whole));
    const auto are_boolean = engine.counts("SELECT " + join(tests, ", ") + " FROM " + rows).at(0);
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (are_boolean[i] != 0) left.push_back(candidates[i]);
    candidates = left;
  }
  for (const auto i : candidates)
    engine.run(fmt::format("ALTER TABLE raw ALTER c{} TYPE BOOLEAN", i));
}

/// What the engine is to make of the text by itself.
std::string_view read_as(std::string_view type, TypesBy by) {
  if (by == TypesBy::declaration) return type == "BIGINT" ? "DOUBLE" : type;
  return type == "BIGINT" || type == "DATE" || type == "DOUBLE" ? "VARCHAR" : type;
}

/// SQL of a column that was read so, as `type`.
std::string strictly(const std::string& column, const std::string& type, TypesBy by) {
  if (read_as(type, by) == type) return column;
  if (by == TypesBy::declaration) return fmt::format("mlo_whole({})", column);
  // Text from '00' to before '0:' is a zero with a digit behind it; below ',' are space and '+'.
  const auto is_more =
      type == "DOUBLE" ? fmt::format(
                             "{0} < ',' OR ({0} >= '00' AND {0} < '0:') OR ({0} >= '-00' AND {0} < "
                             "'-0:')",
                             column)
                       : fmt::format("CAST(CAST({0} AS {1}) AS VARCHAR) <> {0}", column, type);
  // With the same text for all columns DuckDB 1.5 hashes this alike for each of them, and compares
  // thousands pair by pair.
  return fmt::format(
      "CASE WHEN {2} THEN CAST(error('{0} is more than its sample') AS {1}) ELSE CAST({0} AS {1}) "
      "END",
      column, type, is_more);
}

/// SQL of the date that text is by `pattern`, or of the time where it has one.
std::string date_of(std::string_view reader, const std::string& column,
                    const std::string& pattern) {
  const auto moment = fmt::format("{}({}, {})", reader, column, sql_text(strptime_format(pattern)));
  return pattern.find(' ') == pattern.npos ? fmt::format("CAST({} AS DATE)", moment) : moment;
}

/// A SELECT of nothing but text.
std::string all_texts(const Source& source, const CsvDialect& dialect) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < dialect.names.size(); ++i)
    columns.push_back(fmt::format("'c{}': 'VARCHAR'", i));
  return fmt::format("read_csv({}, {}, auto_detect=false, columns={{{}}})", file_list(source),
                     dialect_arguments(source, dialect), join(columns, ", "));
}

/// What a sample or a contract takes for dates: the engine would look at each file by itself, in
/// which days and months may not be told apart.
Dates dates_of(Engine& engine, const Source& source, const CsvDialect& dialect,
               const ReadOptions& options, const Places& wanted) {
  const auto types = engine.rows("SELECT column_type FROM (DESCRIBE SELECT * FROM " +
                                 sniffing(source, dialect, options, kSample) + ")");
  std::vector<ExpectedDates> expected;
  for (const auto i : wanted) {
    const auto type = column_type(types[i][0].value_or(""));
    if (type != ColumnType::date && type != ColumnType::timestamp) continue;
    const auto known = options.dates.find(dialect.names[i]);
    expected.push_back(
        {.place = i, .type = type, .pattern = known == options.dates.end() ? "" : known->second});
  }
  if (expected.empty()) return {};
  return find_dates(engine, all_texts(source, dialect), expected, source.files.size());
}

bool stops_at_missing_word(const Error& error) {
  return std::ranges::any_of(missing_words(), [&](const std::string& word) {
    return error.message().find(fmt::format("Could not convert string \"{}\" to", word)) !=
           std::string::npos;
  });
}

/// The whole text is sniffed.
void load_by_sniffing(Engine& engine, const Source& source, CsvDialect& dialect,
                      const ReadOptions& options, const Places& wanted) {
  const auto dates = dates_of(engine, source, dialect, options, wanted);
  std::vector<std::string> columns;
  for (const auto i : wanted) {
    const auto date = dates.find(i);
    auto value = sql_column(i);
    if (date != dates.end() && !date->second.pattern.empty()) {
      value = date_of("strptime", value, date->second.pattern);
      dialect.dates.emplace(dialect.names[i], date->second);
    } else if (const auto known = options.dates.find(dialect.names[i]);
               date != dates.end() && known != options.dates.end()) {
      // What does not fit the contract stays what it is, and will be told with its row.
      value = fmt::format("coalesce(CAST({} AS VARCHAR), {})",
                          date_of("try_strptime", value, known->second), value);
    }
    columns.push_back(fmt::format("{} AS c{}", value, columns.size()));
  }
  engine.run("CREATE TABLE raw AS SELECT " + join(columns, ", ") + " FROM " +
             sniffing(source, dialect, options, -1, dates));
}

}  // namespace

std::string file_list(const Source& source) {
  std::vector<std::string> files;
  for (const auto& file : source.files) files.push_back(sql_file(file));
  return list(files);
}

Places wanted_places(const std::vector<std::string>& names, const ReadOptions& options,
                     const Source& source) {
  Places places;
  for (const auto& name : options.columns) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
      throw Error(ErrorKind::not_found, "'{}' has no column '{}'", source.files[0].string(), name)
          .hint("columns: {}", join(names, ", "));
    places.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  if (options.columns.empty())
    for (std::size_t i = 0; i < names.size(); ++i) places.push_back(i);
  return places;
}

std::string select_csv(const std::vector<std::string>& types, TypesBy by, const Source& source,
                       const CsvDialect& dialect, const Places& wanted) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < types.size(); ++i)
    columns.push_back(fmt::format("'c{}': '{}'", i, read_as(types[i], by)));
  std::vector<std::string> values;
  for (const auto i : wanted)
    values.push_back(
        fmt::format("{} AS c{}", strictly(sql_column(i), types[i], by), values.size()));
  return fmt::format("SELECT {} FROM read_csv({}, {}, auto_detect=false, columns={{{}}})",
                     join(values, ", "), file_list(source), dialect_arguments(source, dialect),
                     join(columns, ", "));
}

void check_same_names(const Source& source, const std::vector<std::string>& first,
                      const std::function<std::vector<std::string>(const fs::path&)>& names_of) {
  for (std::size_t i = 1; i < source.files.size(); ++i) {
    const auto names = names_of(source.files[i]);
    if (names == first) continue;
    const auto [expected, found] =
        std::mismatch(first.begin(), first.end(), names.begin(), names.end());
    const auto column = static_cast<std::size_t>(expected - first.begin()) + 1;
    throw Error(ErrorKind::bad_input, "'{}' has other columns than '{}': column {} is {}, not {}",
                source.files[i].string(), source.files[0].string(), column,
                found == names.end() ? "missing" : "'" + *found + "'",
                expected == first.end() ? "the end" : "'" + *expected + "'")
        .hint("files of one folder need the same columns in the same order");
  }
}

CsvDialect load_csv(Engine& engine, const Source& source, const ReadOptions& options) {
  auto dialect = read_dialect(engine, source.files[0], source.format, options);
  check_same_names(source, dialect.names, [&](const fs::path& file) {
    return read_dialect(engine, file, source.format, options).names;
  });
  const auto wanted = wanted_places(dialect.names, options, source);
  prepare_for(engine, dialect);
  if (!load_by_sample(engine, source, dialect, options, wanted)) {
    try {
      load_by_sniffing(engine, source, dialect, options, wanted);
    } catch (const Error& error) {
      if (!stops_at_missing_word(error)) throw explain_csv(engine, error, source, dialect);
      // Told that a column is one of numbers, the engine takes no NA.
      auto untold = options;
      std::erase_if(untold.types,
                    [](const auto& column) { return column.second != ColumnType::text; });
      load_by_sniffing(engine, source, dialect, untold, wanted);
    }
  }
  std::vector<std::string> names;
  for (const auto i : wanted) names.push_back(dialect.names[i]);
  find_booleans(engine, names, options);
  dialect.missing = take_out_missing(engine, names, options);
  return dialect;
}

}  // namespace mlo::data
