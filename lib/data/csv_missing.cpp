#include "data/csv_missing.h"

#include <array>
#include <utility>

#include <fmt/core.h>

#include "data/sql_literal.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr int kFirstRows = 2048;

/// What the other values are, and how the engine calls it; no code like 007 is a number.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kKinds = {{
    {"-?(0|[1-9][0-9]{0,17})", "BIGINT"},
    {"-?(0|[1-9][0-9]*)?([.][0-9]+)?([eE][-+]?[0-9]+)?|-?(inf|nan|Infinity|NaN)", "DOUBLE"},
    {"[0-9]{4}-[0-9]{2}-[0-9]{2}", "DATE"},
    {"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?", "TIMESTAMP"},
    {"(?i:true|false)", "BOOLEAN"},
}};

std::string listed() {
  std::vector<std::string> words;
  for (const auto& word : missing_words()) words.push_back(sql_text(word));
  return join(words, ", ");
}

std::string is_of_a_kind(const std::string& column) {
  std::vector<std::string> patterns;
  for (const auto& [pattern, type] : kKinds) patterns.push_back(fmt::format("({})", pattern));
  return fmt::format("({0} IN ({1}) OR regexp_full_match({0}, {2}))", column, listed(),
                     sql_text(join(patterns, "|")));
}

/// Text columns that may become something else: the first rows rule nearly all of them out.
std::vector<std::size_t> candidates_among(Engine& engine, const std::vector<std::string>& names,
                                          const ReadOptions& options) {
  const auto types = engine.rows("SELECT column_type FROM (DESCRIBE raw)");
  std::vector<std::size_t> texts;
  std::vector<std::string> tests;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto declared = options.types.find(names[i]);
    if (types[i][0] != "VARCHAR" ||
        (declared != options.types.end() && declared->second == ColumnType::text))
      continue;
    texts.push_back(i);
    tests.push_back(
        fmt::format("CAST(coalesce(bool_and({}), false) AS BIGINT)", is_of_a_kind(sql_column(i))));
  }
  if (texts.empty()) return {};
  const auto fits = engine.counts(
      fmt::format("SELECT {} FROM (SELECT * FROM raw LIMIT {})", join(tests, ", "), kFirstRows));
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (fits[0][i] == 1) candidates.push_back(texts[i]);
  return candidates;
}

/// The type of all that is no such word in `column`; nothing where there is none for all, or
/// nothing besides such words.
std::optional<std::string> type_of(Engine& engine, const std::string& column) {
  std::vector<std::string> tests = {"count(*)"};
  for (const auto& [pattern, type] : kKinds)
    tests.push_back(fmt::format(
        "count(CASE WHEN regexp_full_match({0}, {1}) AND try_cast({0} AS {2}) IS NOT NULL THEN "
        "true END)",
        column, sql_text(pattern), type));
  const auto counts = engine
                          .counts(fmt::format("SELECT {} FROM raw WHERE {} NOT IN ({})",
                                              join(tests, ", "), column, listed()))
                          .at(0);
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (counts[0] > 0 && counts[i + 1] == counts[0]) return std::string(kKinds[i].second);
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& missing_words() {
  static const std::vector<std::string> kWords = {
      "NA",   "N/A", "n/a", "#N/A", "#N/A N/A", "#NA",    "<NA>",    "NULL",    "null",
      "None", "NaN", "nan", "-NaN", "-nan",     "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
  return kWords;
}

std::map<std::string, std::vector<std::string>> take_out_missing(
    Engine& engine, const std::vector<std::string>& names, const ReadOptions& options) {
  std::map<std::string, std::vector<std::string>> found;
  for (const auto i : candidates_among(engine, names, options)) {
    const auto column = sql_column(i);
    std::vector<std::string> words;
    for (const auto& row : engine.rows(fmt::format(
             "SELECT DISTINCT {0} FROM raw WHERE {0} IN ({1}) ORDER BY 1", column, listed())))
      words.push_back(row[0].value_or(""));
    const auto type = words.empty() ? std::nullopt : type_of(engine, column);
    if (!type) continue;
    engine.run(fmt::format(
        "ALTER TABLE raw ALTER {0} TYPE {1} USING CASE WHEN {0} NOT IN ({2}) THEN CAST({0} AS {1}) "
        "END",
        column, *type, listed()));
    found.emplace(names[i], std::move(words));
  }
  return found;
}

}  // namespace mlo::data
