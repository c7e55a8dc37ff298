#include "ledger/statement.h"

#include "ledger/dsse.h"
#include "ledger/merkle.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr std::string_view kAct = "mlo_act";

Entry read(std::string_view text) {
  const auto json = canonical_value(text, "statement");
  if (json.at("_type").as_string() != kStatementType)
    throw Error(ErrorKind::integrity, "the statement is not of type '{}'", kStatementType);
  const auto& act = json.at("predicate").at(kAct);
  Entry entry{.index = act.at("entry").as_integer(),
              .time = Timestamp::parse(act.at("time").as_string()),
              .actor = act.at("actor").as_string(),
              .command = act.at("command").as_string(),
              .reason = act.at("reason").as_string(),
              .host = act.at("host").as_string(),
              .predicate_type = json.at("predicateType").as_string(),
              .predicate = json.at("predicate"),
              .key = Digest::parse(act.at("key").as_string()),
              .repository = act.at("repository").as_string()};
  for (const auto& subject : json.at("subject").as_array())
    entry.subjects.push_back(
        {.name = subject.at("name").as_string(),
         .digest = Digest::parse(subject.at("digest").at("sha256").as_string())});
  return entry;
}

}  // namespace

std::string statement_text(const Statement& statement, const Signed& about) {
  if (statement.subjects.empty() || !statement.predicate.is_object())
    throw Error(ErrorKind::bad_input, "a statement needs a subject and a predicate");
  Json subjects = Json::array();
  for (const auto& subject : statement.subjects)
    subjects.add(Json::object(
        {{"name", subject.name}, {"digest", Json::object({{"sha256", subject.digest.hex()}})}}));
  Json predicate = statement.predicate;
  predicate.set(kAct, Json::object({{"entry", about.entry},
                                    {"repository", about.repository},
                                    {"actor", about.actor},
                                    {"key", about.key.text()},
                                    {"time", about.time.text()},
                                    {"command", about.act.command},
                                    {"reason", about.act.reason},
                                    {"host", about.host}}));
  return Json::object({{"_type", kStatementType},
                       {"subject", std::move(subjects)},
                       {"predicateType", statement.predicate_type},
                       {"predicate", std::move(predicate)}})
      .canonical();
}

Entry read_statement(std::string_view text) {
  try {
    return read(text);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) throw;
    throw Error(ErrorKind::integrity, "malformed statement: {}", error.message());
  }
}

Entry read_entry(const Row& row) {
  const auto number = row.get<std::int64_t>(0);
  const auto leaf = row.get<Digest>(1);
  const auto text = row.get<std::string>(2);
  if (leaf_hash(bytes_of(text)) != leaf)
    throw Error(ErrorKind::integrity, "ledger entry {} was changed after it was written", number)
        .hint("mlo audit verify");
  auto entry = read_statement(open_envelope(text).payload);
  entry.leaf = leaf;
  entry.index = number;
  return entry;
}

}  // namespace mlo::ledger
