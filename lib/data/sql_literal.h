#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mlo::data {

/// `text` as an SQL string literal.
std::string sql_text(std::string_view text);
/// The name of one file as an SQL string literal: what DuckDB would take for a pattern is escaped.
std::string sql_file(const std::filesystem::path& file);
/// `number` as an SQL literal of type DOUBLE that reads back as the same value.
std::string sql_number(double number);

}  // namespace mlo::data
