#include <map>

#include <fmt/format.h>

#include "mlo/ledger/lineage.h"

// PROV-JSON (W3C member submission of 2013-04-24): files are entities, runs activities, people
// agents.

namespace mlo::ledger {
namespace {

std::string name_of(const LineageNode& node) {
  return fmt::format("mlo:{}", node.digest.hex());
}

std::string agent_name(const std::string& actor) {
  std::string name = "mlo:agent-";
  for (const char letter : actor)
    name += std::isalnum(static_cast<unsigned char>(letter)) != 0
                ? std::string(1, letter)
                : fmt::format("_{:02x}", static_cast<unsigned char>(letter));
  return name;
}

Json typed(std::string_view value, std::string_view type) {
  return Json::object({{"$", value}, {"type", type}});
}

class Writer {
 public:
  Writer(Ledger& ledger, const Lineage& lineage) : ledger_(ledger) {
    for (const auto& node : lineage.nodes) nodes_.emplace(node.digest, &node);
    for (const auto& node : lineage.nodes) add(node);
    for (const auto& edge : lineage.edges) add(edge);
  }

  [[nodiscard]] Json document() {
    auto json = Json::object(
        {{"prefix",
          Json::object({{"mlo", "urn:mlo:"}, {"xsd", "http://www.w3.org/2001/XMLSchema#"}})},
         {"entity", entities_},
         {"activity", activities_},
         {"agent", agents_}});
    for (const auto& [kind, relations] : relations_) json.set(kind, relations);
    return json;
  }

 private:
  void add(const LineageNode& node) {
    if (node.kind == "run")
      add_run(node);
    else
      entities_.set(name_of(node),
                    Json::object({{"prov:label", node.name},
                                  {"prov:type", typed("mlo:" + node.kind, "prov:QUALIFIED_NAME")},
                                  {"mlo:sha256", node.digest.hex()}}));
  }

  void add_run(const LineageNode& node) {
    const auto run = find_run(ledger_, node.name);
    auto activity = Json::object({{"prov:label", node.name}, {"prov:type", "run"}});
    if (run) {
      activity.set("prov:startTime", run->started_at.text());
      activity.set("prov:endTime", run->finished_at.text());
      activity.set("mlo:status", run->status);
      if (!run->git_commit.empty()) activity.set("mlo:gitCommit", run->git_commit);
      const auto agent = agent_name(run->origin.actor);
      agents_.set(agent, Json::object({{"prov:label", run->origin.actor}}));
      relate("wasAssociatedWith", {{"prov:activity", name_of(node)}, {"prov:agent", agent}});
    }
    activities_.set(name_of(node), std::move(activity));
  }

  void add(const LineageEdge& edge) {
    const auto from = nodes_.find(edge.from);
    const auto to = nodes_.find(edge.to);
    if (from == nodes_.end() || to == nodes_.end()) return;
    const bool from_run = from->second->kind == "run";
    const bool to_run = to->second->kind == "run";
    const auto source = name_of(*from->second);
    const auto target = name_of(*to->second);
    if (to_run)
      relate("used", {{"prov:activity", target}, {"prov:entity", source}});
    else if (from_run)
      relate("wasGeneratedBy", {{"prov:entity", target}, {"prov:activity", source}});
    else
      relate("wasDerivedFrom", {{"prov:generatedEntity", target}, {"prov:usedEntity", source}});
  }

  void relate(const std::string& kind, std::initializer_list<Json::Member> members) {
    relations_[kind].set(fmt::format("_:r{}", ++count_), Json::object(members));
  }

  Ledger& ledger_;
  std::map<Digest, const LineageNode*> nodes_;
  Json entities_ = Json::object();
  Json activities_ = Json::object();
  Json agents_ = Json::object();
  std::map<std::string, Json> relations_;
  int count_ = 0;
};

}  // namespace

std::string to_prov(Ledger& ledger, const Lineage& lineage) {
  return Writer(ledger, lineage).document().pretty() + "\n";
}

}  // namespace mlo::ledger
