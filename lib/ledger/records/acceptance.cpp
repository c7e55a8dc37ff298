#include "ledger/records/acceptance.h"

#include "ledger/record_kind.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:acceptance:v1";

const bool kRegistered = record_kinds().add(
    kType, {.word = "acceptance",
            .project = [](Database&, const Entry&) {},
            .describe =
                [](const Entry& entry) {
                  return "went on with a ledger that is not the one seen last: " +
                         entry.predicate.string_or("problem", "?");
                },
            .actions = {"accept"}});

Json checkpoint_of(const Memory::Seen& state) {
  return Json::object({{"log_key", state.log_key}, {"checkpoint", state.note}});
}

}  // namespace

Statement acceptance(const std::string& problem, const std::optional<Memory::Seen>& seen,
                     const Memory::Seen& found) {
  return {.subjects = {{.name = "checkpoint", .digest = Digest::of(found.note)}},
          .predicate_type = kType,
          .predicate = Json::object({{"problem", problem},
                                     {"seen", seen ? checkpoint_of(*seen) : Json()},
                                     {"found", checkpoint_of(found)}})};
}

}  // namespace mlo::ledger
