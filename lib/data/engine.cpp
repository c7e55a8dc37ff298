#include "data/engine.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <duckdb.h>
#include <fmt/format.h>

#include "data/engine_functions.h"
#include "data/spill.h"
#include "data/watch.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/thread.h"

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

/// Only our own statement can be a bug when DuckDB cannot read it.
enum class Author { ours, stranger };

/// While it lives, the connection's statement keeps to the limits.
Watch watch_over(duckdb_connection connection, const Limits& limits) {
  return {limits,
          {.interrupt = [connection] { duckdb_interrupt(connection); },
           .share = [connection] { return duckdb_query_progress(connection).percentage / 100; }}};
}

Error too_late(const Limits& limits) {
  return {ErrorKind::unavailable, "the query ran for longer than {} s",
          static_cast<double>(limits.time.count()) / 1000};
}

bool is_valid(duckdb_vector vector, idx_t row) {
  auto* validity = duckdb_vector_get_validity(vector);
  return validity == nullptr || duckdb_validity_row_is_valid(validity, row);
}

/// A result with one owner; DuckDB wants it destroyed even after a failure.
class Result {
 public:
  Result(duckdb_connection connection, const std::string& sql, const Limits& limits,
         Author author = Author::ours) {
    const auto watch = watch_over(connection, limits);
    if (duckdb_query(connection, sql.c_str(), &result_) == DuckDBSuccess) return;
    const auto type = duckdb_result_error_type(&result_);
    const char* message = duckdb_result_error(&result_);
    const std::string text = message != nullptr ? message : "the query failed";
    duckdb_destroy_result(&result_);
    if (watch.late()) throw too_late(limits);
    if (type == DUCKDB_ERROR_INTERRUPT) throw Error(ErrorKind::interrupted, "interrupted");
    invariant(author == Author::stranger ||
                  (type != DUCKDB_ERROR_PARSER && type != DUCKDB_ERROR_INTERNAL),
              text);
    throw Error(kind_of(type), "{}", text);
  }
  ~Result() { duckdb_destroy_result(&result_); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  duckdb_result& get() { return result_; }
  /// Every column must be of `type`: how many there are.
  idx_t check_types(duckdb_type type, const char* what) {
    const auto columns = duckdb_column_count(&result_);
    for (idx_t i = 0; i < columns; ++i) invariant(duckdb_column_type(&result_, i) == type, what);
    return columns;
  }
  /// The first column; NULL is `missing`.
  template <typename Number>
  std::vector<Number> values(Number missing) {
    std::vector<Number> all;
    each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
      auto* vector = duckdb_data_chunk_get_vector(chunk, 0);
      const auto* data = static_cast<const Number*>(duckdb_vector_get_data(vector));
      const auto begin = all.size();
      all.insert(all.end(), data, data + size);
      if (duckdb_vector_get_validity(vector) == nullptr) return;
      for (idx_t row = 0; row < size; ++row)
        if (!is_valid(vector, row)) all[begin + row] = missing;
    });
    return all;
  }

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

Engine::Text text_at(duckdb_vector vector, idx_t row) {
  if (!is_valid(vector, row)) return std::nullopt;
  auto& text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  return std::string(duckdb_string_t_data(&text), duckdb_string_t_length(text));
}

/// Throws bad_input unless `sql` is one statement, and that one reads.
void check_is_select(duckdb_connection connection, const std::string& sql, const Limits& limits) {
  // Constants are computed while a statement is prepared.
  const auto watch = watch_over(connection, limits);
  duckdb_extracted_statements statements = nullptr;
  const auto count = duckdb_extract_statements(connection, sql.c_str(), &statements);
  const char* problem = count == 0 ? duckdb_extract_statements_error(statements) : nullptr;
  const std::string complaint = problem != nullptr ? problem : "";
  duckdb_prepared_statement prepared = nullptr;
  std::string refused;
  auto type = DUCKDB_STATEMENT_TYPE_INVALID;
  if (count == 1) {
    if (duckdb_prepare_extracted_statement(connection, statements, 0, &prepared) == DuckDBSuccess)
      type = duckdb_prepared_statement_type(prepared);
    else
      refused = duckdb_prepare_error(prepared);
    duckdb_destroy_prepare(&prepared);
  }
  duckdb_destroy_extracted(&statements);
  if (!complaint.empty()) throw Error(ErrorKind::bad_input, "{}", complaint);
  if (watch.late()) throw too_late(limits);
  if (refused.starts_with("Permission Error"))
    throw Error(ErrorKind::not_allowed, "{}", refused)
        .hint("a query sees only the tables that it was given, by their names");
  if (!refused.empty()) throw Error(ErrorKind::bad_input, "{}", refused);
  if (count != 1)
    throw Error(ErrorKind::bad_input, "{} statements where one SELECT is wanted", count);
  if (type != DUCKDB_STATEMENT_TYPE_SELECT)
    throw Error(ErrorKind::not_allowed, "only a SELECT can be asked: nothing is changed or written")
        .hint("SELECT … FROM t");
}

void set_option(duckdb_config config, const char* name, const std::string& value) {
  invariant(duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess, name);
}

}  // namespace

struct Engine::Database {
  Database(int threads, const std::filesystem::path& scratch) : spill(spill_folder(scratch)) {
    duckdb_config config = nullptr;
    invariant(duckdb_create_config(&config) == DuckDBSuccess, "DuckDB has a configuration");
    set_option(config, "threads", std::to_string(threads));
    set_option(config, "autoinstall_known_extensions", "false");
    set_option(config, "autoload_known_extensions", "false");
    // Else DuckDB would leave a folder `.tmp` in whatever folder the user is in.
    set_option(config, "temp_directory", spill ? spill->path().string() : "");
    set_option(config, "memory_limit", memory_limit());
    char* problem = nullptr;
    const auto opened = duckdb_open_ext(nullptr, &handle, config, &problem);
    duckdb_destroy_config(&config);
    if (opened == DuckDBSuccess) return;
    const std::string text = problem != nullptr ? problem : "no reason given";
    duckdb_free(problem);
    throw Error(ErrorKind::unavailable, "DuckDB does not start: {}", text);
  }
  ~Database() { duckdb_close(&handle); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::unique_ptr<TemporaryFolder> spill;  // first: it outlives the database
  duckdb_database handle = nullptr;
  std::atomic<int> schemas = 0;            ///< beside the first
  std::atomic<int> loading = 0;            ///< connections that have not asked for the lock
  Guarded<std::set<std::string>> defined;  ///< names of functions
};

struct Engine::State {
  explicit State(std::shared_ptr<Database> shared) : database(std::move(shared)) {
    if (duckdb_connect(database->handle, &connection) != DuckDBSuccess)
      throw Error(ErrorKind::unavailable, "DuckDB refuses a connection");
    ++database->loading;
  }
  ~State() { duckdb_disconnect(&connection); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::shared_ptr<Database> database;  // first: it outlives the connection
  Limits limits;
  std::mutex mutex;
  duckdb_connection connection = nullptr;
};

Engine::Engine(int threads, const std::filesystem::path& scratch)
    : Engine(std::make_shared<Database>(threads, scratch)) {
  add_whole(state_->connection);
}
Engine::Engine(std::shared_ptr<Database> database)
    : state_(std::make_unique<State>(std::move(database))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Engine Engine::beside() {
  Engine other(state_->database);
  const auto schema = fmt::format("beside_{}", ++state_->database->schemas);
  other.run("CREATE SCHEMA " + schema);
  other.run(fmt::format("SET schema = '{}'", schema));
  return other;
}

void Engine::run(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  const Result result(state_->connection, sql, state_->limits);
}

std::vector<std::vector<Engine::Text>> Engine::rows(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql, state_->limits);
  const auto columns = result.check_types(DUCKDB_TYPE_VARCHAR, "rows() reads text columns");
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
  Result result(state_->connection, sql, state_->limits);
  const auto columns = result.check_types(DUCKDB_TYPE_BIGINT, "counts() reads integer columns");
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
  Result result(state_->connection, sql, state_->limits);
  result.check_types(DUCKDB_TYPE_DOUBLE, "numbers() reads a DOUBLE");
  return result.values(std::numeric_limits<double>::quiet_NaN());
}

std::vector<std::int64_t> Engine::integers(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql, state_->limits);
  result.check_types(DUCKDB_TYPE_BIGINT, "integers() reads a BIGINT");
  return result.values(std::int64_t{0});
}

void Engine::each_text(const std::string& sql,
                       const std::function<void(std::string_view, std::int64_t)>& visit) {
  std::unique_lock lock(state_->mutex);
  Result result(state_->connection, sql, state_->limits);
  lock.unlock();  // the answer is there, and looking at it may take longer than asking
  invariant(duckdb_column_type(&result.get(), 1) == DUCKDB_TYPE_BIGINT, "each_text() counts");
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    auto* texts = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
    const auto* counts = static_cast<const std::int64_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1)));
    for (idx_t row = 0; row < size; ++row)
      visit({duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row])}, counts[row]);
  });
}

std::vector<Engine::Text> Engine::texts(const std::string& sql) {
  const std::lock_guard lock(state_->mutex);
  Result result(state_->connection, sql, state_->limits);
  result.check_types(DUCKDB_TYPE_VARCHAR, "texts() reads a VARCHAR");
  std::vector<Text> all;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    auto* vector = duckdb_data_chunk_get_vector(chunk, 0);
    for (idx_t row = 0; row < size; ++row) all.push_back(text_at(vector, row));
  });
  return all;
}

void Engine::define(const std::string& name, std::function<bool(std::string_view)> test) {
  const std::lock_guard lock(state_->mutex);
  if (state_->database->defined.with([&](auto& names) { return names.insert(name).second; }))
    add_test(state_->connection, name, std::move(test));
}

void Engine::query(const std::string& sql, const std::function<void(const Answer&)>& begin,
                   const std::function<bool(const std::vector<Text>&)>& visit) {
  // Without the semicolons that may end a statement.
  const auto select = sql.substr(0, sql.find_last_not_of("; \n\t\r") + 1);
  const std::lock_guard lock(state_->mutex);
  check_is_select(state_->connection, select, state_->limits);
  Answer answer;
  std::vector<std::string> places;
  std::vector<std::string> values;
  {
    Result described(state_->connection,
                     "SELECT column_name, column_type FROM (DESCRIBE " + select + "\n)",
                     state_->limits, Author::stranger);
    described.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
      for (idx_t row = 0; row < size; ++row) {
        answer.names.push_back(*text_at(duckdb_data_chunk_get_vector(chunk, 0), row));
        answer.types.push_back(*text_at(duckdb_data_chunk_get_vector(chunk, 1), row));
        places.push_back(fmt::format("p{}", places.size()));
        values.push_back(fmt::format("CAST({} AS VARCHAR)", places.back()));
      }
    });
  }
  Result result(state_->connection,
                fmt::format("SELECT {} FROM (\n{}\n) AS answer({})", fmt::join(values, ", "),
                            select, fmt::join(places, ", ")),
                state_->limits, Author::stranger);
  begin(answer);
  std::vector<Text> row(places.size());
  bool wanted = true;
  result.each_chunk([&](duckdb_data_chunk chunk, idx_t size) {
    for (idx_t index = 0; index < size && wanted; ++index) {
      for (idx_t column = 0; column < row.size(); ++column)
        row[column] = text_at(duckdb_data_chunk_get_vector(chunk, column), index);
      wanted = visit(row);
    }
  });
}

void Engine::stop_on(std::stop_token stop) {
  const std::lock_guard lock(state_->mutex);
  state_->limits.stop = std::move(stop);
}

void Engine::limit(std::chrono::milliseconds time) {
  const std::lock_guard lock(state_->mutex);
  state_->limits.time = time;
}

void Engine::tell(Listener listener) {
  if (listener.progress != nullptr) {
    run("SET enable_progress_bar = true");  // else nothing is counted
    run("SET enable_progress_bar_print = false");
    listener.progress->advance_files(listener.what, {}, listener.total);
  }
  const std::lock_guard lock(state_->mutex);
  state_->limits.listener = std::move(listener);
}

void Engine::lock() {
  if (--state_->database->loading > 0) return;
  run("SET enable_external_access = false");
  run("SET lock_configuration = true");
}

std::string Engine::version() {
  return duckdb_library_version();
}

int thread_count(int wanted) {
  return wanted > 0 ? wanted : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace mlo::data
