#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "data/drift/comparison.h"
#include "data/engine.h"
#include "data/outline.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

/// Of both tables' columns at once. What is made of them comes on top: two sorted copies of the
/// columns that are being compared.
constexpr std::uint64_t kGroupBytes = 288U << 20U;

TableFile some_of(const TableFile& file, const std::vector<std::string>& columns) {
  auto some = file;
  some.reading.columns = columns;
  return some;
}

Table read(const TableFile& file) {
  return Table::State::load(std::make_unique<Table::State>(file.reading), file);
}

struct Both {
  Table reference;
  Table current;
};

/// `file` with what `other` tells of dates that it leaves open by itself; nothing when that is
/// none.
std::optional<TableFile> told_by(const Reading& other, const Reading& own, const TableFile& file) {
  auto told = file;
  for (const auto& [column, format] : own.dates) {
    const auto known = other.dates.find(column);
    if (format.other.empty() || known == other.dates.end() || !known->second.other.empty())
      continue;
    const auto& pattern = known->second.pattern;
    if (pattern == format.pattern || pattern == format.other) told.reading.dates[column] = pattern;
  }
  if (told.reading.dates == file.reading.dates) return std::nullopt;
  return told;
}

/// Reads that side again whose days and months only the other one tells apart.
void read_dates_alike(Both& both, const TableFile& reference, const TableFile& current) {
  if (const auto told = told_by(both.reference.reading(), both.current.reading(), current))
    both.current = read(*told);
  else if (const auto first = told_by(both.current.reading(), both.reference.reading(), reference))
    both.reference = read(*first);
  for (const auto& [table, file] :
       {std::pair(&both.reference, &reference), std::pair(&both.current, &current)})
    warn_of_open_dates(table->reading(), file->path, file->reading.progress);
}

/// At once and by one engine: of small tables, starting it is most of the work.
Both read_at_once(const TableFile& reference, const TableFile& current) {
  auto first = std::make_unique<Table::State>(reference.reading);
  auto second = std::make_unique<Table::State>(current.reading, first->engine.beside());
  const bool alone = first->threads == 1;
  auto other = std::async(alone ? std::launch::deferred : std::launch::async,
                          [&] { return Table::State::load(std::move(second), current); });
  // When neither can be read, the reference's error is the one told.
  auto table = Table::State::load(std::move(first), reference);
  return {std::move(table), other.get()};
}

std::size_t groups_of(const Outline& reference, const Outline& current, std::size_t compared) {
  const auto size_of = [&](const Outline& outline) {
    return outline.size_bytes / std::max<std::size_t>(1, outline.names.size()) * compared;
  };
  const auto groups = (size_of(reference) + size_of(current)) / kGroupBytes + 1;
  return std::min<std::size_t>(groups, compared);
}

}  // namespace

DriftReport drift(const TableFile& reference, const TableFile& current,
                  const DriftOptions& options) {
  const auto before = outline_of(reference);
  const auto now = before ? outline_of(current) : std::nullopt;
  if (!before || !now) {
    auto both = read_at_once(reference, current);
    read_dates_alike(both, reference, current);
    return drift(both.reference, both.current, options);
  }
  TableComparison comparison(options, {before->names, now->names, options.columns});
  const auto& names = comparison.names();
  const auto groups = groups_of(*before, *now, names.size());
  for (std::size_t group = 0; group < groups; ++group) {
    const auto place = [&](std::size_t i) {
      return names.begin() + static_cast<std::ptrdiff_t>(i * names.size() / groups);
    };
    const std::vector<std::string> some(place(group), place(group + 1));
    const auto before_some = some_of(reference, some);
    const auto now_some = some_of(current, some);
    Both both{read(before_some), read(now_some)};
    read_dates_alike(both, before_some, now_some);
    comparison.compare(both.reference, both.current, some);
  }
  return comparison.report();
}

}  // namespace mlo::data
