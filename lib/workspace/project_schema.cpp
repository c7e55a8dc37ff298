#include "mlo/workspace/project_schema.h"

#include <span>

#include "project_schemas.h"

namespace mlo::workspace {

std::string_view project_schema() {
  return std::span(project_schemas, project_schemas_count).front().text;
}

}  // namespace mlo::workspace
