#include "promotion_view.h"

#include <algorithm>

#include <fmt/format.h>

namespace mlo::cmd {
namespace {

Json reasons(const std::vector<std::string>& lines) {
  Json rows = Json::array();
  for (const auto& line : lines) rows.add(Json::object({{"reason", line}}));
  return rows;
}

Json deployments(const std::vector<ledger::Deployment>& all) {
  Json rows = Json::array();
  for (const auto& one : all)
    rows.add(
        Json::object({{"target", one.target}, {"status", one.status}, {"detail", one.detail}}));
  return rows;
}

std::string headline(const model::Promoted& promoted, Move move) {
  const auto& decision = promoted.decision;
  const auto version = fmt::format("{}@{}", decision.model, decision.number);
  if (promoted.move && promoted.move->break_glass)
    return fmt::format("BREAK GLASS: promoted {} to '{}'{}", version, decision.stage,
                       decision.passed ? "" : ", past its gate");
  if (!decision.passed)
    return fmt::format("The gate of '{}' says no to {}", decision.stage, version);
  if (move == Move::tried)
    return fmt::format("The gate of '{}' would let {} through", decision.stage, version);
  const auto verb = move == Move::rollback ? "Rolled back" : "Promoted";
  return fmt::format("{} {} to '{}'", verb, version, decision.stage);
}

}  // namespace

ui::View view(const model::Promoted& promoted, Move move) {
  const auto& decision = promoted.decision;
  const bool moved = promoted.move.has_value();
  const Json previous = promoted.previous ? Json(*promoted.previous) : Json();
  return {.shape = move == Move::rollback ? "rollback/1" : "promote/1",
          .headline = headline(promoted, move),
          .good = decision.passed && !(moved && promoted.move->break_glass),
          .fields = {{"passed", "", decision.passed},
                     {"promoted", "", moved},
                     {"break_glass", "", moved && promoted.move->break_glass},
                     {"model", "", decision.model},
                     {"version", "", decision.number},
                     {"stage", "", decision.stage},
                     {"digest", "Digest", decision.digest.text(), ui::Format::digest},
                     {"previous", moved ? "Version before" : "Version there", previous},
                     {"reasons",
                      "Gate",
                      reasons(decision.reasons),
                      ui::Format::plain,
                      {{"reason", "Requirement"}}},
                     {"deployments",
                      "Delivery",
                      deployments(promoted.deployments),
                      ui::Format::plain,
                      {{"target", "Target"}, {"status", "Status"}, {"detail", ""}}}},
          .next = promoted.next};
}

std::optional<ErrorKind> delivery_failure(const model::Promoted& promoted) {
  const bool failed = std::ranges::any_of(promoted.deployments,
                                          [](const auto& one) { return one.status == "failed"; });
  return failed ? std::optional(ErrorKind::unavailable) : std::nullopt;
}

}  // namespace mlo::cmd
