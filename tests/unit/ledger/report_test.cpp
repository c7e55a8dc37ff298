#include "mlo/ledger/report.h"

#include "ledger/record_kind.h"
#include "mlo/ledger/audit.h"
#include "mlo/ledger/controls.h"
#include "mlo/ledger/tracking.h"
#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

const ReportSection& section(const Report& report, const std::string& key) {
  for (const auto& one : report.sections)
    if (one.key == key) return one;
  throw std::out_of_range(key);
}

/// Moves a version to production and delivers it.
std::pair<Entry, Entry> release(TestLedger& test, std::int64_t number, bool rollback = false) {
  const auto model = a_model(number);
  auto move = test.append(statement_of(StageMove{.model = "tumour",
                                                 .number = number,
                                                 .digest = model.digest,
                                                 .stage = "production",
                                                 .rollback = rollback}),
                          rollback ? "it drifted" : "better");
  auto delivery = test.append(statement_of(Deployment{.model = "tumour",
                                                      .number = number,
                                                      .digest = model.digest,
                                                      .stage = "production",
                                                      .target = "serve",
                                                      .status = "live"}));
  return {std::move(move), std::move(delivery)};
}

const Control& control(const std::vector<Control>& all, const std::string& name) {
  for (const auto& one : all)
    if (one.control == name) return one;
  throw std::out_of_range(name);
}

}  // namespace

TEST_CASE("who held a stage and what was deployed, from when to when", "[report]") {
  TestLedger test;
  for (int number = 1; number <= 2; ++number) {
    test.append(a_run(number));
    test.append(statement_of(a_model(number)));
  }
  const auto [first, first_live] = release(test, 1);
  const auto [second, second_live] = release(test, 2);
  const auto [back, back_live] = release(test, 1, true);

  const auto report = audit_report(test.ledger(), {});
  CHECK(report.verified);
  const auto& stages = section(report, "stages").rows;
  REQUIRE(stages.size() == 3);
  CHECK(stages[0].what == "tumour@1 in production");
  CHECK(stages[0].until == second.time);
  CHECK(stages[1].until == back.time);
  CHECK_FALSE(stages[2].until);
  const auto& deployed = section(report, "deployments").rows;
  REQUIRE(deployed.size() == 3);
  CHECK(deployed[0].until == second_live.time);
  CHECK_FALSE(deployed[2].until);
  REQUIRE(section(report, "exceptions").rows.size() == 1);
  CHECK(section(report, "exceptions").rows[0].why == "it drifted");

  // A period takes in what began before it and lasted into it.
  const auto later = audit_report(test.ledger(), {.since = second_live.time});
  REQUIRE(section(later, "stages").rows.size() == 2);
  CHECK(section(later, "stages").rows[0].entry == second.index);
  const auto before = audit_report(test.ledger(), {.until = second.time});
  CHECK(section(before, "stages").rows.size() == 1);
  CHECK(section(before, "exceptions").rows.empty());
  CHECK_THROWS_AS(audit_report(test.ledger(), {.model = "none"}), Error);
}

TEST_CASE("what does not verify, and what nothing vouches for, are gaps", "[report]") {
  TestLedger test;
  auto dataset = a_dataset();
  dataset.source.clear();
  test.append(statement_of(dataset));
  auto run = a_run();
  run.git_commit.clear();
  run.git_dirty.reset();
  test.append(run);
  auto model = a_model();
  model.run.clear();
  const auto registered = test.append(statement_of(model));
  auto gaps = section(audit_report(test.ledger(), {}), "gaps").rows;
  REQUIRE(gaps.size() == 3);
  CHECK(gaps[2].entry == registered.index);

  test.tamper("UPDATE model_version SET metrics = '{}'");
  const auto report = audit_report(test.ledger(), {});
  CHECK_FALSE(report.verified);
  CHECK(section(report, "gaps").rows.front().state == "not verified");
}

TEST_CASE("what is said of a model beside its versions publishes nothing and is no gap",
          "[report]") {
  TestLedger test;
  test.append(a_run());
  const auto version = test.append(statement_of(a_model()));
  test.append(statement_of(RegisteredModel{.name = "tumour", .description = "of mice"}));
  test.append(statement_of(VersionNote{.model = "tumour", .number = 1, .description = "small"}));
  test.append(statement_of(LoggedModel{
      .id = "m-" + std::string(32, '0'), .name = "model", .run = a_run().id, .status = "ready"}));
  const auto report = audit_report(test.ledger(), {});
  REQUIRE(section(report, "publications").rows.size() == 1);
  CHECK(section(report, "publications").rows[0].entry == version.index);
  const auto& gaps = section(report, "gaps").rows;
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].state == "the code that ran had changes that were not committed");
}

TEST_CASE("a broken glass is told with what it broke", "[report]") {
  Office office;
  const auto model = a_model();
  office.append(a_run());
  office.append(statement_of(model));
  const auto promote = [&](bool passed) {
    const std::vector<Statement> act{statement_of(GateDecision{.model = "tumour",
                                                               .number = 1,
                                                               .digest = model.digest,
                                                               .stage = "production",
                                                               .passed = passed,
                                                               .policy = digest_of(3)}),
                                     statement_of(StageMove{.model = "tumour",
                                                            .number = 1,
                                                            .digest = model.digest,
                                                            .stage = "production",
                                                            .break_glass = true})};
    office.ledger().append(act, {"promote", "now"});
  };
  promote(false);
  promote(true);
  propose_policy(office.ledger(),
                 {.roles = {{"all", {"*"}}}, .people = {{"ana", {"all"}}}, .admins = {{"ana"}, 1}},
                 "rules");
  promote(false);
  std::vector<std::string> why;
  const auto report = audit_report(office.ledger(), {});
  for (const auto& row : section(report, "exceptions").rows)
    if (row.state != "the gate said no") why.push_back(row.state);
  CHECK(why == std::vector<std::string>{"rules broken; no policy was in force",
                                        "asked to go past a gate that let it pass",
                                        "rules broken, by permission"});
}

TEST_CASE("a report as a table is safe to open in a spreadsheet", "[report]") {
  TestLedger test;
  test.append(a_run());
  test.append(statement_of(a_model()), "=HYPERLINK(\"http://x\", \"y\")");
  const auto csv = to_csv(audit_report(test.ledger(), {}));
  CHECK(csv.starts_with("section,entry,from,to,who,what,why,state\r\n"));
  CHECK_THAT(csv, Catch::Contains("\"'=HYPERLINK(\"\"http://x\"\", \"\"y\"\")\""));
}

TEST_CASE("controls name the entries that show them, and what is missing", "[report]") {
  TestLedger test;
  const auto none = audit_controls(test.ledger(), "", "");
  CHECK(none.size() > 40);
  CHECK(control(none, "Art. 12(1)").status() == "lacking");
  tell_a_story(test);
  const auto all = audit_controls(test.ledger(), "eu ai", "");
  CHECK(control(all, "Art. 12(1)").status() == "evidenced");
  CHECK(control(all, "Art. 10(2)(b)").evidence[0].entries == std::vector<std::int64_t>{2});
  CHECK(control(all, "Art. 11(1)").status() == "partly");
  CHECK(control(all, "Art. 15(1)").status() == "evidenced");
  CHECK(control(all, "Art. 15(5)").status() == "lacking");
  CHECK(control(audit_controls(test.ledger(), "sr", "tumour"), "V (monitoring)").status() ==
        "evidenced");
  CHECK_THROWS_AS(audit_controls(test.ledger(), "hipaa", ""), Error);
}

TEST_CASE("a control may ask for one check of data", "[report]") {
  TestLedger test;
  const auto privacy = [&] {
    return control(audit_controls(test.ledger(), "nist", ""), "MEASURE 2.10").status();
  };
  Evidence evidence{.subject = {.name = "data/raw", .digest = a_dataset().digest},
                    .target = "data/raw",
                    .passed = true,
                    .checks = {{.name = "y: rarest class",
                                .kind = "data",
                                .target = "data/raw",
                                .passed = true,
                                .check = "class_imbalance"}}};
  test.append(statement_of(evidence));
  CHECK(privacy() == "lacking");
  evidence.checks.push_back({.name = "personal data",
                             .kind = "data",
                             .target = "data/raw",
                             .passed = true,
                             .check = "personal_data"});
  test.append(statement_of(evidence));
  CHECK(privacy() == "evidenced");
  CHECK(evidence_for(test.ledger(), a_dataset().digest).front().checks[1].check == "personal_data");
}

TEST_CASE("every control is there once and asks for entries that the ledger writes", "[report]") {
  TestLedger test;
  // Kinds that policies write come with their own files.
  const std::set<std::string> ours{"approval", "policy", "access"};
  std::set<std::string> seen;
  for (const auto& one : audit_controls(test.ledger(), "", "")) {
    CHECK(seen.insert(one.framework + " " + one.control).second);
    REQUIRE_FALSE(one.evidence.empty());
    for (const auto& wanted : one.evidence) {
      const auto type = wanted.kind.find("://") == std::string::npos
                            ? "urn:mlo:" + wanted.kind + ":v1"
                            : wanted.kind;
      INFO(one.control << " " << wanted.kind);
      CHECK((record_kinds().find(type) != nullptr || ours.contains(wanted.kind)));
      CHECK_FALSE(wanted.hint.empty());
    }
  }
}

TEST_CASE("the log answers by reason, by path, by digest and by time", "[audit]") {
  TestLedger test;
  tell_a_story(test);
  const auto last = test.append(statement_of(a_dataset(2)), "the Monday export");
  const auto found = audit_log(test.ledger(), {.reason = "monday"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].index == last.index);
  CHECK(audit_log(test.ledger(), {.about = "data/raw"}).size() == 3);
  CHECK(audit_log(test.ledger(), {.about = digest_of(2).text()}).size() == 1);
  CHECK(audit_log(test.ledger(), {.until = last.time}).size() ==
        static_cast<std::size_t>(last.index));
  CHECK(audit_log(test.ledger(), {.from = last.index}).size() == 1);
}
