#include "run/params.h"

#include <catch2/catch.hpp>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"

namespace mlo::run {
namespace {

Json params() {
  return Json::object({{"seed", 7},
                       {"test_share", 0.3},
                       {"name", "forest"},
                       {"model", Json::object({{"depth", 3}, {"wide", true}})}});
}

}  // namespace

TEST_CASE("values of the command line are read as YAML and replace those of the file", "[params]") {
  const auto changed = with_overrides(
      params(), {{"seed", "8"}, {"test_share", "0.25"}, {"name", "'8'"}, {"model.depth", "4"}});
  CHECK(changed.dump() ==
        R"({"seed":8,"test_share":0.25,"name":"8","model":{"depth":4,"wide":true}})");
  CHECK(with_overrides(params(), {{"name", ""}})["name"].as_string().empty());
}

TEST_CASE("a whole number that no double holds is text in a record", "[params]") {
  const auto given =
      Json::parse(R"({"seed": 9007199254740993, "list": [9007199254740992, -9007199254740993]})");
  CHECK(canonical_integers(given).canonical() ==
        R"({"list":[9007199254740992,"-9007199254740993"],"seed":"9007199254740993"})");
  CHECK_THROWS_AS(with_overrides(params(), {{"seed", "18446744073709551617"}}), Error);
}

TEST_CASE("an unknown param is refused with the nearest", "[params]") {
  try {
    with_overrides(params(), {{"sede", "8"}});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message() == "no param 'sede' in mlo.yaml");
    CHECK(error.hint() == "did you mean 'seed'?");
  }
  CHECK_THROWS_AS(with_overrides(params(), {{"seed", "[1, 2]"}}), Error);
}

TEST_CASE("a step gets the params that it declares and no others", "[params]") {
  const workspace::StepSpec fit{.name = "fit", .params = {"seed", "model.depth"}, .line = 4};
  CHECK(params_of(fit, params()).dump() == R"({"seed":7,"model.depth":3})");
  const workspace::StepSpec slip{.name = "fit", .params = {"model.dept"}, .line = 4};
  try {
    params_of(slip, params());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.message() == "step 'fit' (mlo.yaml:4) uses param 'model.dept', which is not there");
    CHECK(error.hint() == "did you mean 'model.depth'?");
  }
}

TEST_CASE("params become variables as a shell can read them", "[params]") {
  const auto environment = environment_of(Json::object({{"seed", 7},
                                                        {"test_share", 0.3},
                                                        {"model.depth", 3},
                                                        {"name", "a b"},
                                                        {"fast", true},
                                                        {"list", Json::array({1, 2})}}));
  CHECK(environment == std::map<std::string, std::string>{{"MLO_PARAM_SEED", "7"},
                                                          {"MLO_PARAM_TEST_SHARE", "0.3"},
                                                          {"MLO_PARAM_MODEL_DEPTH", "3"},
                                                          {"MLO_PARAM_NAME", "a b"},
                                                          {"MLO_PARAM_FAST", "true"},
                                                          {"MLO_PARAM_LIST", "[1,2]"}});
}

}  // namespace mlo::run
