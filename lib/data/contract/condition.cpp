#include <fmt/core.h>

#include "mlo/data/contract.h"

namespace mlo::data {

namespace {

using Operator = Condition::Operator;

std::string text_of(const Json& value) {
  if (value.is_number() && !value.is_integer()) return number_text(value.as_number());
  return value.is_string() ? value.as_string() : value.dump();
}

/// Numbers by their value, whether they are written 1 or 1.0; the rest by its text.
bool same(const Json& figure, const Json& value) {
  if (figure.is_number() && value.is_number()) return Bound::of(figure) == Bound::of(value);
  return text_of(figure) == text_of(value);
}

bool compare(const Condition& condition, const Bound& figure) {
  const auto value = Bound::of(condition.value);
  const bool inside = figure >= value && figure <= condition.high;
  switch (condition.comparison) {
    case Operator::greater: return figure > value;
    case Operator::greater_or_equal: return figure >= value;
    case Operator::less: return figure < value;
    case Operator::less_or_equal: return figure <= value;
    case Operator::between: return inside;
    case Operator::not_between: return !inside;
    case Operator::equal:
    case Operator::not_equal: break;
  }
  return false;
}

}  // namespace

bool Condition::holds(const Json& figure) const {
  if (figure.is_null()) return false;
  if (comparison == Operator::equal) return same(figure, value);
  if (comparison == Operator::not_equal) return !same(figure, value);
  return figure.is_number() && compare(*this, Bound::of(figure));
}

std::string Condition::text() const {
  auto end = text_of(value);
  switch (comparison) {
    case Operator::equal: return fmt::format("= {}", end);
    case Operator::not_equal: return fmt::format("!= {}", end);
    case Operator::greater: return fmt::format("> {}", end);
    case Operator::greater_or_equal: return fmt::format(">= {}", end);
    case Operator::less: return fmt::format("< {}", end);
    case Operator::less_or_equal: return fmt::format("<= {}", end);
    case Operator::between: return fmt::format("between {} and {}", end, text_of(high.json()));
    case Operator::not_between:
      return fmt::format("not between {} and {}", end, text_of(high.json()));
  }
  return end;
}

}  // namespace mlo::data
