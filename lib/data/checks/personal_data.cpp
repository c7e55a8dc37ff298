#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

struct Pattern {
  std::string_view name;
  std::string_view expression;  ///< RE2, anywhere in the value
};

// A telephone number needs its + or its groups, else every long number would be one.
constexpr std::array<Pattern, 2> kPatterns = {{
    {"mail", R"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"},
    {"phone",
     R"((^|[^0-9A-Za-z.+])(\+[1-9][0-9]{0,2}[ .()/-]{0,2}[0-9]{1,4}([ .()/-]{0,2}[0-9]{2,4}){2,4}|\(?0?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4})($|[^0-9A-Za-z.]))"},
}};

/// SQL: the sum of ISO/IEC 7812-1 annex B (Luhn, US patent 2,950,048) over the digits `d` of a
/// number: from the right every second digit doubled, its digits added.
constexpr std::string_view kLuhn =
    "list_sum(list_transform(range(1, length({0}) + 1), i -> CASE WHEN i % 2 = 1 THEN "
    "CAST({0}[length({0}) + 1 - i] AS INTEGER) ELSE (2 * CAST({0}[length({0}) + 1 - i] AS "
    "INTEGER)) // 10 + (2 * CAST({0}[length({0}) + 1 - i] AS INTEGER)) % 10 END)) % 10 = 0";

/// SQL: true where `text` has a number of 13 to 19 digits that begins like a card's (2 to 6) and
/// whose check digit is right. Groups may be split by blanks or hyphens.
std::string has_card(const std::string& text) {
  const auto candidates = fmt::format(
      "list_transform(regexp_extract_all({}, '\\b[2-6](?:[ -]?[0-9]){{12,18}}\\b'), c -> "
      "regexp_replace(c, '[ -]', '', 'g'))",
      text);
  return fmt::format("len(list_filter({}, d -> {})) > 0", candidates,
                     fmt::format(fmt::runtime(kLuhn), "d"));
}

void look(const CheckInput& input, std::size_t column, std::string_view what,
          const std::string& found, std::vector<CheckResult>& results) {
  const auto fails = fmt::format("SELECT rowid + 1 AS row FROM t WHERE {}", found);
  const auto count = input.table.state()
                         .engine.counts(fmt::format("SELECT count(*) FROM ({})", fails))
                         .at(0)
                         .at(0);
  // A clean column is no news: each table would have three lines a column.
  if (count == 0) return;
  results.push_back(judge_share(
      input, fmt::format("{}: {}", input.table.columns()[column].name, what), count, fails));
}

/// Rows with a mail address, a telephone number or a card number in texts; card numbers also in
/// whole numbers. Values are never repeated in the answer.
std::vector<CheckResult> personal_data(const CheckInput& input) {
  std::vector<CheckResult> results;
  for (const auto column : chosen_columns(input)) {
    const auto type = input.table.columns()[column].type;
    if (type != ColumnType::text && type != ColumnType::integer) continue;
    const auto text = fmt::format("CAST({} AS VARCHAR)", sql_column(column));
    if (type == ColumnType::text) {
      for (const auto& pattern : kPatterns)
        look(input, column, pattern.name,
             fmt::format("regexp_matches({}, {})", text, sql_text(pattern.expression)), results);
    }
    look(input, column, "card number", has_card(text), results);
  }
  if (!results.empty()) return results;
  CheckResult none{.name = "personal data"};
  none.passed = true;
  none.value = 0;
  none.threshold = input.settings.limit.value_or(0);
  none.failing_rows = 0;
  return {none};
}

const bool kRegistered = table_checks().add("personal_data", {.run = personal_data});

}  // namespace

}  // namespace mlo::data
