#include "mlo/ledger/versions.h"

namespace mlo::ledger {
namespace {

constexpr auto kContent = R"sql(
  WITH gone AS (SELECT id FROM run WHERE deleted <> 0 AND deleted <= ?1),
       theirs AS (
         SELECT 'runs/' || run || '/' || path AS path, digest FROM run_file
         WHERE run IN gone AND role IN ('product', 'output')
         UNION
         SELECT 'runs/' || owner || '/artifacts/' || path, digest FROM artifact WHERE owner IN gone)
  SELECT min(path), digest FROM theirs
  WHERE digest NOT IN (SELECT digest FROM run_file WHERE run NOT IN gone)
    AND digest NOT IN (SELECT digest FROM artifact WHERE owner NOT IN gone)
    AND digest NOT IN (SELECT digest FROM model_version)
    AND digest NOT IN (SELECT digest FROM dataset_version)
    AND digest NOT IN (SELECT digest FROM collected_version)
  GROUP BY digest ORDER BY 1
)sql";

constexpr auto kDrop = R"sql(
  DELETE FROM metric_series WHERE run IN (SELECT id FROM run WHERE deleted <> 0 AND deleted <= ?1)
)sql";

}  // namespace

std::vector<Collection::Version> content_of_removed_runs(Ledger& ledger, Timestamp before) {
  return ledger.database().all(
      kContent,
      [](const Row& row) {
        return Collection::Version{
            .path = row.get<std::string>(0), .number = 0, .digest = row.get<Digest>(1)};
      },
      before);
}

void drop_points_of_removed_runs(Ledger& ledger, Timestamp before) {
  ledger.database().run(kDrop, before);
}

}  // namespace mlo::ledger
