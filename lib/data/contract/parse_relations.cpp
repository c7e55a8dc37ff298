#include <algorithm>
#include <utility>

#include "data/contract/parse_quality.h"
#include "data/contract/words.h"
#include "mlo/core/error.h"

namespace mlo::data {

namespace {

using Kind = QualityRule::Kind;
using Operator = Condition::Operator;

/// "orders.id" → {"orders", "id"}; in `from`, "id" alone is of this table.
std::pair<std::string, std::string> reference_parts(const Yaml& node) {
  const auto& text = node.text();
  const auto dot = text.rfind('.');
  if (dot == std::string::npos) return {"", text};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

std::vector<Yaml> items_of(const Yaml& node) {
  return node.is_sequence() ? node.sequence() : std::vector<Yaml>{node};
}

/// Seconds in what `unit` names; the words are those of the standard's other readers.
double seconds_in(const Yaml* unit) {
  static const std::vector<std::pair<std::vector<std::string>, double>> kUnits = {
      {{"d", "day", "days"}, 86400},
      {{"h", "hr", "hour", "hours"}, 3600},
      {{"m", "min", "minute", "minutes"}, 60},
      {{"s", "sec", "second", "seconds"}, 1}};
  const auto word = unit == nullptr ? std::string("d") : unit->text();
  for (const auto& [words, seconds] : kUnits)
    if (std::ranges::find(words, word) != words.end()) return seconds;
  throw unit->error(fmt::format("no unit '{}'", word)).hint("use d, h, m or s");
}

}  // namespace

void read_relationship(Contract& contract, std::string_view column, const Yaml& relationship) {
  relationship.only({"id", "type", "from", "to", "customProperties"});
  QualityRule rule{.kind = Kind::reference, .column = std::string(column)};
  read_common(rule, relationship);
  if (const auto* source = custom_property(relationship, kSource)) rule.source = source->text();
  if (!column.empty()) {
    rule.columns = {std::string(column)};
  } else {
    for (const auto& from : items_of(required_key(relationship, "from")))
      rule.columns.push_back(reference_parts(from).second);
  }
  const auto& to = required_key(relationship, "to");
  for (const auto& target : items_of(to)) {
    auto [table, name] = reference_parts(target);
    if (table.empty() || (!rule.table.empty() && rule.table != table))
      throw target.error("expected columns of one table").hint("write `to: customers.id`");
    rule.table = std::move(table);
    rule.target_columns.push_back(std::move(name));
  }
  if (rule.columns.size() != rule.target_columns.size())
    throw to.error("`from` and `to` differ in length");
  rule.name = name_of(rule);
  contract.rules.push_back(std::move(rule));
}

void read_service_level(Contract& contract, const Yaml& property) {
  if (required_key(property, "property").text() != "freshness") return;
  const auto* element = property.find("element");
  if (element == nullptr) return;  // about the delivery as a whole
  auto [table, column] = reference_parts(*element);
  if (table != contract.name) return;
  const double factor = seconds_in(property.find("unit"));
  const auto& value = required_key(property, "value");
  if (!(value.number() >= 0)) throw value.error("freshness is not below zero");
  QualityRule rule{
      .kind = Kind::freshness,
      .column = std::move(column),
      .condition = {.comparison = Operator::less_or_equal, .value = value.number() * factor},
      .place = {property.place()}};
  rule.name = name_of(rule);
  contract.rules.push_back(std::move(rule));
}

}  // namespace mlo::data
