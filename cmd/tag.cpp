#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/workspace/versions.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string reference;
  std::string name;
  std::string reason;
  bool remove = false;
};

ui::View view(const ledger::Tag& tag) {
  return {.shape = "tag/1",
          .headline = tag.removed
                          ? fmt::format("Removed the tag {} of {}", tag.name, tag.path)
                          : fmt::format("{}@{} is version {}", tag.path, tag.name, tag.number),
          .fields = {{"path", "", tag.path},
                     {"name", "", tag.name},
                     {"version", "", tag.number},
                     {"digest", "Digest", tag.digest.text(), ui::Format::digest},
                     {"removed", "", tag.removed}}};
}

}  // namespace

void add_tag(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* tag = mlo.add_subcommand("tag", "Give a dataset version a name, or take it away");
  tag->add_option("ref", options->reference, "PATH or PATH@VERSION")->required();
  tag->add_option("name", options->name, "Name, as in 2026-q3")->required();
  tag->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  tag->add_flag("-d,--delete", options->remove, "Take the name away");
  tag->callback([options, &session] {
    auto& repository = session.repository();
    const auto reference = workspace::dataset(repository, session.typed(options->reference));
    session.show(view(options->remove
                          ? workspace::remove_tag(repository, reference.path, options->name,
                                                  options->reason, session.progress())
                          : workspace::add_tag(repository, reference, options->name,
                                               options->reason, session.progress())));
  });
}

}  // namespace mlo::cmd
