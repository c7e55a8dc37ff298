#include <memory>

#include <fmt/format.h>

#include "audit.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/proofs.h"
#include "mlo/workspace/audit_import.h"

namespace mlo::cmd {
namespace {

constexpr std::uint64_t kMaxNoteBytes = 65'536;

struct Options {
  std::string file;
  std::int64_t entry = 0;
  std::string since;
  bool key = false;
  std::string folder;
  ledger::BundleScope scope;
  bool tiles = false;
  std::vector<std::string> keys;
  std::vector<std::string> checkpoints;
};

void add_checkpoint(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* checkpoint = audit.add_subcommand(
      "checkpoint", "Print what commits to the whole ledger, to keep it elsewhere (signed note)");
  checkpoint->add_option("-o,--output", options->file, "Write it here")->type_name("FILE");
  checkpoint->add_flag("--key", options->key, "Print the log's public key instead");
  checkpoint->callback([options, &session] {
    auto& ledger = session.repository().ledger();
    session.deliver(options->file,
                    options->key ? ledger.verifier_key() + "\n" : ledger.checkpoint());
  });
}

void add_prove(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* prove = audit.add_subcommand(
      "prove", "Write an entry with the proof that it is in the ledger (tlog-proof)");
  auto* entry = prove->add_option("entry", options->entry, "Number of the entry");
  auto* since = prove->add_option(
      "--since", options->since,
      "Prove that the ledger goes on from this checkpoint instead (as tlog-witness takes it)");
  since->type_name("FILE")->excludes(entry);
  prove->add_option("-o,--output", options->file, "Write it here")->type_name("FILE");
  prove->callback([options, entry, &session] {
    auto& ledger = session.repository().ledger();
    if (!options->since.empty())
      return session.deliver(
          options->file,
          ledger::prove_since(ledger, read_file(session.path(options->since), kMaxNoteBytes)));
    if (entry->count() == 0)
      throw Error(ErrorKind::usage, "name an entry, or a checkpoint with --since")
          .hint("mlo audit log shows the entries");
    session.deliver(options->file, ledger::prove(ledger, options->entry));
  });
}

void add_keys(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* keys = audit.add_subcommand(
      "keys", "Write the public keys that a verifier elsewhere needs: the log's and the signers'");
  keys->add_option("folder", options->folder, "Into this folder")->required()->type_name("DIR");
  keys->callback([options, &session] {
    Json rows = Json::array();
    const auto folder = session.path(options->folder);
    std::filesystem::create_directories(folder);
    for (const auto& key : ledger::public_keys(session.repository().ledger())) {
      session.write((std::filesystem::path(options->folder) / key.name).string(), key.content);
      rows.add(Json::object({{"file", (std::filesystem::path(options->folder) / key.name).string()},
                             {"digest", Digest::of(key.content).text()}}));
    }
    session.show({.shape = "audit-keys/1",
                  .fields = {{"keys",
                              "Public keys",
                              std::move(rows),
                              ui::Format::plain,
                              {{"file", "File"}, {"digest", "Digest", ui::Format::digest}}}}});
  });
}

void export_ledger(const Options& options, Session& session) {
  auto& ledger = session.repository().ledger();
  ui::View answer{.shape = "audit-export/1"};
  if (options.tiles) {
    const auto written = ledger::export_tiles(ledger, session.path(options.file), session.world());
    answer.headline = fmt::format("Exported {} entries as tiles", format_count(written.entries));
    answer.fields = {{"format", "", "tiles"},
                     {"place", "Folder", options.file},
                     {"entries", "", written.entries},
                     {"files", "New files", written.files, ui::Format::count}};
  } else {
    const auto bundle = ledger::export_bundle(ledger, options.scope);
    if (options.file == "-") return session.print_bytes(bundle);
    session.write(options.file, bundle);
    answer.headline = fmt::format("Exported to {}", options.file);
    answer.fields = {{"format", "", "bundle"},
                     {"place", "", options.file},
                     {"size_bytes", "Size", bundle.size(), ui::Format::bytes},
                     {"digest", "Digest", Digest::of(bundle).text()}};
  }
  answer.next = {fmt::format("mlo audit verify {} --keys KEYS", options.file)};
  session.show(answer);
}

void add_export(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* exporting = audit.add_subcommand(
      "export", "Write the ledger for somebody else to verify: a bundle, or tiles");
  exporting->add_option("file", options->file, "Write it here; '-' is standard output")->required();
  auto* from = exporting->add_option("--from", options->scope.from, "Only from this entry on");
  from->check(CLI::NonNegativeNumber);
  auto* model = exporting->add_option("--model", options->scope.model,
                                      "Only what concerns this model, each entry proven");
  model->excludes(from);
  exporting->add_flag("--tiles", options->tiles, "Into a folder, as C2SP tlog-tiles")
      ->excludes(from)
      ->excludes(model);
  exporting->callback([options, &session] { export_ledger(*options, session); });
}

void add_import(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* importing = audit.add_subcommand(
      "import", "Make a repository to read of a verified bundle: nothing can be added to it");
  importing->add_option("file", options->file, "A bundle of the whole ledger, or tiles")
      ->required();
  importing->add_option("folder", options->folder, "The repository to make")
      ->required()
      ->type_name("DIR");
  importing->add_option("--keys", options->keys, "Public keys to trust")
      ->required()
      ->type_name("PATH");
  importing->callback([options, &session] {
    std::vector<std::filesystem::path> keys;
    for (const auto& key : options->keys) keys.push_back(session.path(key));
    const auto entries =
        workspace::import_audit(session.path(options->file), ledger::read_trusted(keys, {}),
                                session.path(options->folder), session.world());
    session.show({.shape = "audit-import/1",
                  .headline = fmt::format("Imported {} verified entries", format_count(entries)),
                  .good = true,
                  .fields = {{"entries", "", entries}, {"folder", "Folder", options->folder}},
                  .next = {fmt::format("mlo -C {} audit log", options->folder)}});
  });
}

}  // namespace

void add_audit_evidence(CLI::App& audit, Session& session) {
  add_checkpoint(audit, session);
  add_prove(audit, session);
  add_keys(audit, session);
  add_export(audit, session);
  add_import(audit, session);
}

}  // namespace mlo::cmd
