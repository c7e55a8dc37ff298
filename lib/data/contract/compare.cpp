#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "data/contract/interval.h"
#include "mlo/core/text.h"
#include "mlo/data/contract_changes.h"

namespace mlo::data {

namespace {

/// Which of two rules takes in more tables.
enum class Reach { same, tighter, looser, other };

Reach reach(bool tighter, bool looser) {
  if (tighter == looser) return tighter ? Reach::other : Reach::same;
  return tighter ? Reach::tighter : Reach::looser;
}

/// Something that more of allows less: false → true, a minimum that rises, a share that falls.
template <typename Value>
Reach reach_of_bound(const std::optional<Value>& before, const std::optional<Value>& after,
                     bool larger_is_tighter) {
  if (before == after) return Reach::same;
  if (!before || !after) return after ? Reach::tighter : Reach::looser;
  return (*after > *before) == larger_is_tighter ? Reach::tighter : Reach::looser;
}

Reach reach_of_type(ColumnType before, ColumnType after) {
  if (before == after) return Reach::same;
  const auto widens = [](ColumnType from, ColumnType to) {
    return to == ColumnType::text || (from == ColumnType::integer && to == ColumnType::number);
  };
  const bool narrower = widens(after, before);
  const bool wider = widens(before, after);
  return narrower == wider ? Reach::other : reach(narrower, wider);
}

Reach reach_of_values(std::vector<std::string> before, std::vector<std::string> after) {
  std::ranges::sort(before);
  std::ranges::sort(after);
  if (before == after) return Reach::same;
  if (before.empty() || after.empty()) return before.empty() ? Reach::tighter : Reach::looser;
  const bool fewer = std::ranges::includes(before, after);
  const bool more = std::ranges::includes(after, before);
  return fewer == more ? Reach::other : reach(fewer, more);
}

Reach reach_of_multiple(const std::optional<double>& before, const std::optional<double>& after) {
  if (before == after || !before || !after) return reach_of_bound(before, after, true);
  const auto divides = [](double step, double value) {
    const double quotient = value / step;
    return quotient == static_cast<double>(static_cast<std::int64_t>(quotient));
  };
  return reach(divides(*before, *after), divides(*after, *before));
}

Reach reach_of_condition(const Condition& before, const Condition& after) {
  if (before == after) return Reach::same;
  const auto old_range = interval_of(before);
  const auto new_range = interval_of(after);
  if (!old_range || !new_range) return Reach::other;
  const bool tighter = new_range->within(*old_range);
  const bool looser = old_range->within(*new_range);
  if (tighter && looser) return Reach::same;
  return !tighter && !looser ? Reach::other : reach(tighter, looser);
}

template <typename Value>
Json json_of(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const std::optional<Bound>& bound) {
  return bound ? bound->json() : Json();
}

Json json_of(const std::vector<std::string>& values) {
  return values.empty() ? Json() : Json(Json::Array(values.begin(), values.end()));
}

class Comparison {
 public:
  ContractChanges found;

  void columns(const Contract& before, const Contract& after) {
    for (const auto& column : after.columns) {
      const auto old = std::ranges::find(before.columns, column.name, &ColumnRule::name);
      if (old == before.columns.end())
        found.changes.push_back({.subject = column.name,
                                 .change = "added",
                                 .before = {},
                                 .after = name_of(column.type),
                                 .backward = false});
      else
        one_column(*old, column);
    }
    for (const auto& column : before.columns)
      if (std::ranges::find(after.columns, column.name, &ColumnRule::name) == after.columns.end())
        found.changes.push_back({.subject = column.name,
                                 .change = "removed",
                                 .before = name_of(column.type),
                                 .after = {},
                                 .forward = false});
  }

  void rows(const Contract& before, const Contract& after) {
    severity_ = "error";
    add("rows: minimum", reach_of_bound(before.min_rows, after.min_rows, true),
        json_of(before.min_rows), json_of(after.min_rows));
  }

  void rules(const Contract& before, const Contract& after) {
    for (const auto& rule : after.rules) {
      const auto old = std::ranges::find(before.rules, rule.name, &QualityRule::name);
      severity_ = rule.severity;
      if (old == before.rules.end())
        add(rule.name, Reach::tighter, Json(), rule.condition.text());
      else
        one_rule(*old, rule);
    }
    for (const auto& rule : before.rules) {
      if (std::ranges::find(after.rules, rule.name, &QualityRule::name) != after.rules.end())
        continue;
      severity_ = rule.severity;
      add(rule.name, Reach::looser, rule.condition.text(), Json());
    }
  }

 private:
  void one_column(const ColumnRule& old, const ColumnRule& now) {
    severity(now.name, old.severity, now.severity);
    const auto name = [&](std::string_view what) { return fmt::format("{}: {}", now.name, what); };
    const auto flag = [&](std::string_view what, bool before, bool after) {
      add(name(what), reach(after && !before, before && !after), before, after);
    };
    const auto bound = [&](std::string_view what, const auto& before, const auto& after,
                           bool larger_is_tighter) {
      add(name(what), reach_of_bound(before, after, larger_is_tighter), json_of(before),
          json_of(after));
    };
    add(name("type"), reach_of_type(old.type, now.type), name_of(old.type), name_of(now.type));
    flag("required", old.required, now.required);
    flag("unique", old.unique, now.unique);
    bound("null share", old.max_null_share, now.max_null_share, false);
    bound("minimum", old.minimum, now.minimum, true);
    bound("maximum", old.maximum, now.maximum, false);
    bound("exclusive minimum", old.above, now.above, true);
    bound("exclusive maximum", old.below, now.below, false);
    bound("minimum length", old.min_length, now.min_length, true);
    bound("maximum length", old.max_length, now.max_length, false);
    add(name("multiple of"), reach_of_multiple(old.multiple_of, now.multiple_of),
        json_of(old.multiple_of), json_of(now.multiple_of));
    add(name("values"), reach_of_values(old.values, now.values), json_of(old.values),
        json_of(now.values));
    // Which of two expressions takes in more is not ours to find out.
    const bool both = old.pattern && now.pattern && *old.pattern != *now.pattern;
    add(name("pattern"), both ? Reach::other : reach_of_bound(old.pattern, now.pattern, true),
        json_of(old.pattern), json_of(now.pattern));
  }

  void one_rule(QualityRule old, const QualityRule& now) {
    severity(now.name, old.severity, now.severity);
    auto reach = reach_of_condition(old.condition, now.condition);
    const auto before = old.condition.text();
    const bool reworded = old.owner != now.owner || old.reason != now.reason;
    old.condition = now.condition;
    old.severity = now.severity;
    old.owner = now.owner;
    old.reason = now.reason;
    if (old != now) reach = Reach::other;
    add(now.name, reach, before, now.condition.text());
    if (reach == Reach::same && reworded)
      found.changes.push_back(
          {.subject = now.name, .change = "reworded", .before = {}, .after = {}});
  }

  void severity(const std::string& name, const std::string& before, const std::string& after) {
    severity_ = "error";  // what is no longer, or only now, refused
    add(name + ": severity",
        reach(after == "error" && before != after, before == "error" && before != after), before,
        after);
    severity_ = after;
  }

  void add(const std::string& subject, Reach reach, Json before, Json after) {
    if (reach == Reach::same) return;
    const bool refuses = severity_ == "error";
    found.changes.push_back({.subject = subject,
                             .change = reach == Reach::tighter  ? "tightened"
                                       : reach == Reach::looser ? "loosened"
                                                                : "changed",
                             .before = std::move(before),
                             .after = std::move(after),
                             .backward = !refuses || reach == Reach::looser,
                             .forward = !refuses || reach == Reach::tighter});
  }

  std::string severity_ = "error";  ///< of what is being compared
};

}  // namespace

bool ContractChanges::backward() const {
  return std::ranges::all_of(changes, &ContractChange::backward);
}

bool ContractChanges::forward() const {
  return std::ranges::all_of(changes, &ContractChange::forward);
}

std::string ContractChanges::compatibility() const {
  if (backward()) return forward() ? "full" : "backward";
  return forward() ? "forward" : "none";
}

std::string ContractChanges::bump() const {
  if (changes.empty()) return "";
  if (!forward()) return "major";
  const bool words = std::ranges::all_of(
      changes, [](const ContractChange& one) { return one.change == "reworded"; });
  return words ? "patch" : "minor";
}

ContractChanges compare(const Contract& before, const Contract& after) {
  Comparison comparison;
  comparison.rows(before, after);
  comparison.columns(before, after);
  comparison.rules(before, after);
  return std::move(comparison.found);
}

std::string raised(std::string_view version, std::string_view bump) {
  std::vector<int> numbers;
  for (const auto& part : split(version, '.')) {
    int number = 0;
    const auto* end = part.data() + part.size();
    const auto [stop, problem] = std::from_chars(part.data(), end, number);
    if (problem != std::errc() || stop != end) return std::string(version);
    numbers.push_back(number);
  }
  if (numbers.size() != 3 || bump.empty()) return std::string(version);
  const std::size_t place = bump == "major" ? 0 : bump == "minor" ? 1 : 2;
  ++numbers[place];
  std::fill(numbers.begin() + static_cast<std::ptrdiff_t>(place) + 1, numbers.end(), 0);
  return fmt::format("{}.{}.{}", numbers[0], numbers[1], numbers[2]);
}

}  // namespace mlo::data
