#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/registry.h"
#include "mlo/data/contract.h"

// Contracts from what other tools call a schema, where the meaning carries over.

namespace mlo::data {

struct Imported {
  Contract contract;
  std::vector<std::string> left_out;  ///< "age: constraint 'x'": what the contract does not say
};

/// A format that is read. A new one is one file in lib/data/contract/import/ that adds itself here.
struct ContractImporter {
  std::string title;                          ///< "Frictionless Table Schema"
  bool (*recognises)(const Json&) = nullptr;  ///< cheap, by its marks
  void (*read)(const Json&, Imported&) = nullptr;
};
Registry<ContractImporter>& contract_importers();

/// Reads JSON or YAML. `format`: a name in the registry; empty: the one that recognises it.
/// `table`: what the table is called; empty: as the schema says, or else as the file. Throws
/// bad_input for what none knows, naming them, and for what is malformed.
Imported import_contract(std::string_view text, const std::string& source,
                         std::string_view format = "", std::string_view table = "");

}  // namespace mlo::data
