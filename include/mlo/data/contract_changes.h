#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/data/contract.h"

// What a changed contract means for those who write the data and those who read it.

namespace mlo::data {

struct ContractChange {
  std::string subject;  ///< "amount", "amount: maximum", "rows: minimum"
  std::string change;   ///< added, removed, tightened, loosened, changed, reworded
  Json before;          ///< null: was not there
  Json after;           ///< null: is gone
  /// Every table that kept the old contract keeps the new one: nothing changes for who writes.
  bool backward = true;
  /// Every table that keeps the new contract kept the old one: nothing changes for who reads.
  bool forward = true;
};

struct ContractChanges {
  std::vector<ContractChange> changes;

  [[nodiscard]] bool backward() const;
  [[nodiscard]] bool forward() const;
  /// "full", "backward", "forward" or "none".
  [[nodiscard]] std::string compatibility() const;
  /// What of the version to raise: "major" when who reads may break, "minor" when who writes may or
  /// a warning changed, "patch" for words only, "" for nothing.
  [[nodiscard]] std::string bump() const;
};

/// In the order of the newer contract's columns, what is gone behind. Rules are the same when they
/// have the same name. A warning refuses no table, so its change breaks nobody.
ContractChanges compare(const Contract& before, const Contract& after);

/// "1.4.2" raised by "minor": "1.5.0". A version that is not three numbers stays as it is.
std::string raised(std::string_view version, std::string_view bump);

struct Evolution {
  Contract contract;
  ContractChanges changes;
  std::vector<CheckResult> failing;  ///< rules that no bound can be widened for: people decide
};
/// The contract changed as little as it takes for `source` to keep it, its version raised: failing
/// bounds become those that the table would be inferred to have, new columns join, missing ones go.
Evolution evolve(const Contract& contract, const std::filesystem::path& source,
                 const CheckSituation& situation, const ReadOptions& reading = {});

}  // namespace mlo::data
