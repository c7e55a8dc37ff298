#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "mlo/core/error.h"
#include "mlo/core/progress.h"
#include "mlo/core/world.h"
#include "mlo/ui/view.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/repository.h"

namespace mlo::cmd {

/// What every command shares: the world, the global options, the repository, and the way out.
class Session {
 public:
  explicit Session(World world);

  /// Global options, bound by `main`.
  struct Options {
    std::string folder;  ///< -C
    std::string color = "auto";
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool yes = false;  ///< nothing is asked
    int threads = 0;   ///< 0: all cores
  };
  Options options;

  [[nodiscard]] const World& world() const { return world_; }
  /// The folder the user is in, after -C.
  [[nodiscard]] std::filesystem::path folder() const;
  /// The repository around it, opened at the first call.
  workspace::Repository& repository();
  /// The same, or null outside of one.
  workspace::Repository* find_repository();
  /// Its root, or the user's folder when there is none: what files of the project name begins here.
  std::filesystem::path project_folder();
  /// Where the repository's settings lie; empty outside of one, where only those of user and system
  /// hold.
  std::filesystem::path settings_folder();
  /// `typed` relative to the user's folder as a path of the workspace.
  RepoPath path_in_workspace(const std::string& typed);
  /// `typed` as a version, model or run that may be named relative to the user's folder.
  [[nodiscard]] workspace::Typed typed(const std::string& text) const;
  /// `typed` relative to the user's folder.
  [[nodiscard]] std::filesystem::path path(const std::string& typed) const;

  Progress& progress();
  [[nodiscard]] std::stop_token stop() const;

  /// Prints the answer: text, or JSON with --json.
  void show(const ui::View& view);
  /// Prints the answer and makes the exit code 1 when `passed` is false.
  void show(const ui::View& view, bool passed);
  /// Prints the answer and makes the exit code that of `failure`, when there is one.
  void show(const ui::View& view, std::optional<ErrorKind> failure);
  /// Prints bytes as they are, for answers that are somebody's file. Throws usage with --json:
  /// standard output cannot be both.
  void print_bytes(std::string_view bytes);
  /// Prints an answer that is a JSON document of a format of its own.
  void print_document(std::string_view json);
  /// Writes an answer that is somebody's file to `file`, and says so; prints it when that is empty.
  void deliver(const std::string& file, const std::string& content);
  /// All of standard input, at most 16 MiB of it.
  [[nodiscard]] static std::string read_input();
  /// A passphrase for a key: MLO_NEW_KEY_PASSPHRASE, else asked twice on the terminal. Throws usage
  /// where there is none.
  [[nodiscard]] std::string new_passphrase() const;
  /// Writes a page or report to a file, for --html, --junit and the like.
  void write(const std::string& typed, const std::string& content);
  /// Threads to use: --threads, else the setting (MLO_THREADS), else every core.
  [[nodiscard]] int threads();
  [[nodiscard]] int exit_code() const { return exit_code_; }
  /// Says when what was recorded is signed with a key that has a successor unknown here.
  void tell_of_former_key();
  /// Prints an error as text, or as JSON with --json, on standard error; returns its exit code.
  int report(const Error& error) const;

 private:
  [[nodiscard]] ui::Style style(int descriptor) const;
  /// What the world does not say of itself: a passphrase, and the library that a setting names.
  [[nodiscard]] std::optional<std::string> ask_beyond(const World& given, const std::string& name);
  World world_;
  std::optional<std::string> passphrase_;
  std::optional<workspace::Repository> repository_;
  std::unique_ptr<Progress> progress_;
  std::shared_ptr<std::atomic<bool>> recorded_ = std::make_shared<std::atomic<bool>>(false);
  int exit_code_ = 0;
};

}  // namespace mlo::cmd
