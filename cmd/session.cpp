#include "session.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <thread>

#include <unistd.h>

#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/ledger/identities.h"
#include "mlo/ui/terminal.h"
#include "mlo/workspace/settings.h"

namespace mlo::cmd {
namespace fs = std::filesystem;
namespace {

void print(std::FILE* stream, std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (!written || std::fflush(stream) != 0)
    throw Error(ErrorKind::unavailable, "cannot write the answer to standard output");
}

}  // namespace

Session::Session(World world) : world_(std::move(world)) {
  world_.environment = [this, given = world_](const std::string& name) {
    auto value = given.environment(name);
    return value ? value : ask_beyond(given, name);
  };
  world_.before_step = [given = world_.before_step, recorded = recorded_](std::string_view step) {
    if (step == "ledger.commit") *recorded = true;
    given(step);
  };
}

std::optional<std::string> Session::ask_beyond(const World& given, const std::string& name) {
  // An encrypted key asks whoever sits at the terminal.
  if (name == "MLO_KEY_PASSPHRASE" && isatty(STDIN_FILENO) != 0) {
    if (!passphrase_) passphrase_ = ui::ask_secret("Passphrase of the key: ");
    return passphrase_;
  }
  if (name == "MLO_ONNXRUNTIME")
    if (const auto wish = workspace::find_setting("onnxruntime", settings_folder(), given))
      return wish->value;
  return std::nullopt;
}

std::string Session::new_passphrase() const {
  if (auto given = world_.environment("MLO_NEW_KEY_PASSPHRASE"); given && !given->empty())
    return *given;
  if (isatty(STDIN_FILENO) == 0)
    throw Error(ErrorKind::usage, "there is no terminal to ask for a passphrase")
        .hint("export MLO_NEW_KEY_PASSPHRASE");
  auto passphrase = ui::ask_secret("New passphrase: ");
  if (passphrase.empty()) throw Error(ErrorKind::usage, "the passphrase is empty");
  if (ui::ask_secret("Once more: ") != passphrase)
    throw Error(ErrorKind::usage, "the passphrases differ");
  return passphrase;
}

fs::path Session::folder() const {
  if (options.folder.empty()) {
    std::error_code problem;
    auto here = fs::current_path(problem);
    if (problem)
      throw Error(ErrorKind::not_found, "the current folder is not there any more")
          .hint("cd into one that is, or name one: mlo -C DIR");
    return here;
  }
  auto folder = fs::absolute(options.folder);
  if (!fs::is_directory(folder))
    throw Error(ErrorKind::not_found, "no folder '{}'", options.folder);
  return folder;
}

workspace::Repository& Session::repository() {
  if (!repository_) repository_ = workspace::Repository::open(folder(), world_);
  return *repository_;
}

workspace::Repository* Session::find_repository() {
  try {
    return &repository();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return nullptr;
  }
}

std::filesystem::path Session::project_folder() {
  const auto* found = find_repository();
  return found == nullptr ? folder() : found->root();
}

fs::path Session::settings_folder() {
  const auto* found = find_repository();
  return found == nullptr ? fs::path() : found->folder();
}

RepoPath Session::path_in_workspace(const std::string& typed) {
  return RepoPath::from_user(repository().root(), folder(), typed);
}

workspace::Typed Session::typed(const std::string& text) const {
  return {text, folder()};
}

fs::path Session::path(const std::string& typed) const {
  return options.folder.empty() ? fs::path(typed) : folder() / typed;
}

Progress& Session::progress() {
  if (!progress_) {
    const auto loudness = options.quiet     ? ui::Loudness::quiet
                          : options.verbose ? ui::Loudness::verbose
                                            : ui::Loudness::normal;
    progress_ = ui::make_progress(loudness, options.json ? ui::LogForm::json : ui::LogForm::text);
  }
  return *progress_;
}

std::stop_token Session::stop() const {
  return interrupt_token();
}

int Session::threads() {
  int count = options.threads;
  if (count == 0) {
    if (const auto wish = workspace::find_setting("threads", settings_folder(), world_))
      std::from_chars(wish->value.data(), wish->value.data() + wish->value.size(), count);
  }
  if (count > 0) return count;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ui::Style Session::style(int descriptor) const {
  const bool wanted =
      options.color == "always" || (options.color == "auto" && ui::is_terminal(descriptor) &&
                                    world_.environment("NO_COLOR").value_or("").empty());
  return {.color = wanted, .width = ui::is_terminal(descriptor) ? ui::terminal_width() : 0};
}

void Session::show(const ui::View& view) {
  if (progress_) progress_->clear();
  if (options.json)
    print(stdout, ui::to_json(view));
  else if (!options.quiet)
    print(stdout, ui::to_text(view, style(STDOUT_FILENO)));
}

void Session::show(const ui::View& view, bool passed) {
  show(view);
  if (!passed) exit_code_ = 1;
}

void Session::show(const ui::View& view, std::optional<ErrorKind> failure) {
  show(view);
  if (failure) exit_code_ = mlo::exit_code(*failure);
}

void Session::print_bytes(std::string_view bytes) {
  if (options.json)
    throw Error(ErrorKind::usage, "this answer is a file of its own, which --json cannot hold")
        .hint("leave out --json");
  if (progress_) progress_->clear();
  print(stdout, bytes);
}

void Session::print_document(std::string_view json) {
  if (progress_) progress_->clear();
  print(stdout, json);
}

void Session::deliver(const std::string& file, const std::string& content) {
  if (file.empty()) return print_bytes(content);
  write(file, content);
  show({.shape = "file/1",
        .headline = fmt::format("Wrote {}", file),
        .fields = {{"file", "", file}, {"size_bytes", "", content.size()}}});
}

std::string Session::read_input() {
  constexpr std::size_t kMaxInputBytes = 16U << 20U;
  std::string text;
  std::array<char, 65536> piece{};
  while (const auto count = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece.data(), count);
    if (text.size() > kMaxInputBytes)
      throw Error(ErrorKind::bad_input, "standard input holds more than 16 MiB");
  }
  return text;
}

void Session::write(const std::string& typed, const std::string& content) {
  const auto folder = path(typed).parent_path();
  if (!folder.empty() && !status_of(folder))
    throw Error(ErrorKind::not_found, "the folder of '{}' is not there", typed)
        .hint("mkdir -p '{}'", folder.string());
  write_durably(path(typed), bytes_of(content), world_, "report.rename");
}

void Session::tell_of_former_key() {
  if (!*recorded_ || !repository_) return;
  if (const auto key = ledger::former_key(repository_->ledger(), world_))
    progress().warn(fmt::format(
        "signed with the key {} that you replaced elsewhere, as this ledger knows no newer one of "
        "yours: mlo identity rotate -m WHY enters it",
        key->brief()));
}

int Session::report(const Error& error) const {
  const auto text = options.json ? ui::to_json(error) : ui::to_text(error, style(STDERR_FILENO));
  std::fwrite(text.data(), 1, text.size(), stderr);
  return mlo::exit_code(error.kind());
}

}  // namespace mlo::cmd
