#pragma once

#include <string>

#include "mlo/data/contract.h"

namespace mlo::data {

/// Whether the standard writes the rule under `quality`, not as relationship or service level.
bool is_quality(const QualityRule& rule);

// What `parse_quality.h` reads, as the standard writes it.
Json format_quality(const QualityRule& rule);
Json format_relationship(const QualityRule& rule);
Json format_service_level(const QualityRule& rule, const std::string& table);

}  // namespace mlo::data
