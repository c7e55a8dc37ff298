#include <fmt/format.h>

#include "mlo/core/text.h"
#include "model/checks/check.h"

namespace mlo::model {
namespace {

std::vector<ledger::Check> check_size(Candidate& candidate) {
  const auto limit = *candidate.spec().validate.size_bytes;
  auto check = candidate.check("size", "size_bytes");
  check.value = candidate.version().size_bytes;
  check.threshold = fmt::format("<= {}", limit);
  check.passed = candidate.version().size_bytes <= limit;
  check.message = fmt::format("{} of at most {}", format_bytes(candidate.version().size_bytes),
                              format_bytes(limit));
  return {check};
}

const bool kRegistered = model_checks().add(
    "size",
    {.wanted = [](const workspace::ValidateSpec& spec) { return spec.size_bytes.has_value(); },
     .run = check_size});

}  // namespace
}  // namespace mlo::model
