#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlo::data {

/// One in-memory DuckDB database with its one connection: the only door to DuckDB.
///
/// Extensions are neither installed nor loaded. After `lock()` no file and no network can be
/// reached and no setting can be changed, so that foreign expressions can only see the table.
/// May be called from several threads: statements run one after another.
class Engine {
 public:
  using Text = std::optional<std::string>;

  explicit Engine(int threads);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Each throws bad_input with DuckDB's whole message, unavailable when memory does not suffice.
  void run(const std::string& sql);
  /// All rows, every value as text: for small results.
  [[nodiscard]] std::vector<std::vector<Text>> rows(const std::string& sql);
  /// All rows of integer columns; NULL is 0.
  [[nodiscard]] std::vector<std::vector<std::int64_t>> counts(const std::string& sql);
  /// The first column, which must be a DOUBLE; NULL is NaN.
  [[nodiscard]] std::vector<double> numbers(const std::string& sql);
  /// The first column, which must be a VARCHAR.
  [[nodiscard]] std::vector<Text> texts(const std::string& sql);

  /// No files, no network, no settings from here on.
  void lock();

  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `wanted`, or for 0 as many as the machine has.
int thread_count(int wanted);

/// `text` as an SQL string literal.
std::string sql_text(std::string_view text);
/// The name of one file as an SQL string literal: what DuckDB would take for a pattern is escaped.
std::string sql_file(const std::filesystem::path& file);
/// `number` as an SQL literal of type DOUBLE that reads back as the same value.
std::string sql_number(double number);

}  // namespace mlo::data
