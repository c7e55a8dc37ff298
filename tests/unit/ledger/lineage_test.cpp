#include "mlo/ledger/lineage.h"

#include "mlo/ledger/audit.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

std::vector<std::string> drawn(const Lineage& lineage, Direction direction) {
  std::vector<std::string> lines;
  for (const auto& line : tree_lines(lineage, direction))
    lines.push_back(line.branch + line.node.kind + " " + line.node.name +
                    (line.again ? " (above)" : ""));
  return lines;
}

const LineageNode& node_named(const Lineage& lineage, const std::string& name) {
  for (const auto& node : lineage.nodes)
    if (node.name == name) return node;
  throw std::out_of_range(name);
}

bool has_fact(const LineageNode& node, const std::string& words) {
  return std::ranges::any_of(
      node.facts, [&](const std::string& fact) { return fact.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("a model leads up to its run, its data and the git commit", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  const auto graph = lineage(test.ledger(), a_model().digest, Direction::up);
  CHECK(drawn(graph, Direction::up) ==
        std::vector<std::string>{"model tumour@1", "└─ run " + a_run().id, "   ├─ dataset data/raw",
                                 "   └─ file fit.py"});
  CHECK(has_fact(node_named(graph, a_run().id), "git 0123456789 (main)"));
  CHECK(has_fact(node_named(graph, "data/raw"), "license: CC BY 4.0"));
  CHECK(has_fact(node_named(graph, "data/raw"), "tracked by ana"));
  CHECK(has_fact(node_named(graph, "tumour@1"), "in production"));
  CHECK(has_fact(node_named(graph, "tumour@1"), "checks passed"));
}

TEST_CASE("data leads down to the service that answers with it", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  const auto graph = lineage(test.ledger(), a_dataset().digest, Direction::down);
  CHECK(drawn(graph, Direction::down) ==
        std::vector<std::string>{"dataset data/raw", "└─ run " + a_run().id, "   └─ model tumour@1",
                                 "      └─ service serve tumour@production"});
}

TEST_CASE("a service says which version it has, since when and why", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  const auto graph = lineage(test.ledger(), a_model().digest, Direction::down);
  const auto& service = node_named(graph, "serve tumour@production");
  CHECK(has_fact(service, "tumour@1 live"));
  CHECK(has_fact(service, "delivered by ana"));
  CHECK(has_fact(service, "why: why"));
}

TEST_CASE("content that goes round in circles is drawn once", "[lineage]") {
  TestLedger test;
  auto first = a_dataset(1);
  auto second = a_dataset(2);
  test.append(statement_of(first));
  second.parent = first.digest;
  test.append(statement_of(second));
  first.parent = second.digest;
  test.append(statement_of(first));
  const auto graph = lineage(test.ledger(), first.digest, Direction::up);
  CHECK(graph.nodes.size() == 2);
  const auto lines = drawn(graph, Direction::up);
  REQUIRE(lines.size() == 3);
  CHECK(lines[2].ends_with("(above)"));
}

TEST_CASE("a graph stops at the number of nodes that was asked for", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  const auto graph = lineage(test.ledger(), a_model().digest, Direction::up, 2);
  CHECK(graph.nodes.size() == 2);
  CHECK(drawn(graph, Direction::up).size() == 2);
}

TEST_CASE("things are found by all names that people give them", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  auto& ledger = test.ledger();
  const auto model = a_model().digest;
  CHECK(find_in_lineage(ledger, "tumour") == model);
  CHECK(find_in_lineage(ledger, "tumour@1") == model);
  CHECK(find_in_lineage(ledger, "tumour@production") == model);
  CHECK(find_in_lineage(ledger, "model.onnx") == model);
  CHECK(find_in_lineage(ledger, model.text()) == model);
  CHECK(find_in_lineage(ledger, model.brief()) == model);
  CHECK(find_in_lineage(ledger, "data/raw/") == a_dataset().digest);
  CHECK(find_in_lineage(ledger, a_run().id.substr(0, 8)) == find_in_lineage(ledger, a_run().id));
  const std::string nothing = GENERATE("", "tumour@2", "tumour@staging", "x.csv", "ffffff", "@");
  CHECK_THROWS_WITH(find_in_lineage(ledger, nothing), Catch::Contains("nothing in the ledger"));
}

TEST_CASE("every entry has a line that people understand", "[audit]") {
  TestLedger test;
  tell_a_story(test);
  std::vector<std::string> lines;
  for (const auto& entry : test.ledger().entries(2, 100)) lines.push_back(describe(entry));
  CHECK(lines == std::vector<std::string>{
                     "tracked data/raw (100 rows, 1.2 kB)",
                     "run " + a_run().id.substr(0, 12) + " (nightly) finished: 1 of 2 steps ran",
                     "registered tumour@1", "validated tumour@1: passed (1 of 2 checks)",
                     "gate of production: tumour@1 may pass", "promoted tumour@1 to production",
                     "delivered tumour@1 to serve of production: live",
                     "watched tumour@1: 50 rows, drift in 1 column",
                     "drift alert for tumour: radius moved"});
}

TEST_CASE("the log is filtered by who, what, model and time", "[audit]") {
  TestLedger test;
  tell_a_story(test);
  const auto count = [&](const AuditFilter& filter) {
    return audit_log(test.ledger(), filter).size();
  };
  CHECK(count({}) == 11);
  CHECK(count({.limit = 3}) == 3);
  CHECK(audit_log(test.ledger(), {}).front().index == 10);
  CHECK(count({.who = "ana"}) == 11);
  CHECK(count({.who = "bo"}) == 0);
  CHECK(count({.what = "promotion"}) == 1);
  CHECK(count({.what = "https://slsa.dev/provenance/v1"}) == 1);
  CHECK_THROWS_WITH(count({.what = "promotoin"}), Catch::Contains("no kind of entry"));
  CHECK(count({.model = "tumour"}) == 8);
  CHECK(count({.model = "tum"}) == 0);
  CHECK(count({.since = test.ledger().entry(9)->time}) == 2);
}

TEST_CASE("since reads spans, dates and times", "[audit]") {
  const auto now = Timestamp::parse("2026-11-23T12:00:00Z");
  CHECK(parse_since("7d", now) == Timestamp::parse("2026-11-16T12:00:00Z"));
  CHECK(parse_since("2026-11-01", now) == Timestamp::parse("2026-11-01T00:00:00Z"));
  CHECK(parse_since("2026-11-01T10:00:00Z", now) == Timestamp::parse("2026-11-01T10:00:00Z"));
  CHECK_THROWS_AS(parse_since("yesterday", now), Error);
  CHECK_THROWS_AS(parse_since("", now), Error);
}

TEST_CASE("a service leads up to the version that it answers with now", "[lineage]") {
  TestLedger test;
  tell_a_story(test);
  const auto service = find_in_lineage(test.ledger(), "tumour@production/serve");
  CHECK(drawn(lineage(test.ledger(), service, Direction::up), Direction::up)[1] ==
        "└─ model tumour@1");
  test.append(a_run(2));
  test.append(statement_of(a_model(2)));
  test.append(statement_of(Deployment{.model = "tumour",
                                      .number = 2,
                                      .digest = a_model(2).digest,
                                      .stage = "production",
                                      .target = "serve",
                                      .status = "live"}));
  const auto lines = drawn(lineage(test.ledger(), service, Direction::up), Direction::up);
  CHECK(lines[1] == "└─ model tumour@2");
  CHECK(std::ranges::find(lines, "└─ model tumour@1") == lines.end());
  const auto down = [&](std::int64_t number) {
    return drawn(lineage(test.ledger(), a_model(number).digest, Direction::down), Direction::down);
  };
  CHECK(down(1).size() == 1);
  CHECK(down(2).back() == "└─ service serve tumour@production");
  CHECK_THROWS_AS(find_in_lineage(test.ledger(), "tumour@production/folder"), Error);
}

TEST_CASE("the graph is drawn and told in other tools' languages", "[lineage]") {
  TestLedger test;
  auto dataset = a_dataset();
  dataset.path = "data/\"raw\"<b>";
  test.append(statement_of(dataset));
  tell_a_story(test);
  const auto model = a_model().digest;
  const auto graph = both_ways(lineage(test.ledger(), model, Direction::up),
                               lineage(test.ledger(), model, Direction::down));
  CHECK(graph.nodes.front().digest == model);
  const auto mermaid = to_mermaid(graph);
  CHECK(mermaid.starts_with("flowchart LR\n"));
  CHECK(mermaid.find("<b>") == std::string::npos);
  CHECK_THAT(to_dot(graph), Catch::Contains("-> ") && Catch::Contains("shape=component"));
  const auto events = to_openlineage(test.ledger(), graph);
  CHECK(std::ranges::count(events, '\n') == 2);
  const auto prov = Json::parse(to_prov(test.ledger(), graph));
  CHECK(prov.at("used").size() == 2);
  CHECK(prov.at("wasGeneratedBy").size() == 1);
  CHECK(prov.at("wasAssociatedWith").size() == 1);
}
