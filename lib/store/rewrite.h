#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "mlo/store/object_store.h"
#include "store/pack.h"

namespace mlo::store {

using PackList = std::vector<std::shared_ptr<const Pack>>;

/// Puts what `keep` wants of `packs` into one new pack, then removes them. The caller has the
/// store's lock alone.
void rewrite(ObjectStore& store, const PackList& packs,
             const std::function<bool(const Digest&)>& keep);

/// Many commits leave many packs, and every look-up asks each: small ones become one now and then.
/// The caller has the store's lock alone.
void merge_small_packs(ObjectStore& store);

/// The pack's entries in the order of its bytes.
std::vector<PackEntry> entries_by_offset(const Pack& pack);

}  // namespace mlo::store
