#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// What a control asks to see, and the entries that show it.
struct ControlEvidence {
  std::string kind;  ///< of entry: "dataset-version", or a predicate type
  std::string has;   ///< what the entry must say, as "source"; empty: that it is there is enough
  std::string hint;  ///< how to come by it
  std::vector<std::int64_t> entries;  ///< the newest few
};

/// One control of a framework, and what this ledger has for it.
struct Control {
  std::string framework;
  std::string control;
  std::string title;
  std::vector<ControlEvidence> evidence;
  /// evidenced: entries for all that it asks to see; partly; lacking: for none.
  [[nodiscard]] std::string status() const;
};

/// The controls of all frameworks whose name holds `framework` (in any case; empty: all), held
/// against what concerns `model`, or everything. That there is evidence does not say that it is
/// good enough: an auditor does. The tables are lib/ledger/controls/*.json; the README there names
/// their editions.
/// Throws not_found for a framework that there is not.
std::vector<Control> audit_controls(Ledger& ledger, const std::string& framework,
                                    const std::string& model);

}  // namespace mlo::ledger
