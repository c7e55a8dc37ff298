#include "mlo/ledger/lineage.h"

#include <memory>

#include "commands.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string reference;
  bool up = false;
  bool down = false;
  bool both = false;
  std::string format = "text";
  std::string file;
};

/// What was asked for, one way or both; the two are drawn as trees of their own.
struct Asked {
  ledger::Lineage all;
  std::optional<ledger::Lineage> up = {};
  std::optional<ledger::Lineage> down = {};
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

ui::Field tree(std::string key, std::string label, const ledger::Lineage& lineage,
               ledger::Direction direction) {
  return {std::move(key),
          std::move(label),
          rows_of(ledger::tree_lines(lineage, direction)),
          ui::Format::plain,
          {{"name", "Name"},
           {"kind", "Kind"},
           {"digest", "Digest", ui::Format::digest},
           {"fact", "Facts"}}};
}

ui::View view(const Asked& asked) {
  const bool both = asked.up && asked.down;
  ui::View answer{.shape = "lineage/1",
                  .fields = {{"direction", "",
                              both         ? "both"
                              : asked.down ? "down"
                                           : "up"},
                             {"nodes", "", nodes_of(asked.all)},
                             {"edges", "", edges_of(asked.all)}}};
  if (asked.up)
    answer.fields.push_back(tree("tree", "What it came from", *asked.up, ledger::Direction::up));
  if (asked.down)
    answer.fields.push_back(tree(both ? "tree_down" : "tree", "What was made from it", *asked.down,
                                 ledger::Direction::down));
  return answer;
}

Asked ask(const Options& options, ledger::Ledger& ledger, const Digest& start) {
  Asked asked;
  if (!options.down || options.both)
    asked.up = ledger::lineage(ledger, start, ledger::Direction::up);
  if (options.down || options.both)
    asked.down = ledger::lineage(ledger, start, ledger::Direction::down);
  asked.all = !asked.down ? *asked.up
              : !asked.up ? *asked.down
                          : ledger::both_ways(*asked.up, *asked.down);
  return asked;
}

std::string exported(const std::string& format, ledger::Ledger& ledger,
                     const ledger::Lineage& lineage) {
  if (format == "mermaid") return ledger::to_mermaid(lineage);
  if (format == "dot") return ledger::to_dot(lineage);
  if (format == "openlineage") return ledger::to_openlineage(ledger, lineage);
  return ledger::to_prov(ledger, lineage);
}

void answer(const Options& options, Session& session) {
  auto& ledger = session.repository().ledger();
  const auto start =
      workspace::find_reference(session.repository(), session.typed(options.reference));
  const auto asked = ask(options, ledger, start);
  if (options.format == "text") return session.show(view(asked));
  session.deliver(options.file, exported(options.format, ledger, asked.all));
}

}  // namespace

void add_lineage(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* lineage =
      mlo.add_subcommand("lineage", "Show what a model, file or run came from, or became");
  lineage
      ->add_option(
          "reference", options->reference,
          "MODEL[@VERSION|@STAGE], MODEL@STAGE/TARGET (a service), PATH[@VERSION], a run or "
          "a digest")
      ->required();
  auto* down = lineage->add_flag("--down", options->down, "What was made from it");
  lineage->add_flag("--up", options->up, "What it came from (the default)")->excludes(down);
  lineage->add_flag("--both", options->both, "Both");
  lineage
      ->add_option("--format", options->format,
                   "text, mermaid, dot, openlineage (events) or prov (PROV-JSON)")
      ->check(CLI::IsMember({"text", "mermaid", "dot", "openlineage", "prov"}))
      ->capture_default_str();
  lineage->add_option("-o,--output", options->file, "Write it here, not to standard output")
      ->type_name("FILE");
  lineage->callback([options, &session] { answer(*options, session); });
}

}  // namespace mlo::cmd
