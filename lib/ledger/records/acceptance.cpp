#include "ledger/records/acceptance.h"

#include "ledger/record_kind.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:acceptance:v1";

const bool kRegistered = record_kinds().add(
    kType,
    {.word = "acceptance",
     .project = [](Database&, const Entry&) {},
     .describe =
         [](const Entry& entry) {
           return std::string(entry.predicate.find("ahead") != nullptr
                                  ? "went on after a wrong clock: "
                                  : "went on with a ledger that is not the one seen last: ") +
                  entry.predicate.string_or("problem", "?");
         },
     .actions = {"accept"}});

Json checkpoint_of(const Memory::Seen& state) {
  return Json::object({{"log_key", state.log_key}, {"checkpoint", state.note}});
}

}  // namespace

Statement acceptance(const std::string& problem, const std::optional<Memory::Seen>& seen,
                     const Memory::Seen& found, std::optional<std::int64_t> ahead) {
  Statement statement{.subjects = {{.name = "checkpoint", .digest = Digest::of(found.note)}},
                      .predicate_type = kType,
                      .predicate = Json::object({{"problem", problem},
                                                 {"seen", seen ? checkpoint_of(*seen) : Json()},
                                                 {"found", checkpoint_of(found)}})};
  if (ahead) statement.predicate.set("ahead", *ahead);
  return statement;
}

bool accepts_clock(std::string_view predicate_type, const Json& predicate, std::int64_t number) {
  if (predicate_type != kType) return false;
  const auto* ahead = predicate.find("ahead");
  return ahead != nullptr && ahead->as_integer() == number - 1;
}

}  // namespace mlo::ledger
