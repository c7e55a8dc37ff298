#include "mlo/data/table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/convert.h"
#include "data/load.h"
#include "data/source.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/json.h"
#include "mlo/core/text.h"

namespace mlo::data {

std::string_view name_of(ColumnType type) {
  switch (type) {
    case ColumnType::boolean: return "boolean";
    case ColumnType::integer: return "integer";
    case ColumnType::number: return "number";
    case ColumnType::text: return "text";
    case ColumnType::date: return "date";
    case ColumnType::timestamp: return "timestamp";
    case ColumnType::other: break;
  }
  return "other";
}

std::string sql_column(std::size_t index) {
  return fmt::format("c{}", index);
}

std::size_t Table::State::index_of(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  throw no_column(name, names);
}

Error no_column(std::string_view name, const std::vector<std::string>& names) {
  Error error(ErrorKind::not_found, "no column '{}'", name);
  const auto slip = nearest(name, names);
  return slip ? error.hint("did you mean '{}'?", *slip)
              : error.hint("columns: {}", join(names, ", "));
}

std::string Table::State::relation_of(std::size_t column) const {
  constexpr std::size_t kWide = 500;
  constexpr std::size_t kColumns = 100;
  // Parts are copies. With more values those 5 ms are lost in the work itself.
  constexpr std::size_t kMostValues = 25'000'000;
  if (columns.size() <= kWide || static_cast<std::size_t>(rows) * columns.size() > kMostValues)
    return "t";
  const auto part = column / kColumns;
  const std::lock_guard lock(parts_mutex_);
  if (!parts_.contains(part)) {
    std::vector<std::string> names;
    for (auto i = part * kColumns; i < std::min(columns.size(), (part + 1) * kColumns); ++i)
      names.push_back(sql_column(i));
    engine.run(fmt::format("CREATE TABLE part_{} AS SELECT {} FROM t", part, join(names, ", ")));
    parts_.insert(part);
  }
  return fmt::format("part_{}", part);
}

void Table::State::each_slice(const std::function<void(const std::string& rows)>& visit) const {
  constexpr std::int64_t kSlice = 4L * 122'880;  // whole row groups of the engine
  for (std::int64_t begin = 0; begin < rows; begin += kSlice)
    visit(fmt::format("rowid >= {} AND rowid < {}", begin, begin + kSlice));
}

Table Table::open(const std::filesystem::path& source, const ReadOptions& options) {
  return open(source, options, {});
}

Table Table::open(const std::filesystem::path& source, const ReadOptions& options,
                  const std::vector<Beside>& others) {
  auto state = std::make_unique<State>(options);
  for (std::size_t i = 0; i < others.size(); ++i) {
    load(state->engine, others[i].source, {.columns = others[i].columns});
    state->engine.run(fmt::format("ALTER TABLE t RENAME TO beside_{}", i));
  }
  auto table = State::load(std::move(state), {source, options});
  warn_of_open_dates(table.reading(), source, options.progress);
  return table;
}

Table Table::State::load(std::unique_ptr<State> state, const TableFile& file) {
  auto loaded = data::load(state->engine, file.path, file.reading);
  state->columns = std::move(loaded.columns);
  state->reading = loaded.reading;
  state->engine.lock();
  state->rows = state->engine.counts("SELECT count(*) FROM t").at(0).at(0);
  return Table(std::move(state));
}

bool Table::is_table(const std::filesystem::path& source) {
  return format_of(source).has_value();
}

Table::Table(std::unique_ptr<State> state) : state_(std::move(state)) {}
Table::~Table() = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(Table&&) noexcept = default;

const std::vector<Column>& Table::columns() const {
  return state_->columns;
}

const Column* Table::find(std::string_view name) const {
  const auto found = std::find_if(state_->columns.begin(), state_->columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == state_->columns.end() ? nullptr : &*found;
}

std::int64_t Table::rows() const {
  return state_->rows;
}

const Reading& Table::reading() const {
  return state_->reading;
}

Json to_json(const Reading& reading) {
  Json facts = Json::object({{"format", name_of(reading.format)}, {"files", reading.files}});
  if (reading.format == Format::parquet || reading.format == Format::json_lines) return facts;
  facts.set("delimiter", std::string(1, reading.delimiter));
  facts.set("quote", std::string(1, reading.quote));
  facts.set("header", reading.header);
  Json dates = Json::object();
  for (const auto& [column, format] : reading.dates) dates.set(column, format.pattern);
  if (dates.size() > 0) facts.set("dates", std::move(dates));
  Json missing = Json::object();
  for (const auto& [column, words] : reading.missing)
    missing.set(column, Json::Array(words.begin(), words.end()));
  if (missing.size() > 0) facts.set("missing", std::move(missing));
  return facts;
}

void warn_of_open_dates(const Reading& reading, const std::filesystem::path& source,
                        Progress* progress) {
  if (progress == nullptr) return;
  for (const auto& [column, format] : reading.dates)
    if (!format.other.empty())
      progress->warn(fmt::format(
          "'{}': dates of column '{}' are read as {}, {} would do as well; a contract decides: "
          "logicalTypeOptions: {{format: {}}}",
          source.string(), column, format.pattern, format.other, format.other));
}

namespace {

std::vector<double> numbers_of(const Table::State& state, std::size_t column,
                               const std::string& expression) {
  const auto relation = state.relation_of(column);
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(state.rows));
  state.each_slice([&](const std::string& rows) {
    const auto some =
        state.engine.numbers(fmt::format("SELECT {} FROM {} WHERE {}", expression, relation, rows));
    all.insert(all.end(), some.begin(), some.end());
  });
  return all;
}

}  // namespace

std::vector<double> Table::numbers(std::string_view column) const {
  const auto index = state_->index_of(column);
  const auto name = sql_column(index);
  switch (state_->columns[index].type) {
    case ColumnType::boolean:
    case ColumnType::integer:
    case ColumnType::number:
      return numbers_of(*state_, index, fmt::format("CAST({} AS DOUBLE)", name));
    case ColumnType::date:
    case ColumnType::timestamp: return numbers_of(*state_, index, fmt::format("epoch({})", name));
    case ColumnType::text: {
      const auto bad = state_->engine.rows(
          fmt::format("SELECT CAST(rowid + 1 AS VARCHAR), {0} FROM t WHERE {0} IS NOT NULL AND "
                      "TRY_CAST({0} AS DOUBLE) IS NULL ORDER BY rowid LIMIT 1",
                      name));
      if (bad.empty()) return numbers_of(*state_, index, fmt::format("CAST({} AS DOUBLE)", name));
      throw Error(ErrorKind::bad_input, "row {}: column '{}' holds '{}', which is not a number",
                  *bad[0][0], column, bad[0][1].value_or(""));
    }
    case ColumnType::other: break;
  }
  throw Error(ErrorKind::bad_input, "column '{}' holds lists or structures, not numbers", column);
}

std::vector<std::optional<std::string>> Table::texts(std::string_view column) const {
  const auto index = state_->index_of(column);
  if (state_->columns[index].type != ColumnType::number) {
    return state_->engine.texts(fmt::format("SELECT CAST({} AS VARCHAR) FROM {}", sql_column(index),
                                            state_->relation_of(index)));
  }
  // 1.0 and 1 are the same class or category, whichever type a file happened to get.
  std::vector<std::optional<std::string>> all;
  for (const double value : numbers(column)) {
    all.push_back(std::isnan(value) ? std::nullopt : std::optional(number_text(value)));
  }
  return all;
}

std::string engine_version() {
  return Engine::version();
}

}  // namespace mlo::data
