#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"

namespace mlo::store {

/// One name in a folder. A folder's digest is that of its own tree object; a link's object holds
/// the link's target.
struct TreeEntry {
  enum class Mode : std::uint8_t { file, executable, link, folder };
  Mode mode = Mode::file;
  std::uint64_t size_bytes = 0;  ///< of a folder: the sum of what it holds
  Digest digest;
  std::string name;

  bool operator==(const TreeEntry&) const = default;
};

/// A folder as an object: `mlo-tree 1\n`, then one line an entry sorted by the bytes of its name:
/// mode letter (f, x, l, d), size, digest in hex, and the name, with control characters and
/// backslashes as \xHH.
std::string encode_tree(std::vector<TreeEntry> entries);
/// Throws integrity on anything that `encode_tree` would not have written: order, doubles, names
/// with '/' or "..", or more than a million entries.
std::vector<TreeEntry> decode_tree(std::string_view text);

}  // namespace mlo::store
