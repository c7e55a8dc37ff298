#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "mlo/data/contract_changes.h"

namespace mlo::data {

namespace {

/// Widens one column's rules by what failed, to what its own table would be inferred to have.
class Widening {
 public:
  Widening(ColumnRule& column, const ColumnRule& seen, const ColumnProfile& profile,
           const std::set<std::string>& failed)
      : column_(column), seen_(seen), profile_(profile), failed_(failed) {}

  void widen() {
    if (fails("type")) change_type();
    if (fails("required")) {
      column_.required = false;
      column_.max_null_share = seen_.max_null_share;
    }
    if (fails("null share")) column_.max_null_share = seen_.max_null_share;
    if (fails("unique")) column_.unique = false;
    bound("minimum", "exclusive minimum", column_.minimum, column_.above, seen_.minimum);
    bound("maximum", "exclusive maximum", column_.maximum, column_.below, seen_.maximum);
    if (fails("multiple of")) column_.multiple_of.reset();
    if (fails("pattern")) column_.pattern.reset();
    if (fails("values")) widen_values();
    if (fails("minimum length"))
      column_.min_length = profile_.lengths ? std::optional(profile_.lengths->min) : std::nullopt;
    if (fails("maximum length"))
      column_.max_length = profile_.lengths ? std::optional(profile_.lengths->max) : std::nullopt;
  }

 private:
  [[nodiscard]] bool fails(std::string_view what) const {
    return failed_.contains(fmt::format("{}: {}", column_.name, what));
  }

  /// What was whole and is not becomes a number; anything can be text, which has no bounds.
  void change_type() {
    const bool number = column_.type == ColumnType::integer && seen_.type == ColumnType::number;
    column_.type = number ? ColumnType::number : ColumnType::text;
    if (number) return;
    column_.minimum.reset();
    column_.maximum.reset();
    column_.above.reset();
    column_.below.reset();
    column_.multiple_of.reset();
  }

  void bound(std::string_view name, std::string_view exclusive, std::optional<Bound>& inside,
             std::optional<Bound>& outside, const std::optional<Bound>& seen) const {
    if (!fails(name) && !fails(exclusive)) return;
    inside = seen;
    outside.reset();
  }

  /// What was allowed stays so. Without a full list of what is there, there is none any more.
  void widen_values() {
    if (static_cast<std::int64_t>(profile_.top.size()) != profile_.distinct) {
      column_.values.clear();
      return;
    }
    for (const auto& value : profile_.top)
      if (std::ranges::find(column_.values, value.first) == column_.values.end())
        column_.values.push_back(value.first);
  }

  ColumnRule& column_;
  const ColumnRule& seen_;
  const ColumnProfile& profile_;
  const std::set<std::string>& failed_;
};

/// The contract's columns in the table's order, where both have them; its own first.
void change_columns(Contract& contract, const Contract& seen, const Profile& profile,
                    const std::set<std::string>& failed) {
  std::erase_if(contract.columns, [&](const ColumnRule& column) {
    return std::ranges::find(seen.columns, column.name, &ColumnRule::name) == seen.columns.end();
  });
  for (std::size_t i = 0; i < seen.columns.size(); ++i) {
    const auto& found = seen.columns[i];
    const auto known = std::ranges::find(contract.columns, found.name, &ColumnRule::name);
    if (known == contract.columns.end())
      contract.columns.push_back(found);
    else
      Widening(*known, found, profile.columns[i], failed).widen();
  }
}

}  // namespace

Evolution evolve(const Contract& contract, const std::filesystem::path& source,
                 const CheckSituation& situation, const ReadOptions& reading) {
  std::set<std::string> failed;
  for (const auto& result : check_file(contract, source, "", situation, reading))
    if (!result.passed) failed.insert(result.name);
  Evolution evolution{.contract = contract, .changes = {}, .failing = {}};
  auto& changed = evolution.contract;
  const auto profile = data::profile(Table::open(source, reading));
  const auto seen = infer_contract(profile, contract.name);
  change_columns(changed, seen, profile, failed);
  if (failed.contains("rows: minimum")) changed.min_rows = seen.min_rows;
  // A rule about a column that is no longer there could never be kept again.
  std::erase_if(changed.rules, [&](const QualityRule& rule) {
    return !rule.column.empty() && std::ranges::find(changed.columns, rule.column,
                                                     &ColumnRule::name) == changed.columns.end();
  });
  evolution.changes = compare(contract, changed);
  changed.version = raised(contract.version, evolution.changes.bump());
  for (auto& result : check_file(changed, source, "", situation, reading))
    if (!result.passed && result.severity == "error")
      evolution.failing.push_back(std::move(result));
  return evolution;
}

}  // namespace mlo::data
