#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"
#include "mlo/core/time.h"

namespace mlo {

class Bound;

/// One row of a result; columns count from 0 and are read by type.
/// T: std::int64_t, double, bool, std::string, Bytes, Digest (32-byte blob), Timestamp (integer
/// microseconds), std::optional of these (NULL).
class Row {
 public:
  template <typename T>
  [[nodiscard]] T get(int column) const {
    if constexpr (IsOptional<T>::value)
      return is_null(column) ? T() : T(get<typename T::value_type>(column));
    else
      return read<T>(column);
  }
  [[nodiscard]] bool is_null(int column) const;
  /// The value in the type that it is stored in; its text is borrowed until the next row.
  [[nodiscard]] Bound value(int column) const;

 private:
  friend class Database;
  template <typename T>
  struct IsOptional : std::false_type {};
  template <typename T>
  struct IsOptional<std::optional<T>> : std::true_type {};
  template <typename T>
  [[nodiscard]] T read(int column) const;
  explicit Row(void* statement) : statement_(statement) {}
  void* statement_;
};

template <>
std::int64_t Row::read<std::int64_t>(int column) const;
template <>
int Row::read<int>(int column) const;
template <>
bool Row::read<bool>(int column) const;
template <>
double Row::read<double>(int column) const;
template <>
std::string Row::read<std::string>(int column) const;
template <>
Bytes Row::read<Bytes>(int column) const;
template <>
Digest Row::read<Digest>(int column) const;
template <>
Timestamp Row::read<Timestamp>(int column) const;

/// A value bound to ?1, ?2, …, or one of a row.
class Bound {
 public:
  enum class Type { null, integer, real, text, blob };
  // NOLINTBEGIN(google-explicit-constructor): arguments are bound as they are passed
  Bound(std::nullptr_t) {}
  Bound(bool value) : type(Type::integer), integer(value ? 1 : 0) {}
  Bound(int value) : type(Type::integer), integer(value) {}
  Bound(std::int64_t value) : type(Type::integer), integer(value) {}
  Bound(std::uint64_t value) : type(Type::integer), integer(static_cast<std::int64_t>(value)) {}
  Bound(double value) : type(Type::real), real(value) {}
  Bound(std::string_view value) : type(Type::text), text(value) {}
  Bound(const std::string& value) : type(Type::text), text(value) {}
  Bound(const char* value) : type(Type::text), text(value) {}
  Bound(BytesView value) : type(Type::blob), text(text_of(value)) {}
  Bound(const Digest& value) : Bound(value.bytes()) {}
  Bound(Timestamp value) : Bound(value.microseconds) {}
  template <typename T>
  Bound(const std::optional<T>& value) {
    if (value) *this = Bound(*value);
  }
  // NOLINTEND(google-explicit-constructor)

  Type type = Type::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;  ///< borrowed; also a blob's bytes
};

/// An SQLite database: one connection, used by one thread at a time.
///
/// Errors: conflict when it stays locked, integrity when it is corrupt, unavailable on a full or
/// failing disk, not_allowed on a read-only one. Statements are cached by their text.
class Database {
 public:
  /// `immutable` reads a file that nobody can write to, without the files that SQLite puts beside
  /// it.
  enum class Mode { read_only, read_write, create, immutable };
  Database(const std::filesystem::path& path, Mode mode);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one or several statements without parameters.
  void execute(std::string_view script);

  template <typename... Args>
  void run(std::string_view sql, const Args&... args) {
    each(sql, {Bound(args)...}, [](const Row&) {});
  }
  template <typename Reader, typename... Args>
  auto all(std::string_view sql, Reader&& read, const Args&... args) {
    std::vector<decltype(read(std::declval<const Row&>()))> rows;
    each(sql, {Bound(args)...}, [&](const Row& row) { rows.push_back(read(row)); });
    return rows;
  }
  template <typename Reader, typename... Args>
  auto one(std::string_view sql, Reader&& read, const Args&... args) {
    std::optional<decltype(read(std::declval<const Row&>()))> found;
    each(sql, {Bound(args)...}, [&](const Row& row) {
      if (!found) found = read(row);
    });
    return found;
  }
  /// Rows changed by the last statement, and the rowid of the last insert.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] std::int64_t last_id() const;
  [[nodiscard]] bool in_transaction() const;

  void each(std::string_view sql, const std::vector<Bound>& bound,
            const std::function<void(const Row&)>& visit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SQLite's version.
std::string sqlite_version();

/// BEGIN IMMEDIATE … COMMIT; rolled back unless committed. Nested use is refused.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// While it lives, commits of a database in WAL mode are safe from killed processes at once, and
/// from a power cut only with the next commit after it. Ends before or after a transaction, not
/// inside one.
class RelaxedSync {
 public:
  /// Does nothing unless `relaxed`.
  explicit RelaxedSync(Database& database, bool relaxed = true);
  ~RelaxedSync();
  RelaxedSync(const RelaxedSync&) = delete;
  RelaxedSync& operator=(const RelaxedSync&) = delete;

 private:
  Database* database_;  ///< null when it does nothing
};

}  // namespace mlo
