#include "model/evidence_report.h"

#include <map>
#include <string>
#include <utility>

namespace mlo::model {
namespace {

constexpr std::size_t kMaxTextBytes = 300;    // of one text, once evidence must be cut
constexpr std::size_t kReserveBytes = 4'000;  // for the counts of what is not listed

struct Unlisted {
  std::int64_t passed = 0;
  std::int64_t failed = 0;
  std::int64_t warned = 0;
};

std::size_t size_bytes(const ledger::Evidence& evidence) {
  return ledger::statement_of(evidence).predicate.canonical().size();
}

std::size_t size_bytes(const ledger::Check& check) {
  const ledger::Evidence without{.subject = {}};
  ledger::Evidence with = without;
  with.checks.push_back(check);
  return size_bytes(with) - size_bytes(without);
}

/// The first bytes of `text`, whole code points.
std::string cut(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  auto end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

/// A list of allowed values may be as long as a message.
Json cut(const Json& value) {
  const auto text = value.is_string() ? value.as_string() : value.dump();
  return text.size() <= kMaxTextBytes ? value : Json(cut(text));
}

ledger::Check cut(ledger::Check check) {
  check.name = cut(check.name);
  check.value = cut(check.value);
  check.threshold = cut(check.threshold);
  check.message = cut(check.message);
  return check;
}

/// Takes checks until the room is used up.
class Shortlist {
 public:
  explicit Shortlist(ledger::Evidence& evidence)
      : evidence_(evidence), used_(size_bytes(evidence) + kReserveBytes) {}

  bool take(const ledger::Check& check) {
    if (full_) return false;
    auto shorter = cut(check);
    used_ += size_bytes(shorter);
    full_ = used_ > kMaxEvidenceBytes;
    if (!full_) evidence_.checks.push_back(std::move(shorter));
    return !full_;
  }

 private:
  ledger::Evidence& evidence_;
  std::size_t used_;
  bool full_ = false;
};

void add_count(ledger::Evidence& evidence, const std::string& kind, ledger::Check check,
               std::int64_t count) {
  if (count == 0) return;
  check.kind = kind;
  check.target = evidence.target;
  check.value = count;
  evidence.checks.push_back(std::move(check));
}

}  // namespace

Json report_of(const ledger::Evidence& evidence) {
  Json inputs = Json::array();
  for (const auto& input : evidence.inputs)
    inputs.add(Json::object({{"name", input.path}, {"digest", input.digest.text()}}));
  Json checks = Json::array();
  for (const auto& check : evidence.checks) checks.add(ledger::to_json(check));
  return Json::object({{"target", evidence.target},
                       {"digest", evidence.subject.digest.text()},
                       {"passed", evidence.passed},
                       {"inputs", std::move(inputs)},
                       {"checks", std::move(checks)}});
}

ledger::Evidence compact(const ledger::Evidence& evidence) {
  if (size_bytes(evidence) <= kMaxEvidenceBytes) return evidence;
  ledger::Evidence small = evidence;
  small.checks.clear();
  Shortlist shortlist(small);
  std::map<std::string, Unlisted> kinds;  // a gate asks by kind: none may vanish
  for (const auto& check : evidence.checks)
    if (!check.passed && !shortlist.take(check))
      ++(check.severity == "error" ? kinds[check.kind].failed : kinds[check.kind].warned);
  for (const auto& check : evidence.checks)
    if (check.passed && !shortlist.take(check)) ++kinds[check.kind].passed;
  for (const auto& [kind, unlisted] : kinds) {
    add_count(small, kind, {.name = "further passed rules", .passed = true}, unlisted.passed);
    add_count(small, kind, {.name = "further failed rules"}, unlisted.failed);
    add_count(small, kind, {.name = "further warnings", .severity = "warn"}, unlisted.warned);
  }
  return small;
}

}  // namespace mlo::model
