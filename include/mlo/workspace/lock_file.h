#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "mlo/core/digest.h"
#include "mlo/core/world.h"

namespace mlo::workspace {

/// `mlo.lock`: which content each path has. YAML, one fact a line, sorted, so that git merges it
/// line by line; a folder's path ends in '/'.
struct LockFile {
  std::map<std::string, Digest> data;     ///< tracked datasets
  std::map<std::string, Digest> outputs;  ///< what pipeline steps made
  std::map<std::string, Digest> steps;    ///< step → fingerprint of its last good run

  bool operator==(const LockFile&) const = default;
};

LockFile parse_lock_file(std::string_view text, std::string source);
std::string format_lock_file(const LockFile& lock);
/// A missing file is an empty lock. Throws bad_input naming the line (merge markers included).
LockFile read_lock_file(const std::filesystem::path& root);
void write_lock_file(const std::filesystem::path& root, const LockFile& lock, const World& world);

}  // namespace mlo::workspace
