#include "mlo/model/catalogue.h"

#include <catch2/catch.hpp>

#include "mlo/model/registry.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {

TEST_CASE("versions are found by what is said of them", "[catalogue]") {
  ModelWorkspace place("    validate: {size: \"<= 1 MB\"}\n");
  place.make(1);
  place.promote("sign", "staging");
  place.make(2);
  auto repository = place.open();
  static_cast<void>(create_model(repository, "wine", "Grades of Vinho Verde",
                                 Json::object({{"team", "cellar"}})));
  static_cast<void>(create_version(
      repository, {.model = "wine", .source = "models:/sign/1", .owner = "mlo:sign@1"}));
  const auto found = [&](const std::vector<std::string>& words) {
    std::vector<std::string> names;
    for (const auto& entry : search_catalogue(repository, words))
      names.push_back(entry.version.model + "@" + std::to_string(entry.version.number));
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(found({"SIGN@"}) == Names{"sign@2", "sign@1"});
  CHECK(found({"sign", "Staging"}) == Names{"sign@1"});
  CHECK(found({"vinho"}) == Names{"wine@1"});
  CHECK(found({"cellar", "model.onnx"}) == Names{"wine@1"});
  CHECK(found({"sign@2", "staging"}).empty());
}

}  // namespace mlo::model
