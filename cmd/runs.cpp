#include "mlo/run/runs.h"

#include <fmt/format.h>

#include "listing.h"
#include "mlo/run/train.h"
#include "runs_edit.h"
#include "runs_parts.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> words;  ///< of the question, as the shell left them
  std::string where;
  std::string order_by;
  std::optional<std::int64_t> limit;
  std::string format;  // empty: csv, or json with --json
  std::string file;
};

constexpr std::int64_t kListed = 20;

/// The question in words, with what options add: `--where` is the condition alone.
run::RunQuestion question_of(const Options& options) {
  run::RunQuestion question{.order_by = options.order_by, .limit = options.limit};
  question.text = options.where;
  for (const auto& word : options.words) question.text += (question.text.empty() ? "" : " ") + word;
  return question;
}

ui::View list_view(const std::vector<run::RunSummary>& runs, bool asked) {
  Json rows = Json::array();
  for (const auto& run : runs) rows.add(run::to_json(run));
  if (runs.empty() && asked)
    return {.shape = "runs-list/1",
            .headline = "No run is so",
            .fields = {{"runs", "", std::move(rows)}}};
  return {
      .shape = "runs-list/1",
      .headline = runs.empty() ? "No runs yet" : "",
      .fields = {{.key = "runs",
                  .label = "Runs",
                  .value = std::move(rows),
                  .columns = {{"id", "Id"},
                              {"name", "Name"},
                              {"status", "Status"},
                              {"started_at", "Started", ui::Format::time},
                              {"metrics", "Metrics"}}}},
      .next = runs.empty() ? std::vector<std::string>{"mlo train"} : std::vector<std::string>{}};
}

void export_runs(const Options& options, Session& session) {
  const auto runs = run::find_runs(session.repository(), question_of(options));
  const auto format = !options.format.empty() ? options.format
                      : session.options.json  ? "json"
                                              : "csv";
  if (format == "csv") return session.deliver(options.file, run::to_csv(runs));
  if (format == "parquet")
    return session.deliver(options.file, run::to_parquet(runs, session.repository()));
  Json rows = Json::array();
  for (const auto& run : runs) rows.add(run::to_json(run));
  const auto text = rows.dump() + "\n";
  if (options.file.empty()) return session.print_document(text);
  session.deliver(options.file, text);
}

void add_question(CLI::App& command, Options& options, const std::string& default_limit) {
  command.add_option("question", options.words,
                     "As in: 'metrics.auc > 0.9 and params.depth = 5 order by metrics.auc desc'");
  command.add_option("--where", options.where, "Only runs that this is true of")->type_name("EXPR");
  command.add_option("--order-by", options.order_by, "As in: 'metrics.auc desc, started_at'")
      ->type_name("EXPR");
  command.add_option("--limit", options.limit, "At most so many; default: " + default_limit)
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
}

void add_export(CLI::App& runs, const std::shared_ptr<Options>& options, Session& session) {
  auto* exporting = runs.add_subcommand("export", "Write runs as CSV, JSON or Parquet");
  add_question(*exporting, *options, "all");
  exporting->add_option("--format", options->format, "csv, json or parquet")
      ->check(CLI::IsMember({"csv", "json", "parquet"}))
      ->capture_default_str();
  exporting->add_option("-o,--output", options->file, "Write here, not to standard output")
      ->type_name("FILE");
  exporting->callback([options, &session] { export_runs(*options, session); });
}

}  // namespace

void add_runs(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("runs", "List, compare and export what was trained");
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "List runs, newest first, or those asked for");
  add_question(*list, *options, fmt::format("all with --json, else {}", kListed));
  list->callback([options, &session] {
    auto question = question_of(*options);
    // What the question itself says counts first.
    const bool is_limited = run::limit_in(question.text).has_value();
    const Listing listing(session, question.limit, kListed);
    if (!is_limited && listing.wanted() != Listing::kAll) question.limit = listing.wanted();
    run::close_dead_runs(session.repository(), session.progress());
    auto runs = run::find_runs(session.repository(), question);
    const bool truncated = !is_limited && listing.cut(runs);
    auto answer = list_view(runs, !question.text.empty());
    answer.fields.push_back({"truncated", "", truncated});
    if (truncated) answer.next = listing.more(truncated, "mlo runs list");
    session.show(answer);
  });
  add_runs_show(*command, session);
  add_runs_compare(*command, session);
  add_runs_diff(*command, session);
  add_export(*command, options, session);
  add_runs_edit(*command, session);
  add_runs_import(*command, session);
}

}  // namespace mlo::cmd
