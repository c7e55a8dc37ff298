#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/model/features.h"

// The Open Inference Protocol, version 2, over REST (github.com/kserve/open-inference-protocol).

namespace mlo::serve {

struct InferRequest {
  std::string id;
  std::vector<model::Tensor> inputs;
  std::vector<std::string> outputs = {};  ///< that are wanted, in this order; none: all
};

/// Reads an inference request. Throws bad_input naming the input and what is wrong with it. A
/// number is taken as one whatever numeric datatype it comes as: JSON knows no other.
InferRequest parse_infer_request(std::string_view body);
/// Throws bad_input for an output that the model has not.
void require_outputs(const model::Predictor& predictor, const std::vector<std::string>& names);
/// The outputs of these names, in this order; all of them when there are no names.
std::vector<model::Tensor> wanted_outputs(std::vector<model::Tensor> outputs,
                                          const std::vector<std::string>& names);
/// One tensor per feature becomes the model's inputs; tensors that are the model's own are left as
/// they are. Throws bad_input naming what is missing, or what the model takes instead.
std::vector<model::Tensor> as_model_inputs(const model::Predictor& predictor,
                                           const std::vector<std::string>& features,
                                           std::vector<model::Tensor> given);
/// The features' columns in `given`, tensors of the model's `inputs`; none when those are others.
std::vector<model::FeatureColumn> feature_columns(const std::vector<model::TensorInfo>& inputs,
                                                  const std::vector<std::string>& features,
                                                  const std::vector<model::Tensor>& given);
Json infer_response(const std::string& model, std::int64_t version, const std::string& id,
                    const std::vector<model::Tensor>& outputs);
Json metadata(const std::string& model, std::int64_t version, const model::Predictor& predictor);

}  // namespace mlo::serve
