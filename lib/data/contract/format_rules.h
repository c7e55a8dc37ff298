#pragma once

#include <string>

#include "mlo/data/contract.h"

namespace mlo::data {

/// 5 rather than 5.0 for a bound that is whole.
Json bound(double value);

/// Whether the standard writes the rule under `quality`, not as relationship or service level.
bool is_quality(const QualityRule& rule);

// What `parse_quality.h` reads, as the standard writes it.
Json format_quality(const QualityRule& rule);
Json format_relationship(const QualityRule& rule);
Json format_service_level(const QualityRule& rule, const std::string& table);

}  // namespace mlo::data
