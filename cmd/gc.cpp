#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"
#include "mlo/ui/terminal.h"
#include "mlo/workspace/maintenance.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

struct Options {
  bool dry_run = false;
  bool force = false;
  std::string grace = "14d";
  std::string older_than;
  std::optional<std::int64_t> keep;
  std::string reason;
};

/// Where nobody looks on, nothing goes unless it was said twice.
bool only_looks(const Options& options, const Session& session) {
  if (options.dry_run) return true;
  if (options.force || session.options.yes) return false;
  return !ui::is_terminal(STDOUT_FILENO) || session.world().environment("CI").has_value();
}

std::string headline(const workspace::GarbageResult& result) {
  return fmt::format("{} {} object{}, {} of disk", result.dry_run ? "Would remove" : "Removed",
                     format_count(static_cast<std::int64_t>(result.store.objects)),
                     result.store.objects == 1 ? "" : "s", format_bytes(result.store.bytes));
}

ui::Field kept_field(const workspace::GarbageResult& result) {
  Json rows = Json::array();
  for (const auto& kept : result.kept)
    rows.add(Json::object(
        {{"why", kept.why}, {"objects", kept.objects}, {"content_bytes", kept.content_bytes}}));
  if (result.store.kept_young > 0)
    rows.add(Json::object({{"why", "younger than the grace period"},
                           {"objects", result.store.kept_young},
                           {"content_bytes", Json()}}));
  return {"kept",
          "Kept",
          std::move(rows),
          ui::Format::plain,
          {{"why", "Why"},
           {"objects", "Objects", ui::Format::count},
           {"content_bytes", "Content", ui::Format::bytes}}};
}

ui::View view(const workspace::GarbageResult& result, bool asked) {
  Json given_up = Json::array();
  for (const auto& version : result.given_up)
    given_up.add(Json::object(
        {{"path", version.path}, {"version", version.number}, {"digest", version.digest.text()}}));
  ui::View view{
      .shape = "gc/1",
      .headline = headline(result),
      .fields = {
          {"dry_run", "", result.dry_run},
          {"removed_objects", "", result.store.objects},
          {"removed_bytes", "", result.store.bytes},
          {"kept_objects", "", result.store.kept_objects},
          kept_field(result),
          {"given_up",
           "Old versions without their content",
           std::move(given_up),
           ui::Format::plain,
           {{"path", "Path"}, {"version", "Version"}, {"digest", "Digest", ui::Format::digest}}}}};
  if (result.dry_run && !asked)
    view.next = {"mlo gc --force  (this is no terminal: nothing was removed)"};
  return view;
}

}  // namespace

void add_gc(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* gc = mlo.add_subcommand("gc", "Remove content that nothing refers to");
  gc->add_flag("-n,--dry-run", options->dry_run,
               "Say what would go and what stays; remove nothing");
  gc->add_flag("-f,--force", options->force, "Remove, even where there is no terminal");
  gc->add_option("--grace", options->grace, "Leave younger objects alone (14d)")
      ->check(readable_by(parse_duration))
      ->type_name("DURATION");
  gc->add_option("--keep", options->keep, "Also the content of all but N versions of each dataset")
      ->type_name("N");
  gc->add_option("--older-than", options->older_than, "Also the content of versions that are older")
      ->check(readable_by(parse_duration))
      ->type_name("DURATION");
  gc->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  gc->callback([options, &session] {
    workspace::GarbageOptions wanted{.dry_run = only_looks(*options, session),
                                     .grace = parse_duration(options->grace),
                                     .keep = options->keep,
                                     .older_than = {},
                                     .reason = options->reason};
    if (!options->older_than.empty()) wanted.older_than = parse_duration(options->older_than);
    session.show(view(workspace::collect_garbage(session.repository(), wanted, session.progress(),
                                                 session.stop()),
                      options->dry_run));
  });
}

}  // namespace mlo::cmd
