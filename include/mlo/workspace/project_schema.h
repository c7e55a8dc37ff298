#pragma once

#include <string_view>

namespace mlo::workspace {

/// The JSON Schema of `mlo.yaml`, which editors complete from: schemas/mlo-project.schema.json.
std::string_view project_schema();

}  // namespace mlo::workspace
