#include <fmt/format.h>

#include "ledger/memory.h"
#include "ledger/records/access.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"
#include "mlo/ledger/telling.h"

// Reads of what the policy protects: who may, and that it is told.

namespace mlo::ledger {
namespace {

constexpr auto kNamesOf = R"sql(
  SELECT DISTINCT 'dataset', path FROM dataset_version WHERE digest = ?1
  UNION SELECT DISTINCT 'model', model FROM model_version WHERE digest = ?1
)sql";
constexpr auto kAnyPolicy = "SELECT count(*) FROM (SELECT 1 FROM policy LIMIT 1)";
// What is in the log goes into the database, synced, and the log is emptied. The first column says
// whether somebody was in the way.
constexpr auto kFold = "PRAGMA wal_checkpoint(TRUNCATE)";

constexpr auto kPatience = "PRAGMA busy_timeout";

// Base64 makes a third more of a payload, and an entry holds 64 KiB.
constexpr std::size_t kMaxBytes = 36'000;
constexpr std::size_t kBytesPerRead = 140;  // digest, kind, count, names and quotes

bool any_policy(Database& database) {
  return database.one(kAnyPolicy, [](const Row& row) { return row.get<bool>(0); }).value();
}

const Protection* protection_of(const Policy& policy, const Access& access) {
  return access.kind == "model" ? policy.protection_of_model(access.name)
                                : policy.protection_of_data(access.name);
}

void require_reader(const Policy& policy, const std::string& actor, const Access& access,
                    const Protection& rule) {
  const std::vector<std::string> resources{access.name};
  if (policy.knows(actor) && (rule.read.empty() || policy.among(actor, rule.read) ||
                              policy.permits(actor, "read", resources)))
    return;
  throw Error(ErrorKind::not_allowed, "'{}' is protected, and {} may not read it", access.name,
              actor)
      .hint("mlo policy explain {} read:{}", actor, access.name);
}

/// The same content may have been recorded under other names: it is no less protected for that.
std::vector<Access> under_all_names(Database& views, const Access& asked) {
  std::vector<Access> all{asked};
  views.each(kNamesOf, {Bound(asked.digest)}, [&](const Row& row) {
    const auto kind = row.get<std::string>(0);
    const auto name = row.get<std::string>(1);
    if (kind != asked.kind || name != asked.name)
      all.push_back({.kind = kind, .name = name, .digest = asked.digest, .reads = asked.reads});
  });
  return all;
}

/// Those that are protected, under each of their names; throws when the actor may not.
std::vector<Access> permitted(Ledger& ledger, const std::vector<Access>& accesses) {
  if (accesses.empty() || !any_policy(ledger.database())) return {};
  const auto in_force = policy_in_force(ledger);
  const auto& policy = in_force->policy;
  if (policy.data.empty() && policy.models.empty()) return {};
  const auto actor = ledger.actor();
  std::vector<Access> recorded;
  for (const auto& asked : accesses)
    for (const auto& access : under_all_names(ledger.database(), asked)) {
      const auto* rule = protection_of(policy, access);
      if (rule == nullptr) continue;
      require_reader(policy, actor, access, *rule);
      recorded.push_back(access);
    }
  return recorded;
}

/// One entry, or several where one cannot hold all. Returns the size of the ledger with them.
std::int64_t append_accesses(Ledger& ledger, const std::string& how, std::span<const Access> all) {
  std::vector<Statement> statements;
  while (!all.empty()) {
    std::size_t count = 0;
    std::size_t size_bytes = 0;
    while (count < all.size() && size_bytes < kMaxBytes)
      size_bytes += kBytesPerRead + all[count++].name.size();
    statements.push_back(access_statement(how, all.first(count)));
    all = all.subspan(count);
  }
  return ledger.append(statements, {how, ""}, Durability::with_the_next).back().index + 1;
}

/// Nobody is waited for.
class Impatience {
 public:
  explicit Impatience(Database& database)
      : database_(database),
        patience_ms_(
            database.one(kPatience, [](const Row& row) { return row.get<std::int64_t>(0); })) {
    database_.execute("PRAGMA busy_timeout = 0");
  }
  ~Impatience() {
    try {
      database_.execute(fmt::format("PRAGMA busy_timeout = {}", patience_ms_.value_or(0)));
    } catch (const Error&) {
      // It only fails where the connection is of no more use.
      patience_ms_.reset();
    }
  }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

 private:
  Database& database_;
  std::optional<std::int64_t> patience_ms_;
};

/// Takes the log into the database. Closing would do so too, and somebody would wait for it; and
/// what a power cut cannot take back may be remembered.
void settle(Ledger& ledger, const std::filesystem::path& folder, const World& world,
            std::int64_t size) {
  const auto busy = [&] {
    const Impatience impatience(ledger.database());
    return ledger.database().one(kFold, [](const Row& row) { return row.get<bool>(0); });
  }();
  auto note = ledger.checkpoint();
  // Another process may have gone on meanwhile: its checkpoint is looked at by whoever comes next.
  if (busy.value_or(true) || split(note, '\n').at(1) != std::to_string(size)) return;
  Memory(folder, world).remember({.log_key = ledger.verifier_key(), .note = std::move(note)});
}

}  // namespace

void record_access(Ledger& ledger, const std::string& how, const std::vector<Access>& accesses) {
  const auto recorded = permitted(ledger, accesses);
  if (!recorded.empty()) append_accesses(ledger, how, recorded);
}

Telling::Telling(Ledger& ledger, const std::filesystem::path& folder, const World& world,
                 const std::string& how, const std::vector<Access>& accesses) {
  auto recorded = permitted(ledger, accesses);
  if (recorded.empty()) return;
  std::promise<void> told;
  told_ = told.get_future();
  settled_ =
      std::async(std::launch::async, [&ledger, &world, folder, how, recorded = std::move(recorded),
                                      told = std::move(told)]() mutable {
        std::int64_t size = 0;
        try {
          size = append_accesses(ledger, how, recorded);
          told.set_value();
        } catch (...) {
          return told.set_exception(std::current_exception());
        }
        settle(ledger, folder, world, size);
      });
}

Telling::~Telling() {
  try {
    if (settled_.valid()) settled_.get();
  } catch (const std::exception&) {
    return;  // closing the ledger settles it, or says why not
  }
}

void Telling::wait() {
  if (told_.valid()) told_.get();
}

}  // namespace mlo::ledger
