#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/tracking.h"

namespace mlo::run {
namespace {

constexpr auto kMeant = R"sql(
  SELECT id, status, started_at, deleted <> 0 AS removed FROM run
  WHERE name = ?1 OR substr(id, 1, length(?2)) = ?2
  UNION ALL
  SELECT id, status, started_at, deleted <> 0 FROM live_tracked_run
  WHERE name = ?1 OR substr(id, 1, length(?2)) = ?2
  ORDER BY started_at DESC
)sql";
constexpr std::size_t kMostTold = 5;

struct Candidate {
  std::string id;
  std::string status;
  Timestamp started_at;
  bool removed = false;
};

std::vector<Candidate> candidates(workspace::Repository& repository, std::string_view text) {
  if (text.empty()) return {};
  return repository.ledger().database().all(
      kMeant,
      [](const Row& row) {
        return Candidate{row.get<std::string>(0), row.get<std::string>(1), row.get<Timestamp>(2),
                         row.get<bool>(3)};
      },
      text, parse_run_id(text).value_or(std::string(text)));
}

std::string list_of(const std::vector<Candidate>& all) {
  std::vector<std::string> told;
  for (const auto& one : all)
    if (told.size() < kMostTold)
      told.push_back(fmt::format("{} ({}, {})", one.id, one.status, one.started_at.brief()));
  auto list = join(told, ", ");
  if (all.size() > kMostTold) list += fmt::format(" and {} more", all.size() - kMostTold);
  return list;
}

}  // namespace

std::string only_run(workspace::Repository& repository, std::string_view text, Shown shown) {
  auto meant = candidates(repository, text);
  const bool any = !meant.empty();
  std::erase_if(meant,
                [&](const Candidate& one) { return one.removed != (shown == Shown::deleted); });
  if (meant.size() == 1) return meant.front().id;
  const auto said = printable(text);
  if (meant.size() > 1)
    throw Error(ErrorKind::bad_input, "'{}' could be several runs: {}", said, list_of(meant))
        .hint("say which by its id, as {}", meant.front().id);
  if (!any) throw Error(ErrorKind::not_found, "no run '{}'", said).hint("mlo runs list");
  if (shown == Shown::deleted)
    throw Error(ErrorKind::not_found, "there is nothing to restore: run '{}' is not removed", said);
  throw Error(ErrorKind::not_found, "run '{}' is removed", said)
      .hint("mlo runs restore {} brings it back", said);
}

}  // namespace mlo::run
