#include <cmath>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/workspace/project.h"

using namespace mlo;
using namespace mlo::workspace;

namespace {

Error error_of(const std::string& text) {
  try {
    static_cast<void>(parse_project(text, "mlo.yaml"));
  } catch (const Error& error) {
    return error;
  }
  FAIL("it was taken: " << text);
  return {ErrorKind::usage, ""};
}

constexpr auto kModel = R"(
pipeline:
  fit: {run: python fit.py, in: [data/a.csv], out: [model.onnx], metrics: [m.json], params: [seed]}
params: {seed: 7}
models:
  churn:
    path: model.onnx
    from: fit
    describe: {task: binary-classification, target: churned}
    validate:
      data: data/test.csv
      metrics: {roc_auc: ">= 0.80", log_loss: "<= 0.45"}
      slices: [region]
      slice_metrics: {accuracy: ">=70%"}
      fairness: {by: gender, equalized_odds_difference: "<= 0.1"}
      size: "<= 50 MB"
      latency: {p99: "<= 5 ms", batch: 2}
    promote: {production: {after: staging, require: [data, metrics]}}
    deliver: {production: {serve: {port: 8080}}}
    monitor: {reference: data/train.csv, drift: {share: 0.4}, on: {drift: [alert, train]}, cooldown: 2h}
)";

}  // namespace

TEST_CASE("a whole project file becomes values", "[project]") {
  const auto project = parse_project(kModel, "mlo.yaml");
  const auto& step = project.steps.at(0);
  CHECK(step.outputs == std::vector<std::string>{"model.onnx", "m.json"});
  const auto& model = project.model("churn");
  CHECK(model.validate.metrics.at(0).second.text() == ">= 0.8");
  CHECK(model.validate.slice_bounds.at(0).second.limit == Approx(0.7));
  CHECK(model.validate.size_bytes == 50'000'000);
  CHECK(model.validate.latency_ms.at(0).second.limit == 5);
  CHECK(model.validate.latency_batch == 2);
  CHECK(model.stages == std::vector<std::string>{"staging", "production"});
  CHECK(model.promote.at("production").after == "staging");
  CHECK(model.deliver.at("production").at(0).options["port"].as_integer() == 8080);
  CHECK(model.monitor->cooldown_seconds == 7200);
  CHECK(model.monitor->actions.at("drift").size() == 2);
}

TEST_CASE("an empty project file is an empty project", "[project]") {
  CHECK(parse_project("", "mlo.yaml").steps.empty());
  CHECK(parse_project("project: x\n", "mlo.yaml").name == "x");
}

TEST_CASE("a slip names line, key and the nearest known one", "[project]") {
  const auto error = error_of("project: x\npipelin: {}\n");
  CHECK(error.message() == "mlo.yaml:2:1: unknown key 'pipelin'");
  CHECK(error.hint() == "did you mean 'pipeline'?");
  CHECK(error_of("pipeline:\n  fit: {run: x, outs: [a]}\n").message() ==
        "mlo.yaml:2:17: unknown key 'outs'");
}

TEST_CASE("a step may name a param inside a group", "[project]") {
  const std::string params = "params: {model: {depth: 3, tree: {leaves: 4}}}\n";
  const auto project = parse_project(
      params + "pipeline: {fit: {run: x, params: [model.depth, model.tree, model.tree.leaves]}}\n",
      "mlo.yaml");
  CHECK(project.steps.at(0).params.size() == 3);
  CHECK(find_param(project.params, "model.tree.leaves")->as_integer() == 4);
  CHECK(find_param(project.params, "model.tree.leaves.more") == nullptr);
  const auto slip = error_of(params + "pipeline: {fit: {run: x, params: [model.dept]}}\n");
  CHECK(slip.message() ==
        "mlo.yaml:2:17: step 'fit' uses param 'model.dept', which is not in params");
  CHECK(slip.hint() == "did you mean 'model.depth'?");
}

TEST_CASE("an integer of a param is kept to its last digit", "[project]") {
  const auto project = parse_project(
      "params: {seed: 9223372036854775807, id: '18446744073709551617', big: 1e20}\n", "mlo.yaml");
  CHECK(project.params.dump() ==
        R"({"seed":9223372036854775807,"id":"18446744073709551617","big":100000000000000000000})");
  const auto error = error_of("params: {seed: 18446744073709551617}\n");
  CHECK(error.message() ==
        "mlo.yaml:1:16: 18446744073709551617 is too large: an integer has 64 bits");
  CHECK(error.hint() == "quote it to give the step a text: '18446744073709551617'");
}

TEST_CASE("what cannot work is refused where it stands", "[project]") {
  const auto text = GENERATE(
      as<std::string>(), "pipeline: {a: {run: x, out: [../b]}}",
      "pipeline: {a: {run: x, out: [/etc/passwd]}}", "pipeline: {a: {run: x, out: [.mlo/mlo.db]}}",
      "pipeline: {a: {out: [b]}}", "pipeline: {a: {run: x, out: [b]}, c: {run: y, out: [b]}}",
      "pipeline: {'a/b': {run: x}}", "pipeline: {a: {run: x, params: [seed]}}",
      "models: {m: {from: fit}}", "models: {m: {path: a.onnx, from: nope}}",
      "{pipeline: {fit: {run: x, out: [b]}}, models: {m: {path: a.onnx, from: fit}}}",
      "models: {m: {path: a.onnx, stages: [prod], promote: {production: {}}}}",
      "models: {m: {path: a.onnx, validate: {metrics: {auc: \">= 0.8\"}}}}",
      "models: {m: {path: a.onnx, validate: {size: big}}}",
      "models: {m: {path: a.onnx, validate: {latency: {p98: \"<= 1 ms\"}}}}",
      "models: {m: {path: a.onnx, monitor: {drift: {share: 0.3}}}}",
      "models: {m: {path: a.onnx, monitor: {reference: a.csv, on: {drift: [shout]}}}}",
      "models: {m: {path: a.onnx, deliver: {production: {rocket: {}}}}}", "project: 'a b'",
      "params: [1]", "data: 7", "pipeline: {a: {run: x, out: [mlo.yaml]}}",
      "pipeline: {a: {run: x, metrics: [mlo.lock]}}", "params: {seed: 18446744073709551617}",
      "params: {model: {layers: [1, -.inf]}}");
  INFO(text);
  const auto error = error_of(text);
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.message().starts_with("mlo.yaml:1:"));
}

TEST_CASE("a check of a list that has settings is told once, with the way out", "[project]") {
  const auto error = error_of("data:\n  w.csv: {checks: [duplicates, {kind: x}]}\n");
  CHECK(error.message() == "mlo.yaml:2:32: a check in a list has a name and no settings");
  CHECK(error.hint().find("duplicates: {severity: warn}") != std::string::npos);
}

TEST_CASE("a bound needs a sign and a figure", "[project]") {
  const auto bound =
      GENERATE(as<std::string>(), "0.8", "== 0.8", ">= lots", ">=", ">= 0.8x", ">= nan", ">= inf");
  INFO(bound);
  CHECK(error_of("models: {m: {path: a.onnx, describe: {task: regression, target: y}, validate: "
                 "{data: d.csv, "
                 "metrics: {r2: \"" +
                 bound + "\"}}}}")
            .kind() == ErrorKind::bad_input);
}

TEST_CASE("a bound holds for what it says and never for NaN", "[project]") {
  const workspace::Bound bound{workspace::Bound::Relation::at_least, 0.8};
  CHECK(bound.holds(0.8));
  CHECK_FALSE(bound.holds(0.79));
  CHECK_FALSE(bound.holds(std::nan("")));
  CHECK_FALSE(workspace::Bound{workspace::Bound::Relation::above, 0.8}.holds(0.8));
}

TEST_CASE("access is read with its roles, teams, administrators and protections", "[project]") {
  const auto project = parse_project(
      "access:\n"
      "  roles: {scientist: [track, \"promote:staging\"], release: approve}\n"
      "  people: {ana: scientist, bo: [release, scientist]}\n"
      "  machines: {ci: scientist}\n"
      "  teams: {board: {members: [cy], roles: release}}\n"
      "  admins: {members: [ana, bo], count: 2}\n"
      "  data: {data/secret: {read: [board, ci], write: bo}, data/logged: }\n"
      "  tests: {bo: {may: approve, may_not: [gc]}}\n",
      "mlo.yaml");
  REQUIRE(project.access);
  const auto& policy = project.access->policy;
  CHECK(policy.roles.at("release") == std::vector<std::string>{"approve"});
  CHECK(policy.roles_of("cy") == std::vector<std::string>{"release"});
  CHECK(policy.admins.count == 2);
  REQUIRE(policy.data.size() == 2);
  CHECK(policy.data[0].read == std::vector<std::string>{"board", "ci"});
  CHECK(project.access->tests.size() == 2);
}

TEST_CASE("what access cannot mean is refused where it stands", "[project]") {
  struct Case {
    std::string text, words;
  };
  const auto one = GENERATE(values<Case>({
      {"access: {roles: {a: [trak]}}", "mlo.yaml:1:21: no action 'trak'"},
      {"access: {people: {ana: a}}", "no role 'a'"},
      {"access: {roles: {a: track}, people: {x: a}, machines: {x: a}}", "among people and among"},
      {"access: {roles: {a: track}, teams: {a: {members: [x]}}}", "'a' is a role already"},
      {"access: {admins: {members: [x], count: 2}}", "2 administrators must agree"},
      {"access: {data: {d: {read: [nobody]}}}", "'nobody' is no role, team, person or machine"},
      {"access: {rols: {}}", "rols"},
      {"models: {m: {path: m.onnx, promote: {production: {approvals: {count: 1}}}}}",
       "approvals need 'from'"},
      {"models: {m: {path: m.onnx, promote: {production: {approvals: 1}}}}",
       "mlo.yaml:1:62: approvals come from a role, team or person, not from '1'"},
      {"models: {m: {path: m.onnx, promote: {production: {approvals: {from: [a, 2]}}}}}",
       "not from '2'"},
      {"models: {m: {path: m.onnx, promote: {production: {approvals: {from: a, count: 0}}}}}",
       "count is a number from 1"},
  }));
  INFO(one.text);
  CHECK_THROWS_WITH(parse_project(one.text, "mlo.yaml"), Catch::Contains(one.words));
}
