#include "mlo/data/drift.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "option_checks.h"
#include "table_options.h"
#include "views.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string reference;
  std::string current;
  std::string page;
  data::DriftOptions drift;
  TableOptions table;
};

std::string headline(const data::DriftReport& report) {
  const auto vanished = std::ssize(report.missing_columns);
  const auto drifted =
      vanished + std::ranges::count_if(report.columns, &data::ColumnDrift::drifted);
  return fmt::format("{} of {} drifted: {} ({} against {})", drifted,
                     format_count(vanished + std::ssize(report.columns), "column"),
                     report.drifted ? "the table has drifted" : "no drift of the table",
                     format_count(report.current_rows, "row"), format_count(report.reference_rows));
}

ui::View view(const data::DriftReport& report) {
  return {.shape = "drift/1",
          .headline = headline(report),
          .good = !report.drifted,
          .fields = drift_fields(report),
          .histograms = drift_histograms(report)};
}

CLI::Validator method_check() {
  auto methods = data::drift_methods();
  methods.insert(methods.begin(), "auto");
  return CLI::IsMember(methods);
}

}  // namespace

void add_drift(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* drift = mlo.add_subcommand("drift", "Compare the distributions of two tables");
  drift->add_option("reference", options->reference, "What was normal")->required();
  drift->add_option("current", options->current, "What is compared with it")->required();
  drift->add_option("--columns", options->drift.columns, "Only these: a,b")->delimiter(',');
  drift->add_option("--method", options->drift.method, "Measure for every column")
      ->check(method_check())
      ->capture_default_str();
  drift->add_option("--share", options->drift.share, "Drifted columns that make the table drifted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  drift->add_option("--correction", options->drift.correction, "Of tests of many columns")
      ->check(CLI::IsMember({"none", "benjamini-hochberg"}))
      ->capture_default_str();
  drift->add_flag("--classifier", options->drift.classifier,
                  "Also ask a classifier to tell the tables apart by all columns together");
  drift->add_option("--html", options->page, "Also write a page with histograms")
      ->type_name("FILE");
  options->table.add_to(*drift);
  drift->callback([options, &session] {
    const auto reference = find_table(session, options->reference);
    const auto current = find_table(session, options->current);
    const auto report = data::drift(file_of(session, reference, options->table),
                                    file_of(session, current, options->table), options->drift);
    const auto answer = view(report);
    if (!options->page.empty()) session.write(options->page, ui::to_html(answer));
    session.show(answer, !report.drifted);
  });
}

}  // namespace mlo::cmd
