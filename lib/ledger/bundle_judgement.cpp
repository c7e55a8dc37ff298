#include "ledger/bundle_judgement.h"

#include <map>

#include <fmt/format.h>

#include "ledger/dsse.h"
#include "ledger/merkle.h"
#include "ledger/policy/judge.h"
#include "ledger/record_kind.h"
#include "ledger/records/repository.h"
#include "ledger/schema.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kInsert = "INSERT INTO entry (number, leaf, envelope) VALUES (?1, ?2, ?3)";

/// Rules look for what came before an entry. What they miss in a part was perhaps only left out.
class PartJudge {
 public:
  PartJudge(const Bundle& bundle, std::vector<Unjudged>& unjudged)
      : bundle_(bundle),
        unjudged_(unjudged),
        views_(":memory:", Database::Mode::create),
        judge_({.views = views_, .entries = views_}) {
    migrate(views_, ":memory:");
    // What an entry refers to need not have come along.
    views_.execute("PRAGMA foreign_keys = OFF");
  }

  std::vector<Problem> judge() {
    views_.execute("BEGIN");
    for (const auto& [index, envelope] : in_order()) look_at(index, *envelope);
    views_.execute("COMMIT");
    if (!find_beginning(views_)) {
      unjudged_.push_back({.why = "whether it was allowed: what rules did not come with it"});
      return {};
    }
    unjudged_.push_back(
        {.why = fmt::format("whether anything that rules was left out of what came before entry "
                            "{}: only the whole ledger shows that",
                            bundle_.from)});
    unjudged_.insert(unjudged_.end(), missing_.begin(), missing_.end());
    return std::move(problems_);
  }

 private:
  [[nodiscard]] std::map<std::int64_t, const std::string*> in_order() const {
    std::map<std::int64_t, const std::string*> all;
    for (const auto& one : bundle_.proven) all.emplace(one.index, &one.envelope);
    auto index = bundle_.from;
    for (const auto& envelope : bundle_.envelopes) all.emplace(index++, &envelope);
    return all;
  }

  void look_at(std::int64_t index, const std::string& envelope) {
    std::optional<Entry> entry;
    try {
      entry = read_statement(open_envelope(envelope).payload);
    } catch (const Error&) {
      return;  // that it cannot be read is reported already
    }
    // That it was another entry is reported too.
    entry->index = index;
    entry->leaf = leaf_hash(bytes_of(envelope));
    try {
      if (const auto objection = judge_.objection(*entry)) object(index, *objection);
      views_.run(kInsert, index, entry->leaf, envelope);
      take(*entry);
    } catch (const Error& error) {
      missing_.push_back({.entry = index, .why = error.message()});
    }
  }

  void object(std::int64_t index, const Objection& objection) {
    if (bundle_.grounded || !objection.for_want)
      problems_.push_back({.entry = index, .problem = "it was not allowed: " + objection.why});
    else
      missing_.push_back(
          {.entry = index, .why = objection.why + "; what it rests on need not have come along"});
  }

  void take(const Entry& entry) {
    try {
      views_.execute("SAVEPOINT one");
      project(views_, entry);
      views_.execute("RELEASE one");
    } catch (const Error&) {
      views_.execute("ROLLBACK TO one; RELEASE one");
      throw;
    }
  }

  const Bundle& bundle_;
  std::vector<Unjudged>& unjudged_;
  Database views_;
  Judge judge_;
  std::vector<Problem> problems_;
  std::vector<Unjudged> missing_;
};

}  // namespace

std::vector<Problem> judge_part(const Bundle& bundle, std::vector<Unjudged>& unjudged) {
  return PartJudge(bundle, unjudged).judge();
}

}  // namespace mlo::ledger
