#include "data/engine_functions.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "mlo/core/error.h"

namespace mlo::data {

namespace {

using TextTest = std::function<bool(std::string_view)>;

/// Writes `make(row)` for each row that has a value; NULL stays NULL.
template <typename Value, typename Make>
void write_each(duckdb_data_chunk input, duckdb_vector output, Make&& make) {
  auto* values = static_cast<Value*>(duckdb_vector_get_data(output));
  const auto rows = duckdb_data_chunk_get_size(input);
  auto* present = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(input, 0));
  if (present == nullptr) {
    for (idx_t row = 0; row < rows; ++row) values[row] = make(row);
    return;
  }
  duckdb_vector_ensure_validity_writable(output);
  auto* written = duckdb_vector_get_validity(output);
  for (idx_t row = 0; row < rows; ++row) {
    if (duckdb_validity_row_is_valid(present, row))
      values[row] = make(row);
    else
      duckdb_validity_set_row_invalid(written, row);
  }
}

template <typename Value>
const Value* argument(duckdb_data_chunk input) {
  return static_cast<const Value*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
}

void ask_each(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& test = *static_cast<TextTest*>(duckdb_scalar_function_get_extra_info(info));
  const auto* texts = argument<duckdb_string_t>(input);
  write_each<bool>(input, output, [&](idx_t row) {
    auto text = texts[row];  // the interface wants one that it could change
    return test({duckdb_string_t_data(&text), duckdb_string_t_length(text)});
  });
}

void make_whole(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  constexpr double kExact = 9007199254740992;  // 2⁵³
  const auto* numbers = argument<double>(input);
  bool fits = true;
  write_each<std::int64_t>(input, output, [&](idx_t row) {
    const double number = numbers[row];
    if (!(std::fabs(number) < kExact)) return fits = false, std::int64_t{0};
    const auto whole = static_cast<std::int64_t>(number);
    fits = fits && static_cast<double>(whole) == number;
    return whole;
  });
  if (!fits) duckdb_scalar_function_set_error(info, "more than its sample");
}

struct Signature {
  std::string name;
  duckdb_type argument = DUCKDB_TYPE_INVALID;
  duckdb_type result = DUCKDB_TYPE_INVALID;
  duckdb_scalar_function_t body = nullptr;
};

/// `test` is what the body finds as its extra information.
void add(duckdb_connection connection, const Signature& wanted, std::unique_ptr<TextTest> test) {
  auto* function = duckdb_create_scalar_function();
  auto* argument = duckdb_create_logical_type(wanted.argument);
  auto* result = duckdb_create_logical_type(wanted.result);
  duckdb_scalar_function_set_name(function, wanted.name.c_str());
  duckdb_scalar_function_add_parameter(function, argument);
  duckdb_scalar_function_set_return_type(function, result);
  duckdb_scalar_function_set_function(function, wanted.body);
  if (test)
    duckdb_scalar_function_set_extra_info(function, test.release(), [](void* made) {
      const std::unique_ptr<TextTest> owner(static_cast<TextTest*>(made));
    });
  const auto registered = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_logical_type(&argument);
  duckdb_destroy_logical_type(&result);
  duckdb_destroy_scalar_function(&function);
  invariant(registered == DuckDBSuccess, wanted.name);
}

}  // namespace

void add_test(duckdb_connection connection, const std::string& name, TextTest test) {
  add(connection,
      {.name = name,
       .argument = DUCKDB_TYPE_VARCHAR,
       .result = DUCKDB_TYPE_BOOLEAN,
       .body = ask_each},
      std::make_unique<TextTest>(std::move(test)));
}

void add_whole(duckdb_connection connection) {
  add(connection,
      {.name = "mlo_whole",
       .argument = DUCKDB_TYPE_DOUBLE,
       .result = DUCKDB_TYPE_BIGINT,
       .body = make_whole},
      {});
}

}  // namespace mlo::data
