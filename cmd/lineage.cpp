#include "mlo/ledger/lineage.h"

#include <memory>

#include "commands.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string reference;
  bool up = false;
  bool down = false;
};

/// One row a fact, as in git's log: the node stands in the first, its branches run past the others.
Json rows_of(const std::vector<ledger::TreeLine>& lines) {
  Json rows = Json::array();
  for (const auto& line : lines) {
    auto facts = line.again ? std::vector<std::string>{"see above"} : line.node.facts;
    if (facts.empty()) facts.emplace_back();
    for (std::size_t i = 0; i < facts.size(); ++i)
      rows.add(Json::object({{"name", i == 0 ? line.branch + line.node.name : line.below},
                             {"kind", i == 0 ? line.node.kind : ""},
                             {"digest", i == 0 ? line.node.digest.text() : ""},
                             {"fact", facts[i]}}));
  }
  return rows;
}

Json nodes_of(const ledger::Lineage& lineage) {
  Json nodes = Json::array();
  for (const auto& node : lineage.nodes) {
    Json facts = Json::array();
    for (const auto& fact : node.facts) facts.add(fact);
    nodes.add(Json::object({{"digest", node.digest.text()},
                            {"kind", node.kind},
                            {"name", node.name},
                            {"facts", std::move(facts)}}));
  }
  return nodes;
}

Json edges_of(const ledger::Lineage& lineage) {
  Json edges = Json::array();
  for (const auto& edge : lineage.edges)
    edges.add(Json::object({{"from", edge.from.text()},
                            {"to", edge.to.text()},
                            {"relation", edge.relation},
                            {"entry", edge.entry}}));
  return edges;
}

ui::View view(const ledger::Lineage& lineage, ledger::Direction direction) {
  const bool down = direction == ledger::Direction::down;
  return {.shape = "lineage/1",
          .fields = {{"direction", "", down ? "down" : "up"},
                     {"nodes", "", nodes_of(lineage)},
                     {"edges", "", edges_of(lineage)},
                     {"tree",
                      down ? "What was made from it" : "What it came from",
                      rows_of(ledger::tree_lines(lineage, direction)),
                      ui::Format::plain,
                      {{"name", "Name"},
                       {"kind", "Kind"},
                       {"digest", "Digest", ui::Format::digest},
                       {"fact", "Facts"}}}}};
}

}  // namespace

void add_lineage(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* lineage =
      mlo.add_subcommand("lineage", "Show what a model, file or run came from, or became");
  lineage
      ->add_option("reference", options->reference,
                   "MODEL[@VERSION|@STAGE], PATH[@VERSION], a run or a digest")
      ->required();
  auto* down = lineage->add_flag("--down", options->down, "What was made from it");
  lineage->add_flag("--up", options->up, "What it came from (the default)")->excludes(down);
  lineage->callback([options, &session] {
    auto& ledger = session.repository().ledger();
    const auto direction = options->down ? ledger::Direction::down : ledger::Direction::up;
    const auto start =
        workspace::find_reference(session.repository(), session.typed(options->reference));
    session.show(view(ledger::lineage(ledger, start, direction), direction));
  });
}

}  // namespace mlo::cmd
