#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/world.h"

namespace mlo::workspace {

struct Setting {
  std::string key;
  std::string value;
  std::string origin;  ///< "system", "user", "repository", "environment", "default"
};

/// Every key that `mlo config` knows, with what it does and what holds where nobody has set it.
struct KnownSetting {
  std::string_view key;
  std::string_view meaning;
  std::string_view fallback;
};
const std::vector<KnownSetting>& known_settings();

/// The value in force: MLO_<KEY> (dots as '_') over `repository_folder`/config.yaml over the user's
/// over the system's. An empty `repository_folder` leaves that level out. Throws usage for an
/// unknown key, bad_input for a value that the setting does not take, naming who set it.
std::optional<Setting> find_setting(std::string_view key,
                                    const std::filesystem::path& repository_folder,
                                    const World& world);
/// The same, or the default with that origin.
Setting setting_or_default(std::string_view key, const std::filesystem::path& repository_folder,
                           const World& world);
/// Every setting that somebody has set, by key; values are not looked at.
std::vector<Setting> settings(const std::filesystem::path& repository_folder, const World& world);

enum class SettingLevel { repository, user };
/// Writes a setting, or removes it when `value` is nothing. Throws usage for an unknown key or a
/// value that the setting does not take.
void change_setting(std::string_view key, std::optional<std::string> value, SettingLevel level,
                    const std::filesystem::path& repository_folder, const World& world);

/// $XDG_CONFIG_HOME/mlo, else ~/.config/mlo.
std::filesystem::path user_config_folder(const World& world);

}  // namespace mlo::workspace
