#include "run/run_query.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

std::string message_of(const RunQuestion& question) {
  try {
    compile(question);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

/// Three runs: depth 3, 5 and 7 with auc 0.8, 0.95 and none.
struct ThreeRuns : Workspace {
  ThreeRuns()
      : Workspace(R"(project: demo
params: {depth: 3, kind: tree}
pipeline:
  fit: {run: "sh fit.sh", in: [fit.sh], metrics: [m.json], params: [depth, kind]}
)") {
    write("fit.sh", R"sh(case $MLO_PARAM_DEPTH in
3) echo '{"auc": 0.8, "f1 score": 1}' ;; 5) echo '{"auc": 0.95}' ;; *) echo '{"loss": 2}' ;;
esac > m.json
)sh");
    for (const std::string depth : {"3", "5", "7"})
      train({.params = {{"depth", depth}}, .reason = "r" + depth});
  }
  /// The depths of what is found, in order.
  [[nodiscard]] std::string depths(const RunQuestion& question) const {
    auto repository = open();
    std::string found;
    for (const auto& run : find_runs(repository, question)) found += run.params.at("depth").dump();
    return found;
  }
};

}  // namespace

TEST_CASE("a question finds the runs it means, in its order", "[run_query]") {
  const ThreeRuns place;
  const auto ask = [&](const std::string& text) { return place.depths({.text = text}); };
  CHECK(ask("") == "753");
  CHECK(ask("metrics.auc > 0.9 and params.depth = 5 order by metrics.auc desc limit 10") == "5");
  CHECK(ask("order by metrics.auc") == "357");  // who has no value comes last
  CHECK(ask("order by metrics.auc desc") == "537");
  CHECK(ask("order by params.depth desc limit 2") == "75");
  CHECK(ask("limit 1") == "7");
  CHECK(ask("metrics.auc != 0.8") == "5");
  CHECK(ask("metrics.auc is null or metrics.auc < 0.9") == "73");
  CHECK(ask("not (params.depth in (3, 5))") == "7");
  CHECK(ask("params.depth not in (3)") == "75");
  CHECK(ask("metrics.\"f1 score\" >= 1") == "3");
  CHECK(ask("params.kind = tree and reason like 'r%' AND status = finished") == "753");
  CHECK(ask("started_at > '2020-01-01' and duration_ms >= 0") == "753");
  CHECK(ask("started_at < 2020-01-01") == "");
  CHECK(place.depths({.order_by = "params.depth", .limit = 2}) == "35");
}

TEST_CASE("runs are listed by their begin, whenever they ended", "[run_query]") {
  Workspace place("project: demo\n");
  auto repository = place.open();
  const auto end = [&](const std::string& id, std::int64_t started, std::int64_t finished) {
    ledger::Run run{.id = id, .name = id};
    run.status = "finished";
    run.started_at = {started};
    run.finished_at = {finished};
    repository.ledger().append(ledger::statements_of(run), {"train", {}});
  };
  end("01ARYZ6S410000000000000002", 2'000'000, 3'000'000);
  end("01ARYZ6S410000000000000001", 1'000'000, 9'000'000);
  const auto found = find_runs(repository, {});
  REQUIRE(found.size() == 2);
  CHECK(found[0].id.ends_with("2"));
}

TEST_CASE("a question says itself whether it has a limit", "[run_query]") {
  CHECK(limit_in("metrics.auc > 0.9 LIMIT 5") == 5);
  CHECK_FALSE(limit_in("reason = 'no limit '"));
  CHECK_FALSE(limit_in(""));
}

TEST_CASE("values and names are bound, never pasted", "[run_query]") {
  const ThreeRuns place;
  CHECK(place.depths({.text = "name = 'x'' OR 1=1 --'"}).empty());
  const auto query = compile({.text = "params.a = 'zebra' and metrics.quagga = 1"});
  for (const auto* word : {"zebra", "quagga"}) CHECK(query.sql.find(word) == std::string::npos);
  CHECK(query.bound.size() == 4);
}

TEST_CASE("a question may be as long and as deep as it says", "[run_query]") {
  const ThreeRuns place;
  std::string many = "params.depth = 3";
  for (int i = 1; i < 400; ++i)
    many += i % 2 == 0 ? " or params.depth = 3" : " and metrics.auc > 0";
  CHECK(place.depths({.text = many}) == "3");
  // The worst for SQLite's parser: each level waits for what stands to the right.
  std::string deep = "params.depth = 3";
  for (int i = 0; i < 20; ++i)
    deep = (i % 2 == 0 ? "metrics.auc > 9 or (" : "metrics.auc > 0 and (") + deep + ")";
  CHECK(place.depths({.text = deep}) == "3");
  std::string denied = "params.depth = 3";
  for (int i = 0; i < 20; ++i) denied = "not " + denied;
  CHECK(place.depths({.text = denied}) == "3");
  CHECK(message_of({.text = "(" + deep + ")"}).find("nested too deep") != std::string::npos);
}

TEST_CASE("what cannot be understood names its column", "[run_query]") {
  CHECK(message_of({.text = std::string("params.\"a\0b\" = 1", 16)})
            .find("a name holds no control characters") != std::string::npos);
  CHECK(message_of({.text = "metrics.auc >"}) ==
        "column 14 of the question: expected a value, found the end");
  CHECK(message_of({.text = "metrik.auc > 1"}) ==
        "column 1 of the question: no such name, found 'metrik.auc > 1'");
  CHECK(message_of({.text = "metrics.auc 1"}) ==
        "column 13 of the question: expected =, !=, <, <=, >, >=, like, in, between or is, "
        "found '1'");
  CHECK(message_of({.text = "status = 'a"}) ==
        "column 10 of the question: a quote is not closed, found ''a'");
  CHECK(message_of({.text = "(status = a"}) ==
        "column 12 of the question: expected ')', found the end");
  CHECK(message_of({.text = "status = a status = b"}) ==
        "column 12 of the question: expected 'and', 'or', 'order by', 'limit' or the end, found "
        "'status = b'");
  CHECK(message_of({.text = "limit -1"}) ==
        "column 7 of the question: expected a number of runs, found '-1'");
  CHECK(message_of({.text = "started_at > soon"}) ==
        "column 14 of the question: expected a moment like '2026-11-23' or "
        "'2026-11-23T08:00:00Z', found 'soon'");
  CHECK(message_of({.text = "größe = ;"}) ==
        "column 1 of the question: no such name, found 'größe = ;'");
  CHECK(message_of({.order_by = "metrics.a desc up"}) ==
        "column 16 of the question: expected ',' or the end, found 'up'");
  CHECK(message_of({.text = std::string(2000, '(')}) ==
        "column 22 of the question: nested too deep, found '(((((((((((((((((((((((('");
}

TEST_CASE("runs become a table with a column for each param and metric", "[run_query]") {
  const ThreeRuns place;
  auto repository = place.open();
  const auto csv = to_csv(find_runs(repository, {.text = "order by params.depth"}));
  CHECK(csv.starts_with(
      "id,name,status,started_at,finished_at,duration_ms,trigger,git_commit,git_branch,actor,"
      "reason,params.depth,params.kind,metrics.auc,metrics.f1 score,metrics.loss\r\n"));
  CHECK(csv.find(",r3,3,tree,0.8,1,\r\n") != std::string::npos);
  CHECK(csv.find(",r7,7,tree,,,2\r\n") != std::string::npos);
}

TEST_CASE("a comparison tells every fact and which of them differ", "[run_query]") {
  const ThreeRuns place;
  const auto runs = place.runs();
  const auto facts = compare_runs(std::span(runs).first(2));
  const auto find = [&](const std::string& name) {
    for (const auto& fact : facts)
      if (fact.name == name) return fact;
    return ComparedFact{};
  };
  CHECK(find("depth").differs);
  CHECK(find("depth").values == std::vector<Json>{7, 5});
  CHECK(find("auc").values == std::vector<Json>{Json(), 0.95});
  CHECK_FALSE(find("kind").differs);
  CHECK_FALSE(find("fit.sh").differs);
  CHECK(find("m.json").differs);
}

TEST_CASE("outputs of a cached step are compared as what they are", "[run_query]") {
  Workspace place(kPipeline);
  place.write("raw.txt", "rows\n");
  place.write("fit.sh", kFit);
  place.train();
  CHECK(told(place.train({.params = {{"seed", "8"}}})) == "split: cached, fit: ran, export: ran");
  std::map<std::string, bool> differs;
  for (const auto& fact : compare_runs(place.runs()))
    if (fact.kind == "output") differs[fact.name] = fact.differs;
  CHECK(differs ==
        std::map<std::string, bool>{
            {"metrics.json", true}, {"model", true}, {"model.out", true}, {"train.txt", false}});
}

TEST_CASE("a range, and MLflow's names for the same things", "[run_query]") {
  ThreeRuns place;
  CHECK(place.depths({.text = "params.depth between 4 and 8"}) == "75");
  CHECK(place.depths({.text = "params.depth not between 4 and 8"}) == "3");
  CHECK(place.depths({.text = "metric.auc > 0.9 and attributes.status = 'finished'"}) == "5");
  CHECK(place.depths({.text = "param.depth = 3 and attribute.name like 'demo%'"}) == "3");
}

TEST_CASE("a question has an end", "[run_query]") {
  std::string many = "id = 1";
  for (int i = 0; i < 500; ++i) many += " or id = 1";
  CHECK(message_of({.text = many}).find("more than 400 comparisons") != std::string::npos);
  std::string values = "id in (1";
  for (int i = 0; i < 15'000; ++i) values += ",1";
  CHECK(message_of({.text = values + ")"}).find("more than 10000 values") != std::string::npos);
  CHECK(message_of({.text = std::string(100'000, ' ')}).find("longer than") != std::string::npos);
}

}  // namespace mlo::run
