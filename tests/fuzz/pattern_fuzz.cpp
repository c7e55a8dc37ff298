#include <algorithm>
#include <string>

#include "data/contract/byte_pattern.h"
#include "fuzz/target.h"

// An expression, and behind the first line's end a text.
MLO_FUZZ_TARGET(pattern) {
  using namespace mlo::data;
  const auto end = std::min(input.find('\n'), input.size());
  const auto pattern = BytePattern::compile(input.substr(0, end));
  if (!pattern) return;
  const auto text = std::string(input.substr(end));
  mlo::invariant(text.empty() || !pattern->matches(text), "no class holds a line's end");
  if (!text.empty()) static_cast<void>(pattern->matches(std::string_view(text).substr(1)));
}
