#pragma once

#include <set>
#include <string>
#include <string_view>

namespace mlo::data {

/// `name` as an SQL identifier, whatever letters it has.
std::string sql_name(std::string_view name);

/// ASCII letters made small, as SQL compares names.
std::string lower(std::string text);

/// `name`, or with a number behind it when `taken` has it, whatever the case; joins `taken`.
std::string distinct_name(const std::string& name, std::set<std::string>& taken);

}  // namespace mlo::data
