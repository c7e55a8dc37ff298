#include "mlo/ledger/lineage.h"

#include <deque>
#include <set>

#include "ledger/lineage_facts.h"
#include "ledger/records/fields.h"

namespace mlo::ledger {
namespace {

constexpr auto kUp = R"sql(
  SELECT source, target, relation, min(entry) FROM lineage_edge WHERE target = ?1
  GROUP BY source, target, relation ORDER BY min(entry), min(position)
)sql";
constexpr auto kDown = R"sql(
  SELECT source, target, relation, min(entry) FROM lineage_edge WHERE source = ?1
  GROUP BY source, target, relation ORDER BY min(entry), min(position)
)sql";

LineageEdge read_edge(const Row& row) {
  return {.from = row.get<Digest>(0),
          .to = row.get<Digest>(1),
          .relation = row.get<std::string>(2),
          .entry = row.get<std::int64_t>(3)};
}

bool is_product(const LineageEdge& edge) {
  return edge.relation == "product";
}

/// Content that many runs made anew (or restored) came from the first of them.
void keep_first_maker(std::vector<LineageEdge>& edges) {
  bool made = false;
  std::erase_if(edges, [&](const LineageEdge& edge) {
    return is_product(edge) && std::exchange(made, true);
  });
}

/// A service answers with what was delivered to it last, and with nothing that was before.
void keep_last_delivery(std::vector<LineageEdge>& edges, Database& database) {
  constexpr auto kLast = R"sql(
    SELECT source FROM lineage_edge WHERE target = ?1 AND relation = 'delivery'
    ORDER BY entry DESC LIMIT 1
  )sql";
  std::erase_if(edges, [&](const LineageEdge& edge) {
    if (edge.relation != "delivery") return false;
    const auto last = database.one(
        kLast, [](const Row& row) { return row.get<Digest>(0); }, edge.to);
    return edge.from != last;
  });
}

}  // namespace

Lineage both_ways(Lineage up, const Lineage& down) {
  std::set<Digest> known;
  for (const auto& node : up.nodes) known.insert(node.digest);
  for (const auto& node : down.nodes)
    if (known.insert(node.digest).second) up.nodes.push_back(node);
  up.edges.insert(up.edges.end(), down.edges.begin(), down.edges.end());
  return up;
}

Lineage lineage(Ledger& ledger, const Digest& start, Direction direction, std::size_t max_nodes) {
  auto& database = ledger.database();
  Lineage found;
  std::set<Digest> seen{start};
  std::deque<Digest> waiting{start};
  while (!waiting.empty()) {
    const auto at = waiting.front();
    waiting.pop_front();
    found.nodes.push_back(node_for(database, at));
    auto edges = database.all(direction == Direction::up ? kUp : kDown, read_edge, at);
    if (direction == Direction::up) keep_first_maker(edges);
    keep_last_delivery(edges, database);
    for (const auto& edge : edges) {
      const auto& other = direction == Direction::up ? edge.from : edge.to;
      const bool known = seen.contains(other);
      if (!known && seen.size() >= max_nodes) continue;
      found.edges.push_back(edge);
      if (known) continue;
      seen.insert(other);
      waiting.push_back(other);
    }
  }
  return found;
}

}  // namespace mlo::ledger
