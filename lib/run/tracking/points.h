#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mlo/run/tracking.h"

// The points of ended runs. Their entries name objects that hold them; the rows in mlo.db are a
// copy, which answers quicker. `mlo audit verify` compares, `mlo fsck --rebuild` mends.

namespace mlo::run {

/// A run's points among the products that its entry names.
constexpr auto kPointsName = "records/tracking.jsonl";

/// The points of metrics in an object, in the form of `mlo record`.
std::vector<MetricPoint> points_in(const store::ObjectStore& store, const Digest& object);
/// The object that the rows of an ended run are a copy of; nothing for a run that goes on, and for
/// one whose points its steps recorded.
std::optional<Digest> copied_points(Database& database, std::string_view run);
/// Makes the rows of an ended run what its entries say, points that came later among them.
void renew_points(ledger::Ledger& ledger, const store::ObjectStore& store, std::string_view run);

}  // namespace mlo::run
