#include "schema.h"

#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/data/contract.h"
#include "report_files.h"
#include "views.h"

namespace mlo::cmd {

namespace {

constexpr std::uint64_t kMaxContractBytes = 64U << 20U;

struct Options {
  std::string schema;
  std::string source;
  std::string output;
  std::string table_name;           ///< in a contract of several
  std::vector<std::string> others;  ///< name=FILE of tables that rules refer to
  TableOptions table;
  ReportFiles reports;
};

/// "customers=data/c.csv" → where the rules of a contract find that table.
std::map<std::string, std::filesystem::path> tables_of(Session& session,
                                                       const std::vector<std::string>& typed) {
  std::map<std::string, std::filesystem::path> tables;
  for (const auto& one : typed) {
    const auto cut = one.find('=');
    if (cut == std::string::npos || cut == 0)
      throw Error(ErrorKind::usage, "'{}' does not name a table", one)
          .hint("write --with customers=data/customers.csv");
    tables[one.substr(0, cut)] = session.path(one.substr(cut + 1));
  }
  return tables;
}

template <typename Number>
Json optional(const std::optional<Number>& value) {
  return value ? Json(*value) : Json();
}

Json optional(const std::optional<data::Bound>& bound) {
  return bound ? bound->json() : Json();
}

Json rules_of(const data::Contract& contract) {
  Json rows = Json::array();
  for (const auto& rule : contract.rules)
    rows.add(Json::object({{"name", rule.name},
                           {"must_be", rule.condition.text() + (rule.percent ? " %" : "")},
                           {"severity", rule.severity},
                           {"owner", rule.owner},
                           {"reason", rule.reason}}));
  return rows;
}

Json rows_of(const data::Contract& contract) {
  Json rows = Json::array();
  for (const auto& column : contract.columns) {
    rows.add(Json::object({{"name", column.name},
                           {"type", data::name_of(column.type)},
                           {"required", column.required},
                           {"unique", column.unique},
                           {"minimum", optional(column.minimum)},
                           {"maximum", optional(column.maximum)},
                           {"above", optional(column.above)},
                           {"below", optional(column.below)},
                           {"multiple_of", optional(column.multiple_of)},
                           {"min_length", optional(column.min_length)},
                           {"max_length", optional(column.max_length)},
                           {"values", Json::Array(column.values.begin(), column.values.end())},
                           {"pattern", column.pattern ? Json(*column.pattern) : Json()},
                           {"max_null_share", optional(column.max_null_share)},
                           {"severity", column.severity}}));
  }
  return rows;
}

ui::View inferred_view(const Options& options, const data::Contract& contract,
                       const std::string& text) {
  // Without a file the contract itself is the answer.
  const auto headline = options.output.empty()
                            ? std::string(trim(text))
                            : fmt::format("Wrote {}: {} columns of {}", options.output,
                                          contract.columns.size(), options.source);
  ui::View view{.shape = "schema-infer/1",
                .headline = headline,
                .fields = {{.key = "source", .label = "", .value = options.source},
                           {.key = "file",
                            .label = "",
                            .value = options.output.empty() ? Json() : Json(options.output)},
                           {.key = "columns", .label = "", .value = rows_of(contract)},
                           {.key = "contract", .label = "", .value = text}}};
  if (!options.output.empty())
    view.next = {fmt::format("mlo schema check {} {}", options.output, options.source)};
  return view;
}

ui::View contract_view(const std::string& file, const data::Contract& contract) {
  return {.shape = "schema-show/1",
          .headline = fmt::format("{}: {} {}, {} columns", file, contract.name, contract.version,
                                  contract.columns.size()),
          .fields = {{.key = "id", .label = "", .value = contract.id},
                     {.key = "name", .label = "", .value = contract.name},
                     {.key = "version", .label = "", .value = contract.version},
                     {.key = "min_rows",
                      .label = "Least rows",
                      .value = contract.min_rows ? Json(*contract.min_rows) : Json(),
                      .format = ui::Format::count},
                     {.key = "columns",
                      .label = "Columns",
                      .value = rows_of(contract),
                      .columns = {{"name", "Column"},
                                  {"type", "Type"},
                                  {"required", "Required"},
                                  {"unique", "Unique"},
                                  {"minimum", "Minimum", ui::Format::number},
                                  {"maximum", "Maximum", ui::Format::number},
                                  {"values", "Values"},
                                  {"max_null_share", "Nulls up to", ui::Format::share},
                                  {"severity", "Severity"}}},
                     {.key = "rules",
                      .label = "Rules",
                      .value = rules_of(contract),
                      .columns = {{"name", "Rule"},
                                  {"must_be", "Must be"},
                                  {"severity", "Severity"},
                                  {"owner", "Owner"},
                                  {"reason", "Why"}}}}};
}

void add_infer(CLI::App& schema, Session& session, const std::shared_ptr<Options>& options) {
  auto* infer = schema.add_subcommand("infer", "Propose a contract that the table keeps");
  infer->add_option("source", options->source, "Table to look at")->required();
  infer->add_option("-o,--output", options->output, "Write it here")->type_name("FILE");
  options->table.add_to(*infer);
  infer->callback([options, &session] {
    const auto table = open_table(session, options->source, options->table);
    const auto contract = data::infer_contract(data::profile(table), table_name(options->source));
    const auto text = data::format_contract(contract);
    if (!options->output.empty()) session.write(options->output, text);
    session.show(inferred_view(*options, contract, text));
  });
}

void add_check(CLI::App& schema, Session& session, const std::shared_ptr<Options>& options) {
  auto* check = schema.add_subcommand("check", "Judge a table by a contract");
  check->add_option("schema", options->schema, "Contract (Open Data Contract Standard)")
      ->required();
  check->add_option("source", options->source, "Table to judge")->required();
  check->add_option("--table", options->table_name,
                    "Which table of the contract; default: called like the file");
  check->add_option("--with", options->others, "Another table that rules refer to: NAME=FILE")
      ->type_name("NAME=FILE");
  options->table.add_to(*check);
  add_report_files(*check, options->reports);
  check->callback([options, &session] {
    const auto source = find_table(session, options->source);
    auto reading = options->table.reading(session);
    reading.scratch = source.scratch;
    const auto contract =
        read_contract(session, options->schema,
                      {.name = options->table_name, .likely = table_name(options->source)});
    const auto results = data::check_file(contract, source.path, options->source,
                                          {.now = session.world().now(),
                                           .folder = session.project_folder(),
                                           .tables = tables_of(session, options->others)},
                                          reading);
    const bool passed = data::passed(results);
    const auto rows = check_rows(results);
    const ui::View answer{.shape = "schema-check/1",
                          .headline = fmt::format("{}: {}", options->source, check_headline(rows)),
                          .good = passed,
                          .fields = check_fields(passed, rows)};
    write_report_files(session, options->reports, answer);
    session.show(answer, passed);
  });
}

void add_show(CLI::App& schema, Session& session, const std::shared_ptr<Options>& options) {
  auto* show = schema.add_subcommand("show", "List the rules of a contract");
  show->add_option("schema", options->schema, "Contract")->required();
  show->add_option("--table", options->table_name, "Which table of the contract");
  show->callback([options, &session] {
    session.show(contract_view(
        options->schema, read_contract(session, options->schema, {.name = options->table_name})));
  });
}

}  // namespace

std::string table_name(const std::string& source) {
  auto path = std::filesystem::path(source).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const auto name = path.filename().string();
  const auto dot = name.find('.', 1);
  return name.substr(0, dot);
}

data::Contract read_contract(Session& session, const std::string& typed,
                             const data::TableChoice& table) {
  if (typed == "-") return data::parse_contract(Session::read_input(), "standard input", table);
  return data::parse_contract(read_file(session.path(typed), kMaxContractBytes), typed, table);
}

void add_schema(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* schema = mlo.add_subcommand("schema", "Infer, check, compare and import data contracts");
  schema->require_subcommand(1);
  add_infer(*schema, session, options);
  add_check(*schema, session, options);
  add_show(*schema, session, options);
  add_schema_diff(*schema, session);
  add_schema_evolve(*schema, session);
  add_schema_import(*schema, session);
}

}  // namespace mlo::cmd
