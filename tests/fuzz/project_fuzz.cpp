#include "fuzz/target.h"
#include "mlo/core/yaml.h"
#include "mlo/workspace/project.h"

MLO_FUZZ_TARGET(project) {
  const auto json = mlo::Yaml::parse(input, "mlo.yaml").to_json();
  // What we write of a document, we read back as the same document.
  const auto again = mlo::Yaml::parse(mlo::to_yaml(json), "again").to_json();
  mlo::invariant(again.dump() == json.dump(), "YAML reads back what it writes");
  mlo::workspace::parse_project(input, "mlo.yaml");
}
