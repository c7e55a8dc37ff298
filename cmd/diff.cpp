#include "mlo/workspace/diff.h"

#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> words;
  bool stat = false;
  bool exit_code = false;
};

Json type_of(const std::optional<data::ColumnType>& type) {
  return type ? Json(data::name_of(*type)) : Json();
}

std::string words_for(const data::ColumnChange& column) {
  if (!column.before) return fmt::format("+{} ({})", column.name, data::name_of(*column.after));
  if (!column.after) return fmt::format("-{} ({})", column.name, data::name_of(*column.before));
  return fmt::format("{}: {} → {}", column.name, data::name_of(*column.before),
                     data::name_of(*column.after));
}

/// A table's difference for scripts, and its columns in words.
Json table_row(const std::string& path, const data::TableDifference& table) {
  Json columns = Json::array();
  std::vector<std::string> words;
  for (const auto& column : table.columns) {
    columns.add(Json::object({{"name", column.name},
                              {"before", type_of(column.before)},
                              {"after", type_of(column.after)}}));
    words.push_back(words_for(column));
  }
  Json cells = Json::array();
  for (const auto& [column, changed] : table.cells) {
    cells.add(Json::object({{"column", column}, {"changed", changed}}));
    words.push_back(fmt::format("{} in {}", column, format_count(changed, "row")));
  }
  return Json::object({{"path", path},
                       {"rows_before", table.rows_before},
                       {"rows_after", table.rows_after},
                       {"key", table.key.empty() ? Json() : Json(table.key)},
                       {"rows_added", table.rows_added},
                       {"rows_removed", table.rows_removed},
                       {"rows_changed", table.rows_changed},
                       {"columns", std::move(columns)},
                       {"cells", std::move(cells)},
                       {"summary", join(words, ", ")}});
}

Json file_row(const workspace::FileDifference& file) {
  const auto digest = [](const auto& value) { return value ? Json(value->text()) : Json(); };
  auto row = Json::object({{"path", printable(file.path)},
                           {"change", file.change},
                           {"size_before", file.before ? Json(file.size_before) : Json()},
                           {"size_after", file.after ? Json(file.size_after) : Json()},
                           {"before", digest(file.before)},
                           {"after", digest(file.after)}});
  if (!file.from.empty()) row.set("from", printable(file.from));
  if (!file.note.empty()) row.set("note", file.note);
  return row;
}

std::vector<ui::Column> file_columns(const workspace::Difference& difference) {
  std::vector<ui::Column> columns{{"change", "Change"},
                                  {"path", "Path"},
                                  {"size_before", "Before", ui::Format::bytes},
                                  {"size_after", "After", ui::Format::bytes}};
  const auto any = [&](const std::string workspace::FileDifference::*text) {
    for (const auto& file : difference.files)
      if (!(file.*text).empty()) return true;
    return false;
  };
  if (any(&workspace::FileDifference::from)) columns.push_back({"from", "Was"});
  if (any(&workspace::FileDifference::note)) columns.push_back({"note", "Note"});
  return columns;
}

std::string headline(const workspace::Difference& difference) {
  if (difference.files.empty())
    return fmt::format("No difference between {} and {}", difference.before, difference.after);
  std::map<std::string, int> counts;
  for (const auto& file : difference.files) ++counts[file.change];
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [change, count] : counts) parts.push_back(fmt::format("{} {}", count, change));
  return fmt::format("{} → {}: {}", difference.before, difference.after, join(parts, ", "));
}

ui::View view(const workspace::Difference& difference) {
  Json files = Json::array();
  Json tables = Json::array();
  for (const auto& file : difference.files) {
    files.add(file_row(file));
    if (file.table) tables.add(table_row(printable(file.path), *file.table));
  }
  const bool same = difference.files.empty();
  return {
      .shape = "diff/1",
      .headline = headline(difference),
      .fields = {{"before", "", difference.before},
                 {"after", "", difference.after},
                 {"different", "", !same},
                 {"files", "Files", std::move(files), ui::Format::plain, file_columns(difference)},
                 {"tables",
                  "Tables",
                  std::move(tables),
                  ui::Format::plain,
                  {{"path", "Path"},
                   {"rows_before", "Rows before", ui::Format::count},
                   {"rows_after", "After", ui::Format::count},
                   {"rows_added", "Added", ui::Format::count},
                   {"rows_removed", "Removed", ui::Format::count},
                   {"rows_changed", "Changed", ui::Format::count},
                   {"key", "By"},
                   {"summary", "Columns"}}}}};
}

}  // namespace

void add_diff(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* diff = mlo.add_subcommand("diff", "Show what differs between versions and the workspace");
  diff->add_option("words", options->words,
                   "[A [B]] [PATH…]: PATH@VERSION, git:REV, @TAG; default mlo.lock, workspace");
  diff->add_flag("--stat", options->stat, "Files and sizes only: tables are not read");
  diff->add_flag("--exit-code", options->exit_code, "Exit with 1 when there is a difference");
  diff->callback([options, &session] {
    std::vector<workspace::Typed> words;
    for (const auto& word : options->words) words.push_back(session.typed(word));
    const auto tables = options->stat ? workspace::Tables::leave : workspace::Tables::look_into;
    const auto difference = workspace::diff(session.repository(), words, tables, session.stop());
    session.show(view(difference), !options->exit_code || difference.files.empty());
  });
}

}  // namespace mlo::cmd
