#include "mlo/data/profile.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "table_options.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string source;
  std::string page;
  TableOptions table;
};

/// The columns as scripts get them, with the figures that people see flat beside them.
Json rows_of(const data::Profile& profile) {
  const auto document = data::to_json(profile);
  Json rows = Json::array();
  for (const auto& column : document["columns"].as_array()) {
    Json row = column;
    row.set("median", column["quantiles"]["0.5"]);
    const auto& top = column["top"].as_array();
    row.set("most_frequent", top.empty() ? Json() : top.front()["value"]);
    rows.add(std::move(row));
  }
  return rows;
}

ui::View view(const std::string& source, const data::Reading& reading,
              const data::Profile& profile) {
  return {.shape = "profile/1",
          .headline = fmt::format("{}: {} rows, {} columns", source, format_count(profile.rows),
                                  profile.columns.size()),
          .fields = {{.key = "source", .label = "", .value = source},
                     {.key = "reading", .label = "", .value = data::to_json(reading)},
                     {.key = "rows", .label = "", .value = profile.rows},
                     {.key = "columns",
                      .label = "Columns",
                      .value = rows_of(profile),
                      .columns = {{"name", "Column"},
                                  {"type", "Type"},
                                  {"nulls", "Nulls", ui::Format::count},
                                  {"distinct", "Distinct", ui::Format::count},
                                  {"min", "Min", ui::Format::number},
                                  {"median", "Median", ui::Format::number},
                                  {"max", "Max", ui::Format::number},
                                  {"mean", "Mean", ui::Format::number},
                                  {"std", "Std", ui::Format::number},
                                  {"most_frequent", "Most frequent"}}}}};
}

}  // namespace

void add_profile(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* profile = mlo.add_subcommand("profile", "Summarise each column of a table");
  profile->add_option("source", options->source, kSourceHelp)->required();
  profile->add_option("--html", options->page, "Also write a page")->type_name("FILE");
  options->table.add_to(*profile);
  profile->callback([options, &session] {
    const auto table = open_table(session, options->source, options->table);
    const auto answer = view(options->source, table.reading(), data::profile(table));
    if (!options->page.empty()) session.write(options->page, ui::to_html(answer));
    session.show(answer);
  });
}

}  // namespace mlo::cmd
