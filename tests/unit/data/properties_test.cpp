#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include "data/drift/comparison.h"
#include "data/drift/text_profile.h"
#include "data/statistics/random.h"
#include "data/statistics/sort_numbers.h"
#include "data/statistics/sum.h"
#include "mlo/data/drift.h"
#include "mlo/data/profile.h"
#include "mlo/data/quality.h"
#include "unit/data/tables.h"

// What holds for every table: random ones, by a seed that a failure prints.

using namespace mlo;
using namespace mlo::data;

namespace {

constexpr auto kHeader = "x,n,w,text,user_id,flag,at,y,s\n";

std::vector<std::string> random_rows(std::uint64_t seed, std::size_t count, double shift) {
  Random random(seed);
  const auto share = [&] { return static_cast<double>(random.below(1'000'000)) / 1e6; };
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    for (auto words = random.below(5) + 1; words > 0; --words)
      text += "w" + std::to_string(random.below(900)) + " ";
    rows.push_back((random.below(20) == 0 ? "" : fmt::format("{}", share() * 3 + shift)) + "," +
                   std::to_string(random.below(300)) + ",k" + std::to_string(random.below(7)) +
                   "," + text + ",u" + std::to_string(random.next()) + "," +
                   (random.below(3) == 0 ? "true" : "false") + ",2026-01-0" +
                   std::to_string(random.below(9) + 1) + "," + std::to_string(random.below(2)) +
                   "," + fmt::format("{}", share()) + "\n");
  }
  return rows;
}

std::string csv(const std::vector<std::string>& rows) {
  std::string text = kHeader;
  for (const auto& row : rows) text += row;
  return text;
}

std::vector<std::string> shuffled(std::vector<std::string> rows, std::uint64_t seed) {
  Random random(seed);
  for (auto i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
  return rows;
}

const std::vector<std::string> kMethods = {"auto", "ks", "psi", "kl", "chi_square", "text_profile"};

}  // namespace

TEST_CASE("no figure of a comparison depends on the order of rows", "[property]") {
  const std::uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  const Folder folder;
  const auto before = random_rows(seed, 400, 0);
  const auto now = random_rows(seed + 100, 300, 0.4);
  const auto first = Table::open(folder.write("a.csv", csv(before)));
  const auto second = Table::open(folder.write("b.csv", csv(now)));
  const auto third = Table::open(folder.write("c.csv", csv(shuffled(before, seed + 7))));
  const auto fourth = Table::open(folder.write("d.csv", csv(shuffled(now, seed + 8))));
  for (const auto& method : kMethods) {
    CAPTURE(method);
    CHECK(to_json(drift(first, second, {.method = method})) ==
          to_json(drift(third, fourth, {.method = method})));
  }
  CHECK(to_json(profile(first)) == to_json(profile(third)));
}

TEST_CASE("columns compared in groups are compared as all at once", "[property]") {
  const Folder folder;
  const auto one = folder.write("a.csv", csv(random_rows(5, 300, 0)));
  const auto other = folder.write("b.csv", csv(random_rows(6, 200, 0.4)));
  const DriftOptions options{.correction = "benjamini-hochberg", .classifier = true};
  const auto whole = drift(Table::open(one), Table::open(other), options);
  const std::vector<std::string> names = {"x", "n", "w", "text", "user_id", "flag", "at", "y", "s"};
  const std::size_t size = GENERATE(1, 2, 4);
  TableComparison comparison(options, {names, names, {}});
  for (std::size_t i = 0; i < names.size(); i += size) {
    const std::vector<std::string> some(
        names.begin() + static_cast<std::ptrdiff_t>(i),
        names.begin() + static_cast<std::ptrdiff_t>(std::min(i + size, names.size())));
    comparison.compare(Table::open(one, {.columns = some}), Table::open(other, {.columns = some}),
                       some);
  }
  CHECK(to_json(comparison.report()) == to_json(whole));
  CHECK(to_json(drift(TableFile{one}, TableFile{other}, options)) == to_json(whole));
}

TEST_CASE("a chosen column has the type and values that it has in the whole table", "[property]") {
  const Folder folder;
  const auto path = folder.write("a.csv", csv(random_rows(9, 50, 0)));
  const auto whole = Table::open(path);
  for (const auto& column : whole.columns()) {
    const auto alone = Table::open(path, {.columns = {column.name}});
    CHECK(alone.columns().size() == 1);
    CHECK(alone.columns()[0].type == column.type);
    CHECK(alone.texts(column.name) == whole.texts(column.name));
  }
  const auto two = Table::open(path, {.columns = {"y", "x"}});
  CHECK(two.columns()[0].name == "y");
  CHECK(two.texts("x") == whole.texts("x"));
}

TEST_CASE("trigrams of parts make those of the whole, and distances are symmetric", "[property]") {
  const std::uint64_t seed = GENERATE(11, 12, 13);
  CAPTURE(seed);
  Random random(seed);
  Trigrams whole;
  Trigrams left;
  Trigrams right;
  std::map<std::string, double> plain;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (auto letters = random.below(9); letters > 0; --letters)
      text += static_cast<char>('a' + random.below(26) * (i % 2));
    const auto count = static_cast<double>(random.below(3));
    whole.add(text, count);
    (i % 3 == 0 ? left : right).add(text, count);
    if (text.size() < 3) plain[text] += count;
    for (std::size_t at = 0; at + 3 <= text.size(); ++at) plain[text.substr(at, 3)] += count;
  }
  double total = 0;
  for (const auto& [gram, count] : plain) total += count;
  CHECK(whole.total() == total);
  auto merged = right;
  merged.merge(left);
  CHECK(trigram_distance(merged, whole) == 0);
  CHECK(trigram_distance(left, right) == trigram_distance(right, left));
  CHECK(trigram_distance(left, right) > 0);
  CHECK(trigram_distance(left, Trigrams()) == Approx(std::sqrt(std::log(2))));
}

TEST_CASE("numbers are sorted as by comparison, few and many, to the sign of zero", "[property]") {
  Random random(41);
  const std::size_t count = GENERATE(0, 1, 100, 5000, 40000);
  std::vector<double> values = {0.0, -0.0, 1e-310, -1e-310, INFINITY, -INFINITY, 5, -5};
  std::vector<std::int64_t> whole = {0, -1, 1, INT64_MIN, INT64_MAX};
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = random.next();
    whole.push_back(static_cast<std::int64_t>(bits >> random.below(64)) - 1000);
    values.push_back(std::ldexp(static_cast<double>(bits % 2001) - 1000,
                                static_cast<int>(random.below(300)) - 150));
  }
  auto expected = values;
  std::ranges::sort(expected, [](double a, double b) {
    return a < b || (a == b && std::signbit(a) && !std::signbit(b));
  });
  sort_numbers(values);
  CHECK(values == expected);
  CHECK(std::ranges::equal(
      values, expected, {}, [](double one) { return std::signbit(one); },
      [](double one) { return std::signbit(one); }));
  auto wanted = whole;
  std::ranges::sort(wanted);
  sort_numbers(whole);
  CHECK(whole == wanted);
}

TEST_CASE("an exact sum is the same in any order", "[property]") {
  Random random(21);
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i)
    values.push_back(std::ldexp(static_cast<double>(random.next() % 1000003) - 500001.0,
                                static_cast<int>(random.below(120)) - 60));
  const double sum = exact_sum(values);
  std::ranges::sort(values);
  CHECK(exact_sum(values) == sum);
  std::ranges::reverse(values);
  CHECK(exact_sum(values) == sum);
}

TEST_CASE("shares and ratios of every metric stay in their bounds", "[property]") {
  const std::uint64_t seed = GENERATE(31, 32, 33, 34);
  CAPTURE(seed);
  const Folder folder;
  const auto table = folder.table(csv(random_rows(seed, 60, 0)));
  const auto predictions = read_predictions(table, {.label = "y", .score = "s"});
  for (const auto& [name, value] : evaluate(predictions)) {
    CAPTURE(name, value);
    CHECK(value >= (name == "matthews_corrcoef" ? -1 : 0));
    if (name != "log_loss") CHECK(value <= 1);
  }
  for (const auto& [name, value] : fairness(predictions, table.texts("w"))) {
    CAPTURE(name, value);
    CHECK((value >= 0 && value <= 1));
  }
}
