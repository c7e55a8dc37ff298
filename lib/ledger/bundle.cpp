#include "ledger/bundle.h"

#include <set>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/statement.h"
#include "ledger/stored_tree.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/audit.h"

namespace mlo::ledger {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxFrontier = 63;

constexpr auto kEnvelope = "SELECT envelope FROM entry WHERE number = ?1";
constexpr auto kEnvelopes = R"sql(
  SELECT envelope FROM entry WHERE number >= ?1 AND number < ?2 ORDER BY number
)sql";
// What the entries from ?1 on, or those about the model ?2, are judged by, of the entries before
// ?1. Who signs, whose log it is, and what rules: all of that. Then, of each version that went
// somewhere there, or stood somewhere before it: its registration and author, evidence of it and of
// its data, gates, approvals, and where it went.
constexpr auto kGrounds = R"sql(
  WITH asked (model, number) AS (
    SELECT model, number FROM stage_move WHERE entry >= ?1 OR model = ?2
    UNION SELECT model, number FROM stage_left WHERE entry >= ?1 OR model = ?2
    UNION SELECT model, number FROM gate_decision WHERE entry >= ?1 OR model = ?2
    UNION SELECT model, number FROM approval WHERE entry >= ?1 OR model = ?2
    UNION SELECT model, number FROM deployment WHERE entry >= ?1 OR model = ?2),
  version (model, number) AS MATERIALIZED (
    SELECT model, number FROM asked
    UNION SELECT model, number FROM stage_move WHERE entry IN (
      SELECT max(entry) FROM stage_move
      WHERE entry < ?1 AND model IN (SELECT model FROM asked) GROUP BY model, stage)),
  dataset (digest) AS MATERIALIZED (
    SELECT DISTINCT source FROM version JOIN model_version USING (model, number)
      JOIN lineage_edge USING (entry) WHERE relation = 'dataset'),
  ground (entry) AS (
    SELECT entry FROM act WHERE predicate_type LIKE 'urn:mlo:identity%' OR
      predicate_type LIKE 'urn:mlo:repository%' OR predicate_type LIKE 'urn:mlo:policy%' OR
      predicate_type LIKE 'urn:mlo:key%'
    UNION SELECT entry FROM model_version JOIN version USING (model, number)
    UNION SELECT run.entry FROM version JOIN model_version USING (model, number)
      JOIN run ON run.id = run
    UNION SELECT entry FROM version JOIN evidence ON target = model || '@' || number
    UNION SELECT entry FROM gate_decision JOIN version USING (model, number)
    UNION SELECT entry FROM approval JOIN version USING (model, number)
    UNION SELECT entry FROM stage_move JOIN version USING (model, number)
    UNION SELECT entry FROM stage_left JOIN version USING (model, number)
    UNION SELECT entry FROM dataset_version WHERE digest IN (SELECT digest FROM dataset)
    UNION SELECT entry FROM evidence WHERE subject IN (SELECT digest FROM dataset))
  SELECT entry FROM ground WHERE entry < ?1
)sql";

std::int64_t number_at_0(const Row& row) {
  return row.get<std::int64_t>(0);
}

std::string text_at_0(const Row& row) {
  return row.get<std::string>(0);
}

Json texts_of(const std::vector<Digest>& hashes) {
  Json texts = Json::array();
  for (const auto& hash : hashes) texts.add(to_base64(hash.bytes()));
  return texts;
}

std::vector<Digest> hashes_of(const Json& texts) {
  std::vector<Digest> hashes;
  for (const auto& text : texts.as_array())
    hashes.push_back(Digest::from_bytes(from_base64(text.as_string())));
  return hashes;
}

std::vector<Digest> frontier_at(Database& database, std::int64_t size) {
  std::vector<Digest> hashes;
  Frontier::load(size, [&, hash_at = hashes_in(database)](int level, std::int64_t position) {
    return hashes.emplace_back(hash_at(level, position));
  });
  return hashes;
}

std::set<std::int64_t> entries_about(Ledger& ledger, const std::string& model, std::int64_t size) {
  std::set<std::int64_t> numbers;
  for (const auto& entry : audit_log(ledger, {.model = model, .limit = size}))
    if (entry.index < size) numbers.insert(entry.index);
  if (numbers.empty())
    throw Error(ErrorKind::not_found, "no entry concerns a model '{}'", model)
        .hint("mlo models list");
  return numbers;
}

void read_head(const Json& head, Bundle& bundle) {
  if (head.at("mlo_bundle").as_integer() != kFormat)
    throw Error(ErrorKind::bad_input, "the bundle is of another format than {}", kFormat)
        .hint("upgrade mlo");
  bundle.log_key = head.at("log_key").as_string();
  bundle.checkpoint = head.at("checkpoint").as_string();
  bundle.from = head.at("from").as_integer();
  bundle.frontier = hashes_of(head.at("frontier"));
  const auto* grounded = head.find("grounds");
  bundle.grounded = grounded != nullptr && grounded->as_bool();
  if (bundle.from < 0 || bundle.frontier.size() > kMaxFrontier)
    throw Error(ErrorKind::bad_input, "the bundle begins nowhere");
}

Bundle::Proven read_proven(const Json& line) {
  return {.index = line.at("entry").as_integer(),
          .envelope = line.at("envelope").as_string(),
          .path = hashes_of(line.at("proof"))};
}

}  // namespace

std::string export_bundle(Ledger& ledger, const BundleScope& scope) {
  auto& database = ledger.database();
  // Entries never change: those below the checkpoint's size are there whatever is written
  // meanwhile.
  Bundle bundle{.log_key = ledger.verifier_key(), .checkpoint = ledger.checkpoint()};
  const auto size = open_checkpoint(bundle.checkpoint, bundle.log_key).size;
  bundle.from = scope.model.empty() ? scope.from : size;
  if (bundle.from < 0 || bundle.from > size)
    throw Error(ErrorKind::not_found, "no entry {}: there are {}", bundle.from, size)
        .hint("mlo audit log");
  bundle.frontier = frontier_at(database, bundle.from);
  bundle.grounded = true;
  const auto grounds = database.all(kGrounds, number_at_0, bundle.from, scope.model);
  std::set<std::int64_t> before(grounds.begin(), grounds.end());
  if (!scope.model.empty()) before.merge(entries_about(ledger, scope.model, size));
  for (const auto number : before)
    bundle.proven.push_back({.index = number,
                             .envelope = database.one(kEnvelope, text_at_0, number).value(),
                             .path = inclusion_path(number, size, hashes_in(database))});
  bundle.envelopes = database.all(kEnvelopes, text_at_0, bundle.from, size);
  return write_bundle(bundle);
}

std::string write_bundle(const Bundle& bundle) {
  auto text = Json::object({{"mlo_bundle", kFormat},
                            {"log_key", bundle.log_key},
                            {"checkpoint", bundle.checkpoint},
                            {"from", bundle.from},
                            {"frontier", texts_of(bundle.frontier)},
                            {"grounds", bundle.grounded}})
                  .dump() +
              "\n";
  for (const auto& one : bundle.proven)
    text += Json::object(
                {{"entry", one.index}, {"envelope", one.envelope}, {"proof", texts_of(one.path)}})
                .dump() +
            "\n";
  for (const auto& envelope : bundle.envelopes) text += envelope + "\n";
  return text;
}

Bundle read_bundle(std::string_view text) {
  Bundle bundle;
  std::int64_t number = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    in_context(fmt::format("reading line {} of the bundle", ++number), [&] {
      if (number == 1)
        read_head(Json::parse(line), bundle);
      else if (line.starts_with(R"({"entry":)"))
        bundle.proven.push_back(read_proven(Json::parse(line)));
      else
        bundle.envelopes.emplace_back(line);
    });
  }
  if (number == 0) throw Error(ErrorKind::bad_input, "the bundle is empty");
  return bundle;
}

void fill(Database& database, const Bundle& bundle) {
  Frontier frontier;
  database.execute("BEGIN");
  for (const auto& envelope : bundle.envelopes) {
    const auto number = frontier.size();
    const auto leaf = leaf_hash(bytes_of(envelope));
    database.run("INSERT INTO entry (number, leaf, envelope) VALUES (?1, ?2, ?3)", number, leaf,
                 envelope);
    frontier.append(leaf, [&](const Node& node) {
      database.run("INSERT INTO node (level, position, hash) VALUES (?1, ?2, ?3)", node.level,
                   node.position, node.hash);
    });
    try {
      database.execute("SAVEPOINT one");
      project(database, *database.one("SELECT number, leaf, envelope FROM entry WHERE number = ?1",
                                      read_entry, number));
      database.execute("RELEASE one");
    } catch (const Error&) {
      // What is wrong with it is for the verification to say.
      database.execute("ROLLBACK TO one; RELEASE one");
    }
  }
  database.run("INSERT INTO checkpoint (only, size, root, note) VALUES (1, ?1, ?2, ?3)",
               frontier.size(), frontier.root(), bundle.checkpoint);
  database.execute("COMMIT");
}

}  // namespace mlo::ledger
