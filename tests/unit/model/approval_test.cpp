#include "mlo/model/approval.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

/// A version that ana registered; whoever acts may approve it.
struct Approvals : ModelWorkspace {
  explicit Approvals(const std::string& rule)
      : ModelWorkspace("    promote: {production: {" + rule + "}}\n") {
    make(1);
  }
  void act_as(const std::string& name) {
    world.environment = [ask = world.environment, name](const std::string& variable) {
      return variable == "MLO_ACTOR" ? std::optional(name) : ask(variable);
    };
  }
  Approved approve(std::optional<std::int64_t> expires_seconds = {}) const {
    auto repository = open();
    return model::approve(repository, {.reference = "sign",
                                       .stage = "production",
                                       .reason = "looked at it",
                                       .expires_seconds = expires_seconds});
  }
};

constexpr std::int64_t kDay = 86'400;

}  // namespace

TEST_CASE("nobody approves their own version, also where the stage asks for no approval") {
  const Approvals place("require: []");
  try {
    place.approve();
    FAIL("it was approved");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_allowed);
    CHECK(error.hint() ==
          "'production' asks for no approval: mlo promote sign@1 --to production -m WHY");
  }
  auto repository = place.open();
  CHECK(ledger::approvals(repository.ledger()).empty());
}

TEST_CASE("an approval that would end at once is refused") {
  Approvals place("require: []");
  place.act_as("bo");
  CHECK_THROWS_AS(place.approve(0), Error);
  CHECK_THROWS_AS(place.approve(200 * 365 * kDay), Error);
  CHECK(place.approve(1).expires.has_value());
}

TEST_CASE("an approval shows the end that counts: its own or the rule's, whichever is earlier") {
  Approvals place("approvals: {from: bo, expires: 7d}");
  place.act_as("bo");
  for (const std::int64_t days : {0, 3, 30}) {
    const auto approved = days == 0 ? place.approve() : place.approve(days * kDay);
    REQUIRE(approved.expires);
    const auto seconds =
        (approved.expires->microseconds - approved.approval.origin.at.microseconds) / 1'000'000;
    CHECK(std::abs(seconds - (days == 3 ? 3 : 7) * kDay) <= 60);
  }
}

TEST_CASE("a role that no policy gives to anybody satisfies no gate") {
  Approvals place("approvals: {from: reviewer}");
  place.act_as("bo");
  const auto approved = place.approve();
  CHECK(approved.counting == 0);
  CHECK(approved.all.at(0).why_not == "no policy is in force that says who is reviewer");
  CHECK(approved.next == std::vector<std::string>{"mlo policy apply -m WHY"});
  const auto refused = place.promote();
  CHECK_FALSE(refused.move);
  CHECK(refused.next.back() == "mlo policy apply -m WHY");
}

TEST_CASE("a question about a model without versions is answered by the rules alone") {
  const ModelWorkspace place;
  auto repository = place.open();
  const auto ruling = explain(repository, "ana", "promote:sign/production", false);
  CHECK(ruling.allowed);
  CHECK(ruling.reasons.back() == "gate for sign: there is no version to judge yet");
  CHECK_THROWS_AS(explain(repository, "ana", "promote:sign/prodution", false), Error);
  CHECK_THROWS_AS(explain(repository, "ana", "promote:sing/production", false), Error);
}

}  // namespace mlo::model
