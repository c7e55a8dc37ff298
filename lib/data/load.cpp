#include "data/load.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "data/convert.h"
#include "data/csv_file.h"
#include "data/source.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/json.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

// BOOLEAN is not among them: DuckDB would read columns of "yes" and "no", or of "t" and "f", so.
constexpr auto kSniffedTypes = "['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR']";

std::string list(const std::vector<std::string>& items) {
  return "[" + join(items, ", ") + "]";
}

std::string file_list(const Source& source) {
  std::vector<std::string> files;
  for (const auto& file : source.files) files.push_back(sql_file(file));
  return list(files);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// Each file has the first one's columns, or bad_input names the one that has not.
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

/// Makes text columns that hold nothing but "true" and "false" boolean.
void find_booleans(Engine& engine, const std::vector<std::string>& names,
                   const ReadOptions& options) {
  const auto types = engine.rows("SELECT column_type FROM (DESCRIBE raw)");
  std::vector<std::size_t> candidates;
  std::vector<std::string> tests;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (types[i][0] != "VARCHAR" || options.types.contains(names[i])) continue;
    candidates.push_back(i);
    tests.push_back(fmt::format(
        "CAST(coalesce(bool_and(lower(c{}) IN ('true', 'false')), false) AS BIGINT)", i));
  }
  if (candidates.empty()) return;
  const auto are_boolean = engine.counts("SELECT " + join(tests, ", ") + " FROM raw").at(0);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (are_boolean[i] != 0)
      engine.run(fmt::format("ALTER TABLE raw ALTER c{} TYPE BOOLEAN", candidates[i]));
}

/// Creates table `raw` with columns c0, c1, … and returns their names.
std::vector<std::string> load_csv(Engine& engine, const Source& source,
                                  const ReadOptions& options) {
  const auto dialect = read_dialect(engine, source.files[0], source.format);
  check_same_names(source, dialect.names, [&](const fs::path& file) {
    return read_dialect(engine, file, source.format).names;
  });
  std::vector<std::string> names;
  std::vector<std::string> types;
  for (std::size_t i = 0; i < dialect.names.size(); ++i) {
    names.push_back(fmt::format("'c{}'", i));
    const auto declared = options.types.find(dialect.names[i]);
    // Integers are left to the sniffer: told that a column is one, DuckDB would round 3.5 to 4.
    if (declared != options.types.end() && declared->second != ColumnType::integer &&
        declared->second != ColumnType::other)
      types.push_back(fmt::format("'c{}': '{}'", i, engine_type(declared->second)));
  }
  // The whole file is sniffed (sample_size=-1): a column of integers whose 30,000th value is 3.5
  // would otherwise be rounded without a word.
  const auto statement = fmt::format(
      "CREATE TABLE raw AS SELECT * FROM read_csv({}, header=true, names={}, delim={}, quote='\"', "
      "escape='\"', skip=0, comment='', sample_size=-1, auto_type_candidates={}, "
      "union_by_name={}{})",
      file_list(source), list(names), sql_text(std::string(1, dialect.delimiter)), kSniffedTypes,
      source.files.size() > 1,
      types.empty() ? "" : fmt::format(", types={{{}}}", join(types, ", ")));
  try {
    engine.run(statement);
  } catch (const Error& error) {
    throw explain_csv(engine, error, source, dialect);
  }
  find_booleans(engine, dialect.names, options);
  return dialect.names;
}

std::vector<std::string> names_of(Engine& engine, const std::string& what) {
  std::vector<std::string> names;
  for (const auto& row : engine.rows("SELECT column_name FROM (DESCRIBE " + what + ")"))
    names.push_back(row[0].value_or(""));
  return names;
}

/// DuckDB's words about a Parquet or JSON file, with the file in front.
Error explain(const Error& error, const Source& source) {
  if (error.kind() != ErrorKind::bad_input) return error;
  return {ErrorKind::bad_input, "{}: {}", source.files[0].string(), first_line(error.message())};
}

/// The first line that is no JSON value, by our own parser: DuckDB's place is off by a line.
Error explain_json(const Error& error, const Source& source) {
  for (const auto& file : source.files) {
    if (is_compressed(file)) continue;
    int line = 0;
    for (const auto& text : split(read_file(file), '\n')) {
      ++line;
      if (trim(text).empty()) continue;
      try {
        if (!Json::parse(text).is_object())
          return Error(ErrorKind::bad_input, "{}:{}: expected an object", file.string(), line)
              .hint("write one JSON object a line");
      } catch (const Error& problem) {
        return Error(ErrorKind::bad_input, "{}:{}: {}", file.string(), line, problem.message())
            .hint("write one JSON object a line");
      }
    }
  }
  return explain(error, source);
}

std::vector<std::string> load_parquet(Engine& engine, const Source& source) {
  const auto names_in = [&](const fs::path& file) {
    return names_of(engine, "SELECT * FROM read_parquet(" + sql_file(file) + ")");
  };
  try {
    auto names = names_in(source.files[0]);
    check_same_names(source, names, names_in);
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < names.size(); ++i) columns.push_back(fmt::format("c{}", i));
    engine.run(fmt::format(
        "CREATE TABLE raw AS SELECT * FROM (SELECT * FROM read_parquet({}, union_by_name={})) "
        "AS s({})",
        file_list(source), source.files.size() > 1, join(columns, ", ")));
    return names;
  } catch (const Error& error) {
    throw error.hint().empty() ? explain(error, source) : error;
  }
}

std::vector<std::string> load_json(Engine& engine, const Source& source) {
  std::vector<std::string> columns;
  try {
    engine.run(fmt::format(
        "CREATE TABLE named AS SELECT * FROM read_json({}, format='newline_delimited', "
        "records='true', sample_size=-1, union_by_name=true, convert_strings_to_integers=false)",
        file_list(source)));
  } catch (const Error& error) {
    throw explain_json(error, source);
  }
  auto names = names_of(engine, "named");
  for (std::size_t i = 0; i < names.size(); ++i) columns.push_back(fmt::format("c{}", i));
  engine.run(fmt::format("CREATE TABLE raw AS SELECT * FROM (SELECT * FROM named) AS s({})",
                         join(columns, ", ")));
  engine.run("DROP TABLE named");
  return names;
}

struct Wanted {
  std::string column;  ///< in `raw`
  Column declared;
  std::string expression;
};

/// The wanted columns with their conversions to declared types.
std::vector<Wanted> wanted_columns(Engine& engine, const std::vector<std::string>& names,
                                   const ReadOptions& options, const fs::path& source) {
  const auto described = engine.rows("SELECT column_type FROM (DESCRIBE raw)");
  std::vector<std::size_t> order;
  for (const auto& name : options.columns) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error(ErrorKind::not_found, "'{}' has no column '{}'", source.string(), name)
          .hint("columns: {}", join(names, ", "));
    order.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  if (options.columns.empty())
    for (std::size_t i = 0; i < names.size(); ++i) order.push_back(i);
  std::vector<Wanted> wanted;
  for (const auto index : order) {
    const auto column = fmt::format("c{}", index);
    const auto found = column_type(*described[index][0]);
    const auto declared = options.types.find(names[index]);
    const auto type = declared == options.types.end() || declared->second == ColumnType::other
                          ? found
                          : declared->second;
    wanted.push_back({column, {names[index], type}, try_cast(column, found, type)});
  }
  return wanted;
}

void check_conversions(Engine& engine, const std::vector<Wanted>& wanted, const fs::path& source) {
  for (const auto& [column, declared, expression] : wanted) {
    if (column == expression) continue;
    const auto bad = engine.rows(fmt::format(
        "SELECT CAST(rowid + 1 AS VARCHAR), CAST({0} AS VARCHAR) FROM raw WHERE {0} IS NOT NULL "
        "AND CAST({0} AS VARCHAR) <> 'nan' AND ({1}) IS NULL ORDER BY rowid LIMIT 1",
        column, expression));
    if (bad.empty()) continue;
    throw Error(ErrorKind::bad_input, "{}: row {}: column '{}' holds '{}', which is not {}",
                source.string(), *bad[0][0], declared.name, bad[0][1].value_or(""),
                noun_of(declared.type))
        .hint("correct that row, or the column's type in the schema");
  }
}

}  // namespace

std::vector<Column> load(Engine& engine, const fs::path& source, const ReadOptions& options) {
  const auto found = find_source(source);
  std::vector<std::string> names;
  switch (found.format) {
    case Format::csv:
    case Format::tsv: names = load_csv(engine, found, options); break;
    case Format::parquet: names = load_parquet(engine, found); break;
    case Format::json_lines: names = load_json(engine, found); break;
  }
  const auto wanted = wanted_columns(engine, names, options, source);
  check_conversions(engine, wanted, source);
  std::vector<Column> columns;
  std::vector<std::string> selected;
  bool as_is = wanted.size() == names.size();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    columns.push_back(wanted[i].declared);
    selected.push_back(fmt::format("{} AS c{}", wanted[i].expression, i));
    as_is = as_is && wanted[i].expression == fmt::format("c{}", i);
  }
  if (as_is) {
    engine.run("ALTER TABLE raw RENAME TO t");
  } else {
    engine.run("CREATE TABLE t AS SELECT " + join(selected, ", ") + " FROM raw");
    engine.run("DROP TABLE raw");
  }
  return columns;
}

}  // namespace mlo::data
