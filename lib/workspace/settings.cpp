#include "mlo/workspace/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1U << 20U;

struct Level {
  std::string origin;
  fs::path file;
};

/// Weakest first.
std::vector<Level> levels(const fs::path& repository_folder, const World& world) {
  std::vector<Level> all{{"system", "/etc/mlo/config.yaml"},
                         {"user", user_config_folder(world) / "config.yaml"}};
  if (!repository_folder.empty()) all.push_back({"repository", repository_folder / "config.yaml"});
  return all;
}

std::string environment_name(std::string_view key) {
  std::string name = "MLO_";
  for (const char c : key)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

void check_key(std::string_view key) {
  std::vector<std::string> known;
  for (const auto& setting : known_settings()) known.emplace_back(setting.key);
  if (std::ranges::find(known, key) != known.end()) return;
  const auto near = nearest(key, known);
  throw Error(ErrorKind::usage, "no setting '{}'", key)
      .hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                       : fmt::format("settings: {}", join(known, ", ")));
}

/// `value` as a number of threads: 0 stands for all cores.
bool is_thread_count(std::string_view value) {
  constexpr int kMostThreads = 1024;
  int count = 0;
  const auto* last = value.data() + value.size();
  const auto [end, problem] = std::from_chars(value.data(), last, count);
  return problem == std::errc() && end == last && count >= 0 && count <= kMostThreads;
}

bool is_size(std::string_view value) {
  try {
    static_cast<void>(parse_bytes(value));
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Throws `kind` when the setting does not take its value.
void check_value(const Setting& setting, ErrorKind kind) {
  const auto& key = setting.key;
  const auto& value = setting.value;
  const auto refuse = [&](std::string_view what, std::string_view example) {
    Error error(kind, "setting {}{}: '{}' is no {}", key,
                setting.origin.empty() ? "" : fmt::format(", set by {}", setting.origin), value,
                what);
    if (setting.origin == "environment")
      return error.hint("export {}={}", environment_name(key), example);
    return error.hint("mlo config {} {}", key, example);
  };
  if (key == "data.profile_limit" || key == "hooks.max_file_size" || key == "run.log_limit") {
    if (!is_size(value)) throw refuse("size", "'50 MB'");
  } else if (key == "threads") {
    if (!is_thread_count(value)) throw refuse("number of threads", "4");
  } else if (key == "workspace.link") {
    constexpr std::array<std::string_view, 4> kModes{"copy", "reflink", "hardlink", "auto"};
    if (std::ranges::find(kModes, value) == kModes.end())
      throw refuse("mode", "copy, or reflink, hardlink, auto");
  }
}

Yaml read_level(const Level& level) {
  if (!status_of(level.file)) return {};
  auto document = Yaml::parse(read_file(level.file, kMaxConfigBytes), level.file.string());
  std::vector<std::string> known;
  for (const auto& setting : known_settings()) known.emplace_back(setting.key);
  document.only(known);
  return document;
}

}  // namespace

const std::vector<KnownSetting>& known_settings() {
  static const std::vector<KnownSetting> kSettings{
      {"data.profile_limit", "largest table that track profiles by itself", "64 MB"},
      {"hooks.max_file_size", "largest file that the pre-commit hook lets into git", "10 MB"},
      {"onnxruntime", "the ONNX Runtime library to open", "the one that is found"},
      {"run.log_limit", "largest log of a step, beyond which its middle is left out", "1 GiB"},
      {"threads", "threads to use where --threads says nothing", "all cores"},
      {"workspace.link",
       "working files from the store: copy, reflink, hardlink (read-only) or auto", "copy"},
  };
  return kSettings;
}

fs::path user_config_folder(const World& world) {
  const auto configured = world.environment("XDG_CONFIG_HOME");
  if (configured && !configured->empty()) return fs::path(*configured) / "mlo";
  return fs::path(world.environment("HOME").value_or("/")) / ".config" / "mlo";
}

std::vector<Setting> settings(const fs::path& repository_folder, const World& world) {
  std::vector<Setting> in_force;
  const auto all = levels(repository_folder, world);
  std::vector<Yaml> documents;
  documents.reserve(all.size());
  for (const auto& level : all) documents.push_back(read_level(level));
  for (const auto& known : known_settings()) {
    const auto key = known.key;
    std::optional<Setting> found;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (const auto* value = documents[i].find(key))
        found = Setting{std::string(key), value->text(), all[i].origin};
    if (const auto value = world.environment(environment_name(key)); value && !value->empty())
      found = Setting{std::string(key), *value, "environment"};
    if (found) in_force.push_back(*found);
  }
  return in_force;
}

std::optional<Setting> find_setting(std::string_view key, const fs::path& repository_folder,
                                    const World& world) {
  check_key(key);
  auto all = settings(repository_folder, world);
  const auto found = std::ranges::find(all, key, &Setting::key);
  if (found == all.end()) return std::nullopt;
  check_value(*found, ErrorKind::bad_input);
  return *found;
}

Setting setting_or_default(std::string_view key, const fs::path& repository_folder,
                           const World& world) {
  if (auto found = find_setting(key, repository_folder, world)) return *found;
  const auto known = std::ranges::find(known_settings(), key, &KnownSetting::key);
  return {std::string(key), std::string(known->fallback), "default"};
}

void change_setting(std::string_view key, std::optional<std::string> value, SettingLevel level,
                    const fs::path& repository_folder, const World& world) {
  check_key(key);
  if (value) check_value({std::string(key), *value, ""}, ErrorKind::usage);
  const bool user = level == SettingLevel::user;
  const Level place = user ? Level{"user", user_config_folder(world) / "config.yaml"}
                           : Level{"repository", repository_folder / "config.yaml"};
  Json changed = Json::object();
  for (const auto& [known, node] : read_level(place).entries)
    if (known.scalar != key) changed.set(known.scalar, node.to_json());
  if (value) changed.set(key, *value);
  fs::create_directories(place.file.parent_path());
  const auto text = changed.size() == 0 ? std::string() : to_yaml(changed);
  write_durably(place.file, bytes_of(text), world, "config.rename");
}

}  // namespace mlo::workspace
