#include "mlo/ledger/audit.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

// A model's entries are found through the views' indexes.
constexpr auto kNewestFirst = R"sql(
  SELECT number, leaf, envelope FROM act JOIN entry ON entry.number = act.entry
  WHERE (?1 = '' OR actor = ?1)
    AND (?2 = '' OR instr(?2, char(10) || predicate_type || char(10)) > 0)
    AND at >= ?3
    AND (?4 = '' OR act.entry IN (
      SELECT entry FROM model_version WHERE model = ?4
      UNION SELECT run.entry FROM run JOIN model_version ON run.id = run WHERE model = ?4
      UNION SELECT entry FROM evidence WHERE target = ?4 OR substr(target, 1, length(?4) + 1) = ?4 || '@'
      UNION SELECT entry FROM gate_decision WHERE model = ?4
      UNION SELECT entry FROM stage_move WHERE model = ?4
      UNION SELECT entry FROM stage_left WHERE model = ?4
      UNION SELECT entry FROM deployment WHERE model = ?4
      UNION SELECT entry FROM monitor_window WHERE model = ?4
      UNION SELECT entry FROM alert WHERE model = ?4
      UNION SELECT act.entry FROM act JOIN entry ON entry.number = act.entry
        WHERE predicate_type IN ('urn:mlo:approval:v1', 'urn:mlo:access:v1')
          AND act.entry IN (SELECT entry FROM subject WHERE digest IN (
            SELECT digest FROM model_version WHERE model = ?4))))
    AND at < ?6
    AND (?7 = '' OR instr(lower(reason), lower(?7)) > 0)
    AND (?8 = '' OR act.entry IN (
      SELECT entry FROM subject WHERE name = ?8 OR digest = ?9
      UNION SELECT entry FROM run_file WHERE path = ?8 OR digest = ?9))
    AND act.entry >= ?10
  ORDER BY act.entry DESC LIMIT ?5
)sql";
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

constexpr std::size_t kDateLength = 10;  // "2026-11-23"

std::vector<std::string> known_words() {
  std::vector<std::string> words;
  for (const auto& type : record_kinds().names()) words.push_back(record_kinds().find(type)->word);
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

/// The predicate types that `what` stands for, each between line feeds; empty: all.
std::string types_for(const std::string& what) {
  if (what.empty()) return "";
  std::string types = "\n";
  for (const auto& type : record_kinds().names())
    if (type == what || record_kinds().find(type)->word == what) types += type + "\n";
  if (types.size() > 1) return types;
  const auto words = known_words();
  Error error(ErrorKind::bad_input, "no kind of entry is called '{}'", what);
  if (const auto close = nearest(what, words))
    error.hint("mlo audit log --what {}", *close);
  else
    error.hint("known kinds: {}", join(words, ", "));
  throw error;
}

/// Objects are opened, so that each line is one fact; lists stay as they are.
void add_facts(const std::string& name, const Json& value, Json& facts) {
  if (!value.is_object() || value.size() == 0) {
    facts.add(
        Json::object({{"name", name}, {"value", value.is_string() ? value : Json(value.dump())}}));
    return;
  }
  for (const auto& [member, inner] : value.as_object())
    add_facts(fmt::format("{}.{}", name, member), inner, facts);
}

}  // namespace

std::string describe(const Entry& entry) {
  const auto* kind = record_kinds().find(entry.predicate_type);
  if (kind == nullptr) return entry.predicate_type;
  try {
    return kind->describe(entry);
  } catch (const Error&) {
    // A statement that is not valid still has a line in the log; `audit verify` says what is wrong.
    return kind->word + " (malformed)";
  }
}

std::string word_for(const Entry& entry) {
  const auto* kind = record_kinds().find(entry.predicate_type);
  return kind == nullptr ? entry.predicate_type : kind->word;
}

std::vector<Entry> audit_log(Ledger& ledger, const AuditFilter& filter) {
  return ledger.database().all(kNewestFirst, read_entry, filter.who, types_for(filter.what),
                               filter.since.value_or(Timestamp{}), filter.model, filter.limit,
                               filter.until.value_or(Timestamp{kForever}), filter.reason,
                               filter.about, Digest::try_parse(filter.about), filter.from);
}

EntryDetail entry_detail(Ledger& ledger, std::int64_t index) {
  auto entry = ledger.entry(index);
  if (!entry)
    throw Error(ErrorKind::not_found, "no ledger entry {}: there are {}", index, ledger.size())
        .hint("mlo audit log");
  auto envelope = Json::parse(ledger.envelope(index).value());
  const auto payload = from_base64(envelope.at("payload").as_string());
  Json facts = Json::array();
  for (const auto& [name, value] : entry->predicate.as_object())
    if (name != "mlo_act") add_facts(name, value, facts);
  return {.entry = std::move(*entry),
          .statement = Json::parse(text_of(payload)),
          .envelope = std::move(envelope),
          .facts = std::move(facts)};
}

Timestamp parse_since(std::string_view text, Timestamp now) {
  try {
    if (!text.empty() && text.back() >= 'a' && text.back() <= 'z') {
      const auto span = std::chrono::microseconds(parse_duration(text));
      return {now.microseconds - span.count()};
    }
    if (text.size() == kDateLength) return Timestamp::parse(std::string(text) + "T00:00:00Z");
    return Timestamp::parse(text);
  } catch (const Error&) {
    throw Error(ErrorKind::bad_input, "'{}' is neither a time nor a span of time", text)
        .hint("write 7d, 12h, 2026-11-23 or 2026-11-23T08:44:00Z");
  }
}

}  // namespace mlo::ledger
