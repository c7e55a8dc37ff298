#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "mlo/store/object_store.h"
#include "store/pack.h"

namespace mlo::store {

using PackList = std::vector<std::shared_ptr<const Pack>>;

/// Puts what `keep` wants of `packs` into one new pack, then removes them. The caller keeps others
/// from doing the same; unless everything is kept, by the store's lock alone.
void rewrite(ObjectStore& store, const PackList& packs,
             const std::function<bool(const Digest&)>& keep);

/// Many commits leave many packs, and every look-up asks each: small ones become one now and then.
bool has_many_small_packs(const ObjectStore& store);
/// No object goes away by it, so readers and other writers go on meanwhile: who opens a pack that
/// is gone looks again. The caller shares the store's lock, and holds `seal`.
void merge_small_packs(ObjectStore& store);

/// The pack's entries in the order of its bytes.
std::vector<PackEntry> entries_by_offset(const Pack& pack);

}  // namespace mlo::store
