#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <span>

#include <fmt/format.h>

#include "commands.h"
#include "usage.h"

namespace mlo::cmd {
namespace {

struct Command {
  std::string_view name;
  void (*add)(CLI::App&, Session&);
};

constexpr std::array kCommands{
    Command{"init", add_init},
    Command{"track", add_track},
    Command{"untrack", add_untrack},
    Command{"mv", add_mv},
    Command{"status", add_status},
    Command{"diff", add_diff},
    Command{"log", add_log},
    Command{"show", add_show},
    Command{"tag", add_tag},
    Command{"checkout", add_checkout},
    Command{"profile", add_profile},
    Command{"sql", add_sql},
    Command{"schema", add_schema},
    Command{"drift", add_drift},
    Command{"evaluate", add_evaluate},
    Command{"train", add_train},
    Command{"search", add_search},
    Command{"runs", add_runs},
    Command{"record", add_record},
    Command{"validate", add_validate},
    Command{"models", add_models},
    Command{"approve", add_approve},
    Command{"promote", add_promote},
    Command{"rollback", add_rollback},
    Command{"serve", add_serve},
    Command{"server", add_server},
    Command{"ingest", add_ingest},
    Command{"monitor", add_monitor},
    Command{"lineage", add_lineage},
    Command{"policy", add_policy},
    Command{"identity", add_identity},
    Command{"audit", add_audit},
    Command{"gc", add_gc},
    Command{"fsck", add_fsck},
    Command{"hooks", add_hooks},
    Command{"config", add_config},
    Command{"doctor", add_doctor},
    Command{"step", add_step},  // hidden: for engines
};

void add_global_options(CLI::App& mlo, Session::Options& options) {
  mlo.add_option("-C", options.folder, "Work in this folder")->type_name("DIR");
  mlo.add_flag("--json", options.json, "Answer in JSON");
  mlo.add_flag("-q,--quiet", options.quiet,
               "Print only warnings, errors and what was asked for as JSON");
  mlo.add_flag("-v,--verbose", options.verbose, "Say more about what is done");
  mlo.add_flag("--yes", options.yes, "Never ask: today no command does");
  mlo.add_option("--color", options.color, "Colour: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  mlo.add_option("--threads", options.threads,
                 "Threads to use; default: MLO_THREADS, else all cores")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

/// Before anything is parsed: a line that cannot be gets its answer in the form that it asks for.
bool asks_for_json(std::span<char*> arguments) {
  const auto as_view = [](const char* word) { return std::string_view(word); };
  const auto end = std::ranges::find(arguments, "--", as_view);
  return std::ranges::find(arguments.begin(), end, "--json", as_view) != end;
}

/// The first word that is no option: the command, before anything is parsed.
std::string_view command_word(std::span<char*> arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word(arguments[i]);
    const bool takes_value = word == "-C" || word == "--color" || word == "--threads";
    if (takes_value) ++i;
    if (!takes_value && !word.starts_with('-')) return word;
  }
  return {};
}

/// Declaring every command costs 0.7 ms, so only the one that is meant is declared.
void add_commands(CLI::App& mlo, Session& session, std::string_view word) {
  const auto* meant = std::ranges::find(kCommands, word, &Command::name);
  if (meant != kCommands.end()) return meant->add(mlo, session);
  if (!word.empty()) {
    std::vector<std::string> names;
    names.reserve(kCommands.size());
    for (const auto& command : kCommands) names.emplace_back(command.name);
    throw unknown_command("mlo", word, names);
  }
  for (const auto& command : kCommands) command.add(mlo, session);
}

int parse_and_run(CLI::App& mlo, Session& session, std::span<char*> arguments) {
  const auto word = command_word(arguments);
  session.options.json = asks_for_json(arguments);
  add_commands(mlo, session, word);
  try {
    mlo.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", mlo.help());
    return 0;
  } catch (const CLI::CallForVersion& version) {  // beside other options; alone, main answers
    fmt::print("{}\n", version.what());
    return 0;
  } catch (const CLI::ParseError& problem) {
    throw usage_error(mlo, problem);
  }
  // Asked after parsing: a missing command would else mask an unknown flag.
  if (mlo.get_subcommands().empty()) {
    if (session.options.json)
      throw Error(ErrorKind::usage, "mlo needs a command").hint("mlo --help lists them");
    fmt::print(stderr, "{}", mlo.help());
    return exit_code(ErrorKind::usage);
  }
  return session.exit_code();
}

int run(std::span<char*> arguments) {
  Session session(system_world());
  CLI::App mlo("git for the whole life of a machine-learning model", "mlo");
  mlo.fallthrough();
  mlo.set_help_flag("-h,--help", "Show this help");
  mlo.set_version_flag("--version", "mlo " MLO_VERSION);
  add_global_options(mlo, session.options);
  try {
    const int code = parse_and_run(mlo, session, arguments);
    session.tell_of_former_key();
    return code;
  } catch (const Error& error) {
    return session.report(error);
  } catch (const std::filesystem::filesystem_error& problem) {
    return session.report(system_error(problem.code().value(), "use", problem.path1()));
  } catch (const std::bad_alloc&) {
    return session.report(Error(ErrorKind::unavailable, "out of memory"));
  }
}

}  // namespace
}  // namespace mlo::cmd

int main(int count, char** arguments) {
  const std::span<char*> words(arguments, static_cast<std::size_t>(count));
  if (count == 2 && std::string_view(words[1]) == "--version") {
    std::puts("mlo " MLO_VERSION);
    return 0;
  }
  try {
    return mlo::cmd::run(words);
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "bug in mlo: %s\nhint: please report it with the command you ran\n",
                 bug.what());
    return 70;
  }
}
