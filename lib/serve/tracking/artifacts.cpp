#include <array>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"
#include "mlo/ledger/records.h"
#include "mlo/ledger/tracking.h"
#include "mlo/ledger/versions.h"
#include "mlo/model/registry.h"
#include "mlo/store/object_store.h"
#include "serve/tracking/artifact_path.h"
#include "serve/tracking/call.h"

namespace mlo::serve::tracking {
namespace {

/// A file of the store, verified before its first byte is sent.
class StoredFile final : public BodySource {
 public:
  explicit StoredFile(const std::filesystem::path& file)
      : file_(File::open(file, O_RDONLY)), size_bytes_(status_of(file_).size_bytes) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return size_bytes_; }
  std::size_t read(std::span<std::byte> buffer) override { return file_.read(buffer); }

 private:
  File file_;
  std::uint64_t size_bytes_;
};

constexpr std::uint64_t kReadWhole = 4ULL << 20U;

Answer send(workspace::Repository& repository, const Digest& digest) {
  // A store that is open still reads packs that gc has taken away; one that is opened now knows
  // whether content that was given up has come back.
  std::optional<store::ObjectStore> opened;
  if (ledger::collection_of(repository.ledger(), digest))
    opened.emplace(repository.store().folder(), repository.world());
  const auto& store = opened ? *opened : repository.store();
  if (!store.contains(digest))
    return refuse(404, "RESOURCE_DOES_NOT_EXIST",
                  fmt::format("the content {} is not in the store any more", digest.text()));
  Answer answer{.content_type = "application/octet-stream"};
  if (store.size_bytes(digest) <= kReadWhole)
    answer.body = Json(store.read(digest));
  else
    answer.source = std::make_shared<StoredFile>(store.file(digest));
  return answer;
}

std::string file_name(const ledger::ModelVersion& version) {
  return std::filesystem::path(version.path).filename().string();
}

Answer no_artifact(std::string_view path) {
  return refuse(404, "RESOURCE_DOES_NOT_EXIST", fmt::format("no artifact '{}'", printable(path)));
}

/// True when the version's files are the one that was asked for, or a folder around it.
bool holds_file(ledger::Ledger& ledger, const ledger::ModelVersion& version,
                const ArtifactPath& asked) {
  if (version.run == asked.owner)
    return asked.path == version.path || asked.path.starts_with(version.path + "/");
  const auto note = ledger::find_version_note(ledger, version.model, version.number);
  return note && !note->logged_model.empty() && note->logged_model == asked.owner;
}

/// The file itself, by its content, and the models that it is a part of.
std::vector<ledger::Access> reads_of(ledger::Ledger& ledger, const ArtifactPath& asked,
                                     const Digest& digest) {
  std::vector<ledger::Access> reads{{.kind = "dataset",
                                     .name = fmt::format("runs/{}/{}", asked.owner, asked.path),
                                     .digest = digest}};
  for (const auto& version : ledger::model_versions(ledger))
    if (holds_file(ledger, version, asked))
      reads.push_back({.kind = "model", .name = version.model, .digest = version.digest});
  return reads;
}

Answer send_artifact(Call& call, const ArtifactPath& asked) {
  auto& ledger = call.repository.ledger();
  if (const auto version = model::own_version(call.repository, asked.owner)) {
    if (asked.path != file_name(*version)) return no_artifact(asked.path);
    ledger::record_access(ledger, "download",
                          {{.kind = "model", .name = version->model, .digest = version->digest}});
    return send(call.repository, version->digest);
  }
  const auto file = run::find_artifact(call.repository, asked.owner, asked.path);
  if (!file) return no_artifact(asked.path);
  if (ledger::policy_in_force(ledger))
    ledger::record_access(ledger, "download", reads_of(ledger, asked, file->digest));
  return send(call.repository, file->digest);
}

Answer download(Call& call) {
  return send_artifact(call, parse_artifact_path(call.rest));
}

Json file_json(std::string_view path, const run::TrackedFile& file) {
  auto json = Json::object({{"path", path}, {"is_dir", file.folder}});
  if (!file.folder) json.set("file_size", file.size_bytes);
  return json;
}

/// Names relative to the folder that was asked for.
Answer list(Call& call) {
  const auto text = call.text("path");
  if (text.empty()) return {};
  const auto asked = parse_artifact_path(text);
  Json files = Json::array();
  if (const auto version = model::own_version(call.repository, asked.owner)) {
    if (asked.path.empty())
      files.add(file_json(file_name(*version), {.path = {}, .size_bytes = version->size_bytes}));
  } else {
    for (const auto& file : run::list_artifacts(call.repository, asked.owner, asked.path))
      files.add(file_json(file.path.substr(asked.path.empty() ? 0 : asked.path.size() + 1), file));
  }
  return {.body = files.size() == 0 ? Json::object() : Json::object({{"files", std::move(files)}})};
}

run::TrackedRun find_run(Call& call) {
  const auto id = call.run();
  if (auto run = run::tracked_run(call.repository, id)) return std::move(*run);
  throw Error(ErrorKind::not_found, "no run with id '{}'", run::hex_of_run(id));
}

/// The same for pages, whose names begin at the run's root.
Answer list_of_run(Call& call) {
  const auto run = find_run(call);
  const auto folder = call.text("path");
  check_artifact_path(folder);
  Json files = Json::array();
  for (const auto& file : run::list_artifacts(call.repository, run.id, folder))
    files.add(file_json(file.path, file));
  return {.body = Json::object({{"root_uri", artifact_uri(run)}, {"files", std::move(files)}})};
}

constexpr std::array<Route, 3> kRoutes{{{"GET", "mlflow-artifacts/artifacts/", download},
                                        {"GET", "mlflow-artifacts/artifacts", list},
                                        {"GET", "artifacts/list", list_of_run}}};

}  // namespace

std::span<const Route> artifact_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
