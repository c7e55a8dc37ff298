#include "ledger/schema.h"

#include <vector>

#include <fmt/format.h>

#include "migrations.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

std::int64_t version_of(Database& database) {
  const auto version = [](const Row& row) { return row.get<std::int64_t>(0); };
  return database.one("PRAGMA user_version", version).value();
}

void keep_a_copy(Database& database, const std::filesystem::path& file, std::int64_t newest) {
  const auto copy = fmt::format("{}.before-{}", file.string(), newest);
  if (!std::filesystem::exists(copy)) database.run("VACUUM INTO ?1", copy);
}

}  // namespace

std::span<const Migration> our_migrations() {
  static const auto kAll = [] {
    std::vector<Migration> found;
    for (std::size_t i = 0; i < migrations_count; ++i)
      found.push_back({.name = migrations[i].name, .text = migrations[i].text});
    return found;
  }();
  return kAll;
}

void migrate(Database& database, const std::filesystem::path& file,
             std::span<const Migration> steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  auto version = version_of(database);
  if (version > newest)
    throw Error(ErrorKind::conflict, "the ledger is of format {}, this mlo knows {} and older",
                version, newest)
        .hint("upgrade mlo");
  if (version == newest) return;
  if (version > 0) keep_a_copy(database, file, newest);
  while (version < newest) {
    Transaction transaction(database);
    // Another process may have come first.
    version = version_of(database);
    if (version >= newest) return;
    const auto& migration = steps[static_cast<std::size_t>(version)];
    in_context(fmt::format("migrating to '{}'", migration.name),
               [&] { database.execute(migration.text); });
    ++version;
    database.execute(fmt::format("PRAGMA user_version = {}", version));
    transaction.commit();
  }
}

}  // namespace mlo::ledger
