#include "mlo/data/quality_report.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

/// 200 rows; the model is right but in region "north" for the plan "free".
struct Planted {
  Predictions predictions;
  std::vector<SliceColumn> columns = {{"region", {}}, {"plan", {}}, {"id", {}}};

  Planted() {
    for (int i = 0; i < 200; ++i) {
      const bool north = i % 4 == 0;
      const bool free = i % 8 < 4;
      const bool positive = i % 3 == 0;
      const bool wrong = north && free;
      predictions.labels.emplace_back(positive ? "1" : "0");
      predictions.predicted.emplace_back(positive != wrong ? "1" : "0");
      columns[0].values.emplace_back(north ? "north" : "south");
      columns[1].values.emplace_back(free ? "free" : "paid");
      columns[2].values.emplace_back(std::to_string(i));
    }
  }
};

Predictions scored(std::initializer_list<std::pair<int, double>> rows) {
  Predictions predictions;
  for (const auto& [label, score] : rows) {
    predictions.labels.push_back(std::to_string(label));
    predictions.predicted.emplace_back(score > 0.5 ? "1" : "0");
    predictions.scores.push_back(score);
  }
  return predictions;
}

}  // namespace

TEST_CASE("a confusion matrix has a row for each true class", "[quality]") {
  const Predictions predictions{.task = Task::multiclass_classification,
                                .labels = {"a", "b", "b", "c"},
                                .predicted = {"a", "a", "b", "d"}};
  const auto matrix = confusion_matrix(predictions);
  REQUIRE(matrix.has_value());
  CHECK(matrix->classes == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(matrix->counts == std::vector<std::vector<std::int64_t>>{
                              {1, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}});
  CHECK_FALSE(confusion_matrix({.task = Task::regression, .truth = {1}, .estimates = {1}}));
}

TEST_CASE("reliability puts a score on an edge into the bin below it", "[quality]") {
  const auto curve = reliability(scored({{0, 0.0}, {1, 0.1}, {1, 0.95}, {0, 1.0}}));
  REQUIRE(curve.size() == 2);
  CHECK(curve[0].rows == 2);
  CHECK(curve[0].mean_score == 0.05);
  CHECK(curve[0].positive_share == 0.5);
  CHECK(curve[1].low == 0.9);
  CHECK(reliability(scored({{0, -1.0}, {1, 3.0}})).empty());
  const auto metrics = evaluate(scored({{0, 0.0}, {1, 0.1}, {1, 0.95}, {0, 1.0}}));
  CHECK(*find_metric(metrics, "expected_calibration_error") == Approx(0.4625).epsilon(1e-12));
}

TEST_CASE("gains say what the best-scored tenths hold", "[quality]") {
  Predictions predictions;
  for (int i = 0; i < 20; ++i) {
    predictions.labels.emplace_back(i < 4 ? "1" : "0");
    predictions.predicted.emplace_back("0");
    predictions.scores.push_back(1.0 - i / 20.0);
  }
  const auto curve = gains(predictions);
  REQUIRE(curve.size() == 10);
  CHECK(curve[0].captured == 0.5);
  CHECK(curve[0].lift == Approx(5));
  CHECK(curve[9].rows == 1);
  CHECK(curve[9].captured == 1);
  CHECK(gains(scored({{0, 0.5}})).empty());
}

TEST_CASE("an interval holds its metric, and is the same for one seed", "[quality]") {
  const Planted planted;
  const auto first = confidence(planted.predictions, 0.9, {.resamples = 200});
  const auto metrics = evaluate(planted.predictions);
  REQUIRE(first.size() == metrics.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    INFO(first[i].metric);
    CHECK(first[i].low <= metrics[i].second);
    CHECK(first[i].high >= metrics[i].second);
    CHECK(first[i].low < first[i].high);
  }
  const auto again = confidence(planted.predictions, 0.9, {.resamples = 200, .threads = 3});
  CHECK(again[0].low == first[0].low);
  const auto wider = confidence(planted.predictions, 0.99, {.resamples = 200});
  CHECK(wider[0].low <= first[0].low);
  CHECK(error_of([&] { confidence(planted.predictions, 1, {.resamples = 10}); }).kind() ==
        ErrorKind::bad_input);
}

TEST_CASE("the worst slice is found, also where it takes two columns", "[quality]") {
  const Planted planted;
  const auto worst = worst_slices(planted.predictions, planted.columns,
                                  {.metric = "accuracy", .min_rows = 10, .count = 3});
  REQUIRE(worst.size() == 3);
  CHECK(worst[0].column == "region, plan");
  CHECK(worst[0].value == "north, free");
  CHECK(worst[0].rows == 25);
  CHECK(worst[0].metrics[0].second == 0);
  // Too few rows are no slice, and a column of identifiers makes none.
  for (const auto& slice : worst_slices(planted.predictions, planted.columns,
                                        {.metric = "accuracy", .min_rows = 26, .count = 50})) {
    CHECK(slice.rows >= 26);
    CHECK(slice.column.find("id") == std::string::npos);
  }
  CHECK(error_of([&] {
          worst_slices(planted.predictions, planted.columns,
                       {.metric = "acuracy", .min_rows = 1, .count = 1});
        }).kind() == ErrorKind::bad_input);
}

TEST_CASE("a slice is any expression over the row, and nothing but the row", "[quality]") {
  const Folder folder;
  const auto table = folder.table("age,city name\n70,a\n20,b\n,c\n");
  const auto old = expression_texts(table, "age > 60");
  REQUIRE(old.size() == 3);
  CHECK(old[0] == "true");
  CHECK(old[1] == "false");
  CHECK_FALSE(old[2].has_value());
  CHECK(expression_texts(table, "upper(\"city name\")")[1] == "B");
  const auto unknown = error_of([&] { expression_texts(table, "agee > 1"); });
  CHECK(unknown.kind() == ErrorKind::bad_input);
  CHECK_THAT(unknown.message(), Contains("slice 'agee > 1'"));
  const auto file = folder.write("secret.csv", "w\nmagic\n").string();
  const auto sly =
      error_of([&] { expression_texts(table, "(SELECT w FROM read_csv('" + file + "'))"); });
  CHECK(sly.kind() != ErrorKind::usage);
  CHECK_THAT(sly.message(), !Contains("magic"));
}

TEST_CASE("rankings are judged query by query", "[quality]") {
  const RankingRows rows{.relevance = {3, 0, 1, 0, 0, 2, 0},
                         .scores = {0.1, 0.9, 0.5, 0.3, 0.9, 0.2, 0.4},
                         .queries = {"a", "a", "a", "b", "c", "c", "c"}};
  const auto metrics = evaluate_ranking(rows, 2);
  const double ndcg_a = (1 / std::log2(3) + 3 / std::log2(4)) / (3 + 1 / std::log2(3));
  const double ndcg_c = (2 / std::log2(4)) / 2;
  CHECK(*find_metric(metrics, "ndcg") == Approx((ndcg_a + ndcg_c) / 2).epsilon(1e-12));
  CHECK(*find_metric(metrics, "mean_reciprocal_rank") == Approx((1.0 / 2 + 1.0 / 3) / 2));
  CHECK(*find_metric(metrics, "mean_average_precision") ==
        Approx(((1.0 / 2 + 2.0 / 3) / 2 + 1.0 / 3) / 2));
  auto bad = rows;
  bad.relevance[1] = -1;
  CHECK_THAT(error_of([&] { evaluate_ranking(bad, 2); }).message(), Contains("row 2"));
  bad.relevance = std::vector<double>(7, 0);
  CHECK(error_of([&] { evaluate_ranking(bad, 2); }).kind() == ErrorKind::bad_input);
}

TEST_CASE("the pinball loss weighs errors by their side", "[quality]") {
  const Predictions predictions{.task = Task::regression, .truth = {1, 2}, .estimates = {0, 4}};
  CHECK(mean_pinball_loss(predictions, 0.9) == Approx((0.9 * 1 + 0.1 * 2) / 2));
  CHECK(error_of([&] { mean_pinball_loss(predictions, 1); }).kind() == ErrorKind::bad_input);
}
