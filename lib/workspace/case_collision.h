#pragma once

#include <span>
#include <string>
#include <vector>

namespace mlo::workspace {

/// Two names of one folder that a file system without upper and lower case takes for the same.
struct CaseCollision {
  std::string first;
  std::string second;
  bool operator==(const CaseCollision&) const = default;
};

/// Those among `names`, which lie in one folder: each name with the smallest one of its like,
/// sorted. Such a folder cannot be checked out whole on macOS or Windows.
///
/// Letters are compared by Unicode's simple case mapping, one code point for one; bytes that are no
/// UTF-8 stand for themselves. "é" as one code point and as two are different names here.
std::vector<CaseCollision> case_collisions(std::span<const std::string> names);

}  // namespace mlo::workspace
