#include "reproduction_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

using Verdict = run::Reproduction::Verdict;

std::string headline(const run::Reproduction& reproduction) {
  const auto& name = reproduction.run.name;
  switch (reproduction.verdict) {
    case Verdict::bytes:
      return fmt::format("Reproduced {}: every output is equal, byte for byte", name);
    case Verdict::metrics:
      return fmt::format("Reproduced {}: every metric is equal, some outputs are not", name);
    case Verdict::different: return fmt::format("Not reproduced: {} comes out differently", name);
    case Verdict::failed: break;
  }
  return fmt::format("Not reproduced: step '{}' of {} failed", reproduction.failed_step, name);
}

Json rows_of(const std::vector<run::ThenAndNow>& compared) {
  Json rows = Json::array();
  for (const auto& one : compared)
    rows.add(Json::object(
        {{"name", one.name}, {"then", one.then}, {"now", one.now}, {"equal", one.equal}}));
  return rows;
}

Json rows_of(const std::vector<run::Cause>& causes) {
  Json rows = Json::array();
  for (const auto& cause : causes)
    rows.add(Json::object(
        {{"kind", cause.kind}, {"name", cause.name}, {"then", cause.then}, {"now", cause.now}}));
  return rows;
}

Json rows_of(const std::vector<ledger::RunStep>& steps) {
  Json rows = Json::array();
  for (const auto& step : steps)
    rows.add(Json::object({{"name", step.name},
                           {"status", step.status},
                           {"duration_ms", step.duration_ms},
                           {"reason", step.reason}}));
  return rows;
}

Json lines_of(const std::string& text) {
  Json lines = Json::array();
  if (!text.empty())
    for (const auto& line : split(text, '\n')) lines.add(Json::object({{"line", line}}));
  return lines;
}

}  // namespace

ui::View reproduction_view(const run::Reproduction& reproduction) {
  const auto kept = reproduction.kept.string();
  return {
      .shape = "reproduce/1",
      .headline = headline(reproduction),
      .good = reproduction.reproduced(),
      .fields = {
          {"run", "Run", reproduction.run.id},
          {"verdict", "", run::word_of(reproduction.verdict)},
          {"reproduced", "", reproduction.reproduced()},
          {"kept", kept.empty() ? "" : "Kept in", kept.empty() ? Json() : Json(kept)},
          {.key = "steps", .label = "", .value = rows_of(reproduction.steps)},
          {.key = "outputs",
           .label = "Outputs",
           .value = rows_of(reproduction.outputs),
           .columns = {{"name", "Output"},
                       {"equal", "Equal"},
                       {"then", "Then", ui::Format::digest},
                       {"now", "Now", ui::Format::digest}}},
          {.key = "metrics",
           .label = "Metrics",
           .value = rows_of(reproduction.metrics),
           .columns = {{"name", "Metric"}, {"equal", "Equal"}, {"then", "Then"}, {"now", "Now"}}},
          {.key = "causes",
           .label = "What was not the same",
           .value = rows_of(reproduction.causes),
           .columns = {{"kind", "What"}, {"name", "Name"}, {"then", "Then"}, {"now", "Now"}}},
          {.key = "log_tail",
           .label = "The end of its log",
           .value = lines_of(reproduction.log_tail),
           .columns = {{"line", "Line"}}}}};
}

}  // namespace mlo::cmd
