#include "mlo/workspace/hooks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/workspace/git.h"
#include "workspace/hook_script.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 5> kHooks{"post-checkout", "post-merge", "post-rewrite",
                                                 "pre-commit", "pre-push"};
constexpr std::string_view kDriver = "mlo hooks merge-lock %O %A %B";
constexpr std::string_view kAttribute = "mlo.lock merge=mlo";
constexpr std::uint64_t kMaxHookBytes = 1U << 20U;

struct Place {
  fs::path root;  ///< of git's working tree
  fs::path hooks;
};

Place place_of(const Repository& repository) {
  const auto root = git_root(repository.root());
  if (!root)
    throw Error(ErrorKind::not_found, "'{}' is in no git repository", repository.root().string())
        .hint("git init");
  return {*root, git_hooks_folder(*root)};
}

void refuse_shared(const Place& place) {
  const auto within = [&](const fs::path& folder) {
    const auto relative = place.hooks.lexically_relative(folder.lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
  };
  if (within(place.root) || within(git_folder(place.root))) return;
  throw Error(ErrorKind::conflict, "core.hooksPath is '{}': other repositories use it too",
              place.hooks.string())
      .hint("git config core.hooksPath .git/hooks gives this repository its own");
}

std::string state_of(const Place& place, std::string_view name) {
  const auto file = place.hooks / name;
  if (!status_of(file)) return "absent";
  const auto text = read_file(file, kMaxHookBytes);
  if (text == hook_script(name, false)) return "installed";
  if (text == hook_script(name, true)) return "installed before an older one";
  if (is_unedited_hook(text)) return "outdated";
  return text.find("mlo hooks run") == std::string::npos ? "foreign" : "changed";
}

bool is_installed(std::string_view state) {
  return state.starts_with("installed");
}

fs::path kept_beside(const fs::path& hook) {
  return hook.string() + std::string(kOlderHook);
}

void keep_beside(const fs::path& hook) {
  const auto kept = kept_beside(hook);
  if (status_of(kept))
    throw Error(ErrorKind::conflict, "'{}' is there already", kept.string())
        .hint("look at it, then move it elsewhere");
  fs::rename(hook, kept);
}

std::vector<std::string> lines_of(const fs::path& file) {
  if (!status_of(file)) return {};
  auto lines = split(read_file(file, kMaxHookBytes), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

bool names_driver(const std::vector<std::string>& lines) {
  return std::ranges::any_of(lines, [](const auto& line) { return trim(line) == kAttribute; });
}

void write_lines(const fs::path& file, const std::vector<std::string>& lines, const World& world) {
  if (lines.empty()) {
    fs::remove(file);
    return;
  }
  write_durably(file, bytes_of(join(lines, "\n") + "\n"), world, "attributes.rename");
}

HooksState look(Repository& repository, const Place& place) {
  HooksState state{.folder = place.hooks, .hooks = {}};
  for (const auto name : kHooks) state.hooks.push_back({std::string(name), state_of(place, name)});
  state.merge_driver = git_setting(place.root, "merge.mlo.driver") == kDriver &&
                       names_driver(lines_of(repository.root() / ".gitattributes"));
  return state;
}

}  // namespace

HooksState install_hooks(Repository& repository) {
  const auto place = place_of(repository);
  refuse_shared(place);
  fs::create_directories(place.hooks);
  for (const auto name : kHooks) {
    const auto state = state_of(place, name);
    if (is_installed(state) || state == "changed") continue;
    const auto file = place.hooks / name;
    if (state == "foreign") keep_beside(file);
    // Git calls executable hooks only, and so do we.
    const auto kept = status_of(kept_beside(file));
    const bool older = kept && kept->executable;
    write_durably(file, bytes_of(hook_script(name, older)), repository.world(), "hook.rename",
                  0755);
  }
  const auto attributes = repository.root() / ".gitattributes";
  auto lines = lines_of(attributes);
  if (!names_driver(lines)) {
    lines.emplace_back(kAttribute);
    write_lines(attributes, lines, repository.world());
  }
  change_git_setting(place.root, "merge.mlo.name", "mlo.lock, fact by fact");
  change_git_setting(place.root, "merge.mlo.driver", std::string(kDriver));
  return look(repository, place);
}

HooksState uninstall_hooks(Repository& repository) {
  const auto place = place_of(repository);
  for (const auto name : kHooks) {
    const auto state = state_of(place, name);
    if (!is_installed(state) && state != "outdated") continue;
    const auto file = place.hooks / name;
    const auto kept = kept_beside(file);
    if (status_of(kept))
      fs::rename(kept, file);
    else
      fs::remove(file);
  }
  const auto attributes = repository.root() / ".gitattributes";
  auto lines = lines_of(attributes);
  if (std::erase_if(lines, [](const auto& line) { return trim(line) == kAttribute; }) > 0)
    write_lines(attributes, lines, repository.world());
  change_git_setting(place.root, "merge.mlo.name", std::nullopt);
  change_git_setting(place.root, "merge.mlo.driver", std::nullopt);
  return look(repository, place);
}

HooksState hooks_state(Repository& repository) {
  return look(repository, place_of(repository));
}

}  // namespace mlo::workspace
