#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/statement.h"
#include "mlo/core/database.h"
#include "mlo/core/json.h"
#include "mlo/ledger/records.h"

// What the statements of all records have in common.

namespace mlo::ledger {

/// {"sha256": "<hex>"}, in-toto's DigestSet.
Json digest_set(const Digest& digest);
/// in-toto ResourceDescriptors {"name", "digest"}, and back.
Json descriptor_of(const Artifact& artifact);
Json descriptors_of(const std::vector<Artifact>& artifacts);
Artifact artifact_of(const Json& descriptor);
std::vector<Artifact> artifacts_of(const Json& descriptors);

/// "sha256:…" or null, and back.
Json text_or_null(const std::optional<Digest>& digest);
std::optional<Digest> digest_or_nothing(const Json& text);
Json integer_or_null(const std::optional<std::int64_t>& number);
std::optional<std::int64_t> integer_or_nothing(const Json& number);

/// The only subject of an entry. Throws integrity when there are none or several.
const Subject& only_subject(const Entry& entry);
Origin origin_of(const Entry& entry);

/// The names by which a permission may mean an act on a stage: "production", "churn/production",
/// "churn". Throws bad_input when the predicate has no model and stage.
std::vector<std::string> stage_resources(const Entry& entry);
std::vector<std::string> stage_names(const std::string& model, const std::string& stage);

/// "tumour@3"
std::string version_name(std::string_view model, std::int64_t number);
/// Throws not_found unless that version is registered.
void require_version(Database& database, std::string_view model, std::int64_t number);

/// Writes a row of lineage_edge; `position` counts within the entry.
struct Arrow {
  Digest source;
  Digest target;
  std::string_view relation;
};
void write_arrow(Database& database, const Entry& entry, const Arrow& arrow);
/// Names a node of the lineage that is no file.
void write_thing(Database& database, const Entry& entry, const LineageNode& node);
/// How runs and services appear in the lineage, having no bytes of their own.
Digest run_digest(std::string_view id);
Digest service_digest(std::string_view model, std::string_view stage, std::string_view target);

/// The records of the entries that `sql` selects as (number, leaf, envelope).
template <typename Read, typename... Args>
auto read_records(Ledger& ledger, const Read& read, std::string_view sql, const Args&... args) {
  return ledger.database().all(
      sql, [&](const Row& row) { return read(read_entry(row)); }, args...);
}

}  // namespace mlo::ledger
