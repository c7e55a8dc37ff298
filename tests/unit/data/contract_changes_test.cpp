#include "mlo/data/contract_changes.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;

namespace {

Contract base() {
  return {.id = "t",
          .name = "t",
          .version = "1.4.2",
          .columns = {{.name = "age",
                       .type = ColumnType::integer,
                       .minimum = 0,
                       .maximum = 100,
                       .values = {},
                       .pattern = {},
                       .max_null_share = 0.1},
                      {.name = "plan",
                       .type = ColumnType::text,
                       .minimum = {},
                       .maximum = {},
                       .values = {"free", "paid"},
                       .pattern = {},
                       .max_null_share = {}}},
          .min_rows = 10};
}

QualityRule rule_of(Condition condition) {
  QualityRule rule{.kind = QualityRule::Kind::rows, .name = "rows: count"};
  rule.condition = std::move(condition);
  return rule;
}

ContractChanges after(void (*change)(Contract&)) {
  auto changed = base();
  change(changed);
  return compare(base(), changed);
}

}  // namespace

TEST_CASE("a contract that stays the same changes nothing", "[contract]") {
  const auto changes = compare(base(), base());
  CHECK(changes.changes.empty());
  CHECK(changes.compatibility() == "full");
  CHECK(changes.bump().empty());
  CHECK(raised("1.4.2", changes.bump()) == "1.4.2");
}

TEST_CASE("what refuses more breaks who writes, what refuses less who reads", "[contract]") {
  struct Case {
    void (*change)(Contract&);
    const char* subject;
    const char* word;
    const char* compatibility;
    const char* bump;
  };
  const auto [change, subject, word, compatibility, bump] = GENERATE(values<Case>({
      {[](Contract& c) { c.columns[0].maximum = 120; }, "age: maximum", "loosened", "backward",
       "major"},
      {[](Contract& c) { c.columns[0].maximum = 90; }, "age: maximum", "tightened", "forward",
       "minor"},
      {[](Contract& c) { c.columns[0].minimum.reset(); }, "age: minimum", "loosened", "backward",
       "major"},
      {[](Contract& c) { c.columns[0].max_null_share = 0.05; }, "age: null share", "tightened",
       "forward", "minor"},
      {[](Contract& c) { c.columns[0].type = ColumnType::number; }, "age: type", "loosened",
       "backward", "major"},
      {[](Contract& c) { c.columns[0].type = ColumnType::date; }, "age: type", "changed", "none",
       "major"},
      {[](Contract& c) { c.columns[0].required = true; }, "age: required", "tightened", "forward",
       "minor"},
      {[](Contract& c) {
         c.columns[1].values = {"free", "paid", "gold"};
       },
       "plan: values", "loosened", "backward", "major"},
      {[](Contract& c) {
         c.columns[1].values = {"free", "gold"};
       },
       "plan: values", "changed", "none", "major"},
      {[](Contract& c) { c.columns[1].pattern = "f.*"; }, "plan: pattern", "tightened", "forward",
       "minor"},
      {[](Contract& c) { c.columns[1].severity = "warn"; }, "plan: severity", "loosened",
       "backward", "major"},
      {[](Contract& c) { c.min_rows = 20; }, "rows: minimum", "tightened", "forward", "minor"},
      {[](Contract& c) { c.columns.pop_back(); }, "plan", "removed", "backward", "major"},
      {[](Contract& c) { c.columns.push_back({.name = "new", .type = ColumnType::text}); }, "new",
       "added", "forward", "minor"},
      {[](Contract& c) { c.rules.push_back(rule_of({.value = 5})); }, "rows: count", "tightened",
       "forward", "minor"},
  }));
  const auto changes = after(change);
  INFO(subject << " " << word);
  REQUIRE(changes.changes.size() == 1);
  CHECK(changes.changes[0].subject == subject);
  CHECK(changes.changes[0].change == word);
  CHECK(changes.compatibility() == compatibility);
  CHECK(changes.bump() == bump);
}

TEST_CASE("a warning refuses no table, so its change breaks nobody", "[contract]") {
  auto before = base();
  before.columns[0].severity = "warn";
  auto changed = before;
  changed.columns[0].maximum = 1;
  const auto changes = compare(before, changed);
  CHECK(changes.compatibility() == "full");
  CHECK(changes.bump() == "minor");
}

TEST_CASE("conditions of a rule are compared as intervals", "[contract]") {
  const auto judged = [](Condition before, Condition after) {
    auto first = base();
    auto second = base();
    first.rules = {rule_of(std::move(before))};
    second.rules = {rule_of(std::move(after))};
    return compare(first, second).compatibility();
  };
  using Operator = Condition::Operator;
  CHECK(judged({.comparison = Operator::greater, .value = 5},
               {.comparison = Operator::greater_or_equal, .value = 5}) == "backward");
  CHECK(judged({.comparison = Operator::between, .value = 1, .high = 9},
               {.comparison = Operator::between, .value = 2, .high = 9}) == "forward");
  CHECK(judged({.comparison = Operator::between, .value = 1, .high = 9},
               {.comparison = Operator::between, .value = 2, .high = 10}) == "none");
  CHECK(judged({.comparison = Operator::not_equal, .value = 1},
               {.comparison = Operator::not_equal, .value = 2}) == "none");
  CHECK(judged({.comparison = Operator::less, .value = 5},
               {.comparison = Operator::less, .value = 5}) == "full");
}

TEST_CASE("words of a rule are a patch, and versions are raised by their part", "[contract]") {
  auto first = base();
  first.rules = {rule_of({.value = 5})};
  auto second = first;
  second.rules[0].reason = "since March";
  const auto changes = compare(first, second);
  REQUIRE(changes.changes.size() == 1);
  CHECK(changes.changes[0].change == "reworded");
  CHECK(changes.bump() == "patch");
  CHECK(raised("1.4.2", "patch") == "1.4.3");
  CHECK(raised("1.4.2", "minor") == "1.5.0");
  CHECK(raised("1.4.2", "major") == "2.0.0");
  CHECK(raised("draft", "major") == "draft");
}

TEST_CASE("a contract evolves as little as its new table asks for", "[contract]") {
  const Folder folder;
  auto contract = base();
  contract.min_rows = 1;
  contract.columns[0].required = true;
  contract.columns[0].max_null_share.reset();
  contract.rules = {rule_of({.value = 3})};
  const auto table =
      folder.write("t.csv", "age,plan,city\n1,free,x\n150,gold,y\n2.5,paid,x\n,free,z\n");
  const auto evolution = evolve(contract, table, {.now = {}});
  const auto& age = evolution.contract.columns[0];
  CHECK(age.type == ColumnType::number);
  CHECK_FALSE(age.required);
  CHECK(age.max_null_share == 0.51);
  CHECK(age.minimum == 0);  // held, so it stays
  CHECK(*age.maximum >= 150);
  CHECK(evolution.contract.columns[1].values == std::vector<std::string>{"free", "paid", "gold"});
  CHECK(evolution.contract.columns[2].name == "city");
  CHECK(evolution.contract.version == "2.0.0");
  CHECK(evolution.changes.compatibility() == "none");
  REQUIRE(evolution.failing.size() == 1);
  CHECK(evolution.failing[0].name == "rows: count");
  // And then it holds.
  auto kept = evolution.contract;
  kept.rules.clear();
  CHECK(passed(check_file(kept, table, "t", {.now = {}})));
}
