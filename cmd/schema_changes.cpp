#include <memory>
#include <utility>

#include <fmt/format.h>

#include "mlo/data/contract_changes.h"
#include "schema.h"
#include "views.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string before;
  std::string after;
  std::string table;
  std::string required;
  std::string output;
  TableOptions reading;
};

Json rows_of(const data::ContractChanges& changes) {
  Json rows = Json::array();
  for (const auto& change : changes.changes)
    rows.add(Json::object({{"subject", change.subject},
                           {"change", change.change},
                           {"before", change.before},
                           {"after", change.after},
                           {"backward", change.backward},
                           {"forward", change.forward}}));
  return rows;
}

std::vector<ui::Field> fields_of(const data::ContractChanges& changes) {
  return {{.key = "compatibility", .label = "Compatibility", .value = changes.compatibility()},
          {.key = "bump", .label = "Version to raise", .value = changes.bump()},
          {.key = "changes",
           .label = "Changes",
           .value = rows_of(changes),
           .columns = {{"subject", "Of"},
                       {"change", "Change"},
                       {"before", "Before"},
                       {"after", "After"},
                       {"backward", "Old data fits", ui::Format::verdict},
                       {"forward", "Old readers go on", ui::Format::verdict}}}};
}

/// "" or a word that says which way the contract must stay compatible.
bool is_kept(const data::ContractChanges& changes, const std::string& required) {
  return (required != "backward" && required != "full" ? true : changes.backward()) &&
         (required != "forward" && required != "full" ? true : changes.forward());
}

void add_required(CLI::App& command, Options& options) {
  command
      .add_option("--require", options.required,
                  "Exit 1 unless it stays compatible: backward (old data fits the new contract), "
                  "forward (who reads by the old one goes on), full")
      ->check(CLI::IsMember({"backward", "forward", "full"}));
}

std::string count_of(const data::ContractChanges& changes) {
  const auto count = changes.changes.size();
  return count == 0 ? "no changes" : fmt::format("{} change{}", count, count == 1 ? "" : "s");
}

void diff(const Options& options, Session& session) {
  const auto before = read_contract(session, options.before, {.name = options.table});
  const auto after = read_contract(session, options.after, {.name = options.table});
  const auto changes = data::compare(before, after);
  const bool kept = is_kept(changes, options.required);
  ui::View view{.shape = "schema-diff/1",
                .headline = fmt::format("{} → {}: {}, compatibility {}", options.before,
                                        options.after, count_of(changes), changes.compatibility()),
                .good = kept,
                .fields = fields_of(changes)};
  view.fields.push_back(
      {.key = "version_before", .label = "Version before", .value = before.version});
  view.fields.push_back({.key = "version_after", .label = "Version after", .value = after.version});
  view.fields.push_back({.key = "version_expected",
                         .label = "Version expected",
                         .value = data::raised(before.version, changes.bump())});
  session.show(view, kept);
}

void evolve(const Options& options, Session& session) {
  const auto source = find_table(session, options.after);
  auto reading = options.reading.reading(session);
  reading.scratch = source.scratch;
  const auto contract = read_contract(session, options.before,
                                      {.name = options.table, .likely = table_name(options.after)});
  const auto evolution =
      data::evolve(contract, source.path,
                   {.now = session.world().now(), .folder = session.project_folder()}, reading);
  const auto text = data::format_contract(evolution.contract);
  const bool kept = is_kept(evolution.changes, options.required);
  if (!options.output.empty() && kept) session.write(options.output, text);
  ui::View view{
      .shape = "schema-evolve/1",
      .headline = fmt::format("{}: {}, compatibility {}, version {} → {}", options.before,
                              count_of(evolution.changes), evolution.changes.compatibility(),
                              contract.version, evolution.contract.version),
      .good = kept && evolution.failing.empty(),
      .fields = fields_of(evolution.changes)};
  view.fields.push_back({.key = "file",
                         .label = "Written to",
                         .value = options.output.empty() || !kept ? Json() : Json(options.output)});
  view.fields.push_back({.key = "contract", .label = "", .value = text});
  view.fields.push_back({.key = "failing",
                         .label = "Still failing",
                         .value = check_rows(evolution.failing),
                         .columns = {{"name", "Check"},
                                     {"value", "Value", ui::Format::number},
                                     {"threshold", "Threshold"},
                                     {"message", "Message"}}});
  if (options.output.empty() && !evolution.changes.changes.empty())
    view.next = {fmt::format("mlo schema evolve {0} {1} -o {0}", options.before, options.after)};
  session.show(view, kept && evolution.failing.empty());
}

}  // namespace

void add_schema_diff(CLI::App& schema, Session& session) {
  auto options = std::make_shared<Options>();
  auto* command =
      schema.add_subcommand("diff", "Say what a changed contract means for writers and readers");
  command->add_option("before", options->before, "Contract; - is standard input")->required();
  command->add_option("after", options->after, "Contract")->required();
  command->add_option("--table", options->table, "Which table of the contracts");
  add_required(*command, *options);
  command->callback([options, &session] { diff(*options, session); });
}

void add_schema_evolve(CLI::App& schema, Session& session) {
  auto options = std::make_shared<Options>();
  auto* command = schema.add_subcommand(
      "evolve", "Change a contract as little as it takes to hold for a table");
  command->add_option("schema", options->before, "Contract")->required();
  command->add_option("source", options->after, "Table that it should hold for")->required();
  command->add_option("-o,--output", options->output, "Write it here")->type_name("FILE");
  command->add_option("--table", options->table, "Which table of the contract");
  add_required(*command, *options);
  options->reading.add_to(*command);
  command->callback([options, &session] { evolve(*options, session); });
}

}  // namespace mlo::cmd
