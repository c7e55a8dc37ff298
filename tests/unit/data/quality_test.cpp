#include "mlo/data/quality.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

constexpr int kRows = 60;

/// Truth 1 where (i·7919) mod 11 < 4, score min(1, 0.3 truth + ((i·104729) mod 23) / 32): with
/// ties.
Predictions binary() {
  Predictions predictions;
  for (int i = 0; i < kRows; ++i) {
    const bool positive = i * 7919 % 11 < 4;
    const double score = std::min(1.0, (positive ? 0.3 : 0.0) + (i * 104729 % 23) / 32.0);
    predictions.labels.emplace_back(positive ? "1" : "0");
    predictions.scores.push_back(score);
    predictions.predicted.emplace_back(score > 0.5 ? "1" : "0");
  }
  return predictions;
}

Predictions regression() {
  Predictions predictions{.task = Task::regression};
  for (int i = 0; i < kRows; ++i) {
    predictions.truth.push_back((i * 7919 % 1009) / 100.0);
    predictions.estimates.push_back(predictions.truth.back() + ((i * 104729 % 997) / 400.0 - 1.2));
  }
  return predictions;
}

void check_metric(const Metrics& metrics, std::string_view name, double value) {
  CAPTURE(name);
  REQUIRE(find_metric(metrics, name).has_value());
  CHECK(*find_metric(metrics, name) == Approx(value).epsilon(1e-12));
}

}  // namespace

// Reference values of this file: scikit-learn 1.9.1 and fairlearn 0.15.0.
TEST_CASE("binary metrics are scikit-learn's, ties in scores included", "[quality]") {
  const auto metrics = evaluate(binary());
  check_metric(metrics, "accuracy", 0.7);
  check_metric(metrics, "balanced_accuracy", 0.6923076923076923);
  check_metric(metrics, "precision", 0.56);
  check_metric(metrics, "recall", 0.6666666666666666);
  check_metric(metrics, "f1", 0.6086956521739131);
  check_metric(metrics, "matthews_corrcoef", 0.3721042037676254);
  check_metric(metrics, "roc_auc", 0.8315018315018314);
  check_metric(metrics, "average_precision", 0.7891393131703208);
  check_metric(metrics, "log_loss", 0.4869050985374809);
  check_metric(metrics, "brier_score", 0.16542252604166666);
}

TEST_CASE("a certain mistake costs what scikit-learn's clipping makes it cost", "[quality]") {
  auto predictions = binary();
  predictions.scores[0] = 0;  // truth 1
  predictions.scores[1] = 1;  // truth 0
  check_metric(evaluate(predictions), "log_loss", 1.662049107278597);
}

TEST_CASE("multiclass metrics are scikit-learn's, a class that is only predicted included",
          "[quality]") {
  Predictions predictions{.task = Task::multiclass_classification};
  for (int i = 0; i < kRows; ++i) {
    const int truth = i * 7919 % 5;
    predictions.labels.push_back(std::to_string(truth));
    predictions.predicted.push_back(std::to_string(i * 31 % 7 < 5 ? truth : i * 13 % 6));
  }
  const auto metrics = evaluate(predictions);
  check_metric(metrics, "accuracy", 0.7666666666666667);
  check_metric(metrics, "balanced_accuracy", 0.7666666666666667);
  check_metric(metrics, "precision_macro", 0.6712121212121213);
  check_metric(metrics, "recall_macro", 0.638888888888889);
  check_metric(metrics, "f1_macro", 0.6538208168642952);
  check_metric(metrics, "f1_weighted", 0.7845849802371542);
}

TEST_CASE("regression metrics are scikit-learn's", "[quality]") {
  const auto metrics = evaluate(regression());
  check_metric(metrics, "mean_absolute_error", 0.6001249999999999);
  check_metric(metrics, "mean_squared_error", 0.49417906249999993);
  check_metric(metrics, "root_mean_squared_error", 0.7029787070032776);
  check_metric(metrics, "median_absolute_error", 0.5862499999999999);
  check_metric(metrics, "max_error", 1.2575);
  check_metric(metrics, "mean_absolute_percentage_error", 90071992547410.19);
  check_metric(metrics, "r2", 0.9429426130042114);
}

TEST_CASE("what rows of one class cannot tell is left out", "[quality]") {
  const Predictions predictions{
      .labels = {"0", "0"}, .predicted = {"0", "1"}, .scores = {0.1, 0.9}};
  const auto metrics = evaluate(predictions);
  for (const auto* name :
       {"roc_auc", "average_precision", "recall", "balanced_accuracy", "matthews_corrcoef"})
    CHECK_FALSE(find_metric(metrics, name).has_value());
  check_metric(metrics, "accuracy", 0.5);
  check_metric(metrics, "precision", 0);
  check_metric(metrics, "log_loss", (-std::log(0.9) - std::log(0.1)) / 2);
  const Predictions shy{.labels = {"0", "1"}, .predicted = {"0", "0"}};
  check_metric(evaluate(shy), "precision", 0);  // zero_division=0
  check_metric(evaluate(shy), "matthews_corrcoef", 0);
  CHECK(error_of([] { evaluate(Predictions{}); }).kind() == ErrorKind::bad_input);
}

TEST_CASE("scores that are no probabilities still rank", "[quality]") {
  const Predictions predictions{.labels = {"0", "1", "1"}, .predicted = {}, .scores = {-2, 7, 0.5}};
  const auto metrics = evaluate(predictions);
  check_metric(metrics, "roc_auc", 1);
  CHECK_FALSE(find_metric(metrics, "log_loss").has_value());
  CHECK_FALSE(find_metric(metrics, "accuracy").has_value());
  const Predictions missing{.labels = {"0", "1"}, .predicted = {}, .scores = {0.5, NAN}};
  CHECK_THAT(error_of([&] { evaluate(missing); }).message(), Contains("row 2"));
}

TEST_CASE("metrics do not depend on the order of rows", "[quality]") {
  const auto forth = binary();
  std::vector<std::size_t> order(forth.rows());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = (i * 37 + 11) % order.size();
  CHECK(evaluate(forth.subset(order)) == evaluate(forth));
}

TEST_CASE("slices are evaluated by value, the missing one too", "[quality]") {
  const auto predictions = binary();
  std::vector<std::optional<std::string>> regions;
  for (int i = 0; i < kRows; ++i)
    regions.push_back(i % 3 == 0 ? std::nullopt
                                 : std::optional<std::string>(i % 3 == 1 ? "n" : "s"));
  const auto slices = evaluate_slices(predictions, "region", regions);
  REQUIRE(slices.size() == 3);
  CHECK(slices[0].value == "(null)");
  CHECK(slices[1].value == "n");
  CHECK(slices[1].rows == 20);
  double right = 0;
  for (const auto& slice : slices)
    right += *find_metric(slice.metrics, "accuracy") * static_cast<double>(slice.rows);
  CHECK(right / kRows == Approx(0.7));
}

TEST_CASE("group fairness is fairlearn's", "[quality]") {
  auto predictions = binary();
  std::vector<std::optional<std::string>> groups;
  for (int i = 0; i < kRows; ++i) groups.emplace_back(std::string(1, "abc"[i * 17 % 3]));
  auto metrics = fairness(predictions, groups);
  check_metric(metrics, "demographic_parity_difference", 0.15000000000000002);
  check_metric(metrics, "demographic_parity_ratio", 0.7);
  check_metric(metrics, "equalized_odds_difference", 0.42857142857142855);
  check_metric(metrics, "equal_opportunity_difference", 0.42857142857142855);
  // a group without a positive row
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (groups[i] == "a") predictions.labels[i] = "0";
  metrics = fairness(predictions, groups);
  check_metric(metrics, "equalized_odds_difference", 0.8571428571428571);
  check_metric(metrics, "equal_opportunity_difference", 0.8571428571428571);
}

TEST_CASE("a bootstrap tells a better model from a like one, the same for one seed", "[quality]") {
  const auto champion = binary();
  auto better = champion;
  for (std::size_t i = 0; i < better.rows(); ++i)
    better.scores[i] = better.labels[i] == "1" ? 0.9 : 0.1;
  const auto comparison = compare(champion, better, "roc_auc", {.resamples = 500});
  CHECK(comparison.champion == Approx(0.8315018315018314));
  CHECK(comparison.challenger == 1);
  CHECK(comparison.low > 0);
  CHECK(comparison.low <= 1 - comparison.champion);
  CHECK(comparison.high >= 1 - comparison.champion);
  const auto again = compare(champion, better, "roc_auc", {.resamples = 500, .threads = 3});
  CHECK(again.low == comparison.low);
  const auto same = compare(champion, champion, "accuracy", {.resamples = 200, .seed = 1});
  CHECK(same.low == 0);
  CHECK(same.high == 0);
  const auto error = error_of([&] { compare(champion, champion, "auc", {.resamples = 10}); });
  CHECK_THAT(error.hint(), Contains("roc_auc"));
}

TEST_CASE("a table of predictions says its task", "[quality]") {
  const Folder folder;
  const auto scored =
      read_predictions(folder.table("y,s\n0,0.2\n1,0.9\n1,0.5\n"), {.label = "y", .score = "s"});
  CHECK(scored.task == Task::binary_classification);
  CHECK(scored.positive == "1");
  CHECK(scored.predicted == std::vector<std::string>{"0", "1", "0"});
  const auto words =
      read_predictions(folder.table("y,p\nno,no\nyes,no\n"), {.label = "y", .prediction = "p"});
  CHECK(words.task == Task::binary_classification);
  CHECK(words.positive == "yes");
  CHECK(read_predictions(folder.table("y,p\n-1,-1.0\n1,1.0\n"), {.label = "y", .prediction = "p"})
            .positive == "1");
  CHECK(read_predictions(folder.table("y,p\na,a\nb,c\n"), {.label = "y", .prediction = "p"}).task ==
        Task::multiclass_classification);
  CHECK(
      read_predictions(folder.table("y,p\n1,1.5\n2,2\n"), {.label = "y", .prediction = "p"}).task ==
      Task::regression);
}

TEST_CASE("true and 1 are one class, however they are written", "[quality]") {
  const Folder folder;
  const auto judged = [&](const std::string& csv, const std::optional<std::string>& positive = {}) {
    const auto predictions =
        read_predictions(folder.table("y,p,s\n" + csv),
                         {.label = "y", .score = "s", .prediction = "p", .positive = positive});
    const auto metrics = evaluate(predictions);
    return std::pair(*find_metric(metrics, "accuracy"), *find_metric(metrics, "roc_auc"));
  };
  const std::pair<double, double> expected{0.75, 1};
  CHECK(judged("true,1,0.9\nfalse,0,0.1\ntrue,0,0.4\nfalse,0,0.2\n") == expected);
  CHECK(judged("1,True,0.9\n0,False,0.1\n1,False,0.4\n0,False,0.2\n", "true") == expected);
  CHECK(judged("0,0,0.2\n1,1,0.9\n0,0,0.1\n1,0,0.4\n", "1.0") == expected);
  // As it comes from elsewhere.
  const Predictions live{.labels = {"True", "False"}, .predicted = {"1", "0"}, .positive = "1"};
  CHECK(find_metric(evaluate(live), "accuracy") == 1.0);
  CHECK(find_metric(evaluate(live), "recall") == 1.0);
}

TEST_CASE("classes that have nothing in common are not judged", "[quality]") {
  const Folder folder;
  const auto error = error_of([&] {
    read_predictions(folder.table("y,p\na,0\nb,1\nc,2\n"), {.label = "y", .prediction = "p"});
  });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.hint(), Contains("true: a, b, c; predicted: 0, 1, 2"));
  const auto absent = error_of([&] {
    read_predictions(folder.table("y,s\n0,0.1\n1,0.9\n"),
                     {.label = "y", .score = "s", .positive = "2"});
  });
  CHECK_THAT(absent.message(), Contains("no row has the positive class '2'"));
  CHECK_NOTHROW(
      read_predictions(folder.table("y,p\na,b\na,c\n"), {.label = "y", .prediction = "p"}));
}

TEST_CASE("predictions that cannot be judged are refused with the row", "[quality]") {
  const Folder folder;
  const auto table = folder.table("y,s\n0,0.2\n1,\n2,0.3\n");
  CHECK_THAT(error_of([&] { read_predictions(table, {.label = "y", .score = "s"}); }).message(),
             Contains("3 classes"));
  const auto missing = folder.table("y,s\n0,0.2\n1,\n");
  CHECK_THAT(error_of([&] { read_predictions(missing, {.label = "y", .score = "s"}); }).message(),
             Contains("row 2"));
  CHECK(error_of([&] { read_predictions(missing, {.label = "y"}); }).kind() == ErrorKind::usage);
  CHECK(error_of([&] { read_predictions(missing, {.label = "z", .score = "s"}); }).kind() ==
        ErrorKind::not_found);
}
