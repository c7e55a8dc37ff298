#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/data/query.h"
#include "table_options.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string query;
  std::vector<std::string> sources;
  bool csv = false;
  double timeout_s = 60;
  std::optional<std::int64_t> limit;  // a page of rows; of CSV, which goes into files, all
  TableOptions table;
};

constexpr std::int64_t kPage = 1000;

ui::View view(const data::QueryResult& result) {
  Json columns = Json::array();
  ui::Field rows{.key = "rows", .label = "Rows", .value = Json::array()};
  for (const auto& column : result.columns) {
    columns.add(Json::object({{"name", column.name}, {"type", column.type}}));
    rows.columns.push_back({column.name, column.name});
  }
  for (const auto& values : result.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < values.size(); ++i) row.append(result.columns[i].name, values[i]);
    rows.value.add(std::move(row));
  }
  const auto count = static_cast<std::int64_t>(result.rows.size());
  return {.shape = "sql/1",
          .headline = fmt::format("{} {}{}", format_count(count), count == 1 ? "row" : "rows",
                                  result.truncated ? ", and there are more: --limit" : ""),
          .fields = {{.key = "columns", .label = "", .value = std::move(columns)},
                     {.key = "truncated", .label = "", .value = result.truncated},
                     std::move(rows)}};
}

void ask(const Options& options, Session& session) {
  if (!(options.timeout_s >= 0 && options.timeout_s <= 86400) || options.limit.value_or(0) < 0)
    throw Error(ErrorKind::usage, "--timeout takes seconds of a day, --limit a number of rows");
  data::QueryOptions asking{
      .time = std::chrono::milliseconds(std::llround(options.timeout_s * 1000)),
      .max_rows = options.limit.value_or(options.csv ? 0 : kPage),
      .threads = session.threads(),
      .stop = session.stop()};
  std::vector<workspace::TableSource> found;
  std::vector<data::QueryTable> tables;
  for (const auto& typed : options.sources) {
    const auto named = data::parse_named_source(typed);
    found.push_back(find_table(session, named.source));
    tables.push_back({named.name, found.back().path, options.table.reading(session)});
    asking.scratch = found.back().scratch;
  }
  const auto result = data::query(options.query, tables, asking);
  if (options.csv)
    session.print_bytes(data::to_csv(result));
  else
    session.show(view(result));
}

}  // namespace

void add_sql(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* sql = mlo.add_subcommand("sql", "Ask tables in SQL; nothing is changed");
  sql->add_option("query", options->query, "One SELECT; the first table is t")->required();
  sql->add_option("sources", options->sources,
                  std::string("NAME=SOURCE, or SOURCE under its file's name. ") + kSourceHelp);
  sql->add_flag("--csv", options->csv, "Print CSV");
  sql->add_option("--limit", options->limit, "Rows at most; 0: all. Default: 1000, with --csv all");
  sql->add_option("--timeout", options->timeout_s, "Seconds at most; 0: no end")
      ->capture_default_str();
  options->table.add_to(*sql);
  sql->callback([options, &session] { ask(*options, session); });
}

}  // namespace mlo::cmd
