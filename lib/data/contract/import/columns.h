#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/data/contract_import.h"

// What importers share.

namespace mlo::data {

/// The column of that name, added behind the others when it is new: text until something says more.
ColumnRule& column_of(Contract& contract, const std::string& name);

/// Notes that `what` of `subject` does not carry over.
void leave_out(Imported& imported, std::string_view subject, std::string_view what);

/// A number, also one that was written as text; nothing for null.
std::optional<double> number_of(const Json& value);
/// The same, whole numbers exactly.
std::optional<Bound> bound_of(const Json& value);
std::optional<std::int64_t> whole_of(const Json& value);
/// The items as text ("1", "true", "red"), without nulls; one value is a list of one.
std::vector<std::string> texts_of(const Json& value);

/// RE2 for "holds a match of `pattern`" ("^x" → "x[\s\S]*"): our patterns match the whole value.
std::string anywhere(std::string_view pattern);

/// Sets the larger of two lower bounds, or the smaller of two upper ones.
void raise(std::optional<Bound>& bound, const std::optional<Bound>& value);
void lower(std::optional<Bound>& bound, const std::optional<Bound>& value);

}  // namespace mlo::data
