#include "mlo/data/query.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <system_error>

#include "data/convert.h"
#include "data/engine.h"
#include "data/exact_number.h"
#include "data/load.h"
#include "data/sql_name.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

void add_table(Engine& engine, const QueryTable& table, std::size_t index) {
  const auto loaded = load(engine, table.source, table.reading);
  warn_of_open_dates(loaded.reading, table.source, table.reading.progress);
  const auto own = fmt::format("mlo_table_{}", index);
  engine.run(fmt::format("ALTER TABLE t RENAME TO {}", own));
  std::set<std::string> taken;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < loaded.columns.size(); ++i)
    columns.push_back(
        fmt::format("c{} AS {}", i, sql_name(distinct_name(loaded.columns[i].name, taken))));
  engine.run(fmt::format("CREATE VIEW {} AS SELECT {} FROM {}", sql_name(table.name),
                         join(columns, ", "), own));
}

Json value_of(const Engine::Text& text, const std::string& engine_type) {
  if (!text) return {};
  const auto type = column_type(engine_type);
  if (type == ColumnType::boolean) return *text == "true";
  if (type == ColumnType::integer || is_decimal(engine_type)) return exact_number(*text);
  if (type == ColumnType::number) {
    const char* end = text->data() + text->size();
    double value = 0;
    const auto [stop, problem] = std::from_chars(text->data(), end, value);
    if (problem == std::errc() && stop == end) return value;
  }
  return *text;
}

/// As pandas writes them and every reader of CSV takes them: NaN is missing.
std::string float_field(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return number_text(value);
}

std::string csv_field(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number() && !value.is_integer()) return float_field(value.as_number());
  if (!value.is_string()) return value.dump();
  const auto& text = value.as_string();
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return sql_name(text);  // quotes are doubled there as in CSV
}

}  // namespace

NamedSource parse_named_source(const std::string& typed) {
  const auto cut = typed.find('=');
  const auto is_name = [](std::string_view text) {
    return !text.empty() && (text[0] < '0' || text[0] > '9') &&
           std::all_of(text.begin(), text.end(), is_name_letter);
  };
  std::error_code problem;
  if (cut != std::string::npos && is_name(std::string_view(typed).substr(0, cut)) &&
      !fs::exists(typed, problem))
    return {typed.substr(0, cut), typed.substr(cut + 1)};
  auto path = fs::path(typed.substr(0, typed.find('@'))).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  auto name = path.filename().string();
  name = name.substr(0, name.find('.', 1));
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return !is_name_letter(letter); }, '_');
  if (!is_name(name)) name = "t_" + name;
  return {name, typed};
}

QueryResult query(const std::string& sql, const std::vector<QueryTable>& tables,
                  const QueryOptions& options) {
  Engine engine(thread_count(options.threads), options.scratch);
  engine.stop_on(options.stop);
  std::set<std::string> names;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!names.insert(lower(tables[i].name)).second)
      throw Error(ErrorKind::usage, "two tables are called '{}'", tables[i].name)
          .hint("give one another name: other={}", tables[i].source.string());
    add_table(engine, tables[i], i);
  }
  if (!tables.empty() && !names.contains("t"))
    engine.run("CREATE VIEW t AS SELECT * FROM " + sql_name(tables.front().name));
  engine.lock();
  engine.limit(options.time);
  QueryResult result;
  engine.query(
      sql,
      [&](const Engine::Answer& answer) {
        std::set<std::string> taken;
        for (std::size_t i = 0; i < answer.names.size(); ++i)
          result.columns.push_back({distinct_name(answer.names[i], taken), answer.types[i]});
      },
      [&](const std::vector<Engine::Text>& row) {
        const auto count = static_cast<std::int64_t>(result.rows.size());
        result.truncated = options.max_rows > 0 && count == options.max_rows;
        if (result.truncated) return false;
        auto& values = result.rows.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i)
          values.push_back(value_of(row[i], result.columns[i].type));
        return true;
      });
  return result;
}

std::string to_csv(const QueryResult& result) {
  std::string text;
  const auto line = [&](const auto& items, const auto& field) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text += ',';
      text += field(items[i]);
    }
    text += '\n';
  };
  line(result.columns, [](const QueryResult::Column& column) { return csv_field(column.name); });
  for (const auto& row : result.rows) line(row, csv_field);
  return text;
}

}  // namespace mlo::data
