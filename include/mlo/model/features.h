#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/data/quality.h"
#include "mlo/data/table.h"
#include "mlo/ledger/records.h"
#include "mlo/model/predictor.h"
#include "mlo/workspace/project.h"

namespace mlo::model {

/// The columns that feed a version, in the model's order: `signature.features` of its record.
std::vector<std::string> features_of(const ledger::ModelVersion& version);

/// The same for a version that is to predict. Throws bad_input when it was registered without them.
std::vector<std::string> need_features(const ledger::ModelVersion& version);

/// Input tensors of rows given as numbers: `rows` holds `features.size()` values a row, row-major.
/// A model with one two-dimensional input takes them all in it; one with an input a column takes
/// each under its name. Throws bad_input when the widths differ.
std::vector<Tensor> input_tensors(const Predictor& predictor, std::span<const std::string> features,
                                  std::span<const double> rows);

/// What a model said of each row.
struct Answers {
  std::vector<std::string> labels;  ///< classification: the predicted class; empty when the model
                                    ///< answers scores only
  std::vector<double> scores;       ///< binary: probability of the positive class; may be empty
  std::vector<double> estimates;    ///< regression
};
/// Reads outputs by type and shape: whole numbers or text of one column are classes, reals their
/// probabilities (of the positive class: the column that wins where it is predicted), or the
/// estimate of a regression. Throws bad_input naming the outputs there are.
Answers read_answers(std::span<const Tensor> outputs, data::Task task, std::string_view positive);

/// How answers are read, who hears of them and who may end the work.
struct Predicting {
  data::Task task = data::Task::binary_classification;
  std::string_view positive = {};
  Progress* progress = nullptr;
  std::stop_token stop = {};
};
/// Predicts a whole table in batches of 4,096 rows. Throws interrupted between two of them.
Answers predict_table(const Predictor& predictor, std::span<const std::string> features,
                      const data::Table& table, const Predicting& predicting);

}  // namespace mlo::model
