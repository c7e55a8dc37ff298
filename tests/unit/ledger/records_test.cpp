#include "mlo/ledger/records.h"

#include "ledger/records/run_statement.h"
#include "mlo/ledger/step_outputs.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

bool same(const std::vector<Artifact>& left, const std::vector<Artifact>& right) {
  return std::ranges::equal(left, right, [](const Artifact& a, const Artifact& b) {
    return a.path == b.path && a.digest == b.digest;
  });
}

void check_same(const Run& read, const Run& written) {
  CHECK(read.id == written.id);
  CHECK(read.name == written.name);
  CHECK(read.status == written.status);
  CHECK(read.started_at == written.started_at);
  CHECK(read.finished_at == written.finished_at);
  CHECK(read.trigger == written.trigger);
  CHECK(read.params.canonical() == written.params.canonical());
  CHECK(read.metrics.canonical() == written.metrics.canonical());
  CHECK(read.tags == written.tags);
  CHECK(read.environment == written.environment);
  CHECK(read.git_commit == written.git_commit);
  CHECK(read.git_branch == written.git_branch);
  CHECK(read.git_author == written.git_author);
  CHECK(read.git_dirty == written.git_dirty);
  CHECK(same(read.materials, written.materials));
  CHECK(same(read.products, written.products));
  REQUIRE(read.steps.size() == written.steps.size());
  for (std::size_t i = 0; i < read.steps.size(); ++i) {
    CHECK(read.steps[i].name == written.steps[i].name);
    CHECK(read.steps[i].status == written.steps[i].status);
    CHECK(read.steps[i].reason == written.steps[i].reason);
    CHECK(read.steps[i].fingerprint == written.steps[i].fingerprint);
    CHECK(read.steps[i].duration_ms == written.steps[i].duration_ms);
    CHECK(read.steps[i].exit_code == written.steps[i].exit_code);
    CHECK(read.steps[i].log == written.steps[i].log);
    CHECK(same(read.steps[i].outputs, written.steps[i].outputs));
  }
}

}  // namespace

TEST_CASE("dataset versions read back, numbered by path", "[records]") {
  TestLedger test;
  const auto first = a_dataset(1);
  test.append(statement_of(first), "the first");
  auto second = a_dataset(2);
  second.parent = first.digest;
  second.schema = digest_of(50);
  second.rows.reset();
  test.append(statement_of(second), "more data");
  auto other = a_dataset(3);
  other.path = "data/other.csv";
  test.append(statement_of(other));

  const auto versions = dataset_versions(test.ledger(), "data/raw");
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].number == 2);
  CHECK(versions[0].parent == first.digest);
  CHECK(versions[0].schema == digest_of(50));
  CHECK_FALSE(versions[0].rows);
  CHECK(versions[0].origin.reason == "more data");
  CHECK(versions[0].origin.actor == "ana");
  CHECK(versions[1].digest == first.digest);
  CHECK(versions[1].folder);
  CHECK(versions[1].size_bytes == 1234);
  CHECK(versions[1].files == 2);
  CHECK(versions[1].rows == 100);
  CHECK(versions[1].columns == 5);
  CHECK(versions[1].profile == digest_of(1000));
  CHECK(versions[1].source == "a warehouse");
  CHECK(versions[1].license == "CC BY 4.0");
  CHECK_FALSE(versions[1].parent);
  CHECK(dataset_versions(test.ledger()).size() == 3);
  CHECK(latest_dataset(test.ledger(), "data/raw")->number == 2);
  CHECK(latest_dataset(test.ledger(), "data/other.csv")->number == 1);
  CHECK_FALSE(latest_dataset(test.ledger(), "data"));
}

TEST_CASE("a run reads back whole and follows SLSA's provenance", "[records]") {
  TestLedger test;
  const auto run = a_run();
  const auto entry = test.append(run);
  check_same(find_run(test.ledger(), run.id).value(), run);
  const auto& definition = entry.predicate.at("buildDefinition");
  CHECK(definition.at("buildType").as_string() == "urn:mlo:pipeline:v1");
  CHECK(definition.at("resolvedDependencies").size() == 4);
  CHECK(entry.predicate.at("runDetails").at("metadata").at("invocationId").as_string() == run.id);
  CHECK(entry.subjects.at(0).name == "model.onnx");
}

TEST_CASE("a run is found by the beginning of its id when that is enough", "[records]") {
  TestLedger test;
  test.append(a_run(1));
  test.append(a_run(22));
  CHECK(find_run(test.ledger(), a_run(1).id.substr(0, 25))->id == a_run(1).id);
  CHECK_FALSE(find_run(test.ledger(), "01X"));
  CHECK_FALSE(find_run(test.ledger(), ""));
  CHECK_FALSE(find_run(test.ledger(), "01%"));
  CHECK_THROWS_WITH(find_run(test.ledger(), "01J"), Catch::Contains("several runs"));
  const auto all = runs(test.ledger());
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == a_run(22).id);
  CHECK(runs(test.ledger(), 1).size() == 1);
}

TEST_CASE("a run that made nothing is its own subject", "[records]") {
  TestLedger test;
  Run run{.id = "01JEMPTY", .status = "interrupted", .trigger = "user"};
  const auto entry = test.append(run);
  REQUIRE(entry.subjects.size() == 1);
  CHECK(entry.subjects[0].name == "run/01JEMPTY");
  check_same(find_run(test.ledger(), run.id).value(), run);
}

TEST_CASE("a run of a thousand steps is continued in further entries", "[records]") {
  TestLedger test;
  auto run = a_run();
  run.steps.clear();
  run.products.clear();
  for (int i = 0; i < 1000; ++i) {
    const Artifact output{.path = "out/" + std::to_string(10'000 + i) + ".csv",
                          .digest = digest_of(5000 + i)};
    run.steps.push_back({.name = "step-" + std::to_string(i),
                         .status = "ran",
                         .fingerprint = digest_of(8000 + i),
                         .outputs = {output}});
    run.products.push_back(output);
    run.materials.push_back({.path = "in/" + std::to_string(i), .digest = digest_of(20'000 + i)});
  }
  test.append(run);
  CHECK(test.ledger().size() > 4);
  check_same(find_run(test.ledger(), run.id).value(), run);
  CHECK(runs(test.ledger()).size() == 1);
  const auto outputs = cached_outputs(test.ledger(), digest_of(8999));
  REQUIRE(outputs);
  CHECK(outputs->at(0).digest == digest_of(5999));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("outputs of finished steps are found again, also of failed runs", "[records]") {
  TestLedger test;
  auto run = a_run();
  run.status = "failed";
  run.products.clear();
  test.append(run);
  const auto outputs = cached_outputs(test.ledger(), *run.steps[0].fingerprint);
  REQUIRE(outputs);
  CHECK(same(*outputs, run.steps[0].outputs));
  // The step with this fingerprint failed.
  CHECK_FALSE(cached_outputs(test.ledger(), *run.steps[1].fingerprint));
  CHECK_FALSE(cached_outputs(test.ledger(), digest_of(12345)));
}

TEST_CASE("what was only ever restored is known, until a run has made it", "[records]") {
  TestLedger test;
  auto run = a_run();
  run.steps[0].status = "ran";
  test.append(run);
  const auto made = run.steps[0].outputs;
  run.id = "01JRESTORED";
  run.steps[0].status = "restored";
  run.steps[0].outputs[0].digest = digest_of(4711);
  test.append(run);
  const auto fingerprint = *run.steps[0].fingerprint;
  CHECK(same(*cached_outputs(test.ledger(), fingerprint), made));
  CHECK(once_made(test.ledger(), fingerprint, made));
  CHECK_FALSE(once_made(test.ledger(), fingerprint, run.steps[0].outputs));
  run.id = "01JELSEWHERE";
  run.steps[0].fingerprint = digest_of(815);
  test.append(run);
  CHECK(same(*cached_outputs(test.ledger(), digest_of(815)), run.steps[0].outputs));
}

TEST_CASE("model versions read back by number and by stage", "[records]") {
  TestLedger test;
  const auto first = a_model(1);
  test.append(statement_of(first));
  test.append(statement_of(a_model(2)), "better");
  const auto read = find_model(test.ledger(), "tumour", 1);
  REQUIRE(read);
  CHECK(read->digest == first.digest);
  CHECK(read->path == first.path);
  CHECK(read->size_bytes == first.size_bytes);
  CHECK(read->run == first.run);
  CHECK(read->signature == first.signature);
  CHECK(same(read->datasets, first.datasets));
  CHECK(read->params == first.params);
  CHECK(read->metrics == first.metrics);
  CHECK(read->description == first.description);
  CHECK(model_versions(test.ledger(), "tumour").front().number == 2);
  CHECK(model_versions(test.ledger()).size() == 2);
  CHECK(model_versions(test.ledger(), "other").empty());
  CHECK_FALSE(find_model(test.ledger(), "tumour", 3));

  CHECK_FALSE(model_at_stage(test.ledger(), "tumour", "production"));
  StageMove move{.model = "tumour", .number = 1, .digest = first.digest, .stage = "production"};
  test.append(statement_of(move));
  move.previous = 1;
  move.number = 2;
  move.digest = a_model(2).digest;
  test.append(statement_of(move));
  CHECK(model_at_stage(test.ledger(), "tumour", "production")->number == 2);
  move = {.model = "tumour",
          .number = 1,
          .digest = first.digest,
          .stage = "production",
          .previous = 2,
          .rollback = true};
  test.append(statement_of(move), "it failed");
  CHECK(model_at_stage(test.ledger(), "tumour", "production")->number == 1);
  const auto moves = stage_moves(test.ledger(), "tumour", "production");
  REQUIRE(moves.size() == 3);
  CHECK(moves[0].rollback);
  CHECK(moves[0].previous == 2);
  CHECK(moves[0].origin.reason == "it failed");
  CHECK_FALSE(moves[2].previous);
  CHECK(stage_moves(test.ledger(), "tumour", "staging").empty());
  CHECK(stage_moves(test.ledger(), "").size() == 3);
}

TEST_CASE("a model version is registered once, and only a registered one moves", "[records]") {
  TestLedger test;
  test.append(statement_of(a_model(1)));
  CHECK_THROWS_WITH(test.append(statement_of(a_model(1))), Catch::Contains("there already"));
  CHECK_THROWS_WITH(
      test.append(statement_of(StageMove{.model = "tumour", .number = 9, .stage = "x"})),
      Catch::Contains("no model version 'tumour@9'"));
  CHECK(test.ledger().size() == 3);
}

TEST_CASE("evidence reads back and follows in-toto's test result", "[records]") {
  TestLedger test;
  const auto evidence = an_evidence(a_model());
  const auto entry = test.append(statement_of(evidence));
  CHECK(entry.predicate.at("result").as_string() == "WARNED");
  CHECK(entry.predicate.at("passedTests").as_array().at(0).as_string() == "tumour@1: accuracy");
  CHECK(entry.predicate.at("warnedTests").size() == 1);
  CHECK(entry.predicate.at("failedTests").size() == 0);
  test.append(statement_of(an_evidence(a_model(), false)));
  const auto found = evidence_for(test.ledger(), a_model().digest);
  REQUIRE(found.size() == 2);
  CHECK_FALSE(found[0].passed);
  const auto& read = found[1];
  CHECK(read.passed);
  CHECK(read.target == "tumour@1");
  CHECK(same(read.inputs, evidence.inputs));
  REQUIRE(read.checks.size() == 2);
  CHECK(read.checks[0].name == "accuracy");
  CHECK(read.checks[0].kind == "metrics");
  CHECK(read.checks[0].passed);
  CHECK(read.checks[0].value == Json(0.95));
  CHECK(read.checks[0].threshold == Json(">= 0.9"));
  CHECK_FALSE(read.checks[0].failing_rows);
  CHECK(read.checks[1].severity == "warn");
  CHECK(read.checks[1].failing_rows == 3);
  CHECK(read.checks[1].message == "large");
  CHECK(read.checks[1].threshold.is_null());
}

TEST_CASE("a gate decision names the very entries it weighed, as SLSA's summary", "[records]") {
  TestLedger test;
  test.append(statement_of(a_model()));
  const auto evidence = test.append(statement_of(an_evidence(a_model())));
  GateDecision decision{.model = "tumour",
                        .number = 1,
                        .digest = a_model().digest,
                        .stage = "pre-prod",
                        .passed = true,
                        .reasons = {"metrics: ok", "size: ok"},
                        .evidence = {evidence.index},
                        .policy = digest_of(3)};
  const auto entry = test.append(statement_of(decision));
  const auto& input = entry.predicate.at("inputAttestations").as_array().at(0);
  CHECK(input.at("digest").at("sha256").as_string() ==
        Digest::of(test.ledger().envelope(evidence.index).value()).hex());
  CHECK(entry.predicate.at("timeVerified").as_string() == entry.time.text());
  CHECK(entry.predicate.at("verifiedLevels").as_array().at(0).as_string() == "MLO_STAGE_PRE_PROD");
  const auto read = gate_decisions(test.ledger(), "tumour").at(0);
  CHECK(read.reasons == decision.reasons);
  CHECK(read.evidence == decision.evidence);
  CHECK(read.policy == decision.policy);
  CHECK(read.stage == "pre-prod");
  CHECK(read.passed);
  decision.evidence = {999};
  CHECK_THROWS_WITH(test.append(statement_of(decision)), Catch::Contains("no ledger entry 999"));
}

TEST_CASE("deployments, monitoring windows and alerts read back", "[records]") {
  TestLedger test;
  tell_a_story(test);
  const auto deployment = deployments(test.ledger(), "tumour").at(0);
  CHECK(deployment.number == 1);
  CHECK(deployment.stage == "production");
  CHECK(deployment.target == "serve");
  CHECK(deployment.status == "live");
  CHECK(deployment.detail == "port 8080");
  const auto window = monitor_windows(test.ledger(), "tumour").at(0);
  CHECK(window.from.microseconds == 1);
  CHECK(window.to.microseconds == 2'000'000);
  CHECK(window.rows == 50);
  CHECK(window.drifted);
  CHECK(window.drifted_share == 1.0);
  CHECK(window.drifted_columns == std::vector<std::string>{"radius"});
  CHECK(window.quality == Json::object({{"accuracy", 0.5}}));
  CHECK(window.report == digest_of(4));
  const auto alert = alerts(test.ledger(), "tumour").at(0);
  CHECK(alert.kind == "drift");
  CHECK(alert.message == "radius moved");
  CHECK(alert.actions == std::vector<std::string>{"alert", "train"});
  CHECK(alerts(test.ledger(), "tumour", 0).empty());
  CHECK(deployments(test.ledger(), "other").empty());
}

TEST_CASE("the read-only views say what people ask for", "[records]") {
  TestLedger test;
  tell_a_story(test);
  auto& database = test.ledger().database();
  const auto text = [](const Row& row) { return row.get<std::string>(0); };
  CHECK(database.one("SELECT stages FROM models", text) == "production");
  CHECK(database.one("SELECT digest FROM models", text) == a_model().digest.text());
  CHECK(database.one("SELECT actor FROM audit_log WHERE entry = 3", text) == "ana");
  CHECK(database.one("SELECT time FROM audit_log WHERE entry = 3", text)->size() == 20);
  CHECK(database.one("SELECT status FROM deployments", text) == "live");
  CHECK(database.one("SELECT git_branch FROM runs", text) == "main");
  CHECK(database.one("SELECT source FROM lineage WHERE relation = 'delivery'", text) ==
        a_model().digest.text());
}
