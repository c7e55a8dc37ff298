#include "data/drift/text_sides.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "data/column_name.h"
#include "data/statistics/sort_numbers.h"
#include "data/statistics/sum.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

constexpr std::int64_t kFewRows = 100'000;  ///< of one side: their values may be kept at once
constexpr double kEnoughValues = 100;       ///< fewer may all differ by chance
constexpr double kFreeTextShare = 0.5;      ///< of values that differ
constexpr double kIdentifierShare = 0.95;

using Counts = std::vector<std::pair<std::string, double>>;  // by value, each once

std::string text_of(const Table& table, const std::string& name) {
  return fmt::format("CAST({} AS VARCHAR)", sql_column(table.state().index_of(name)));
}

/// Equal texts beside each other become one.
Counts merged(Counts counts) {
  std::ranges::sort(counts);
  Counts once;
  for (auto& [value, count] : counts) {
    if (!once.empty() && once.back().first == value)
      once.back().second += count;
    else
      once.emplace_back(std::move(value), count);
  }
  return once;
}

Counts count_texts(const Table& table, const std::string& name) {
  Counts counts;
  if (table.find(name)->type == ColumnType::number) {
    for (auto& value : table.texts(name))
      if (value) counts.emplace_back(*std::move(value), 1);
    return merged(std::move(counts));
  }
  const auto& state = table.state();
  const auto index = state.index_of(name);
  state.engine.each_text(
      fmt::format(
          "SELECT CAST({0} AS VARCHAR), count(*) FROM {1} WHERE {0} IS NOT NULL GROUP BY {0}",
          sql_column(index), state.relation_of(index)),
      [&](std::string_view value, std::int64_t count) {
        counts.emplace_back(value, static_cast<double>(count));
      });
  return merged(std::move(counts));
}

/// Both lists beside each other.
void align(Sides& sides, Counts reference, Counts current) {
  auto before = reference.begin();
  auto now = current.begin();
  while (before != reference.end() || now != current.end()) {
    const bool in_reference =
        now == current.end() || (before != reference.end() && before->first <= now->first);
    const bool in_current =
        before == reference.end() || (now != current.end() && now->first <= before->first);
    sides.categories.push_back(std::move(in_reference ? before->first : now->first));
    sides.reference_counts.push_back(in_reference ? before->second : 0);
    sides.current_counts.push_back(in_current ? now->second : 0);
    if (in_reference) ++before;
    if (in_current) ++now;
  }
}

/// The hash of each value of a column, sorted, each once.
std::vector<std::int64_t> hashes_of(const Table& table, const std::string& name) {
  std::vector<std::int64_t> hashes;
  table.state().each_slice([&](const std::string& rows) {
    const auto some = table.state().engine.integers(
        fmt::format("SELECT CAST(hash({0}) >> 1 AS BIGINT) FROM t WHERE {0} IS NOT NULL AND {1}",
                    text_of(table, name), rows));
    hashes.insert(hashes.end(), some.begin(), some.end());
  });
  sort_numbers(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

/// Different values of both sides together, told by 63 bits of their hashes: among a million values
/// two share one in one of 2·10⁷ tables.
std::size_t different_values(const Table& reference, const Table& current,
                             const std::string& name) {
  const auto before = hashes_of(reference, name);
  const auto now = hashes_of(current, name);
  std::size_t common = 0;
  auto one = before.begin();
  for (const auto hash : now) {
    while (one != before.end() && *one < hash) ++one;
    if (one != before.end() && *one == hash) ++common;
  }
  return before.size() + now.size() - common;
}

double present_in(const Table& table, const std::string& name) {
  const auto& state = table.state();
  const auto index = state.index_of(name);
  const auto counts = state.engine.counts(
      fmt::format("SELECT count({}) FROM {}", sql_column(index), state.relation_of(index)));
  return static_cast<double>(counts.at(0).at(0));
}

template <typename Visit>
void each_text(const Table& table, const std::string& name, Visit&& visit) {
  const auto text = text_of(table, name);
  table.state().each_slice([&](const std::string& rows) {
    table.state().engine.each_text(
        fmt::format("SELECT {0}, 1::BIGINT FROM t WHERE {0} IS NOT NULL AND {1}", text, rows),
        visit);
  });
}

/// Text by text, so that they need not all be there at once.
void look_at_texts(Sides& sides, const Table& reference, const Table& current,
                   const std::string& name) {
  auto& texts = sides.texts.emplace();
  each_text(reference, name,
            [&](std::string_view text, std::int64_t) { texts.add_reference(text, 1); });
  each_text(current, name,
            [&](std::string_view text, std::int64_t) { texts.add_current(text, 1); });
}

void look_at_categories(Sides& sides) {
  auto& texts = sides.texts.emplace();
  for (std::size_t i = 0; i < sides.categories.size(); ++i)
    if (sides.reference_counts[i] > 0)
      texts.add_reference(sides.categories[i], sides.reference_counts[i]);
  for (std::size_t i = 0; i < sides.categories.size(); ++i)
    if (sides.current_counts[i] > 0)
      texts.add_current(sides.categories[i], sides.current_counts[i]);
}

}  // namespace

std::string kind_of(const std::string& name, ColumnType type, const Sides& sides) {
  if (type == ColumnType::date || type == ColumnType::timestamp)
    return std::string(sides.is_numeric ? kKindTimes : kKindCategories);
  const auto total = sides.reference_total + sides.current_total;
  const auto different_share = static_cast<double>(sides.different) / total;
  const bool enough = std::min(sides.reference_total, sides.current_total) >= kEnoughValues;
  const bool is_whole = !sides.is_numeric || sides.is_integer;
  // Identifiers may come again on the other side: then half of them differ.
  if (enough && is_whole && is_identifier_name(name) && 2 * different_share >= kIdentifierShare)
    return std::string(kKindIdentifiers);
  if (sides.is_numeric) return std::string(kKindNumbers);
  if (enough && type == ColumnType::text && different_share > kFreeTextShare)
    return std::string(kKindTexts);
  return std::string(kKindCategories);
}

void read_text_sides(Sides& sides, const Table& reference, const Table& current,
                     const std::string& column, const SidesWanted& wanted) {
  sides.reference_total = present_in(reference, column);
  sides.current_total = present_in(current, column);
  sides.reference_missing = static_cast<double>(reference.rows()) - sides.reference_total;
  sides.current_missing = static_cast<double>(current.rows()) - sides.current_total;
  const auto type = reference.find(column)->type;
  const bool is_text = type == ColumnType::text && current.find(column)->type == ColumnType::text;
  const bool looks_first =
      is_text && !wanted.categories && std::max(reference.rows(), current.rows()) > kFewRows;
  if (looks_first) {
    sides.different = different_values(reference, current, column);
    sides.kind = kind_of(column, type, sides);
    if (sides.kind == kKindTexts) return look_at_texts(sides, reference, current, column);
    if (sides.kind == kKindIdentifiers && !wanted.identifiers) return;
  }
  align(sides, count_texts(reference, column), count_texts(current, column));
  if (!is_text) {  // NaN is a missing number
    sides.reference_total = exact_sum(sides.reference_counts);
    sides.current_total = exact_sum(sides.current_counts);
    sides.reference_missing = static_cast<double>(reference.rows()) - sides.reference_total;
    sides.current_missing = static_cast<double>(current.rows()) - sides.current_total;
  }
  sides.different = sides.categories.size();
  sides.kind = kind_of(column, type, sides);
  if (wanted.texts || sides.kind == kKindTexts) look_at_categories(sides);
}

}  // namespace mlo::data
