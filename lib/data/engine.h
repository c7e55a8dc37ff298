#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "data/sql_literal.h"
#include "mlo/core/progress.h"

namespace mlo::data {

/// Who hears how far a long statement is, as a part of the bytes that it reads.
struct Listener {
  Progress* progress = nullptr;
  std::string what;
  FileAmount total;
};

/// A connection to an in-memory DuckDB database, mostly its only one: the only door to DuckDB.
///
/// Extensions are neither installed nor loaded. After `lock()` no file and no network can be
/// reached and no setting can be changed, so that foreign expressions can only see the table.
/// Tables beyond a part of the machine's memory go to a private folder that vanishes with the
/// engine. May be called from several threads: statements run one after another.
class Engine {
 public:
  using Text = std::optional<std::string>;

  /// `scratch`: where that folder may be made; empty, or not writable: the system's.
  explicit Engine(int threads, const std::filesystem::path& scratch = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Another connection to this database, which lives until both are gone: to start one takes
  /// longer than to read a small table. Its tables stand in a schema of their own, so that the same
  /// statements make and find a `t` in each. The database is locked once both have asked.
  [[nodiscard]] Engine beside();

  /// Each throws bad_input with DuckDB's whole message, unavailable when memory does not suffice.
  void run(const std::string& sql);
  /// All rows, every value as text: for small results.
  [[nodiscard]] std::vector<std::vector<Text>> rows(const std::string& sql);
  /// All rows of integer columns; NULL is 0.
  [[nodiscard]] std::vector<std::vector<std::int64_t>> counts(const std::string& sql);
  /// The first column, which must be a DOUBLE; NULL is NaN.
  [[nodiscard]] std::vector<double> numbers(const std::string& sql);
  /// The first column, which must be a BIGINT; NULL is 0.
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& sql);
  /// Each row of a VARCHAR and a BIGINT column without NULL; the text lives as long as the call.
  void each_text(const std::string& sql,
                 const std::function<void(std::string_view, std::int64_t)>& visit);
  /// The first column, which must be a VARCHAR.
  [[nodiscard]] std::vector<Text> texts(const std::string& sql);

  /// From here on SQL of this database has a function `name` that says what `test` says of a text,
  /// NULL of NULL; called from several threads. One name means one test.
  void define(const std::string& name, std::function<bool(std::string_view)> test);

  /// What a foreign query answers.
  struct Answer {
    std::vector<std::string> names;
    std::vector<std::string> types;  ///< as DuckDB names them
  };
  /// Runs one SELECT of somebody else's: `begin` hears of its columns, `visit` of each row as text,
  /// until it returns false. Throws bad_input for anything that is not one readable SELECT.
  void query(const std::string& sql, const std::function<void(const Answer&)>& begin,
             const std::function<bool(const std::vector<Text>&)>& visit);

  /// No files, no network, no settings from here on; beside another engine, once both have asked.
  void lock();
  /// From here on a statement ends with interrupted when `stop` asks for it.
  void stop_on(std::stop_token stop);
  /// From here on a statement ends with unavailable when it runs for longer than `time` (zero: as
  /// long as it likes).
  void limit(std::chrono::milliseconds time);
  /// From here on `listener` hears of statements, until another one does; before `lock()` only.
  void tell(Listener listener);

  static std::string version();

 private:
  struct Database;
  struct State;
  explicit Engine(std::shared_ptr<Database> database);

  std::unique_ptr<State> state_;
};

/// `wanted`, or for 0 as many as the machine has.
int thread_count(int wanted);

}  // namespace mlo::data
