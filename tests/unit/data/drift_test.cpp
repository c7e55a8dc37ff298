#include "mlo/data/drift.h"

#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "data/statistics/multiple_testing.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

std::string column(int count, const std::function<std::string(int)>& value) {
  std::string csv = "v\n";
  for (int i = 0; i < count; ++i) csv += value(i) + "\n";
  return csv;
}

std::string formula(int count, int factor, int modulus, double divisor, double shift = 0) {
  return column(count, [&](int i) {
    const auto rest = static_cast<std::int64_t>(i) * factor % modulus;
    return fmt::format("{}", static_cast<double>(rest) / divisor + shift);
  });
}

std::string letters(const std::string& text) {
  return column(static_cast<int>(text.size()),
                [&](int i) { return std::string(1, text[static_cast<std::size_t>(i)]); });
}

std::string repeated(const std::string& text, int times, const std::string& last = "") {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all + last;
}

struct Pair {
  Folder folder;
  Table reference;
  Table current;
  Pair(const std::string& reference_csv, const std::string& current_csv)
      : reference(Table::open(folder.write("reference.csv", reference_csv))),
        current(Table::open(folder.write("current.csv", current_csv))) {}
  [[nodiscard]] ColumnDrift measure(const std::string& method) const {
    return drift(reference, current, {.method = method}).columns.at(0);
  }
};

const std::string kNumbersA = formula(60, 7919, 1009, 100);
const std::string kNumbersB = formula(45, 104729, 997, 80, 0.5);

}  // namespace

// Reference values: scipy 1.17 (stats.ks_2samp, chi2_contingency(correction=False), entropy,
// wasserstein_distance, contingency.association; spatial.distance.jensenshannon) over the bins of
// Evidently 0.7.23 (legacy/calculations/stattests), on ((i·7919) mod 1009)/100, i < 60, against
// ((i·104729) mod 997)/80 + 0.5, i < 45.
TEST_CASE("each measure of numbers has its reference value", "[drift]") {
  const Pair pair(kNumbersA, kNumbersB);
  const std::vector<std::pair<std::string, double>> expected = {
      {"ks", 0.22777777777777777},
      {"wasserstein", 0.5193916897568243},
      {"psi", 1.084151741498217},
      {"kl", 0.1959664918940906},
      {"jensen_shannon", 0.24832130018841223},
      {"total_variation", 0.2},
      {"l_infinity", 0.13333333333333333},
      {"hellinger", 0.28676607804021115},
      {"chi_square", 11.122222222222222},
      {"cramers_v", 0.3254626336861513},
  };
  for (const auto& [method, value] : expected) {
    CAPTURE(method);
    CHECK(pair.measure(method).statistic == Approx(value).epsilon(1e-12));
    CHECK(pair.measure(method).method == method);
  }
}

TEST_CASE("p-values are scipy's", "[drift]") {
  const Pair pair(kNumbersA, kNumbersB);
  CHECK(*pair.measure("ks").p_value == Approx(0.121489833704199).epsilon(1e-10));
  CHECK(*pair.measure("chi_square").p_value == Approx(0.13337588783204357).epsilon(1e-10));
  const Pair equal_sizes(kNumbersA, formula(60, 104729, 997, 80, 0.5));
  CHECK(*equal_sizes.measure("ks").p_value == Approx(0.2671202776187836).epsilon(1e-10));
  const Pair exact(formula(3000, 7919, 100003, 1000), formula(2500, 104729, 100019, 1000, 1.5));
  CHECK(*exact.measure("ks").p_value == Approx(0.8076171285103987).epsilon(1e-10));
  const Pair asymptotic(formula(12000, 7919, 100003, 1000),
                        formula(9000, 104729, 100019, 1000, 1.5));
  CHECK(*asymptotic.measure("ks").p_value == Approx(0.16861210537290128).epsilon(1e-10));
}

// Integers: (i·7919) mod 37, i < 60, against (i·104729) mod 41, i < 45; numpy keeps bins ≥ 1 wide.
TEST_CASE("each measure of integers has its reference value", "[drift]") {
  const Pair pair(formula(60, 7919, 37, 1), formula(45, 104729, 41, 1));
  const std::vector<std::pair<std::string, double>> expected = {
      {"psi", 0.2274287609212601},
      {"kl", 0.09880369356331953},
      {"jensen_shannon", 0.16459313616097396},
      {"total_variation", 0.17777777777777776},
      {"l_infinity", 0.1},
      {"hellinger", 0.16974704084428602},
      {"chi_square", 5.617752753782166},
      {"cramers_v", 0.23130587363678806},
  };
  for (const auto& [method, value] : expected) {
    CAPTURE(method);
    CHECK(pair.measure(method).statistic == Approx(value).epsilon(1e-12));
  }
}

TEST_CASE("each measure of categories has its reference value", "[drift]") {
  const Pair pair(letters(repeated("aaaaabbbbccc", 3)), letters(repeated("aabbbbcccccd", 2, "a")));
  const std::vector<std::pair<std::string, double>> expected = {
      {"psi", 0.7641719692885078},
      {"kl", 0.20113833380608728},
      {"jensen_shannon", 0.23657996214201024},
      {"total_variation", 0.23},
      {"l_infinity", 0.21666666666666667},
      {"hellinger", 0.261722117936675},
      {"chi_square", 6.0662894736842095},
      {"cramers_v", 0.31535276821529984},
  };
  for (const auto& [method, value] : expected) {
    CAPTURE(method);
    CHECK(pair.measure(method).statistic == Approx(value).epsilon(1e-12));
  }
  CHECK(*pair.measure("chi_square").p_value == Approx(0.10842926282408957).epsilon(1e-10));
  CHECK(pair.measure("ks").method == "chi_square");  // no order among categories
}

TEST_CASE("every measure is zero between a table and itself", "[drift]") {
  const Pair numbers(kNumbersA, kNumbersA);
  const Pair words(letters("aabbcc"), letters("ccbbaa"));
  for (const auto& method : drift_methods()) {
    CAPTURE(method);
    CHECK(std::fabs(numbers.measure(method).statistic) < 1e-7);
    CHECK_FALSE(numbers.measure(method).drifted);
    CHECK(std::fabs(words.measure(method).statistic) < 1e-7);
  }
}

TEST_CASE("symmetric measures are symmetric, and bounded ones stay in their bounds", "[drift]") {
  const Pair forth(kNumbersA, kNumbersB);
  const Pair back(kNumbersB, kNumbersA);
  for (const std::string method : {"ks", "psi", "jensen_shannon", "hellinger", "total_variation",
                                   "l_infinity", "chi_square", "cramers_v"}) {
    CAPTURE(method);
    CHECK(forth.measure(method).statistic == Approx(back.measure(method).statistic).epsilon(1e-13));
  }
  const Pair apart(letters("aaaa"), letters("bbbb"));
  CHECK(apart.measure("hellinger").statistic == 1);
  CHECK(apart.measure("total_variation").statistic == 1);
  CHECK(apart.measure("l_infinity").statistic == 1);
  CHECK(apart.measure("cramers_v").statistic == Approx(1));
  CHECK(apart.measure("jensen_shannon").statistic == Approx(std::sqrt(std::log(2.0))));
  CHECK(Pair("v\n1\n2\n3\n4\n5\n6\n", "v\n11\n12\n13\n14\n").measure("ks").statistic == 1);
}

TEST_CASE("the automatic method follows type, number of values and size", "[drift]") {
  CHECK(Pair(kNumbersA, kNumbersB).measure("auto").method == "ks");
  CHECK(Pair("v\n1\n2\n1\n", "v\n2\n2\n").measure("auto").method == "chi_square");
  CHECK(Pair(letters("ab"), letters("ab")).measure("auto").method == "chi_square");
  CHECK(Pair(formula(1001, 7, 997, 10), kNumbersB).measure("auto").method == "wasserstein");
  CHECK(Pair(letters(repeated("ab", 501)), letters("ab")).measure("auto").method ==
        "jensen_shannon");
}

TEST_CASE("missing and infinite values are left out, and a lost column is drift", "[drift]") {
  const Pair holes("v\n1\n\n2\nnan\n3\ninf\n", "v\n1\n2\n3\n");
  CHECK(holes.measure("ks").statistic == 0);
  const Pair lost("v,w\n1,1\n2,2\n", "v,w\n,1\n,2\n");
  const auto report = drift(lost.reference, lost.current, {});
  CHECK(report.columns[0].method == "missing_share");
  CHECK(report.columns[0].drifted);
  CHECK_FALSE(report.columns[1].drifted);
  CHECK(report.drifted_share == 0.5);
  CHECK(report.drifted);
}

TEST_CASE("a column that is text on one side is compared by its words", "[drift]") {
  const Pair pair("v\n1\n2\n1\n", "v\n1.0\n2\nmany\n");
  CHECK(pair.measure("auto").method == "chi_square");
  CHECK(pair.measure("auto").bins.size() >= 3);
}

TEST_CASE("a column of another type has drifted, whatever its values' distance", "[drift]") {
  const auto changes = [](const std::string& before, const std::string& now) {
    const auto column = Pair("v\n" + before, "v\n" + now).measure("auto");
    CHECK(column.drifted == (column.change == "type" || column.change == "values"));
    return column.change;
  };
  std::string numbers;
  std::string texts;
  for (int i = 1; i <= 60; ++i) {
    numbers += fmt::format("{}\n", i);
    texts += fmt::format("v{}\n", i);
  }
  CHECK(changes(numbers, texts) == "type");
  CHECK(changes("2026-01-01\n2026-01-02\n", "20260101\n20260102\n") == "type");
  CHECK(changes("1\n2\n", "1.5\n2\n").empty());
  CHECK(changes("true\nfalse\n", "1\n0\n").empty());
  CHECK(changes("0\n1\n0\n", "False\nTrue\nFalse\n").empty());
  // In CSV a code may look like a number.
  CHECK(changes("A1\n7\n8\n", "7\n8\n7\n").empty());
  const Folder folder;
  const auto codes = folder.write("codes.jsonl", "{\"v\":\"7\"}\n{\"v\":\"A1\"}\n");
  const auto whole = folder.write("whole.jsonl", "{\"v\":7}\n{\"v\":7}\n");
  CHECK(drift(Table::open(codes), Table::open(whole), {}).columns[0].change == "type");
}

TEST_CASE("a column of which every value is new has drifted, unless new ones come anyway",
          "[drift]") {
  const auto change = [](const std::string& before, const std::string& now) {
    return Pair("v\n" + before, "v\n" + now).measure("auto").change;
  };
  CHECK(change("a\na\nb\nb\n", "c\n") == "values");
  CHECK(change("a\na\nb\nb\n", "c\na\n").empty());
  CHECK(change("a\nb\nc\nd\n", "e\nf\ng\n").empty());
}

TEST_CASE("dates that one side leaves open are read as the other writes them", "[drift]") {
  const Folder folder;
  std::string january = "d\n";
  std::string february = "d\n";
  for (int day = 1; day <= 31; ++day) january += fmt::format("01/{:02}/2024\n", day);
  for (int day = 1; day <= 12; ++day) february += fmt::format("02/{:02}/2024\n", day);
  const TableFile told{folder.write("told.csv", january)};
  const TableFile open{folder.write("open.csv", february)};
  const auto edges_of = [](const DriftReport& report) { return report.columns[0].edges; };
  const auto report = drift(told, open, {});
  CHECK(edges_of(report).front() == 1704067200);  // 2024-01-01
  CHECK(edges_of(report).back() == 1707696000);   // 2024-02-12
  CHECK(edges_of(drift(open, told, {})) == edges_of(report));
}

TEST_CASE("columns of one side only are named, and unknown ones refused", "[drift]") {
  const Pair pair("a,b\n1,1\n", "b,c\n1,1\n");
  const auto report = drift(pair.reference, pair.current, {});
  CHECK(report.columns.size() == 1);
  CHECK(report.missing_columns == std::vector<std::string>{"a"});
  CHECK(report.new_columns == std::vector<std::string>{"c"});
  CHECK(report.drifted_share == 0.5);  // a vanished column has drifted, a new one not
  const auto asked = drift(pair.reference, pair.current, {.columns = {"b"}});
  CHECK(asked.missing_columns.empty());
  CHECK(asked.new_columns.empty());
  CHECK(asked.drifted_share == 0);
  CHECK(error_of([&] { drift(pair.reference, pair.current, {.columns = {"a"}}); }).kind() ==
        ErrorKind::not_found);
  const auto error =
      error_of([&] { drift(pair.reference, pair.current, {.method = "kolmogorov"}); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.hint(), Contains("jensen_shannon"));
}

TEST_CASE("histograms share their bins and sum to one", "[drift]") {
  const auto numbers = Pair(kNumbersA, kNumbersB).measure("ks");
  CHECK(numbers.bins.size() == 10);
  double sum = 0;
  for (const double share : numbers.current) sum += share;
  CHECK(sum == Approx(1));
  const auto words = Pair(letters("abcdefghijklmnopqrs"), letters("abcabcabc")).measure("psi");
  REQUIRE(words.bins.size() == 12);
  CHECK(words.bins.back() == "other");
  CHECK(words.reference.back() == Approx(8.0 / 19));
}

TEST_CASE("the answer has the exact ends of bins whose names are rounded", "[drift]") {
  const Folder folder;
  std::string rows = "n\n";
  for (int i = 0; i <= 40; ++i) rows += std::to_string(1000000 + i) + "\n";
  const auto before = Table::open(folder.write("r.csv", rows));
  const auto after = Table::open(folder.write("c.csv", rows));
  const auto report = to_json(drift(before, after, {.method = "ks"}));
  const auto& column = report["columns"].as_array().at(0);
  REQUIRE(column["edges"].size() == column["bins"].size() + 1);
  CHECK(column["edges"].as_array().front() == Json(1000000.0));
  CHECK(column["edges"].as_array().at(1) == Json(1000004.0));
  const auto words = Table::open(folder.write("w.csv", "w\na\nb\n"));
  const auto of_words = to_json(drift(words, words, {}));
  CHECK(of_words["columns"].as_array().at(0)["edges"].is_null());
}

TEST_CASE("a drift report is the same to the byte for every thread count", "[drift]") {
  const Folder folder;
  const auto reference = folder.write("r.csv", formula(2000, 7919, 100003, 977));
  const auto current = folder.write("c.csv", formula(1500, 104729, 100019, 983));
  const auto report = [&](int threads) {
    const auto before = Table::open(reference, {.threads = threads});
    const auto after = Table::open(current, {.threads = threads});
    std::string all;
    for (const auto& method : drift_methods())
      all += to_json(drift(before, after, {.method = method})).dump();
    return all;
  };
  const auto first = report(1);
  for (const int threads : {1, 2, 2, 7, 7}) CHECK(report(threads) == first);
}

// Reference values: scipy 1.17, stats.false_discovery_control(method="bh").
TEST_CASE("tests of many columns are judged together when a correction is asked for", "[drift]") {
  const auto adjusted = benjamini_hochberg(std::vector<double>{0.01, 0.04, 0.03, 0.005, 0.5, 0.04});
  const std::vector<double> expected = {0.03, 0.048, 0.048, 0.03, 0.5, 0.048};
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(adjusted[i] == Approx(expected[i]).epsilon(1e-12));
  CHECK(benjamini_hochberg({}).empty());
  const Pair pair(kNumbersA, kNumbersB);
  const auto plain = drift(pair.reference, pair.current, {}).columns.at(0);
  const auto corrected =
      drift(pair.reference, pair.current, {.correction = "benjamini-hochberg"}).columns.at(0);
  CHECK_FALSE(plain.p_adjusted);
  CHECK(corrected.p_adjusted == plain.p_value);  // of one test
  CHECK_THROWS_WITH(drift(pair.reference, pair.current, {.correction = "bonferroni"}),
                    Contains("no correction 'bonferroni'"));
}

TEST_CASE("values that one side lacks are told, and what is missing", "[drift]") {
  const Pair categories("c,n\na,1\na,2\nb,3\nb,\n", "c,n\na,1\nd,9\nd,0\n,2\n");
  const auto columns = drift(categories.reference, categories.current, {}).columns;
  REQUIRE(columns[0].new_values);
  CHECK(columns[0].new_values->examples == std::vector<std::string>{"d"});
  CHECK(columns[0].new_values->share == Approx(2.0 / 3));
  CHECK(columns[0].vanished_values->examples == std::vector<std::string>{"b"});
  CHECK(columns[0].current_missing == 0.25);
  CHECK(columns[1].reference_missing == 0.25);
  CHECK(columns[1].out_of_range == 0.5);  // 9 and 0 lie beyond 1 … 3
}

TEST_CASE("identifiers are not compared unless they are asked for", "[drift]") {
  const auto ids = [](int from) {
    return "user_id\n" + column(150, [&](int i) { return fmt::format("u{}", from + i); }).substr(2);
  };
  const Pair pair(ids(1000), ids(5000));
  const auto left_out = drift(pair.reference, pair.current, {});
  CHECK(left_out.columns[0].method == "identifier");
  CHECK_FALSE(left_out.drifted);
  CHECK(drift(pair.reference, pair.current, {.columns = {"user_id"}}).columns[0].method !=
        "identifier");
}

TEST_CASE("free text drifts when its letters do, not because every text differs", "[drift]") {
  const std::vector<std::string> words = {"red", "green", "house", "tree", "river", "small"};
  const std::vector<std::string> others = {"quantum", "flux", "boson", "lepton", "spin", "charge"};
  const auto texts = [](const std::vector<std::string>& from, int seed) {
    return column(300, [&](int i) {
      std::string text = std::to_string(seed + i);
      for (int k = 0; k < 6; ++k)
        text += " " + from[static_cast<std::size_t>((i * (k + 3) + k * seed) % 6)];
      return text;
    });
  };
  const auto same = Pair(texts(words, 1000), texts(words, 2000)).measure("auto");
  CHECK(same.method == "text_profile");
  CHECK_FALSE(same.drifted);
  const auto other = Pair(texts(words, 1000), texts(others, 2000)).measure("auto");
  CHECK(other.drifted);
  REQUIRE(other.text);
  CHECK(other.text->out_of_vocabulary == 1.0);
}

TEST_CASE("a classifier sees what no single column shows", "[drift]") {
  const auto table = [](int seed, int together) {
    return "x,y\n" + column(1000, [&](int i) {
                       const auto x = (i * 7919 + seed) % 1009;
                       const auto y = together != 0 ? x : (i * 104729 + seed) % 1009;
                       return fmt::format("{},{}", x, y);
                     }).substr(2);
  };
  const auto score = [&](int seed, int together) {
    const Pair pair(table(1, 1), table(seed, together));
    const auto report = drift(pair.reference, pair.current, {.classifier = true});
    CHECK(report.drifted_share == 0);
    return report.classifier->roc_auc;
  };
  CHECK(score(500, 1) == Approx(0.5).margin(0.05));
  CHECK(score(500, 0) > 0.8);
}

TEST_CASE("of two tables that cannot be read the reference is told, however they are read",
          "[drift]") {
  const Folder folder;
  const TableFile reference{folder.write("r.csv", "a,b\n1,2\n1\n")};
  const TableFile current{folder.write("c.csv", "a,b\n1,2,3\n1,2\n")};
  for (int turn = 0; turn < 5; ++turn) {
    const auto error = error_of([&] { static_cast<void>(drift(reference, current, {})); });
    CHECK_THAT(error.message(), Contains("r.csv:3: "));
  }
}
