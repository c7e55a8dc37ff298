#include "ledger/view_comparison.h"

#include <algorithm>
#include <cstdint>
#include <future>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "mlo/core/digest.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kObjects = R"sql(
  SELECT type || ' ' || name, sql, tbl_name, type = 'trigger' FROM sqlite_schema
  WHERE sql IS NOT NULL
)sql";
constexpr auto kColumns = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";

struct SchemaObject {
  std::string sql;
  std::string table;
  bool trigger = false;
};

std::map<std::string, SchemaObject> objects_of(Database& database) {
  std::map<std::string, SchemaObject> objects;
  database.each(kObjects, {}, [&](const Row& row) {
    objects.emplace(row.get<std::string>(0), SchemaObject{.sql = row.get<std::string>(1),
                                                          .table = row.get<std::string>(2),
                                                          .trigger = row.get<bool>(3)});
  });
  return objects;
}

using ViewRow = std::pair<std::int64_t, std::string>;  // entry, all columns as SQL literals

std::vector<ViewRow> rows_of(Database& database, std::string_view sql) {
  return database.all(sql, [](const Row& row) {
    return ViewRow(row.get<std::int64_t>(0), row.get<std::string>(1));
  });
}

enum class Told { by_entries, by_none };

std::string rows_query(Database& rebuilt, std::string_view table, Told told) {
  auto columns = columns_of(rebuilt, table);
  for (auto& column : columns) column = fmt::format("quote({})", in_quotes(column));
  return fmt::format("SELECT coalesce(entry, -1), {} FROM {} WHERE entry IS {} ORDER BY 1, 2",
                     join(columns, "||','||"), table,
                     told == Told::by_entries ? "NOT NULL" : "NULL");
}

/// What a ledger has from the start and no entry changed is still there; beside it may be more,
/// which no entry tells yet.
void require_planted(Database& database, Database& rebuilt, std::string_view table,
                     const Report& report) {
  const auto query = rows_query(rebuilt, table, Told::by_none);
  const auto found = rows_of(database, query);
  if (!std::ranges::includes(found, rows_of(rebuilt, query)))
    report(-1, fmt::format("table '{}' has lost a row that it had from the start", table));
}

/// Which entries have other rows: slow, and only asked where something differs.
void name_entries(Database& database, Database& rebuilt, std::string_view table,
                  const Report& report) {
  const auto query = rows_query(rebuilt, table, Told::by_entries);
  const auto found = rows_of(database, query);
  const auto expected = rows_of(rebuilt, query);
  std::vector<ViewRow> different;
  std::ranges::set_symmetric_difference(found, expected, std::back_inserter(different));
  std::set<std::int64_t> entries;
  for (const auto& [entry, row] : different) entries.insert(entry);
  for (const auto entry : entries)
    report(entry, fmt::format("table '{}' does not say what the entry says", table));
}

template <typename Number>
void add_number(Number number, std::string& text) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Values one after the other, each with its type and its length, so that none can pass for
/// another or for part of one.
void add_row(const Row& row, int columns, std::string& text) {
  for (int column = 0; column < columns; ++column) {
    const auto value = row.value(column);
    text += static_cast<char>(value.type);
    switch (value.type) {
      case Bound::Type::null: break;
      case Bound::Type::integer: add_number(value.integer, text); break;
      case Bound::Type::real: add_number(value.real, text); break;
      case Bound::Type::text:
      case Bound::Type::blob:
        add_number(value.text.size(), text);
        text += value.text;
        break;
    }
  }
}

}  // namespace

std::vector<std::string> columns_of(Database& database, std::string_view table) {
  return database.all(
      kColumns, [](const Row& row) { return row.get<std::string>(0); }, table);
}

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char letter : name) {
    if (letter == '"') text += letter;
    text += letter;
  }
  return text + "\"";
}

std::optional<TableContent> content_of(Database& database, std::string_view table) {
  constexpr std::size_t kFlushBytes = 1U << 16U;
  try {
    auto columns = columns_of(database, table);
    for (auto& column : columns) column = in_quotes(column);
    if (columns.empty()) return std::nullopt;
    TableContent content;
    Hasher hasher;
    std::string text;
    // By the key: entry, and where several rows are of one, the column after it.
    const auto query = fmt::format("SELECT {} FROM {} ORDER BY 1{}", join(columns, ", "),
                                   in_quotes(table), columns.size() > 1 ? ", 2" : "");
    database.each(query, {}, [&](const Row& row) {
      ++content.rows;
      add_row(row, static_cast<int>(columns.size()), text);
      if (text.size() < kFlushBytes) return;
      hasher.update(text);
      text.clear();
    });
    content.digest = hasher.update(text).finish();
    return content;
  } catch (const Error& error) {
    // Corruption is for the caller; a dropped or altered table is a finding.
    if (error.kind() != ErrorKind::bad_input) throw;
    return std::nullopt;
  }
}

void compare_schemas(Database& database, Database& rebuilt, const Report& report) {
  const auto found = objects_of(database);
  const auto expected = objects_of(rebuilt);
  std::set<std::string> our_tables;
  for (const auto& [name, object] : expected) {
    our_tables.insert(object.table);
    const auto same = found.find(name);
    if (same == found.end())
      report(-1, fmt::format("the database has no {}", name));
    else if (same->second.sql != object.sql)
      report(-1, fmt::format("the {} of the database is not ours", name));
  }
  for (const auto& [name, object] : found)
    if (object.trigger && our_tables.contains(object.table))
      report(-1, fmt::format("a foreign {} changes the table '{}'", name, object.table));
}

void compare_views(Database& database, Database& rebuilt, const Report& report) {
  for (const auto table : view_tables()) {
    // Two connections, two threads.
    auto expected = std::async(std::launch::async, [&] { return content_of(rebuilt, table); });
    const auto found = content_of(database, table);
    if (found == expected.get()) continue;
    try {
      name_entries(database, rebuilt, table, report);
      require_planted(database, rebuilt, table, report);
    } catch (const Error& error) {
      // Corruption is for the caller; a dropped or altered table is a finding.
      if (error.kind() != ErrorKind::bad_input) throw;
      report(-1, fmt::format("the table '{}' cannot be read", table));
    }
  }
}

}  // namespace mlo::ledger
