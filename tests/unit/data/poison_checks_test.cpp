#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "data/checks/isolation_forest.h"
#include "data/checks/near_groups.h"
#include "data/checks/neighbours.h"
#include "data/statistics/random.h"
#include "mlo/data/checks.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

const Timestamp kNoon = Timestamp::parse("2026-11-23T12:00:00Z");

CheckResult looked(const Table& table, const CheckSettings& settings,
                   const Table* other = nullptr) {
  return run_check({.table = table, .settings = settings, .other = other, .now = kNoon}, "t.csv")
      .at(0);
}

double normal(Random& random) {
  const auto uniform = [&] { return static_cast<double>((random.next() >> 11U) + 1) * 0x1p-53; };
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

/// Two groups of 60 rows, four deviations apart in two columns, and a column of text; the rows
/// `wrong` (from 1) have the other group's label.
std::string groups(const std::vector<int>& wrong = {}) {
  Random random(1);
  std::string text = "x,y,kind,label\n";
  for (int i = 1; i <= 120; ++i) {
    const bool second = i % 2 == 0;
    const bool is_wrong = std::ranges::find(wrong, i) != wrong.end();
    text += fmt::format("{},{},{},{}\n", normal(random) + (second ? 6 : 0),
                        normal(random) + (second ? 6 : 0), i % 3 == 0 ? "a" : "b",
                        second != is_wrong ? "yes" : "no");
  }
  return text;
}

Features points(const std::vector<std::vector<float>>& all) {
  Features features{.rows = {}, .values = {}, .width = all.at(0).size(), .columns = 1};
  for (const auto& point : all) {
    features.rows.push_back(std::ssize(features.rows));
    features.values.insert(features.values.end(), point.begin(), point.end());
  }
  return features;
}

}  // namespace

TEST_CASE("swapped labels are found and scored, and only they", "[poison]") {
  const Folder folder;
  CHECK(looked(folder.table(groups()), {.kind = "label_noise", .label = "label"}).failing_rows ==
        0);
  const auto result =
      looked(folder.table(groups({3, 40, 77})), {.kind = "label_noise", .label = "label"});
  CHECK(result.sample == std::vector<std::int64_t>{3, 40, 77});
  CHECK(result.failing_rows == 3);
  CHECK(result.passed);  // 3 of 120 rows are below the usual 5 %
  CHECK_THAT(result.message, Contains("3 rows: 3, 40, 77; highest scores: 1.00"));
  CHECK_FALSE(looked(folder.table(groups({3, 40, 77})),
                     {.kind = "label_noise", .label = "label", .limit = 0.0})
                  .passed);
}

TEST_CASE("a label of nearly different numbers is no class", "[poison]") {
  const Folder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{}.5\n", i % 7, i);
  const auto error =
      error_of([&] { looked(folder.table(text), {.kind = "label_noise", .label = "y"}); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("40 different values in 40 rows"));
}

TEST_CASE("class shares are held against another table's", "[poison]") {
  const Folder folder;
  const auto table_of = [&](const std::string& name, int spam, int count) {
    std::string text = "label\n";
    for (int i = 0; i < count; ++i) text += i < spam ? "spam\n" : "ham\n";
    return Table::open(folder.write(name, text));
  };
  const auto before = table_of("before.csv", 100, 1000);
  const CheckSettings settings{.kind = "class_shift", .label = "label", .against = "before.csv"};
  CHECK(looked(table_of("same.csv", 110, 1000), settings, &before).passed);
  const auto result = looked(table_of("more.csv", 300, 1000), settings, &before);
  CHECK_FALSE(result.passed);
  CHECK(result.value.as_number() == Approx(0.2));
  CHECK_THAT(result.message, Contains("'spam' 0.100 → 0.300"));
  // Three of ten are no sign of anything.
  CHECK(looked(table_of("small.csv", 3, 10), settings, &before).passed);
}

TEST_CASE("a cluster of near-duplicates under one label is found", "[poison]") {
  const Folder folder;
  CHECK(looked(folder.table(groups()), {.kind = "label_clusters", .label = "label"}).failing_rows ==
        0);
  auto text = groups();
  for (int i = 0; i < 40; ++i) text += fmt::format("2.5{},-3.1{},a,yes\n", i % 10, i % 7);
  const auto result = looked(folder.table(text), {.kind = "label_clusters", .label = "label"});
  CHECK_FALSE(result.passed);
  CHECK(result.failing_rows == 40);
  REQUIRE_FALSE(result.sample.empty());
  CHECK(result.sample.front() == 121);
  CHECK_THAT(result.message, Contains("1 cluster, the largest of 40 rows"));
  // Copies under both labels are another matter.
  for (int i = 0; i < 5; ++i) text += "2.5,-3.1,a,no\n";
  CHECK(looked(folder.table(text), {.kind = "label_clusters", .label = "label"}).passed);
}

TEST_CASE("far rows are outliers and ordinary ones are not", "[poison]") {
  const Folder folder;
  CHECK(looked(folder.table(groups()), {.kind = "outliers", .label = "label"}).passed);
  const auto result =
      looked(folder.table(groups() + "40,-35,a,yes\n"), {.kind = "outliers", .label = "label"});
  CHECK_FALSE(result.passed);
  CHECK(result.sample == std::vector<std::int64_t>{121});
}

TEST_CASE("poisoning checks give the same figures on any number of threads", "[poison]") {
  const Folder folder;
  auto text = groups({3, 40, 77}) + "40,-35,a,yes\ninf,nan,,no\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("2.5{},-3.1{},a,yes\n", i % 10, i % 7);
  for (const std::string kind : {"label_noise", "label_clusters", "outliers"}) {
    std::string first;
    for (const int threads : {1, 2, 7}) {
      const auto result =
          looked(folder.table(text, {.threads = threads}), {.kind = kind, .label = "label"});
      const auto said = result.value.dump() + result.message;
      if (first.empty()) first = said;
      CHECK(said == first);
    }
  }
}

TEST_CASE("neighbours are the nearest, the earlier of equals first", "[poison]") {
  const auto near = nearest_neighbours(points({{0}, {3}, {1}, {1}, {-1}}), 3, 2);
  CHECK(near[0] == std::vector<std::uint32_t>{2, 3, 4});
  CHECK(near[1] == std::vector<std::uint32_t>{2, 3, 0});
}

TEST_CASE("the mean depth of a search is Liu, Ting and Zhou's", "[poison]") {
  // scikit-learn's sklearn.ensemble._iforest._average_path_length
  CHECK(mean_search_depth(1) == 0);
  CHECK(mean_search_depth(2) == 1);
  CHECK(mean_search_depth(5) == Approx(2.327020052042847).epsilon(1e-12));
  CHECK(mean_search_depth(256) == Approx(10.244770920119917).epsilon(1e-12));
}

TEST_CASE("points near each other share a group, others do not", "[poison]") {
  const auto groups = near_groups(points({{0, 0}, {5, 5}, {0.01F, 0}, {5, 5.02F}, {9, 0}}), 0.1, 2);
  CHECK(groups == std::vector<std::uint32_t>{0, 1, 0, 1, 4});
}
