#include "mlo/model/registry.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

const std::string kFree = "    validate: {size: \"<= 1 MB\"}\n";

/// A client's own model: mlo.yaml says nothing of it.
void give_away(ModelWorkspace& place) {
  auto repository = place.open();
  static_cast<void>(create_model(repository, "wine", "", Json::object()));
  static_cast<void>(create_version(
      repository, {.model = "wine", .source = "models:/sign/1", .owner = "mlo:sign@1"}));
}

NotedVersion move(ModelWorkspace& place, const std::string& model, std::int64_t number,
                  const std::string& stage) {
  auto repository = place.open();
  return move_to_stage(repository, {.model = model, .number = number, .stage = stage},
                       no_progress(), {});
}

template <typename Act>
std::string hint_of_refusal(ModelWorkspace& place, const Act& act) {
  auto repository = place.open();
  const auto before = repository.ledger().size();
  try {
    act(repository);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_allowed);
    CHECK(repository.ledger().size() == before);
    return error.hint();
  }
  FAIL("nothing was refused");
  return {};
}

}  // namespace

TEST_CASE("clients neither remove nor rename a model that mlo.yaml describes") {
  ModelWorkspace place(kFree);
  place.make(1);
  const std::string way_out = "take it out of mlo.yaml first";
  CHECK(hint_of_refusal(place, [](auto& open) { remove_model(open, "sign"); }) == way_out);
  CHECK(hint_of_refusal(place, [](auto& open) { rename_model(open, "sign", "other"); }) == way_out);
  place.replace("  sign:", "  other:");
  auto repository = place.open();
  remove_model(repository, "sign");
  CHECK_FALSE(registered_model(repository, "sign"));
  // Described again, its numbers go on, and its clients see it.
  place.replace("  other:", "  sign:");
  CHECK(place.make(2).at(0).number == 2);
  CHECK(registered_model(repository, "sign"));
  CHECK_FALSE(find_version(repository, "sign", 1));
  CHECK(find_version(repository, "sign", 2));
}

TEST_CASE("a version that holds a stage of its gates is neither removed nor archived by clients") {
  ModelWorkspace place(kFree);
  place.make(1);
  place.promote("sign", "production");
  const auto way_out = "promote another version there, or: mlo rollback sign --stage production";
  CHECK(hint_of_refusal(place, [](auto& open) { remove_version(open, "sign", 1); }) == way_out);
  for (const std::string stage : {"Archived", "None"})
    CHECK(hint_of_refusal(place, [&](auto& open) {
            move_to_stage(open, {.model = "sign", .number = 1, .stage = stage}, no_progress(), {});
          }) == way_out);
  place.make(2);
  place.promote("sign", "production");
  CHECK(move(place, "sign", 1, "Archived").note.stage == "Archived");
  auto repository = place.open();
  remove_version(repository, "sign", 1);
  CHECK(place.at("production") == 2);
}

TEST_CASE("clients move a version on through its gates, and not back from a stage that it holds") {
  ModelWorkspace place(kFree);
  place.make(1);
  CHECK(move(place, "sign", 1, "Staging").note.stage == "Staging");
  CHECK(move(place, "sign", 1, "Production").note.stage == "Production");
  CHECK(hint_of_refusal(place, [](auto& open) {
          move_to_stage(open, {.model = "sign", .number = 1, .stage = "Staging"}, no_progress(),
                        {});
        }) == "promote another version there, or: mlo rollback sign --stage production");
  place.make(2);
  place.promote("sign", "production");
  CHECK(move(place, "sign", 1, "Staging").note.stage == "Staging");
  CHECK(place.at("production") == 2);
}

TEST_CASE("a rollback passes over versions that were removed since") {
  ModelWorkspace place(kFree);
  for (const float weight : {1.0F, 2.0F, 3.0F}) {
    place.make(weight);
    place.promote("sign", "production");
  }
  auto repository = place.open();
  remove_version(repository, "sign", 2);
  CHECK(place.roll_back().move->number == 1);
}

TEST_CASE("the file of a version that mlo registered is found after a client renamed its model") {
  ModelWorkspace place(kFree);
  place.make(1);
  place.replace("  sign:", "  other:");
  auto repository = place.open();
  const auto digest = own_version(repository, "mlo:sign@1")->digest;
  rename_model(repository, "sign", "renamed");
  const auto source = find_version(repository, "renamed", 1)->note.source;
  CHECK(source == "mlflow-artifacts:/mlo/sign/1");
  CHECK_FALSE(find_version(repository, "sign", 1));
  CHECK(former_version(repository, "sign", 1)->note.source == source);
  static_cast<void>(create_model(repository, "wine", "", Json::object()));
  CHECK(create_version(repository, {.model = "wine", .source = source, .owner = "mlo:sign@1"})
            .version.digest == digest);
  CHECK_FALSE(own_version(repository, "01K6Z"));
  for (const std::string nobody : {"mlo:sign@2", "mlo:sign@99999999999999999999", "mlo:sign@"})
    CHECK_THROWS_WITH(own_version(repository, nobody), Catch::Contains("no version"));
}

TEST_CASE("a model takes back the name that it bore, and no other takes its numbers") {
  ModelWorkspace place(kFree);
  place.make(1);
  place.make(2);
  give_away(place);
  auto repository = place.open();
  const auto digest = find_version(repository, "wine", 1)->version.digest;
  rename_model(repository, "wine", "w");
  static_cast<void>(create_model(repository, "other", "", Json::object()));
  static_cast<void>(create_version(
      repository, {.model = "other", .source = "models:/sign/2", .owner = "mlo:sign@2"}));
  CHECK_THROWS_WITH(rename_model(repository, "other", "wine"),
                    Catch::Contains("had another version 1 before"));
  static_cast<void>(create_version(
      repository, {.model = "w", .source = "models:/sign/2", .owner = "mlo:sign@2"}));
  rename_model(repository, "w", "wine");
  CHECK(find_version(repository, "wine", 1)->version.digest == digest);
  CHECK(find_version(repository, "wine", 2));
  CHECK_FALSE(registered_model(repository, "w"));
  CHECK(ledger::model_versions(repository.ledger(), "wine").size() == 2);
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("a client's own model holds the stage that it was moved to last") {
  ModelWorkspace place(kFree);
  place.make(1);
  give_away(place);
  auto repository = place.open();
  const auto at = [&](const std::string& stage) {
    return ledger::model_at_stage(repository.ledger(), "wine", stage).has_value();
  };
  move(place, "wine", 1, "Staging");
  CHECK(at("staging"));
  move(place, "wine", 1, "Production");
  CHECK_FALSE(at("staging"));
  CHECK(at("production"));
  const std::string way_out = "move it to the stage Archived first";
  CHECK(hint_of_refusal(place, [](auto& open) { remove_version(open, "wine", 1); }) == way_out);
  CHECK(hint_of_refusal(place, [](auto& open) { remove_model(open, "wine"); }) == way_out);
  CHECK(hint_of_refusal(place, [](auto& open) { rename_model(open, "wine", "w"); }) == way_out);
  move(place, "wine", 1, "Archived");
  CHECK_FALSE(at("production"));
  CHECK_THROWS_WITH(resolve(repository, "wine@production"), Catch::Contains("no version at stage"));
  CHECK(rename_model(repository, "wine", "w").name == "w");
  move(place, "w", 1, "Production");
  CHECK(ledger::stages_of(repository.ledger(), "w", 1) == std::vector<std::string>{"production"});
  CHECK(repository.ledger().verify().verified());
}

}  // namespace mlo::model
