#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// How files of the workspace were while a question about them was answered: as long as all of them
/// are still so, which costs one stat each, the answer is the same.
///
/// Follows git's racy-clean rule, as the index does: what changed no earlier than the sighting
/// began could have been read before it changed, and makes the sighting worth nothing. A cache:
/// losing it costs time only.
class Sighting {
 public:
  /// Begins before the question is looked into; `name` is that of the file in `.mlo/` that keeps
  /// it.
  Sighting(const Repository& repository, std::string_view name);
  ~Sighting();
  Sighting(Sighting&&) noexcept;
  Sighting& operator=(Sighting&&) noexcept;
  Sighting(const Sighting&) = delete;
  Sighting& operator=(const Sighting&) = delete;

  /// The answer rests on what is at `path` of the workspace, or on nothing being there; of a folder
  /// on all that it holds, and on the `.mloignore` files of the way to it.
  void note(std::string_view path);
  /// Keeps the answer. Does nothing when what was noted could have changed meanwhile, or is more
  /// than a later look would be quick with.
  void keep(std::string_view answer);

  /// The answer that was kept under `name`, when all that it rests on is as it was.
  static std::optional<std::string> recall(const Repository& repository, std::string_view name);
  static void forget(const Repository& repository, std::string_view name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlo::workspace
