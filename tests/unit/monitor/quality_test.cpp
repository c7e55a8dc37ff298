#include "monitor/quality.h"

#include "mlo/core/error.h"
#include "unit/monitor/watch.h"

namespace mlo::monitor {
namespace {

const std::string kQuality =
    "    validate: {size: \"<= 1 MB\"}\n"
    "    monitor: {reference: reference.csv, min_rows: 20, labels: labels.csv,\n"
    "      quality: {accuracy: \">= 0.9\"}, on: {decay: [alert]}}\n";

workspace::ModelSpec spec_of(const std::string& task) {
  workspace::ModelSpec spec;
  spec.task = task;
  spec.positive = "1";
  return spec;
}

InferenceRecord answer(const std::string& id, const Json& outputs) {
  return {.at = {}, .id = id, .model = "sign", .outputs = outputs};
}

/// Requests whose answers are all 1, and outcomes of which half are.
class Answered : public Watch {
 public:
  Answered() : Watch(kQuality) {}
  void answer(const std::string& name, int count) {
    std::string text = "id,a,b,prediction\n";
    for (int i = 0; i < count; ++i) text += fmt::format("{}{},{},{},1\n", name, i, i % 10, i % 7);
    write("requests.csv", text);
    auto repository = open();
    static_cast<void>(ingest(repository, "sign", {root() / "requests.csv"}, heard));
    pass(1);
  }
  void learn(const std::string& name, int count) {
    for (int i = 0; i < count; ++i) labels_ += fmt::format("{}{},{}\n", name, i, i % 2);
    write("labels.csv", labels_);
  }

 private:
  std::string labels_ = "id,high\n";
};

}  // namespace

TEST_CASE("answers without a score count for what needs none, and that is said", "[quality]") {
  Judgement judgement(spec_of("binary-classification"));
  Outcomes outcomes;
  for (int i = 0; i < 60; ++i) {
    const auto id = std::to_string(i);
    outcomes.by_request[id] = i % 2 == 0 ? "1" : "0";
    auto outputs = Json::object({{"prediction", "1"}});
    if (i != 7) outputs.set("score", i % 2 == 0 ? 0.9 : 0.6);
    judgement.add(answer(id, outputs), outcomes);
  }
  const auto quality = judgement.quality();
  CHECK(quality.outcomes == 60);
  CHECK(data::find_metric(quality.metrics, "accuracy") == 0.5);
  CHECK(data::find_metric(quality.metrics, "roc_auc") == 1.0);
  CHECK(quality.note ==
        "1 of 60 answers came without a score: metrics of scores are of the others");
}

TEST_CASE("answers that never have a score are judged without a word of it", "[quality]") {
  Judgement judgement(spec_of("binary-classification"));
  const Outcomes outcomes{.by_request = {{"1", "1"}, {"2", "0"}}, .content = {}};
  for (const auto* id : {"1", "2", "of no outcome"})
    judgement.add(answer(id, Json::object({{"prediction", 1}})), outcomes);
  const auto quality = judgement.quality();
  CHECK(quality.outcomes == 2);
  CHECK(data::find_metric(quality.metrics, "accuracy") == 0.5);
  CHECK_FALSE(data::find_metric(quality.metrics, "roc_auc"));
  CHECK(quality.note.empty());
}

TEST_CASE("estimates are judged whether the log has them as numbers or as text", "[quality]") {
  Judgement judgement(spec_of("regression"));
  const Outcomes outcomes{
      .by_request = {{"1", "2"}, {"2", "3.5"}, {"3", "4"}, {"4", "4"}, {"5", "much"}},
      .content = {}};
  judgement.add(answer("1", Json::object({{"prediction", "2.5"}})), outcomes);
  judgement.add(answer("2", Json::object({{"prediction", 3.0}})), outcomes);
  for (const auto* nothing : {"nan", "four"})
    judgement.add(answer("3", Json::object({{"prediction", nothing}})), outcomes);
  const auto quality = judgement.quality();
  CHECK(quality.outcomes == 2);
  CHECK(data::find_metric(quality.metrics, "mean_absolute_error") == 0.5);
  CHECK(quality.note == "2 answers came as no number: the quality is of the others");
  CHECK_THROWS_WITH(judgement.add(answer("5", Json::object({{"prediction", 1}})), outcomes),
                    "the outcome 'much' of request '5' is no number");
}

TEST_CASE("outcomes that come after their window ended judge it then", "[quality]") {
  if (!model::runtime_is_here()) return;
  Answered place;
  place.answer("r", 40);
  const auto first = place.look();
  CHECK(first.note == "quality is not judged: labels 'labels.csv' are not there");
  place.answer("s", 30);
  const auto second = place.look();
  place.learn("r", 40);
  const auto seen = place.look();
  CHECK(seen.window.rows == 0);
  REQUIRE(seen.late.size() == 1);
  CHECK(seen.late[0].window.from == first.window.from);
  CHECK(seen.late[0].window.to == first.window.to);
  CHECK(seen.late[0].outcomes == 40);
  REQUIRE(seen.alerts.size() == 1);
  CHECK(seen.alerts[0].kind == "decay");
  CHECK(seen.alerts[0].message ==
        fmt::format("accuracy is 0.5, it must be >= 0.9 (requests until {}, by outcomes that came "
                    "later)",
                    first.window.to.brief()));
  const auto windows = place.windows();
  REQUIRE(windows.size() == 3);
  CHECK(windows[0].to == first.window.to);
  CHECK(windows[0].quality["accuracy"].as_number() == 0.5);
  // Once, and the next window begins where the last one ended.
  CHECK(place.look().noticed.empty());
  place.answer("t", 30);
  const auto next = place.look();
  CHECK(next.window.from == second.window.to);
  CHECK(next.window.rows == 30);
}

TEST_CASE("a bound on a metric that the answers do not define is told, not passed over",
          "[quality]") {
  if (!model::runtime_is_here()) return;
  Answered place;
  place.replace("{accuracy: \">= 0.9\"}", "{roc_auc: \">= 0.9\"}");
  place.answer("r", 40);
  place.learn("r", 40);
  CHECK(place.look().note ==
        "roc_auc is not judged: 40 outcomes do not define it (no scores, or of one class)");
}

TEST_CASE("a window is judged again when many more outcomes are there, or all", "[quality]") {
  if (!model::runtime_is_here()) return;
  Answered place;
  place.answer("r", 100);
  static_cast<void>(place.look());
  const auto judged = [&](int count) {
    std::string labels = "id,high\n";
    for (int i = 0; i < count; ++i) labels += fmt::format("r{},{}\n", i, i % 2);
    place.write("labels.csv", labels);
    return place.look().late.size();
  };
  CHECK(judged(19) == 0);  // fewer than min_rows
  CHECK(judged(20) == 1);
  CHECK(judged(29) == 0);
  CHECK(judged(60) == 1);
  CHECK(judged(89) == 0);
  CHECK(judged(100) == 1);
  CHECK(judged(100) == 0);
}

TEST_CASE("late outcomes of a version that was replaced are recorded and alert nobody",
          "[quality]") {
  if (!model::runtime_is_here()) return;
  Answered place;
  place.answer("r", 40);
  static_cast<void>(place.look());
  place.make(2);
  place.promote("sign@2");
  place.learn("r", 40);
  const auto seen = place.look();
  CHECK(seen.late.size() == 1);
  CHECK(seen.noticed.empty());
}

}  // namespace mlo::monitor
