#include "data/csv_text.h"
#include "fuzz/target.h"

MLO_FUZZ_TARGET(csv) {
  using namespace mlo::data;
  const char delimiter = sniff_delimiter(input);
  find_problem(input, delimiter);
  CsvText text(input, delimiter);
  std::int64_t line = 0;
  while (const auto record = text.next()) {
    mlo::invariant(record->line > line, "records come in the order of their lines");
    line = record->line;
  }
}
