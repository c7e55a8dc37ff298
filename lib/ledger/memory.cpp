#include "ledger/memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ledger/stored_tree.h"
#include "mlo/core/digest.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/json.h"

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFileBytes = 65'536;
constexpr std::size_t kNameDigits = 32;
constexpr mode_t kOwn = 0600;

}  // namespace

Memory::Memory(const fs::path& folder, const World& world) {
  std::error_code problem;
  place_ = fs::weakly_canonical(folder, problem);
  const auto state = state_folder(world);
  if (problem || !state) return;
  const auto name = Digest::of(place_.string()).hex().substr(0, kNameDigits);
  file_ = *state / "ledgers" / (name + ".json");
}

std::optional<std::string> Memory::look(Database& database, const std::string& log_key) const {
  if (file_.empty()) return std::nullopt;
  const auto seen = recall();
  try {
    const Seen found{.log_key = log_key, .note = newest_note(database)};
    if (seen && seen->log_key == found.log_key && seen->note == found.note) return std::nullopt;
    const auto newest = open_checkpoint(found.note, found.log_key);
    if (seen) {
      if (seen->log_key != found.log_key)
        return fmt::format(
            "it is not the ledger that was seen here last, '{}': another one stands "
            "in its place",
            name_in_verifier_key(seen->log_key));
      const auto problem =
          contradiction(database, open_checkpoint(seen->note, seen->log_key), newest);
      if (!problem.empty()) return "the checkpoint that was seen here last disagrees: " + problem;
    }
    remember(found);
    return std::nullopt;
  } catch (const Error& error) {
    return error.message();
  }
}

std::optional<Memory::Seen> Memory::recall() const {
  if (file_.empty()) return std::nullopt;
  try {
    const auto json = Json::parse(read_file(file_, kMaxFileBytes));
    if (json.at("ledger").as_string() != place_.string()) return std::nullopt;
    return Seen{.log_key = json.at("log_key").as_string(),
                .note = json.at("checkpoint").as_string()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Memory::remember(const Seen& seen) const noexcept {
  if (file_.empty()) return;
  try {
    std::error_code problem;
    fs::create_directories(file_.parent_path(), problem);
    // Not synced: after a power cut an older memory is as good, and a commit must not wait for it.
    const fs::path fresh = fmt::format("{}.{}", file_.string(), gettid());
    auto file = File::open(fresh, O_WRONLY | O_CREAT | O_TRUNC, kOwn);
    file.write_all(bytes_of(
        Json::object(
            {{"ledger", place_.string()}, {"log_key", seen.log_key}, {"checkpoint", seen.note}})
            .pretty() +
        "\n"));
    file.close();
    fs::rename(fresh, file_);
  } catch (const std::exception&) {
    return;  // the ledger itself is whole; only this look-out is missing
  }
}

Error distrust(const std::string& problem) {
  Error error(ErrorKind::integrity, "the ledger is not what it was: {}", problem);
  error.hint("mlo audit verify; when you know why, and it is right so: mlo audit accept -m WHY");
  return error;
}

}  // namespace mlo::ledger
