#include "fuzz/target.h"
#include "serve/protocol.h"

MLO_FUZZ_TARGET(infer) {
  const auto request = mlo::serve::parse_infer_request(input);
  static_cast<void>(mlo::serve::feature_columns({{"a", "FP32", {-1}}, {"x", "FP32", {-1, 2}}},
                                                {"a", "b", "c"}, request.inputs));
  static_cast<void>(mlo::serve::infer_response("m", 1, request.id, request.inputs).dump());
}
