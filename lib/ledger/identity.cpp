#include "ledger/identity.h"

#include <algorithm>
#include <array>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/proofs.h"

namespace mlo::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::uint64_t kMaxKeyBytes = 16'384;
constexpr int kPatienceMs = 5000;
constexpr mode_t kSecret = 0600;
constexpr std::string_view kUntil = ".until-";

std::optional<std::string> variable(const World& world, const char* name) {
  auto value = world.environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

}  // namespace

std::string checked_name(const std::string& name) {
  const bool plain = std::ranges::all_of(
      name, [](unsigned char letter) { return letter > ' ' && letter != '/' && letter != 0x7F; });
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '.' || !plain ||
      !is_utf8(name))
    throw Error(ErrorKind::bad_input, "'{}' cannot be the name of an actor", name)
        .hint("export MLO_ACTOR=ana  (up to {} bytes, no spaces, no '/')", kMaxNameBytes);
  return name;
}

namespace {

std::optional<fs::path> key_folder(const World& world) {
  if (const auto config = variable(world, "XDG_CONFIG_HOME")) return fs::path(*config) / "mlo/keys";
  if (const auto home = variable(world, "HOME")) return fs::path(*home) / ".config/mlo/keys";
  return std::nullopt;
}

std::string default_name(const World& world) {
  auto user = variable(world, "USER");
  if (!user) user = variable(world, "LOGNAME");
  auto name = (user ? *user : "user" + std::to_string(getuid())) + "@" + host_name();
  if (name.size() > kMaxNameBytes) name.resize(kMaxNameBytes);
  return name;
}

std::vector<std::string> names_of_keys(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& file : fs::directory_iterator(folder, missing))
    if (file.path().extension() == ".pem") names.push_back(file.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string read_secret(const fs::path& file) {
  using fs::perms;
  const auto others = fs::status(file).permissions() & (perms::group_all | perms::others_all);
  if (others != perms::none)
    throw Error(ErrorKind::not_allowed, "the key '{}' can be read by others", file.string())
        .hint("chmod 600 '{}'", file.string());
  return read_file(file, kMaxKeyBytes);
}

PrivateKey read_key(const fs::path& file, const World& world) {
  return in_context("reading the key '" + file.string() + "'", [&] {
    const auto pem = read_secret(file);
    return PrivateKey::from_pem(pem, passphrase_for(pem, world));
  });
}

void make_private(const fs::path& folder) {
  if (fs::is_directory(folder)) return;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw system_error(failed.value(), "create", folder);
  fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed) throw system_error(failed.value(), "protect", folder);
}

PrivateKey read_or_make(const fs::path& file, Algorithm algorithm, const World& world) {
  if (fs::exists(file)) return read_key(file, world);
  make_private(file.parent_path());
  // Two first commands at once must agree on one key, or one of them signs with a lost one.
  const FileLock lock(file.parent_path() / ".lock", kPatienceMs);
  if (fs::exists(file)) return read_key(file, world);
  auto key = PrivateKey::generate(algorithm);
  write_key(file, key, "", world);
  return key;
}

Error nowhere_to_keep(std::string_view why) {
  Error error(ErrorKind::unavailable, "nowhere to keep the signing key: {}", why);
  error.hint(
      "export XDG_CONFIG_HOME=FOLDER that you may write to, or MLO_KEY_FILE=FILE that holds a key");
  return error;
}

/// The user's key in its usual place, which may be closed to them.
PrivateKey read_or_make_own(const fs::path& file, const World& world) {
  std::error_code closed;
  if (fs::exists(file, closed)) return read_key(file, world);
  if (closed) throw nowhere_to_keep(system_error(closed.value(), "look for", file).message());
  try {
    return read_or_make(file, Algorithm::ecdsa_p256, world);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_allowed && error.kind() != ErrorKind::not_found) throw;
    throw nowhere_to_keep(error.message());
  }
}

Identity checked(Identity identity) {
  identity.key_id = identity.key.public_key().id();
  if (identity.key.public_key().algorithm() != Algorithm::ecdsa_p256)
    throw Error(ErrorKind::bad_input, "the key of '{}' is not ECDSA P-256", identity.name)
        .hint("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
  return identity;
}

fs::path log_key_file(const fs::path& folder) {
  return folder / "keys" / "log.pem";
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::string actor_name(const World& world) {
  if (const auto name = variable(world, "MLO_ACTOR")) return checked_name(*name);
  if (const auto file = variable(world, "MLO_KEY_FILE"))
    return checked_name(fs::path(*file).stem().string());
  const auto usual = default_name(world);
  if (variable(world, "MLO_KEY")) return checked_name(default_name(world));
  const auto folder = key_folder(world);
  const auto names = folder ? names_of_keys(*folder) : std::vector<std::string>();
  if (names.empty() || std::ranges::find(names, usual) != names.end()) return checked_name(usual);
  if (names.size() == 1) return checked_name(names.front());
  throw Error(ErrorKind::conflict, "there are several keys in '{}' and none is '{}'",
              folder->string(), usual)
      .hint("export MLO_ACTOR={}", names.front());
}

std::string passphrase_for(std::string_view pem, const World& world) {
  if (!PrivateKey::is_encrypted(pem)) return "";
  return variable(world, "MLO_KEY_PASSPHRASE").value_or("");
}

void write_key(const fs::path& file, const PrivateKey& key, const std::string& passphrase,
               const World& world) {
  write_durably(file, bytes_of(key.pem(passphrase)), world, "key.rename", kSecret);
}

PrivateKey read_own_key(const fs::path& file, const World& world) {
  return read_key(file, world);
}

std::optional<fs::path> key_file(const World& world) {
  if (variable(world, "MLO_KEY")) return std::nullopt;
  if (const auto file = variable(world, "MLO_KEY_FILE")) return fs::path(*file);
  const auto folder = key_folder(world);
  if (!folder) throw nowhere_to_keep("there is no home folder");
  return *folder / (actor_name(world) + ".pem");
}

fs::path own_key_file(const World& world, std::string_view hint) {
  auto file = key_file(world);
  if (!file)
    throw Error(ErrorKind::usage, "the key in MLO_KEY is kept by somebody else").hint("{}", hint);
  return *std::move(file);
}

fs::path keep_former_key(const fs::path& file, std::int64_t entry, const World& world) {
  auto former = fmt::format("{}{}{}", file.string(), kUntil, entry);
  // Entries are counted in each ledger: two of them may say the same of two keys.
  for (int again = 2; fs::exists(former); ++again)
    former = fmt::format("{}{}{}-{}", file.string(), kUntil, entry, again);
  write_durably(former, bytes_of(read_secret(file)), world, "key.rename", kSecret);
  return former;
}

std::vector<fs::path> former_key_files(const World& world) {
  const auto file = key_file(world);
  if (!file) return {};
  auto files = folder_entries(fs::absolute(*file).parent_path());
  const auto start = file->filename().string() + std::string(kUntil);
  std::erase_if(files,
                [&](const fs::path& one) { return !one.filename().string().starts_with(start); });
  std::ranges::stable_sort(files, std::ranges::greater(), [](const fs::path& one) {
    return status_of(one).value_or(FileStatus{}).modified_ns;
  });
  return files;
}

Identity load_identity(const World& world) {
  const auto name = actor_name(world);
  if (const auto pem = variable(world, "MLO_KEY"))
    return in_context("reading the key in MLO_KEY", [&] {
      return checked(
          {.name = name, .key = PrivateKey::from_pem(*pem, passphrase_for(*pem, world))});
    });
  const auto file = key_file(world).value();
  if (!variable(world, "MLO_KEY_FILE"))
    return checked({.name = name, .key = read_or_make_own(file, world)});
  if (!fs::exists(file))
    throw Error(ErrorKind::not_found, "no key file '{}' (MLO_KEY_FILE)", file.string())
        .hint("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out '{}'",
              file.string());
  return checked({.name = name, .key = read_key(file, world)});
}

PrivateKey make_log_key(const std::filesystem::path& folder, const World& world) {
  return read_or_make(log_key_file(folder), Algorithm::ed25519, world);
}

bool has_log_key(const std::filesystem::path& folder) {
  return fs::exists(log_key_file(folder));
}

PrivateKey load_log_key(const std::filesystem::path& folder) {
  const auto file = log_key_file(folder);
  if (is_imported(folder))
    throw Error(ErrorKind::not_allowed,
                "the ledger in '{}' was imported to be read: nothing can be added to it",
                folder.string())
        .hint("work in the repository that it was exported from");
  if (!has_log_key(folder))
    throw Error(ErrorKind::not_found, "the log key '{}' is missing", file.string())
        .hint("restore it from a backup: without it nothing can be added to this ledger");
  return PrivateKey::from_pem(read_secret(file));
}

}  // namespace mlo::ledger
