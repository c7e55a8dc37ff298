#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"

namespace mlo::run {

/// All that a step's result depends on, as far as it was declared.
struct StepFacts {
  std::string command;
  std::map<std::string, Digest> inputs;  ///< path → content
  Json params = Json::object();          ///< the step's own
  std::vector<std::string> outputs;
  std::vector<std::string> metrics;
  std::map<std::string, std::string> environment = {};
  std::string shell = {};
  std::string folder = {};
};

/// The SHA-256 of the facts as canonical JSON. The text is an object of the store under that name,
/// so that the next run can say what has changed.
struct Fingerprint {
  Digest digest;
  std::string text;
};
Fingerprint fingerprint_of(const StepFacts& facts);

/// What differs between two fingerprint texts, for people: "param 'seed' changed from 7 to 8";
/// empty when nothing does. Throws bad_input when a text is no fingerprint.
std::string difference(std::string_view before, std::string_view now);

}  // namespace mlo::run
