#pragma once

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/workspace/maintenance.h"
#include "workspace/closure.h"

namespace mlo::workspace {

/// The mark phase: which objects stay, and why.
class Marks {
 public:
  explicit Marks(Repository& repository);

  /// Marks what the locks, the ledger and other rooms refer to, except the content `given_up`.
  void mark(const std::set<Digest>& given_up);
  [[nodiscard]] bool contains(const Digest& digest) const { return closure_.contains(digest); }
  [[nodiscard]] const std::vector<KeptFor>& kept() const { return kept_; }

 private:
  void add(const std::string& why, const Digest& digest, bool folder);
  void add_unknown(const std::string& why, const Digest& digest);
  void add_entry(const ledger::Entry& entry, const std::set<Digest>& given_up);
  void add_digests_in(const std::string& why, const Json& value, const std::set<Digest>& given_up);

  Repository& repository_;
  std::unordered_set<Digest> folders_;  ///< known to be trees: recorded as folders
  std::set<Digest> collected_;
  Closure closure_;
  std::vector<KeptFor> kept_;
};

/// Versions whose content the rules let go.
std::vector<ledger::Collection::Version> expendable_versions(Repository& repository,
                                                             const GarbageOptions& options);

}  // namespace mlo::workspace
