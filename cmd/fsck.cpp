#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/ledger/rebuild.h"
#include "mlo/run/tracking.h"
#include "mlo/workspace/maintenance.h"
#include "mlo/workspace/pipeline_lock.h"

namespace mlo::cmd {
namespace {

struct Options {
  bool rebuild = false;
  bool repair = false;
  std::vector<std::string> from;
};

/// An object by the beginning of its name, anything else in its words.
std::string brief(const std::string& what) {
  const auto digest = Digest::try_parse(what);
  return digest ? digest->brief() : printable(what);
}

std::string headline(const workspace::CheckResult& result) {
  const auto looked = fmt::format("{} objects, {} ledger entries",
                                  format_count(static_cast<std::int64_t>(result.objects)),
                                  format_count(result.entries));
  if (result.findings.empty()) return fmt::format("Whole: {}", looked);
  const auto count = [&](std::string_view state) {
    return std::ranges::count(result.findings, state, &workspace::Finding::state);
  };
  const auto left = format_count(count("found"), "fault");
  // What was counted was counted before the repair: it is told where nothing was mended.
  if (count("found") == std::ssize(result.findings)) return fmt::format("{} in {}", left, looked);
  auto text = fmt::format("Repaired {}", format_count(count("repaired"), "object"));
  if (const auto aside = count("quarantined"))
    text += fmt::format(", put {} in quarantine", format_count(aside, "damaged object"));
  if (!result.whole()) text += fmt::format("; {} left", left);
  return text;
}

ui::View view(const workspace::CheckResult& result, bool repair) {
  Json rows = Json::array();
  for (const auto& finding : result.findings)
    rows.add(Json::object({{"kind", finding.kind},
                           {"what", finding.what},
                           {"brief", brief(finding.what)},
                           {"where", printable(finding.where)},
                           {"state", finding.state},
                           {"source", printable(finding.source)}}));
  std::vector<ui::Column> columns{{"kind", "Fault"}, {"brief", "What"}, {"where", "Where"}};
  if (repair) columns.insert(columns.end(), {{"state", "State"}, {"source", "From"}});
  ui::View view{
      .shape = "fsck/1",
      .headline = headline(result),
      .good = result.whole(),
      .fields = {{"whole", "", result.whole()},
                 {"objects", "", result.objects},
                 {"bytes_read", "", result.bytes_read},
                 {"entries", "", result.entries},
                 {"collected", result.collected == 0 ? "" : "Given up on purpose", result.collected,
                  ui::Format::count},
                 {"elsewhere", result.elsewhere == 0 ? "" : "Not in a ledger that was imported",
                  result.elsewhere, ui::Format::count},
                 {"dangling", result.dangling.value_or(0) == 0 ? "" : "Nothing refers to (mlo gc)",
                  result.dangling ? Json(*result.dangling) : Json(), ui::Format::count},
                 {"findings", "Findings", std::move(rows), ui::Format::plain, std::move(columns)}}};
  if (!result.whole())
    view.next = {repair ? "mlo fsck --repair --from FOLDER  (a copy, or another repository)"
                        : "mlo fsck --repair"};
  return view;
}

ui::View rebuilt_view(const ledger::Rebuilt& rebuilt) {
  Json changed = Json::array();
  for (const auto& table : rebuilt.changed) changed.add(Json::object({{"table", table}}));
  return {.shape = "fsck-rebuild/1",
          .headline = rebuilt.changed.empty() ? fmt::format("The views were what {} entries say",
                                                            format_count(rebuilt.entries))
                                              : fmt::format("Made the views anew from {} entries",
                                                            format_count(rebuilt.entries)),
          .fields = {
              {"entries", "", rebuilt.entries},
              {"rows", "Rows", rebuilt.rows, ui::Format::count},
              {"changed", "Changed", std::move(changed), ui::Format::plain, {{"table", "Table"}}}}};
}

}  // namespace

void add_fsck(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* fsck = mlo.add_subcommand("fsck", "Find damaged and missing content; mend it");
  auto* repair = fsck->add_flag("--repair", options->repair,
                                "Take content from the workspace, damaged files to quarantine");
  fsck->add_option("--from", options->from, "Also from this folder, or another repository")
      ->type_name("FOLDER")
      ->needs(repair);
  fsck->add_flag("--rebuild", options->rebuild,
                 "Make the ledger's views anew from its entries alone");
  fsck->callback([options, &session] {
    if (options->rebuild) {
      // Before anything opens the ledger: its views may be what is broken.
      const auto& repository = session.repository();
      const auto lock = workspace::lock_workspace(repository, session.progress());
      auto rebuilt = ledger::rebuild_views(repository.folder());
      // Beside the views there is a copy of what entries name.
      if (run::mend_points(session.repository()) > 0) rebuilt.changed.emplace_back("metric_point");
      return session.show(rebuilt_view(rebuilt));
    }
    workspace::RepairOptions wanted{.repair = options->repair, .from = {}};
    for (const auto& folder : options->from) wanted.from.push_back(session.path(folder));
    const auto result = workspace::check_repository(session.repository(), wanted,
                                                    session.progress(), session.stop());
    session.show(view(result, options->repair),
                 result.whole() ? std::nullopt : std::optional(ErrorKind::integrity));
  });
}

}  // namespace mlo::cmd
