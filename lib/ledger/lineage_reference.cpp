#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/ledger/lineage.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kLeastDigits = 6;

// Every digest of the graph, and those that entries speak of.
constexpr auto kByHex = R"sql(
  SELECT digest FROM subject WHERE digest >= ?1 AND digest <= ?2
  UNION SELECT digest FROM run_file WHERE digest >= ?1 AND digest <= ?2
  UNION SELECT source FROM lineage_edge WHERE source >= ?1 AND source <= ?2
  UNION SELECT target FROM lineage_edge WHERE target >= ?1 AND target <= ?2
  LIMIT 2
)sql";
constexpr auto kService = "SELECT digest FROM lineage_thing WHERE digest = ?1 LIMIT 1";
constexpr auto kNewestOfPath = R"sql(
  SELECT digest FROM (
    SELECT digest, entry FROM dataset_version WHERE path = ?1
    UNION ALL SELECT digest, entry FROM model_version WHERE path = ?1
    UNION ALL SELECT digest, entry FROM run_file WHERE path = ?1)
  ORDER BY entry DESC LIMIT 1
)sql";

std::optional<Digest> by_hex(Database& database, std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(std::string_view("sha256:").size());
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() < kLeastDigits || text.size() > 2 * Digest::kSize ||
      !std::ranges::all_of(text, is_hex))
    return std::nullopt;
  const auto missing = 2 * Digest::kSize - text.size();
  const auto least = Digest::parse(std::string(text) + std::string(missing, '0'));
  const auto most = Digest::parse(std::string(text) + std::string(missing, 'f'));
  const auto found = database.all(
      kByHex, [](const Row& row) { return row.get<Digest>(0); }, least, most);
  if (found.size() > 1)
    throw Error(ErrorKind::bad_input, "'{}' could be several digests", text)
        .hint("mlo lineage {}", found.front().text());
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<Digest> by_model(Ledger& ledger, std::string_view text) {
  const auto at = text.rfind('@');
  const auto model = text.substr(0, at);
  if (at == std::string_view::npos) {
    const auto versions = model_versions(ledger, model);
    return versions.empty() ? std::nullopt : std::optional(versions.front().digest);
  }
  const auto selector = text.substr(at + 1);
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(selector.data(), selector.data() + selector.size(), number);
  const bool is_number = error == std::errc() && end == selector.data() + selector.size();
  const auto version =
      is_number ? find_model(ledger, model, number) : model_at_stage(ledger, model, selector);
  return version ? std::optional(version->digest) : std::nullopt;
}

/// "churn@production/serve": the target that a stage of a model is delivered to.
std::optional<Digest> by_service(Database& database, std::string_view text) {
  const auto at = text.find('@');
  const auto slash = text.rfind('/');
  if (at == std::string_view::npos || slash == std::string_view::npos || slash < at)
    return std::nullopt;
  const auto service = service_digest(text.substr(0, at), text.substr(at + 1, slash - at - 1),
                                      text.substr(slash + 1));
  return database.one(
      kService, [](const Row& row) { return row.get<Digest>(0); }, service);
}

std::optional<Digest> by_path(Database& database, std::string_view text) {
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return database.one(
      kNewestOfPath, [](const Row& row) { return row.get<Digest>(0); }, text);
}

}  // namespace

Digest find_in_lineage(Ledger& ledger, std::string_view reference) {
  auto& database = ledger.database();
  if (!reference.empty()) {
    if (const auto digest = by_path(database, reference)) return *digest;
    if (const auto digest = by_model(ledger, reference)) return *digest;
    if (const auto digest = by_service(database, reference)) return *digest;
    if (const auto digest = by_hex(database, reference)) return *digest;
    if (const auto run = find_run(ledger, reference)) return run_digest(run->id);
  }
  throw Error(ErrorKind::not_found, "nothing in the ledger is called '{}'", reference)
      .hint("mlo audit log");
}

}  // namespace mlo::ledger
