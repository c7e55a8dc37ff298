#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/ledger/gate.h"
#include "model/exports/export.h"

// A model card: Markdown with the metadata block that the Hugging Face Hub reads (its model-index
// carries the results).

namespace mlo::model {
namespace {

/// A double-quoted YAML scalar takes what a JSON string does.
std::string yaml_text(std::string_view text) {
  return Json(text).dump();
}

/// The Hub's word for our task.
std::string pipeline_tag(const std::string& task) {
  if (task == "regression") return "tabular-regression";
  return task.empty() ? "other" : "tabular-classification";
}

struct Result {
  std::string name;
  double value = 0;
  bool verified = false;
};

/// Measured here, or claimed by the training where nothing was.
std::vector<Result> results_of(const CatalogueEntry& entry) {
  std::vector<Result> results;
  if (!entry.evidence.empty())
    for (const auto& check : entry.evidence.front().checks)
      if (check.value.is_number() && (check.kind == "metrics" || check.kind == "fairness"))
        results.push_back({check.name, check.value.as_number(), true});
  if (results.empty())
    for (const auto& [name, value] : entry.version.metrics.as_object())
      if (value.is_number()) results.push_back({name, value.as_number(), false});
  return results;
}

/// What the results were measured on: the held-out data of the newest evidence, else what the
/// training read.
std::string dataset_name(const CatalogueEntry& entry) {
  if (!entry.evidence.empty()) {
    const auto& evidence = entry.evidence.front();
    for (const auto& input : evidence.inputs)
      if (input.path != ledger::kRequirements && &input != ledger::comparison_in(evidence))
        return input.path;
  }
  const auto& datasets = entry.version.datasets;
  return datasets.empty() ? "unknown" : datasets.front().path;
}

std::string model_index(const CatalogueEntry& entry) {
  const auto& version = entry.version;
  const auto results = results_of(entry);
  if (results.empty()) return "";
  const auto tag = pipeline_tag(version.description.string_or("task", ""));
  auto text = fmt::format(
      "model-index:\n- name: {}\n  results:\n  - task:\n      type: {}\n    dataset:\n"
      "      name: {}\n      type: {}\n    metrics:\n",
      yaml_text(version.model), tag, yaml_text(dataset_name(entry)),
      yaml_text(dataset_name(entry)));
  for (const auto& result : results)
    text += fmt::format("    - type: {0}\n      name: {0}\n      value: {1}\n      verified: {2}\n",
                        yaml_text(result.name), number_text(result.value), result.verified);
  return text;
}

std::string metadata_of(const CatalogueEntry& entry) {
  const auto& version = entry.version;
  auto text = std::string("---\n");
  if (const auto license = version.description.string_or("license", ""); !license.empty())
    text += fmt::format("license: {}\n", yaml_text(license));
  if (version.path.ends_with(".onnx")) text += "library_name: onnx\n";
  text += fmt::format("pipeline_tag: {}\ntags:\n- mlo\n",
                      pipeline_tag(version.description.string_or("task", "")));
  for (const auto& stage : entry.stages) text += fmt::format("- {}\n", yaml_text(stage));
  const auto results = results_of(entry);
  if (!results.empty()) {
    text += "metrics:\n";
    for (const auto& result : results) text += fmt::format("- {}\n", yaml_text(result.name));
  }
  return text + model_index(entry) + "---\n\n";
}

/// One cell of a table, or a line of text.
std::string plain(const Json& value) {
  if (value.is_null()) return "";
  auto text = printable(value.is_string() ? value.as_string() : value.dump());
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string title(std::string word) {
  for (char& letter : word)
    if (letter == '_') letter = ' ';
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z')
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

std::string description_of(const ledger::ModelVersion& version) {
  std::string text;
  for (const auto& [name, value] : version.description.as_object())
    text += fmt::format("- **{}**: {}\n", title(name), plain(value));
  return text.empty() ? "" : "## What it is for\n\n" + text + "\n";
}

std::string evidence_of(const CatalogueEntry& entry) {
  if (entry.evidence.empty()) return "## Evaluation\n\nNobody has validated this version.\n\n";
  const auto& evidence = entry.evidence.front();
  auto text = fmt::format(
      "## Evaluation\n\nValidated by {} on {} (ledger entry {}): {}.\n\n"
      "| check | value | threshold | |\n|---|---|---|---|\n",
      plain(evidence.origin.actor), evidence.origin.at.brief(), evidence.origin.entry,
      evidence.passed ? "passed" : "**failed**");
  for (const auto& check : evidence.checks)
    text += fmt::format("| {} | {} | {} | {} |\n", plain(check.name), plain(check.value),
                        plain(check.threshold), check.passed ? "ok" : "FAILED");
  return text + "\n";
}

std::string origin_of(workspace::Repository& repository, const ledger::ModelVersion& version) {
  auto text =
      fmt::format("## Where it comes from\n\n- Registered by {} on {} (ledger entry {})\n",
                  plain(version.origin.actor), version.origin.at.brief(), version.origin.entry);
  if (!version.origin.reason.empty())
    text += fmt::format("- Why: {}\n", plain(version.origin.reason));
  if (const auto run = run_of(repository, version)) {
    text +=
        fmt::format("- Run `{}`{}\n", run->id,
                    run->git_commit.empty() ? "" : fmt::format(", code at `{}`", run->git_commit));
    if (run->git_dirty) text += "- The code had changes that were not committed\n";
  }
  for (const auto& dataset : version.datasets)
    text += fmt::format("- Data `{}` (`{}`)\n", plain(dataset.path), dataset.digest.text());
  text += fmt::format("- File `{}`, {}, `{}`\n\n", plain(version.path),
                      format_bytes(version.size_bytes), version.digest.text());
  if (version.params.size() == 0) return text;
  text += "| parameter | value |\n|---|---|\n";
  for (const auto& [name, value] : version.params.as_object())
    text += fmt::format("| {} | {} |\n", plain(name), plain(value));
  return text + "\n";
}

std::string history_of(const CatalogueEntry& entry) {
  if (entry.moves.empty()) return "";
  std::string text = "## Stages\n\n| when | stage | who | why |\n|---|---|---|---|\n";
  for (const auto& move : entry.moves)
    text += fmt::format("| {} | {}{} | {} | {} |\n", move.origin.at.brief(), plain(move.stage),
                        move.rollback ? " (roll back)" : "", plain(move.origin.actor),
                        plain(move.origin.reason));
  return text + "\n";
}

std::string write(workspace::Repository& repository, const CatalogueEntry& entry) {
  const auto& version = entry.version;
  auto text = metadata_of(entry) +
              fmt::format("# {} {}\n\n", plain(version.model), version.number) +
              description_of(version) + evidence_of(entry) + origin_of(repository, version) +
              history_of(entry);
  // A file ends with its last line.
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

const bool kRegistered = exports().add("card", {.write = write});

}  // namespace
}  // namespace mlo::model
