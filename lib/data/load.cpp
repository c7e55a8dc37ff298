#include "data/load.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "data/convert.h"
#include "data/load_csv.h"
#include "data/source.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/json.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
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

/// Makes `raw` of those columns of `from` (a table that is read) that are wanted.
void make_raw(Engine& engine, const std::string& from, std::size_t width,
              const std::vector<std::size_t>& wanted) {
  std::vector<std::string> columns;
  std::vector<std::string> selected;
  columns.reserve(width);
  selected.reserve(wanted.size());
  for (std::size_t i = 0; i < width; ++i) columns.push_back(sql_column(i));
  for (const auto i : wanted) selected.push_back(fmt::format("c{} AS c{}", i, selected.size()));
  engine.run(fmt::format("CREATE TABLE raw AS SELECT {} FROM ({}) AS s({})", join(selected, ", "),
                         from, join(columns, ", ")));
}

std::vector<std::string> load_parquet(Engine& engine, const Source& source,
                                      const ReadOptions& options) {
  const auto names_in = [&](const fs::path& file) {
    return names_of(engine, "SELECT * FROM read_parquet(" + sql_file(file) + ")");
  };
  try {
    auto names = names_in(source.files[0]);
    check_same_names(source, names, names_in);
    make_raw(engine,
             fmt::format("SELECT * FROM read_parquet({}, union_by_name={})", file_list(source),
                         source.files.size() > 1),
             names.size(), wanted_places(names, options, source));
    return names;
  } catch (const Error& error) {
    throw error.hint().empty() ? explain(error, source) : error;
  }
}

std::vector<std::string> load_json(Engine& engine, const Source& source,
                                   const ReadOptions& options) {
  try {
    engine.run(fmt::format(
        "CREATE TABLE named AS SELECT * FROM read_json({}, format='newline_delimited', "
        "records='true', sample_size=-1, union_by_name=true, convert_strings_to_integers=false)",
        file_list(source)));
  } catch (const Error& error) {
    throw explain_json(error, source);
  }
  auto names = names_of(engine, "named");
  make_raw(engine, "SELECT * FROM named", names.size(), wanted_places(names, options, source));
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
                                   const ReadOptions& options, const Source& source) {
  const auto described = engine.rows("SELECT column_type FROM (DESCRIBE raw)");
  const auto order = wanted_places(names, options, source);
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto index = order[i];
    const auto column = sql_column(i);
    const auto found = column_type(*described[i][0]);
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

Loaded load(Engine& engine, const fs::path& source, const ReadOptions& options) {
  const auto found = find_source(engine, source, options.format);
  engine.tell(listener_to(found, options.progress));
  Reading reading{.format = found.format, .files = found.files.size()};
  std::vector<std::string> names;
  switch (found.format) {
    case Format::csv:
    case Format::tsv: {
      const auto dialect = load_csv(engine, found, options);
      names = dialect.names;
      reading.delimiter = dialect.delimiter;
      reading.quote = dialect.quote;
      reading.header = dialect.header;
      reading.dates = dialect.dates;
      reading.missing = dialect.missing;
      break;
    }
    case Format::parquet: names = load_parquet(engine, found, options); break;
    case Format::json_lines: names = load_json(engine, found, options); break;
  }
  const auto wanted = wanted_columns(engine, names, options, found);
  check_conversions(engine, wanted, source);
  std::vector<Column> columns;
  std::vector<std::string> selected;
  bool as_is = true;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    columns.push_back(wanted[i].declared);
    selected.push_back(fmt::format("{} AS c{}", wanted[i].expression, i));
    as_is = as_is && wanted[i].expression == sql_column(i);
  }
  if (as_is) {
    engine.run("ALTER TABLE raw RENAME TO t");
  } else {
    engine.run("CREATE TABLE t AS SELECT " + join(selected, ", ") + " FROM raw");
    engine.run("DROP TABLE raw");
  }
  engine.tell({});
  return {std::move(columns), reading};
}

}  // namespace mlo::data
