#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "mlo/data/contract_import.h"

namespace mlo::data {

namespace {

Json document_of(std::string_view text, const std::string& source) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{')
    return Yaml::parse(text, source).to_json();
  return in_context(fmt::format("reading '{}'", source), [&] { return Json::parse(text); });
}

const ContractImporter& importer_of(const Json& document, const std::string& source,
                                    std::string_view format) {
  const auto names = contract_importers().names();
  for (const auto& name : names) {
    const auto* importer = contract_importers().find(name);
    if (format.empty() ? importer->recognises(document) : name == format) return *importer;
  }
  throw Error(ErrorKind::bad_input, "'{}' is no schema that is known", source)
      .hint("say what it is: --from {}", join(names, ", "));
}

/// A rule about a column that the schema does not have would never be judged.
void check_columns(const Contract& contract, const std::string& source) {
  if (contract.columns.empty() && contract.rules.empty())
    throw Error(ErrorKind::bad_input, "'{}' names no column", source);
}

}  // namespace

Registry<ContractImporter>& contract_importers() {
  static Registry<ContractImporter> importers;
  return importers;
}

Imported import_contract(std::string_view text, const std::string& source, std::string_view format,
                         std::string_view table) {
  const auto document = document_of(text, source);
  if (!document.is_object())
    throw Error(ErrorKind::bad_input, "'{}' holds no object", source)
        .hint("a schema is a JSON or YAML document with keys");
  const auto& importer = importer_of(document, source, format);
  Imported imported;
  auto& contract = imported.contract;
  const auto called =
      table.empty() ? std::filesystem::path(source).stem().string() : std::string(table);
  contract.name = called;
  in_context(fmt::format("reading '{}' as {}", source, importer.title),
             [&] { importer.read(document, imported); });
  check_columns(contract, source);
  if (!table.empty()) {
    for (auto& rule : contract.rules)
      if (rule.kind == QualityRule::Kind::reference && rule.table == contract.name)
        rule.table = called;
    contract.name = called;
  }
  contract.id = contract.name;
  return imported;
}

}  // namespace mlo::data
