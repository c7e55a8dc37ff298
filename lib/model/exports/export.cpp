#include "model/exports/export.h"

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/export.h"

namespace mlo::model {

Registry<Export>& exports() {
  static Registry<Export> registry;
  return registry;
}

std::vector<std::string> export_formats() {
  return exports().names();
}

std::string export_model(workspace::Repository& repository, const std::string& reference,
                         const std::string& format) {
  const auto* kind = exports().find(format);
  if (kind == nullptr)
    throw Error(ErrorKind::bad_input, "no format '{}'", format)
        .hint("formats: {}", join(export_formats(), ", "));
  return kind->write(repository, catalogue_entry(repository, reference));
}

std::optional<ledger::Run> run_of(workspace::Repository& repository,
                                  const ledger::ModelVersion& version) {
  if (version.run.empty()) return std::nullopt;
  return ledger::find_run(repository.ledger(), version.run);
}

std::string uuid_for(const std::string& text) {
  const auto digest = Digest::of(text);
  Bytes bytes(digest.bytes().begin(), digest.bytes().begin() + 16);
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x80};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  const auto hex = to_hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace mlo::model
