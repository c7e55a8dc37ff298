#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/project_schema.h"
#include "mlo/workspace/settings.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string key;
  std::optional<std::string> value;
  bool user = false;
  bool unset = false;
  bool schema = false;
};

ui::View view(const std::vector<workspace::Setting>& all) {
  Json rows = Json::array();
  for (const auto& setting : all)
    rows.add(
        Json::object({{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}}));
  return {.shape = "config/1",
          .headline = all.empty() ? "Nothing is set: every setting has its default" : "",
          .fields = {{"settings",
                      "Settings",
                      std::move(rows),
                      ui::Format::plain,
                      {{"key", "Key"}, {"value", "Value"}, {"origin", "Set by"}}}}};
}

void configure(const Options& options, Session& session) {
  if (options.schema) return session.print_document(workspace::project_schema());
  if (options.value || options.unset) {
    const auto level =
        options.user ? workspace::SettingLevel::user : workspace::SettingLevel::repository;
    const auto folder = options.user ? std::filesystem::path() : session.repository().folder();
    workspace::change_setting(options.key, options.value, level, folder, session.world());
  }
  const auto folder = session.settings_folder();
  if (options.key.empty()) return session.show(view(workspace::settings(folder, session.world())));
  session.show(view({workspace::setting_or_default(options.key, folder, session.world())}));
}

/// Below the help: every key, what it does, and its default.
std::string keys_help() {
  std::string text = "Settings:\n";
  for (const auto& setting : workspace::known_settings())
    text +=
        fmt::format("  {:<22}{} (default: {})\n", setting.key, setting.meaning, setting.fallback);
  text.pop_back();
  return text;
}

}  // namespace

void add_config(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* config = mlo.add_subcommand("config", "Show or change settings");
  auto* key = config->add_option("key", options->key, "Setting");
  config->add_option("value", options->value, "New value")->needs(key);
  config->footer(keys_help);
  config->add_flag("--user", options->user, "Change it for this user, in every repository");
  config->add_flag("--unset", options->unset, "Remove it")->needs(key);
  config
      ->add_flag("--schema", options->schema,
                 "Print the JSON Schema of mlo.yaml: its keys, for people and editors")
      ->excludes(key);
  config->callback([options, &session] { configure(*options, session); });
}

}  // namespace mlo::cmd
