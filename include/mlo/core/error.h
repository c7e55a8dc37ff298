#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace mlo {

/// What a script may act on; each maps to one exit code (DESIGN §8).
enum class ErrorKind {
  usage,        ///< the command line itself is wrong: 2
  not_found,    ///< a thing that was named is not there: 3
  bad_input,    ///< a file or value that came from outside is malformed: 3
  conflict,     ///< somebody else holds it, or it changed meanwhile: 4
  integrity,    ///< bytes, signatures or the ledger do not match: 5
  not_allowed,  ///< a policy or the operating system forbids it: 6
  unavailable,  ///< a disk, library or service that we need failed: 7
  interrupted,  ///< the user asked us to stop: 130
};

/// The process exit code for `kind`.
int exit_code(ErrorKind kind);

/// The word for `kind` in JSON output ("not_found").
std::string_view name_of(ErrorKind kind);

/// The one exception type: what failed, where it failed, and the way out.
///
/// `message` starts in lower case, has no full stop and puts things in single quotes.
/// `context` lists what was being done, innermost first. `hint` is something that can be typed.
class Error : public std::exception {
 public:
  template <typename... Args>
  Error(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args)
      : kind_(kind), message_(fmt::format(format, std::forward<Args>(args)...)) {}

  template <typename... Args>
  Error& hint(fmt::format_string<Args...> format, Args&&... args) {
    hint_ = fmt::format(format, std::forward<Args>(args)...);
    return *this;
  }
  Error& while_doing(std::string what) {
    context_.push_back(std::move(what));
    return *this;
  }

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::vector<std::string>& context() const { return context_; }
  [[nodiscard]] const std::string& hint() const { return hint_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string message_;
  std::vector<std::string> context_;
  std::string hint_;
};

/// Runs `work`; an Error that leaves it carries `what` ("reading 'mlo.yaml'") as context.
template <typename Work>
decltype(auto) in_context(std::string what, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.while_doing(std::move(what));
    throw;
  }
}

/// Throws std::logic_error naming the caller's line unless `holds`: only our own bug can break it.
void invariant(bool holds, std::string_view what, const char* file = __builtin_FILE(),
               int line = __builtin_LINE());

/// An Error for a failed system call: "cannot <verb> '<path>': <reason>".
///
/// `errno_value` chooses the kind (ENOENT not_found, EACCES and EROFS not_allowed, ENOSPC and the
/// rest unavailable) and the hint; `path` may be empty where the call had none.
Error system_error(int errno_value, std::string_view verb, const std::filesystem::path& path = {});

}  // namespace mlo
