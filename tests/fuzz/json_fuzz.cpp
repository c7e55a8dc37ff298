#include "fuzz/target.h"
#include "mlo/core/canonical_json.h"
#include "mlo/core/json.h"

MLO_FUZZ_TARGET(json) {
  const auto value = mlo::Json::parse(input);
  // Texts are compared, not values: 0e21 is written as 0 and then read as an integer.
  const auto text = value.dump();
  mlo::invariant(mlo::Json::parse(text).dump() == text, "JSON reads back what it writes");
  mlo::invariant(mlo::Json::parse(value.pretty()).dump() == text,
                 "indented JSON is the same value");
  const auto canonical = value.canonical();
  mlo::invariant(mlo::Json::parse(canonical).canonical() == canonical,
                 "canonical JSON is canonical");
  const auto quick = mlo::parse_canonical(canonical);
  mlo::invariant(quick && *quick == mlo::Json::parse(canonical), "one pass reads what two read");
  mlo::invariant(mlo::parse_canonical(input).has_value() == (input == canonical),
                 "nothing else passes for canonical JSON");
}
