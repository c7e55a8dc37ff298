#include "data/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include <duckdb.h>

#include "mlo/core/error.h"
#include "mlo/core/json.h"

namespace mlo::data {

namespace {

ErrorKind kind_of(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY: return ErrorKind::unavailable;
    case DUCKDB_ERROR_INTERRUPT: return ErrorKind::interrupted;
    case DUCKDB_ERROR_PERMISSION: return ErrorKind::not_allowed;
    default: return ErrorKind::bad_input;
  }
}

/// A result with one owner; DuckDB wants it destroyed even after a failure.
class Result {
 public:
  Result(duckdb_connection connection, const std::string& sql) {
    if (duckdb_query(connection, sql.c_str(), &result_) == DuckDBSuccess) return;
    const auto type = duckdb_result_error_type(&result_);
    const char* message = duckdb_result_error(&result_);
    const std::string text = message != nullptr ? message : "the query failed";
    duckdb_destroy_result(&result_);
    // Only our own text reaches this point unparsed, so a statement that DuckDB cannot read is
    // ours.
    invariant(type != DUCKDB_ERROR_PARSER && type != DUCKDB_ERROR_INTERNAL, text);
    throw Error(kind_of(type), "{}", text);
  }
  ~Result() { duckdb_destroy_result(&result_); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  duckdb_result& get() { return result_; }

  /// Calls `visit(vector of column 0 …, rows in the chunk)` in row order.
  template <typename Visit>
  void each_chunk(Visit&& visit) {
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
      try {
        visit(chunk, duckdb_data_chunk_get_size(chunk));
      } catch (...) {
        duckdb_destroy_data_chunk(&chunk);
        throw;
      }
      duckdb_destroy_data_chunk(&chunk);
    }
  }

 private:
  duckdb_result result_{};
};

bool is_valid(duckdb_vector vector, idx_t row) {
  auto* validity = duckdb_vector_get_validity(vector);
  return validity == nullptr || duckdb_validity_row_is_valid(validity, row);
}

Engine::Text text_at(duckdb_vector vector, idx_t row) {
  if (!is_valid(vector, row)) return std::nullopt;
  auto& text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  return std::string(duckdb_string_t_data(&text), duckdb_string_t_length(text));
}

void set_option(duckdb_config config, const char* name, const std::string& value) {
  invariant(duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess, name);
}

}  // namespace

struct Engine::State {
  explicit State(int threads) {
    duckdb_config config = nullptr;
    invariant(duckdb_create_config(&config) == DuckDBSuccess, "DuckDB has a configuration");
    set_option(config, "threads", std::to_string(threads));
    set_option(config, "autoinstall_known_extensions", "false");
    set_option(config, "autoload_known_extensions", "false");
    // Else DuckDB would leave a folder `.tmp` in whatever folder the user is in.
    set_option(config, "temp_directory", "");
    char* problem = nullptr;
    const auto opened = duckdb_open_ext(nullptr, &database, config, &problem);
    duckdb_destroy_config(&config);
    if (opened != DuckDBSuccess) {
      const std::string text = problem != nullptr ? problem : "no reason given";
      duckdb_free(problem);
      throw Error(ErrorKind::unavailable, "DuckDB does not start: {}", text);
    }
    if (duckdb_connect(database, &connection) != DuckDBSuccess) {
      duckdb_close(&database);
      throw Error(ErrorKind::unavailable, "DuckDB refuses a connection");
    }
  }
  ~State() {
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::mutex mutex;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
};

Engine::Engine(int threads) : state_(std::make_unique<State>(threads)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

void Engine::run(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  const Result result(state_->connection, sql);
}

std::vector<std::vector<Engine::Text>> Engine::rows(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql);
  const auto columns = duckdb_column_count(&result.get());
  for (idx_t column = 0; column < columns; ++column) {
    invariant(duckdb_column_type(&result.get(), column) == DUCKDB_TYPE_VARCHAR,
              "rows() reads text columns");
  }
  std::vector<std::vector<Text>> all;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    for (idx_t row = 0; row < size; ++row) {
      auto& values = all.emplace_back();
      for (idx_t column = 0; column < columns; ++column)
        values.push_back(text_at(duckdb_data_chunk_get_vector(chunk, column), row));
    }
  });
  return all;
}

std::vector<std::vector<std::int64_t>> Engine::counts(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql);
  const auto columns = duckdb_column_count(&result.get());
  for (idx_t column = 0; column < columns; ++column) {
    invariant(duckdb_column_type(&result.get(), column) == DUCKDB_TYPE_BIGINT,
              "counts() reads integer columns");
  }
  std::vector<std::vector<std::int64_t>> all;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    for (idx_t row = 0; row < size; ++row) {
      auto& values = all.emplace_back();
      for (idx_t column = 0; column < columns; ++column) {
        auto* vector = duckdb_data_chunk_get_vector(chunk, column);
        const auto* data = static_cast<const std::int64_t*>(duckdb_vector_get_data(vector));
        values.push_back(is_valid(vector, row) ? data[row] : 0);
      }
    }
  });
  return all;
}

std::vector<double> Engine::numbers(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql);
  invariant(duckdb_column_type(&result.get(), 0) == DUCKDB_TYPE_DOUBLE, "numbers() reads a DOUBLE");
  std::vector<double> all;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    auto* vector = duckdb_data_chunk_get_vector(chunk, 0);
    const auto* data = static_cast<const double*>(duckdb_vector_get_data(vector));
    const auto begin = all.size();
    all.insert(all.end(), data, data + size);
    if (duckdb_vector_get_validity(vector) == nullptr) return;
    for (idx_t row = 0; row < size; ++row)
      if (!is_valid(vector, row)) all[begin + row] = std::numeric_limits<double>::quiet_NaN();
  });
  return all;
}

std::vector<Engine::Text> Engine::texts(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql);
  invariant(duckdb_column_type(&result.get(), 0) == DUCKDB_TYPE_VARCHAR, "texts() reads a VARCHAR");
  std::vector<Text> all;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    auto* vector = duckdb_data_chunk_get_vector(chunk, 0);
    for (idx_t row = 0; row < size; ++row) all.push_back(text_at(vector, row));
  });
  return all;
}

void Engine::lock() {
  run("SET enable_external_access = false");
  run("SET lock_configuration = true");
}

std::string Engine::version() {
  return duckdb_library_version();
}

int thread_count(int wanted) {
  return wanted > 0 ? wanted : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted + "'";
}

std::string sql_file(const std::filesystem::path& file) {
  const auto name = file.string();
  if (name.find_first_of("*?[") == std::string::npos) return sql_text(name);
  std::string escaped;
  for (const char letter : name) {
    if (letter == '*' || letter == '?' || letter == '[')
      escaped += {'[', letter, ']'};
    else if (letter == '\\')
      escaped += "\\\\";
    else
      escaped += letter;
  }
  return sql_text(escaped);
}

std::string sql_number(double number) {
  if (std::isnan(number)) return "'nan'::DOUBLE";
  if (std::isinf(number)) return number > 0 ? "'inf'::DOUBLE" : "'-inf'::DOUBLE";
  return fmt::format("'{}'::DOUBLE", number_text(number));
}

}  // namespace mlo::data
