#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/world.h"
#include "mlo/workspace/project.h"

namespace mlo::run {

/// `params` of mlo.yaml with the values of the command line, read as YAML scalars, in their place.
/// Throws usage naming the nearest param when there is none of that name.
Json with_overrides(const Json& params, const std::map<std::string, std::string>& overrides);

/// The params that the step declares, by their full names. Throws bad_input naming the step.
Json params_of(const workspace::StepSpec& step, const Json& params);

/// MLO_PARAM_<NAME> for each param: upper case, what is no letter or digit becomes '_'.
std::map<std::string, std::string> environment_of(const Json& params);

/// A `${name}` of a step's command that no param has, though one is called nearly so.
struct ParamSlip {
  std::string name;
  std::string meant;
};
/// Those of a step as it is written. What the command sets or reads by itself, and what is in the
/// environment, is a variable of the shell's.
std::vector<ParamSlip> param_slips(const workspace::StepSpec& written, const Json& params,
                                   const World& world);

/// True when the step declares the param, a part of it, or the group it lies in.
bool uses_param(const workspace::StepSpec& step, const std::string& name);

}  // namespace mlo::run
