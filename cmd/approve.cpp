#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/model/approval.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

ui::View view(const model::Approved& approved) {
  const auto& approval = approved.approval;
  Json rows = Json::array();
  for (const auto& one : approved.all)
    rows.add(Json::object({{"counts", one.counts},
                           {"who", one.approval.origin.actor},
                           {"time", one.approval.origin.at.text()},
                           {"entry", one.approval.origin.entry},
                           {"why", one.approval.origin.reason},
                           {"why_not", one.why_not}}));
  const auto version = fmt::format("{}@{}", approval.model, approval.number);
  return {
      .shape = "approve/1",
      .headline = approval.withdrawn
                      ? fmt::format("Withdrew the approval of {} for '{}'", version, approval.stage)
                      : fmt::format("Approved {} for '{}'", version, approval.stage),
      .fields = {{"model", "", approval.model},
                 {"version", "", approval.number},
                 {"stage", "", approval.stage},
                 {"digest", "Digest", approval.digest.text(), ui::Format::digest},
                 {"entry", "Entry", approval.origin.entry},
                 {"expires", "Expires", approved.expires ? Json(approved.expires->text()) : Json(),
                  ui::Format::time},
                 {"counting", approved.needed == 0 ? "" : "Approvals", approved.counting},
                 {"needed", approved.needed == 0 ? "" : "Needed", approved.needed},
                 {"approvals",
                  "Of this version",
                  std::move(rows),
                  ui::Format::plain,
                  {{"counts", "Counts", ui::Format::verdict},
                   {"who", "Who"},
                   {"time", "Time", ui::Format::time},
                   {"why", "Why"},
                   {"why_not", "But"}}}},
      .next = approved.next};
}

}  // namespace

void add_approve(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<model::ApproveOptions>();
  auto expires = std::make_shared<std::string>();
  auto* approve = mlo.add_subcommand("approve", "Approve a model version for a stage");
  approve->add_option("model", options->reference, "churn@3")->required();
  approve->add_option("--for", options->stage, "Stage")->required();
  approve->add_option("-m,--message", options->reason, "Why: kept in the ledger")->required();
  approve
      ->add_option("--expires", *expires,
                   "Let it count no longer than this: 7d, 12h; default: as mlo.yaml says")
      ->check(readable_by(parse_duration))
      ->type_name("SPAN");
  approve->add_flag("--withdraw", options->withdraw, "Take the approval back");
  approve->callback([options, expires, &session] {
    if (!expires->empty()) options->expires_seconds = parse_duration(*expires).count();
    session.show(view(model::approve(session.repository(), *options, session.progress())));
  });
}

}  // namespace mlo::cmd
