#include "mlo/workspace/diagnosis.h"

#include <functional>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/repository.h"
#include "workspace/link_mode.h"

namespace mlo::workspace {
namespace {

Diagnosis look(const std::string& what, const std::function<std::string()>& at) {
  try {
    return {.what = what, .good = true, .detail = at(), .hint = {}};
  } catch (const Error& error) {
    return {.what = what, .good = false, .detail = error.message(), .hint = error.hint()};
  }
}

std::string describe_links(const Repository& repository) {
  const auto can = can_clone(repository.folder() / "tmp", repository.world());
  const auto mode = link_mode(repository);
  const auto* used = mode == LinkMode::copy      ? "working files are copies"
                     : mode == LinkMode::reflink ? "working files share bytes with the store"
                                                 : "working files are the store's own, read-only";
  return fmt::format("{}; this file system {} reflinks", used, can ? "has" : "has no");
}

}  // namespace

std::vector<Diagnosis> diagnose(const std::filesystem::path& folder, const World& world) {
  std::optional<Repository> repository;
  auto opened = look("repository", [&] {
    repository = Repository::open(folder, world);
    return repository->root().string();
  });
  if (!repository) {
    // Outside of a repository there is nothing to be ill.
    const bool none = opened.detail.find("is in no mlo repository") != std::string::npos;
    return none ? std::vector<Diagnosis>{} : std::vector{opened};
  }
  return {opened,
          look("mlo.yaml", [&] { return fmt::format("project {}", repository->project().name); }),
          look("mlo.lock",
               [&] {
                 return fmt::format("{} tracked", read_lock_file(repository->root()).data.size());
               }),
          look("workspace.link", [&] { return describe_links(*repository); }),
          look("ledger", [&] { return fmt::format("{} entries", repository->ledger().size()); })};
}

std::optional<std::string> program_version(const std::string& program) {
  try {
    const auto asked =
        run_process({.argv = {program, "--version"}, .folder = {}, .environment = {}, .log = {}});
    if (asked.exit_code != 0) return std::nullopt;
    for (const auto& word : split(trim(asked.output), ' '))
      if (!word.empty() && word[0] >= '0' && word[0] <= '9') return word;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
  return std::nullopt;
}

}  // namespace mlo::workspace
