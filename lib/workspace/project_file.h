#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/error.h"
#include "mlo/core/yaml.h"
#include "mlo/workspace/project.h"

namespace mlo::workspace {

/// Runs `read`; an error becomes one at the node's place, with its hint kept.
template <typename Read>
auto at_place(const Yaml& node, Read&& read) {
  try {
    return read();
  } catch (const Error& error) {
    auto placed = node.error(error.message());
    if (!error.hint().empty()) placed.hint("{}", error.hint());
    throw placed;
  }
}

/// ">= 0.8" of a node; throws bad_input at its place.
Bound read_bound(const Yaml& node);
/// A map of names to bounds.
NamedBounds read_bounds(const Yaml& node);
/// A path of the workspace; throws bad_input at its place when it leads out.
std::string read_path(const Yaml& node);
/// Whether it is a name of letters, digits, '.', '_' and '-' that starts with a letter or digit.
bool is_name(std::string_view text);
/// A name of letters, digits, '.', '_' and '-'; throws bad_input at its place.
std::string read_name(const Yaml& node);
/// A span of time ("1h") in seconds, a size ("5 MB") in bytes; throws bad_input at its place.
std::int64_t read_seconds(const Yaml& node);
std::uint64_t read_size(const Yaml& node);
/// The node's words, each one of `known`.
std::vector<std::string> read_words(const Yaml& node, const std::vector<std::string>& known);

/// One entry of `pipeline:`, as many steps as its `matrix` or `foreach` makes of it.
std::vector<StepSpec> read_steps(const Yaml& name, const Yaml& node);
/// Whether `filled_steps` would look at it.
bool has_blanks(const StepSpec& step);
/// `access:`.
AccessSpec read_access(const Yaml& node);
/// `{from: ROLE, count: 1, expires: 7d}`, or the role alone.
ledger::ApprovalRule read_approvals(const Yaml& node);
/// One entry of `search:`; its params are among `params`.
SearchSpec read_search(const Yaml& name, const Yaml& node, const Json& params);
/// One entry of `models:`.
ModelSpec read_model(const Yaml& name, const Yaml& node);

}  // namespace mlo::workspace
