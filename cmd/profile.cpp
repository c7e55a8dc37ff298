#include "mlo/data/profile.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string source;
  std::string page;
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

ui::View view(const std::string& source, const data::Profile& profile) {
  return {.shape = "profile/1",
          .headline = fmt::format("{}: {} rows, {} columns", source, format_count(profile.rows),
                                  profile.columns.size()),
          .fields = {{.key = "source", .label = "", .value = source},
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
  profile->add_option("source", options->source, "CSV, TSV, Parquet or JSON lines, or a folder")
      ->required();
  profile->add_option("--html", options->page, "Also write a page")->type_name("FILE");
  profile->callback([options, &session] {
    const auto table =
        data::Table::open(session.path(options->source), {.threads = session.threads()});
    const auto answer = view(options->source, data::profile(table));
    if (!options->page.empty()) session.write(options->page, ui::to_html(answer));
    session.show(answer);
  });
}

}  // namespace mlo::cmd
