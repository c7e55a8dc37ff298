#include "mlo/ledger/history.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "mlo/ledger/records.h"
#include "mlo/ledger/versions.h"

namespace mlo::ledger {
namespace {

Event event_of(const Origin& origin, std::string what, std::string subject, const Digest& digest) {
  return {.entry = origin.entry,
          .at = origin.at,
          .actor = origin.actor,
          .what = std::move(what),
          .subject = std::move(subject),
          .digest = digest,
          .reason = origin.reason};
}

Event event_of(const Tag& tag) {
  return event_of(tag.origin, tag.removed ? "tag removed" : "tag",
                  fmt::format("{} v{} = {}", tag.path, tag.number, tag.name), tag.digest);
}

Event event_of(const Untracking& one) {
  return one.moved_to.empty()
             ? event_of(one.origin, "untracked", one.path, one.digest)
             : event_of(one.origin, "moved", fmt::format("{} → {}", one.path, one.moved_to),
                        one.digest);
}

Event event_of(const StageMove& move) {
  return event_of(move.origin, move.rollback ? "rollback" : "promotion",
                  fmt::format("{}@{} → {}", move.model, move.number, move.stage), move.digest);
}

std::vector<Event> of_datasets(Ledger& ledger, std::string_view path) {
  std::vector<Event> events;
  for (const auto& version : dataset_versions(ledger, path))
    events.push_back(event_of(version.origin, "dataset",
                              fmt::format("{} v{}", version.path, version.number), version.digest));
  for (const auto& tag : tag_history(ledger, path)) events.push_back(event_of(tag));
  for (const auto& one : untrackings(ledger, path)) events.push_back(event_of(one));
  return events;
}

/// What happened to a dataset under the paths that it had before, each up to the move.
std::vector<Event> before_moves(Ledger& ledger, std::string_view path) {
  std::vector<Event> events;
  for (const auto& former : former_paths(ledger, path))
    for (auto& event : of_datasets(ledger, former.path))
      if (event.entry <= former.until) events.push_back(std::move(event));
  return events;
}

}  // namespace

std::vector<Event> history(Ledger& ledger, std::string_view path, std::int64_t limit) {
  auto events = of_datasets(ledger, path);
  if (path.empty()) {
    for (const auto& run : runs(ledger, limit))
      events.push_back(event_of(run.origin, "run", fmt::format("{} {}", run.id, run.status),
                                run.products.empty() ? Digest() : run.products.back().digest));
    for (const auto& version : model_versions(ledger))
      events.push_back(event_of(version.origin, "model",
                                fmt::format("{}@{}", version.model, version.number),
                                version.digest));
    for (const auto& move : stage_moves(ledger, {})) events.push_back(event_of(move));
  } else {
    auto before = before_moves(ledger, path);
    std::ranges::move(before, std::back_inserter(events));
  }
  std::ranges::sort(events, std::greater(), &Event::entry);
  if (static_cast<std::int64_t>(events.size()) > limit)
    events.resize(static_cast<std::size_t>(limit));
  return events;
}

}  // namespace mlo::ledger
