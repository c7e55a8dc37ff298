#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/model/catalogue.h"
#include "mlo/model/export.h"

namespace mlo::cmd {
namespace {

Json texts(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const auto& text : all) list.add(text);
  return list;
}

Json judged(const model::CatalogueEntry& entry) {
  return entry.evidence.empty() ? Json() : Json(entry.evidence.front().passed);
}

Json row(const model::CatalogueEntry& entry) {
  const auto& version = entry.version;
  return Json::object({{"model", version.model},
                       {"version", version.number},
                       {"stages", texts(entry.stages)},
                       {"digest", version.digest.text()},
                       {"size_bytes", version.size_bytes},
                       {"metrics", version.metrics},
                       {"validated", judged(entry)},
                       {"run", version.run},
                       {"created_at", version.origin.at.text()},
                       {"actor", version.origin.actor}});
}

ui::View list_view(const std::vector<model::CatalogueEntry>& entries) {
  Json rows = Json::array();
  for (const auto& entry : entries) rows.add(row(entry));
  return {
      .shape = "models-list/1",
      .headline = entries.empty() ? "No model has a version yet" : "",
      .fields = {{"models",
                  "Models",
                  std::move(rows),
                  ui::Format::plain,
                  {{"model", "Model"},
                   {"version", "Version"},
                   {"stages", "Stages"},
                   {"validated", "Validated", ui::Format::verdict},
                   {"size_bytes", "Size", ui::Format::bytes},
                   {"metrics", "Metrics"},
                   {"created_at", "Made", ui::Format::time},
                   {"actor", "By"}}}},
      .next = entries.empty() ? std::vector<std::string>{"mlo train"} : std::vector<std::string>{}};
}

Json datasets(const ledger::ModelVersion& version) {
  Json rows = Json::array();
  for (const auto& data : version.datasets)
    rows.add(Json::object({{"path", data.path}, {"digest", data.digest.text()}}));
  return rows;
}

Json checks(const model::CatalogueEntry& entry) {
  Json rows = Json::array();
  if (entry.evidence.empty()) return rows;
  for (const auto& check : entry.evidence.front().checks)
    rows.add(Json::object({{"kind", check.kind},
                           {"name", check.name},
                           {"passed", check.passed},
                           {"value", check.value},
                           {"threshold", check.threshold}}));
  return rows;
}

Json moves(const model::CatalogueEntry& entry) {
  Json rows = Json::array();
  for (const auto& move : entry.moves)
    rows.add(Json::object({{"time", move.origin.at.text()},
                           {"stage", move.stage},
                           {"actor", move.origin.actor},
                           {"rollback", move.rollback},
                           {"reason", move.origin.reason}}));
  return rows;
}

ui::View show_view(const model::CatalogueEntry& entry) {
  const auto& version = entry.version;
  return {.shape = "models-show/1",
          .headline = fmt::format("{}@{}", version.model, version.number),
          .fields = {{"model", "", version.model},
                     {"version", "", version.number},
                     {"stages", "Stages", texts(entry.stages)},
                     {"digest", "Digest", version.digest.text()},
                     {"path", "File", version.path},
                     {"size_bytes", "Size", version.size_bytes, ui::Format::bytes},
                     {"run", version.run.empty() ? "" : "Run", version.run},
                     {"actor", "Made by", version.origin.actor},
                     {"created_at", "Made at", version.origin.at.text(), ui::Format::time},
                     {"reason", version.origin.reason.empty() ? "" : "Why", version.origin.reason},
                     {"params", "Params", version.params},
                     {"metrics", "Metrics of the training", version.metrics},
                     {"description", "Description", version.description},
                     {"signature", "", version.signature},
                     {"validated", "Validated", judged(entry), ui::Format::verdict},
                     {"datasets",
                      "Datasets",
                      datasets(version),
                      ui::Format::plain,
                      {{"path", "Path"}, {"digest", "Digest", ui::Format::digest}}},
                     {"checks",
                      "Newest evidence",
                      checks(entry),
                      ui::Format::plain,
                      {{"name", "Check"},
                       {"passed", "", ui::Format::verdict},
                       {"value", "Value", ui::Format::number},
                       {"threshold", "Threshold"}}},
                     {"moves",
                      "Stages over time",
                      moves(entry),
                      ui::Format::plain,
                      {{"time", "Time", ui::Format::time},
                       {"stage", "Stage"},
                       {"actor", "Who"},
                       {"reason", "Why"}}}}};
}

struct ExportOptions {
  std::string model;
  std::string format;
  std::string file;
};

void add_export(CLI::App& models, Session& session) {
  auto options = std::make_shared<ExportOptions>();
  auto* exporting =
      models.add_subcommand("export", "Write a version for others' tools: signature, BOM, card");
  exporting
      ->add_option("model", options->model, "churn (newest version), churn@3, churn@production")
      ->required();
  exporting
      ->add_option("--format", options->format,
                   "sigstore (OpenSSF Model Signing), cyclonedx (1.6 ML-BOM), card (Markdown), "
                   "slsa (provenance), in-toto (all that is signed)")
      ->required()
      ->check(CLI::IsMember(model::export_formats()));
  exporting->add_option("-o,--output", options->file, "Write it here, not to standard output")
      ->type_name("FILE");
  exporting->callback([options, &session] {
    session.deliver(options->file,
                    model::export_model(session.repository(), options->model, options->format));
  });
}

}  // namespace

void add_models(CLI::App& mlo, Session& session) {
  auto* models =
      mlo.add_subcommand("models", "Find models: versions, stages, evidence; export them");
  models->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto* list = models->add_subcommand("list", "List versions, newest first");
  list->add_option("model", *name, "Only this model");
  list->callback(
      [name, &session] { session.show(list_view(model::catalogue(session.repository(), *name))); });
  auto words = std::make_shared<std::vector<std::string>>();
  auto* search = models->add_subcommand(
      "search", "Find versions by what is said of them: use, owner, data, metrics, stage, reason");
  search->add_option("word", *words, "Each must be there, in upper or lower case")->required();
  search->callback([words, &session] {
    const auto found = model::search_catalogue(session.repository(), *words);
    auto view = list_view(found);
    if (found.empty()) {
      view.headline = fmt::format("No version is known by {}", join(*words, ", "));
      view.next = {"mlo models list"};
    }
    session.show(view);
  });
  auto* show = models->add_subcommand("show", "Show one version");
  show->add_option("model", *name, "churn (newest version), churn@3 or churn@production")
      ->required();
  show->callback([name, &session] {
    session.show(show_view(model::catalogue_entry(session.repository(), *name)));
  });
  add_export(*models, session);
}

}  // namespace mlo::cmd
