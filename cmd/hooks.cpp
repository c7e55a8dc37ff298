#include "mlo/workspace/hooks.h"

#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

constexpr std::uint64_t kMaxLockBytes = 256U << 20U;

struct Options {
  std::string name;
  std::vector<std::string> arguments;
  std::string base;
  std::string ours;
  std::string theirs;
};

/// The way past hooks that were edited, which nobody but the user takes away; `then` follows it.
std::vector<std::string> ways_out(const workspace::HooksState& state, std::string_view then) {
  std::vector<std::string> ways;
  for (const auto& hook : state.hooks) {
    if (hook.state == "outdated") return {"mlo hooks install"};
    if (hook.state == "changed")
      ways.push_back(
          fmt::format("mv '{0}' '{0}.edited'{1}", (state.folder / hook.name).string(), then));
  }
  return ways;
}

ui::View view(const workspace::HooksState& state, std::string_view then = "; mlo hooks install") {
  Json rows = Json::array();
  for (const auto& hook : state.hooks)
    rows.add(Json::object({{"name", hook.name}, {"state", hook.state}}));
  return {.shape = "hooks/1",
          .fields = {{"folder", "Folder", state.folder.string()},
                     {"merge_driver", "Merges mlo.lock", state.merge_driver},
                     {"hooks",
                      "Hooks",
                      std::move(rows),
                      ui::Format::plain,
                      {{"name", "Hook"}, {"state", "State"}}}},
          .next = ways_out(state, then)};
}

Json list(const std::vector<std::string>& texts) {
  return {Json::Array(texts.begin(), texts.end())};
}

ui::View view(const std::string& name, const workspace::HookResult& result) {
  return {.shape = "hooks-run/1",
          .headline = fmt::format("mlo: {}", join(result.lines, "\nmlo: ")),
          .good = result.passed,
          .fields = {{"hook", "", name},
                     {"passed", "", result.passed},
                     {"lines", "", list(result.lines)}},
          .next = result.hint.empty() ? std::vector<std::string>{}
                                      : std::vector<std::string>{result.hint}};
}

/// False in a further working tree of git, which has the hooks but no `.mlo/`: nothing there is
/// for us to guard.
bool has_repository(Session& session, const std::string& hook) {
  if (session.find_repository() != nullptr) return true;
  if (hook.starts_with("pre-"))
    session.progress().warn(fmt::format("'{}' is in no mlo repository: the hook looks at nothing",
                                        session.folder().string()));
  return false;
}

void add_run(CLI::App& hooks, Session& session, const std::shared_ptr<Options>& options) {
  auto* run = hooks.add_subcommand("run", "Do a hook's work: git calls it");
  run->add_option("name", options->name,
                  "post-checkout, post-merge, post-rewrite, pre-commit, pre-push")
      ->required();
  run->add_option("arguments", options->arguments, "As git gives them");
  run->callback([options, &session] {
    if (!has_repository(session, options->name)) return;
    workspace::HookCall call{options->name, options->arguments, {}};
    // Only this hook is told anything by standard input.
    if (call.name == "pre-push") call.input = session.read_input();
    const auto result =
        workspace::run_hook(session.repository(), call, session.progress(), session.stop());
    if (result.lines.empty() && !session.options.json) return;
    session.show(view(options->name, result), result.passed);
  });
}

void add_merge(CLI::App& hooks, Session& session, const std::shared_ptr<Options>& options) {
  auto* merge = hooks.add_subcommand("merge-lock", "Merge mlo.lock fact by fact: git calls it");
  merge->add_option("base", options->base, "The common ancestor's")->required();
  merge->add_option("ours", options->ours, "Ours; the result is written here")->required();
  merge->add_option("theirs", options->theirs, "Theirs")->required();
  merge->callback([options, &session] {
    const auto text = [&](const std::string& file) {
      return read_file(session.path(file), kMaxLockBytes);
    };
    const auto merged = workspace::merge_lock_files(text(options->base), text(options->ours),
                                                    text(options->theirs));
    session.write(options->ours, merged.text);
    const bool whole = merged.conflicts.empty();
    if (whole && !session.options.json) return;
    session.show(
        {.shape = "hooks-merge-lock/1",
         .headline = fmt::format("mlo.lock: both sides changed {}", join(merged.conflicts, ", ")),
         .good = whole,
         .fields = {{"merged", "", whole}, {"conflicts", "", list(merged.conflicts)}},
         .next = {"keep one line of each pair, then mlo checkout, git add mlo.lock"}},
        whole);
  });
}

}  // namespace

void add_hooks(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* hooks = mlo.add_subcommand("hooks", "Let git restore data, guard commits, merge mlo.lock");
  hooks->require_subcommand(1);
  hooks->add_subcommand("install", "Write the hooks; older ones are kept and called first")
      ->callback(
          [&session] { session.show(view(workspace::install_hooks(session.repository()))); });
  hooks->add_subcommand("uninstall", "Take them away; older ones come back")->callback([&session] {
    session.show(view(workspace::uninstall_hooks(session.repository()), ""));
  });
  hooks->add_subcommand("status", "Show what is installed")->callback([&session] {
    session.show(view(workspace::hooks_state(session.repository())));
  });
  add_run(*hooks, session, options);
  add_merge(*hooks, session, options);
}

}  // namespace mlo::cmd
