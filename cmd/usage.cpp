#include "usage.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

constexpr std::string_view kProgram = "mlo";

/// The commands that were understood, outermost first: mlo, audit, log.
std::vector<const CLI::App*> commands_of(const CLI::App& mlo) {
  std::vector<const CLI::App*> commands{&mlo};
  while (!commands.back()->get_subcommands().empty())
    commands.push_back(commands.back()->get_subcommands().back());
  return commands;
}

std::string name_of(std::span<const CLI::App* const> commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto* command : commands) names.push_back(command->get_name());
  return join(names, " ");
}

std::vector<std::string> options_of(std::span<const CLI::App* const> commands) {
  std::vector<std::string> names;
  for (const auto* command : commands)
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> subcommands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; }))
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  return names;
}

Error unknown_option(std::span<const CLI::App* const> commands, const std::string& word) {
  const auto option = word.substr(0, word.find('='));
  const auto command = name_of(commands);
  Error error(ErrorKind::usage, "{} has no option '{}'", command, option);
  if (std::error_code ignored; std::filesystem::exists(word, ignored))
    return error.hint("the file of this name is './{}'", word);
  const auto near = nearest(option, options_of(commands));
  if (near) return error.hint("did you mean '{}'?", *near);
  return error.hint("{} --help lists them", command);
}

}  // namespace

Error unknown_command(std::string_view parent, std::string_view word,
                      std::span<const std::string> names) {
  const auto beneath =
      parent == kProgram ? "" : fmt::format("{} ", parent.substr(kProgram.size() + 1));
  Error error(ErrorKind::usage, "no command '{}{}'", beneath, word);
  const auto near = nearest(word, names);
  if (near) return error.hint("did you mean '{} {}'?", parent, *near);
  return error.hint("{} --help lists them", parent);
}

Error usage_error(const CLI::App& mlo, const CLI::ParseError& problem) {
  const auto commands = commands_of(mlo);
  const auto name = name_of(commands);
  const auto extras = mlo.remaining(true);
  const auto option = std::ranges::find_if(extras, [](const auto& word) {
    return word.size() > 1 && word.starts_with('-') && word != "--";
  });
  if (option != extras.end()) return unknown_option(commands, *option);
  const auto subcommands = subcommands_of(*commands.back());
  if (commands.back()->get_require_subcommand_min() > 0) {
    if (!extras.empty()) return unknown_command(name, extras.front(), subcommands);
    return Error(ErrorKind::usage, "{} needs a command: {}", name, join(subcommands, ", "))
        .hint("{} --help", name);
  }
  if (!extras.empty() && dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr)
    return Error(ErrorKind::usage, "{} does not take '{}'", name, extras.front())
        .hint("{} --help", name);
  return Error(ErrorKind::usage, "{}", problem.what()).hint("{} --help", name);
}

}  // namespace mlo::cmd
