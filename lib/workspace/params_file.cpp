#include "mlo/workspace/params_file.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "mlo/core/file.h"
#include "mlo/core/yaml.h"
#include "mlo/workspace/project.h"

namespace mlo::workspace {
namespace {

constexpr std::uint64_t kMaxFileBytes = 4U << 20U;

/// A file with params, and where in it they begin.
struct Source {
  std::string path;
  std::string text;
  Yaml params;
};

std::vector<std::string> params_files(const Yaml& project, const std::filesystem::path& root) {
  if (const auto* named = project.find("params_from")) return named->texts();
  if (status_of(root / "params.yaml")) return {"params.yaml"};
  return {};
}

std::vector<Source> sources_of(const std::filesystem::path& root) {
  std::vector<Source> sources;
  const auto text = read_file(root / "mlo.yaml", kMaxFileBytes);
  const auto project = Yaml::parse(text, "mlo.yaml");
  if (const auto* params = project.find("params")) sources.push_back({"mlo.yaml", text, *params});
  for (const auto& file : params_files(project, root)) {
    const auto content = read_file(root / file, kMaxFileBytes);
    sources.push_back({file, content, Yaml::parse(content, file)});
  }
  return sources;
}

/// As find_param, in the file itself.
const Yaml* find_node(const Yaml& params, std::string_view name) {
  if (!params.is_map()) return nullptr;
  if (const auto* whole = params.find(name)) return whole;
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto* group = params.find(name.substr(0, dot));
  return group == nullptr ? nullptr : find_node(*group, name.substr(dot + 1));
}

std::size_t offset_of(const std::string& text, const Yaml& node) {
  std::size_t offset = 0;
  for (int line = 1; line < node.line && offset != std::string::npos; ++line)
    offset = text.find('\n', offset) + 1;
  return std::min(offset + static_cast<std::size_t>(node.column - 1), text.size());
}

/// How long the scalar at `offset` is as it is written; 0 when that is no plain or quoted scalar of
/// one line.
std::size_t length_at(const std::string& text, std::size_t offset, const Yaml& node) {
  const char quote = offset < text.size() ? text[offset] : '\0';
  if (!node.quoted)
    return text.compare(offset, node.scalar.size(), node.scalar) == 0 ? node.scalar.size() : 0;
  if (quote != '"' && quote != '\'') return 0;
  for (auto end = offset + 1; end < text.size() && text[end] != '\n'; ++end) {
    const bool doubled = quote == '\'' && end + 1 < text.size() && text[end + 1] == quote;
    if ((quote == '"' && text[end] == '\\') || (text[end] == quote && doubled))
      ++end;
    else if (text[end] == quote)
      return end + 1 - offset;
  }
  return 0;
}

std::string written(const Json& value) {
  return value.is_string() ? yaml_scalar(value.as_string()) : value.dump();
}

/// The text with one value replaced; throws when it then would not read as that.
std::string with_value(const Source& source, const std::string& name, const Json& value,
                       Yaml& params) {
  const auto* node = find_node(params, name);
  const auto offset = offset_of(source.text, *node);
  const auto length = node->is_scalar() ? length_at(source.text, offset, *node) : 0;
  if (length == 0)
    throw node->error(fmt::format("'{}' is not written as a single value", name))
        .hint("write {}: {} there by hand", name, written(value));
  return source.text.substr(0, offset) + written(value) + source.text.substr(offset + length);
}

Yaml params_in(const std::string& text, const std::string& path) {
  auto document = Yaml::parse(text, path);
  return path == "mlo.yaml" ? *document.find("params") : document;
}

}  // namespace

std::vector<ChangedParam> change_params(const Repository& repository, const Json& values) {
  auto sources = sources_of(repository.root());
  std::vector<ChangedParam> changes;
  for (const auto& param : values.as_object()) {
    const auto& name = param.first;
    const auto& value = param.second;
    const auto source = std::ranges::find_if(
        sources, [&](const Source& one) { return find_node(one.params, name) != nullptr; });
    if (source == sources.end())
      throw Error(ErrorKind::bad_input, "param '{}' stands in no file that mlo writes to", name)
          .hint("write {}: {} by hand", name, written(value));
    const auto before = find_node(source->params, name)->to_json();
    if (before == value) continue;
    source->text = with_value(*source, name, value, source->params);
    source->params = params_in(source->text, source->path);
    invariant(find_node(source->params, name)->to_json() == value, "a param reads as written");
    changes.push_back({name, source->path, before, value});
  }
  for (const auto& source : sources)
    if (std::ranges::find(changes, source.path, &ChangedParam::file) != changes.end())
      write_durably(repository.root() / source.path, bytes_of(source.text), repository.world(),
                    "project.rename");
  return changes;
}

}  // namespace mlo::workspace
