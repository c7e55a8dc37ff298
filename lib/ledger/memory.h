#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mlo/core/database.h"
#include "mlo/core/error.h"
#include "mlo/core/world.h"

namespace mlo::ledger {

/// The last checkpoint that this user saw of a ledger, kept in the user's state folder
/// (XDG_STATE_HOME, else ~/.local/state) by the place of the ledger: whoever restores an older
/// `.mlo/`, or puts another one in its place, does not change what is remembered.
class Memory {
 public:
  struct Seen {
    std::string log_key;  ///< C2SP verifier key
    std::string note;     ///< the checkpoint
  };

  Memory(const std::filesystem::path& folder, const World& world);
  /// Holds the ledger against what is remembered: nothing when it goes on from there, which is
  /// remembered in turn; else what is wrong with it. Costs one small file when nothing is new.
  [[nodiscard]] std::optional<std::string> look(Database& database,
                                                const std::string& log_key) const;
  /// Nothing at the first visit, without a home folder, or when the file is not ours.
  [[nodiscard]] std::optional<Seen> recall() const;
  /// Replaces what is remembered. Where nothing can be written, nothing is: no command fails for
  /// it.
  void remember(const Seen& seen) const noexcept;

 private:
  std::filesystem::path place_;  ///< of the ledger
  std::filesystem::path file_;   ///< empty: there is no home
};

/// The error of `look`'s problem, with the way out.
Error distrust(const std::string& problem);

}  // namespace mlo::ledger
