#pragma once

#include "run/training.h"

namespace mlo::run {

/// Looks at the step's inputs and outputs as they are now. What it needs must be settled.
/// Throws not_found when an input is not there.
Decision decide(Training& training, const Node& node);

/// Says where the lock was not believed.
void warn_if_overruled(const Training& training, const Node& node, const Decision& decision);

/// True when the object, and all that a folder's tree names, is in the store.
bool is_stored(store::ObjectStore& store, const Digest& digest, bool folder);

/// Whether the object is a folder's tree.
bool is_tree(store::ObjectStore& store, const Digest& digest);

}  // namespace mlo::run
