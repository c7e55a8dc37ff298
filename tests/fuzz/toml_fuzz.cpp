#include "fuzz/target.h"
#include "mlo/core/json.h"
#include "mlo/core/toml.h"

MLO_FUZZ_TARGET(toml) {
  const auto text = mlo::parse_toml(input, "params.toml").dump();
  mlo::invariant(mlo::Json::parse(text).dump() == text, "what TOML means is JSON");
}
