#pragma once

#include <string>

#include "mlo/core/world.h"

namespace mlo::run {

/// A ULID: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base32, so that
/// ids sort by time. Source: github.com/ulid/spec.
std::string new_run_id(const World& world);

}  // namespace mlo::run
