#pragma once

#include <string_view>

#include "mlo/model/registry.h"
#include "serve/tracking/call.h"

namespace mlo::serve::tracking {

Json model_json(workspace::Repository& repository, const ledger::RegisteredModel& model);
Json version_json(const ledger::RegisteredModel& model, const model::NotedVersion& noted);
/// Stages are compared without regard to case.
bool same_stage(std::string_view left, std::string_view right);
/// The field `version` as a number. Throws bad_input.
std::int64_t version_number(const Call& call);
/// An object less one member.
Json without(const Json& object, std::string_view key);

}  // namespace mlo::serve::tracking
