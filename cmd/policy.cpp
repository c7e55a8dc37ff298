#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/model/approval.h"
#include "mlo/workspace/access.h"
#include "mlo/workspace/pipeline_lock.h"

namespace mlo::cmd {
namespace {

Json texts(const std::vector<std::string>& all) {
  return Json::Array(all.begin(), all.end());
}

Json lines(const std::vector<std::string>& all) {
  Json rows = Json::array();
  for (const auto& line : all) rows.add(Json::object({{"reason", line}}));
  return rows;
}

Json facts_of(const ledger::Policy& policy) {
  Json rows = Json::array();
  for (const auto& one : workspace::differences({}, policy))
    rows.add(Json::object({{"fact", one.fact}, {"value", one.after}}));
  return rows;
}

ui::View show_view(const std::optional<ledger::PolicyInForce>& in_force,
                   const std::vector<ledger::Proposal>& proposals) {
  Json waiting = Json::array();
  for (const auto& one : proposals)
    waiting.add(Json::object({{"entry", one.origin.entry},
                              {"digest", one.digest.text()},
                              {"proposed_by", one.origin.actor},
                              {"why", one.origin.reason},
                              {"consents", texts(one.consents)},
                              {"needed", one.needed}}));
  ui::View view{
      .shape = "policy-show/1",
      .headline = in_force ? fmt::format("Policy of entry {}, put in force by {}",
                                         in_force->origin.entry, in_force->origin.actor)
                           : "No policy is in force: everybody may do everything",
      .fields = {{"in_force", "", in_force.has_value()},
                 {"entry", "", in_force ? Json(in_force->origin.entry) : Json()},
                 {"digest", "Digest", in_force ? Json(in_force->policy.digest().text()) : Json()},
                 {"since", "Since", in_force ? Json(in_force->origin.at.text()) : Json(),
                  ui::Format::time},
                 {"why", "Why", in_force ? Json(in_force->origin.reason) : Json()},
                 {"policy", "", in_force ? in_force->policy.to_json() : Json()},
                 {"facts",
                  "Rules",
                  in_force ? facts_of(in_force->policy) : Json::array(),
                  ui::Format::plain,
                  {{"fact", "Rule"}, {"value", "Value"}}},
                 {"proposals",
                  "Waiting for administrators",
                  std::move(waiting),
                  ui::Format::plain,
                  {{"entry", "Entry"},
                   {"proposed_by", "By"},
                   {"consents", "Agreed"},
                   {"needed", "Needed"},
                   {"why", "Why"}}}}};
  if (!in_force) view.next = {"mlo policy apply -m WHY"};
  for (const auto& one : proposals)
    view.next.push_back(fmt::format("mlo policy approve {} -m WHY", one.origin.entry));
  return view;
}

std::string headline(const ledger::PolicyChange& change) {
  if (!change.changed)
    return fmt::format("Nothing to change: that policy is in force from entry {}", change.entry);
  if (change.in_force) return fmt::format("The policy is in force from entry {}", change.entry);
  return fmt::format("Proposed as entry {}: {} of {} administrators agree", change.entry,
                     change.consents.size(), change.needed);
}

ui::View change_view(const ledger::PolicyChange& change, const char* shape) {
  ui::View view{.shape = shape,
                .headline = headline(change),
                .fields = {{"changed", "", change.changed},
                           {"in_force", "", change.in_force},
                           {"entry", "", change.entry},
                           {"consents", change.changed ? "Agreed" : "", texts(change.consents)},
                           {"needed", "", change.needed}}};
  if (!change.in_force) view.next = {"mlo policy approve -m WHY  (another administrator)"};
  return view;
}

ui::View ruling_view(const ledger::Ruling& ruling, const std::string& who,
                     const std::string& wish) {
  return {
      .shape = "policy-explain/1",
      .headline = fmt::format("{} {} {}", who, ruling.allowed ? "may" : "may not", wish),
      .good = ruling.allowed,
      .fields =
          {{"allowed", "", ruling.allowed},
           {"who", "", who},
           {"wish", "", wish},
           {"reasons", "Why", lines(ruling.reasons), ui::Format::plain, {{"reason", "Reason"}}}},
      .next = ruling.allowed ? std::vector<std::string>{} : ruling.next};
}

ui::View diff_view(const std::vector<workspace::PolicyDifference>& all) {
  Json rows = Json::array();
  for (const auto& one : all)
    rows.add(Json::object({{"fact", one.fact}, {"in_force", one.before}, {"mlo_yaml", one.after}}));
  return {.shape = "policy-diff/1",
          .headline = all.empty()
                          ? "mlo.yaml says what is in force"
                          : format_count(static_cast<std::int64_t>(all.size()), "difference"),
          .fields = {{"same", "", all.empty()},
                     {"differences",
                      "Rules",
                      std::move(rows),
                      ui::Format::plain,
                      {{"fact", "Rule"}, {"in_force", "In force"}, {"mlo_yaml", "mlo.yaml"}}}},
          .next = all.empty() ? std::vector<std::string>{}
                              : std::vector<std::string>{"mlo policy apply -m WHY"}};
}

ui::View test_view(const std::vector<workspace::PolicyTestResult>& results, bool passed) {
  Json rows = Json::array();
  for (const auto& one : results)
    rows.add(Json::object({{"passed", one.passed},
                           {"who", one.test.who},
                           {"expected", one.test.allowed ? "may" : "may not"},
                           {"wish", one.test.wish},
                           {"reasons", texts(one.reasons)}}));
  return {.shape = "policy-test/1",
          .headline = fmt::format("{} of the policy in mlo.yaml",
                                  format_count(static_cast<std::int64_t>(results.size()), "test")),
          .good = passed,
          .fields = {{"passed", "", passed},
                     {"tests",
                      "Tests",
                      std::move(rows),
                      ui::Format::plain,
                      {{"passed", "", ui::Format::verdict},
                       {"who", "Who"},
                       {"expected", ""},
                       {"wish", "What"},
                       {"reasons", "Because"}}}}};
}

void add_policy_show(CLI::App& policy, Session& session) {
  auto* show =
      policy.add_subcommand("show", "Show the policy in force, and what waits for consent");
  show->callback([&session] {
    auto& ledger = session.repository().ledger();
    session.show(show_view(ledger::policy_in_force(ledger), ledger::open_proposals(ledger)));
  });
}

void add_apply(CLI::App& policy, Session& session) {
  auto reason = std::make_shared<std::string>();
  auto* apply =
      policy.add_subcommand("apply", "Put the policy of mlo.yaml in force, or propose it");
  apply->add_option("-m,--message", *reason, "Why: kept in the ledger")->required();
  apply->callback([reason, &session] {
    auto& repository = session.repository();
    const auto lock = workspace::lock_workspace(repository, session.progress());
    session.show(
        change_view(ledger::propose_policy(repository.ledger(),
                                           workspace::wished_policy(repository.project()), *reason),
                    "policy-apply/1"));
  });
}

void add_consent(CLI::App& policy, Session& session) {
  struct Options {
    std::int64_t proposal = -1;
    std::string reason;
  };
  auto options = std::make_shared<Options>();
  auto* approve = policy.add_subcommand("approve", "Agree to a proposed policy, as administrator");
  approve->add_option("entry", options->proposal, "Entry that proposes it; else the newest");
  approve->add_option("-m,--message", options->reason, "Why: kept in the ledger")->required();
  approve->callback([options, &session] {
    session.show(change_view(ledger::consent_to_policy(session.repository().ledger(),
                                                       options->proposal, options->reason),
                             "policy-approve/1"));
  });
}

void add_question(CLI::App& policy, Session& session, const char* name, const char* help) {
  struct Options {
    std::string who;
    std::string wish;
    bool wished = false;
  };
  const bool fails = std::string_view(name) == "check";
  auto options = std::make_shared<Options>();
  auto* ask = policy.add_subcommand(name, help);
  ask->add_option("who", options->who, "Person or machine")->required();
  ask->add_option("wish", options->wish, "track, promote:churn/production, read:data/raw")
      ->required();
  ask->add_flag("--proposed", options->wished, "By the policy of mlo.yaml, not the one in force");
  ask->callback([options, fails, &session] {
    const auto ruling =
        model::explain(session.repository(), options->who, options->wish, options->wished);
    const auto answer = ruling_view(ruling, options->who, options->wish);
    session.show(answer, !fails || ruling.allowed);
  });
}

void add_diff_and_test(CLI::App& policy, Session& session) {
  auto* diff = policy.add_subcommand("diff", "Compare mlo.yaml with the policy in force");
  diff->callback([&session] {
    auto& repository = session.repository();
    const auto in_force = ledger::policy_in_force(repository.ledger());
    session.show(diff_view(workspace::differences(in_force ? in_force->policy : ledger::Policy{},
                                                  workspace::wished_policy(repository.project()))));
  });
  auto* test = policy.add_subcommand("test", "Judge access: tests: of mlo.yaml by its policy");
  test->callback([&session] {
    const auto results = workspace::test_policy(session.repository().project());
    const bool passed = std::ranges::all_of(results, [](const auto& one) { return one.passed; });
    session.show(test_view(results, passed), passed);
  });
}

}  // namespace

void add_policy(CLI::App& mlo, Session& session) {
  auto* policy = mlo.add_subcommand("policy", "Say who may do what, and why somebody may not");
  policy->require_subcommand(1);
  add_policy_show(*policy, session);
  add_apply(*policy, session);
  add_consent(*policy, session);
  add_question(*policy, session, "check", "Ask whether somebody may; exit 1 when not");
  add_question(*policy, session, "explain", "Say why somebody may, or may not");
  add_diff_and_test(*policy, session);
}

}  // namespace mlo::cmd
