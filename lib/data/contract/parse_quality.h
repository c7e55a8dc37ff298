#pragma once

#include <string_view>

#include "mlo/core/yaml.h"
#include "mlo/data/contract.h"

namespace mlo::data {

/// Throws "'name' is missing" at the node when it does not have it.
const Yaml& required_key(const Yaml& node, std::string_view key);

/// Throws at the node when it is no number.
Bound parse_bound(const Yaml& node);

/// A rule that we would have to leave unchecked is refused: a check that passes must mean
/// something.
Error not_checked(const Yaml& place, std::string_view what);

/// The text of one customProperty; null when there is none of that name.
const Yaml* custom_property(const Yaml& node, std::string_view name);

/// "error" or "warn" for what ODCS leaves open. Throws for other words.
std::string parse_severity(const Yaml& value);

/// What any rule may have: name, severity, slice, whom to ask and why.
void read_common(QualityRule& quality, const Yaml& rule);

/// One entry of a column's `quality` (`column` is that one) or of the table's (null): a bound of
/// the column or of the row count where it says no more than that, otherwise one more of `rules`.
void read_quality(Contract& contract, ColumnRule* column, const Yaml& rule);

/// One entry of `relationships` of a column, or (`column` empty) of the table.
void read_relationship(Contract& contract, std::string_view column, const Yaml& relationship);

/// The freshness among `slaProperties`; the other agreements are not about the table's content.
void read_service_level(Contract& contract, const Yaml& property);

}  // namespace mlo::data
