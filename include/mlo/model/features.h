#pragma once

#include <algorithm>
#include <optional>
#include <set>
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

/// Whether an input of a table is more than one column wide, or says not how wide it is.
bool takes_several(const TensorInfo& input);
/// The features of each input, by their places among `features`: the one that it is called like;
/// the others go into inputs of several columns, as many as each is wide, in their order, and what
/// is left into the last of them. An only input of two dimensions takes all.
std::vector<std::vector<std::size_t>> features_by_input(std::span<const TensorInfo> inputs,
                                                        std::span<const std::string> features);
/// The features that go into inputs of text (BYTES).
std::set<std::string> text_features(std::span<const TensorInfo> inputs,
                                    std::span<const std::string> features);
/// How a table that is to feed the version is read: the features that it takes as text are not
/// sniffed, so that "007" stays what it is.
data::ReadOptions reading_for(const ledger::ModelVersion& version);

/// A feature's values, one a row: numbers, or texts where the model takes text.
struct FeatureColumn {
  std::vector<double> numbers = {};
  std::vector<std::string> texts = {};
  [[nodiscard]] std::size_t size() const { return std::max(numbers.size(), texts.size()); }
};
/// The features in a table, as the model takes them. A missing number is NaN, a missing text empty.
/// Throws not_found for a column that is not there, bad_input for text where the model takes
/// numbers.
std::vector<FeatureColumn> feature_columns(std::span<const TensorInfo> inputs,
                                           std::span<const std::string> features,
                                           const data::Table& table);

/// Input tensors of `columns`, one a feature, as `features_by_input` has them. Throws bad_input
/// when widths, lengths or kinds differ.
std::vector<Tensor> input_tensors(const Predictor& predictor, std::span<const std::string> features,
                                  std::span<const FeatureColumn> columns);

/// What a model said of each row.
struct Answers {
  std::vector<std::string> labels;  ///< classification: the predicted class; empty when the model
                                    ///< answers scores only
  std::vector<double> scores;       ///< binary: probability of the positive class; may be empty
  std::vector<double> estimates;    ///< regression
};
/// Reads outputs by type and shape: whole numbers or text of one column are classes, reals their
/// probabilities, or the estimate of a regression. Of two probabilities the positive class's is the
/// `positive_column`, without it the one that is higher where that class is predicted; rows of one
/// class alone leave it to a guess. Throws bad_input naming the outputs there are.
Answers read_answers(std::span<const Tensor> outputs, data::Task task, std::string_view positive,
                     std::optional<std::size_t> positive_column = {});
/// Which of two probabilities is the positive class's, by rows of both classes; else nothing.
std::optional<std::size_t> positive_column_in(std::span<const Tensor> outputs,
                                              std::string_view positive);
/// The positive class by the version's description, "1" where that names none.
std::string positive_of(const ledger::ModelVersion& version);

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
