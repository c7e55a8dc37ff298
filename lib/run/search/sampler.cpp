#include "run/search/sampler.h"

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {

Registry<SamplerKind>& samplers() {
  static Registry<SamplerKind> all;
  return all;
}

const SamplerKind& sampler_kind(std::string_view name) {
  if (const auto* kind = samplers().find(name)) return *kind;
  throw Error(ErrorKind::bad_input, "no sampler '{}'", name)
      .hint("samplers: {}", join(samplers().names(), ", "));
}

}  // namespace mlo::run
