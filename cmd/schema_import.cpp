#include <memory>

#include <fmt/format.h>

#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/data/contract_import.h"
#include "schema.h"

namespace mlo::cmd {

namespace {

constexpr std::uint64_t kMaxSchemaBytes = 16U << 20U;

struct Options {
  std::string file;
  std::string format;
  std::string name;
  std::string output;
};

void import_schema(const Options& options, Session& session) {
  const auto text = options.file == "-" ? Session::read_input()
                                        : read_file(session.path(options.file), kMaxSchemaBytes);
  const auto imported = data::import_contract(
      text, options.file == "-" ? "standard input" : options.file, options.format, options.name);
  const auto& contract = imported.contract;
  const auto written = data::format_contract(contract);
  if (!options.output.empty()) session.write(options.output, written);
  const auto left_out = imported.left_out.size();
  // Beside the contract itself on standard output: whoever keeps that in a file keeps a contract.
  const bool is_printed = options.output.empty() && !session.options.json;
  if (is_printed)
    for (const auto& one : imported.left_out)
      session.progress().warn(fmt::format("the contract does not say: {}", one));
  Json rows = Json::array();
  for (const auto& one : imported.left_out) rows.add(Json::object({{"what", one}}));
  ui::View view{
      .shape = "schema-import/1",
      .headline = options.output.empty()
                      ? std::string(trim(written))
                      : fmt::format("Wrote {}: {} columns, {} rules; {} left out", options.output,
                                    contract.columns.size(), contract.rules.size(), left_out),
      .fields = {{.key = "file",
                  .label = "",
                  .value = options.output.empty() ? Json() : Json(options.output)},
                 {.key = "contract", .label = "", .value = written},
                 {.key = "left_out",
                  .label = is_printed ? "" : "Left out",
                  .value = std::move(rows),
                  .columns = {{"what", "What the contract does not say"}}}}};
  if (!options.output.empty())
    view.next = {fmt::format("mlo schema check {} TABLE", options.output)};
  session.show(view);
}

}  // namespace

void add_schema_import(CLI::App& schema, Session& session) {
  auto options = std::make_shared<Options>();
  auto* command = schema.add_subcommand("import", "Make a contract of another tool's schema");
  command->add_option("file", options->file, "JSON or YAML; - is standard input")->required();
  command
      ->add_option("--from", options->format,
                   "What it is, where that is not plain to see: " +
                       join(data::contract_importers().names(), ", "))
      ->check(CLI::IsMember(data::contract_importers().names()));
  command->add_option("--name", options->name, "Name of the table");
  command->add_option("-o,--output", options->output, "Write it here")->type_name("FILE");
  command->callback([options, &session] { import_schema(*options, session); });
}

}  // namespace mlo::cmd
