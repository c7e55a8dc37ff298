#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/http.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/track.h"
#include "workspace/recordable.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

bool is_web(std::string_view from) {
  return from.starts_with("http://") || from.starts_with("https://");
}

std::string header(const HttpDownload& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

Json fetch_web(const ImportOptions& options, const fs::path& target, Progress& progress,
               const std::stop_token& stop) {
  auto file = File::open(target, O_WRONLY | O_CREAT | O_EXCL);
  const auto answer = download(
      options.from, file,
      [&](std::uint64_t done, std::uint64_t total) { progress.advance("fetching", done, total); },
      stop);
  // The ledger is for ever: no secret goes there.
  const auto url = without_secrets(options.from);
  if (answer.status != 200)
    throw Error(answer.status == 404 ? ErrorKind::not_found : ErrorKind::unavailable,
                "'{}' answers with status {}", url, answer.status)
        .hint("look at the address in a browser; nothing was kept");
  file.sync();
  file.close();
  return Json::object({{"url", url},
                       {"etag", header(answer, "etag")},
                       {"last_modified", header(answer, "last-modified")}});
}

Json fetch_path(const ImportOptions& options, const fs::path& target) {
  const bool is_url = options.from.starts_with("file://");
  const auto source =
      fs::absolute(is_url ? fs::path(options.from.substr(7)) : options.folder / options.from)
          .lexically_normal();
  const auto status = status_of(source);
  if (!status)
    throw Error(ErrorKind::not_found, "no file or folder '{}'", source.string())
        .hint("--from takes an http(s) URL or a path");
  if (status->type == FileStatus::Type::folder)
    fs::copy(source, target, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  else if (status->type == FileStatus::Type::file)
    copy_bytes(source, target, status->executable ? 0755 : 0644);
  else
    throw Error(ErrorKind::bad_input, "'{}' is neither a file nor a folder", source.string())
        .hint("name what a link points to");
  return Json::object({{"url", "file://" + source.string()}, {"etag", ""}, {"last_modified", ""}});
}

void check_expected(const ImportOptions& options, const fs::path& fetched) {
  if (!options.expected) return;
  if (fs::is_directory(fetched))
    throw Error(ErrorKind::usage, "--sha256 is for one file, '{}' is a folder", options.from)
        .hint("leave --sha256 out");
  const auto found = Digest::of_file(fetched);
  if (found != *options.expected)
    throw Error(ErrorKind::integrity, "'{}' is {}, expected {}", without_secrets(options.from),
                found.text(), options.expected->text())
        .hint("nothing was kept; ask its publisher which one is right");
}

/// Exchanges what is at a place for something else, and back again unless `keep` is called.
class Replacement {
 public:
  Replacement(fs::path target, fs::path aside)
      : target_(std::move(target)), aside_(std::move(aside)) {
    if (status_of(target_)) {
      fs::rename(target_, aside_);
      set_aside_ = true;
    }
  }
  ~Replacement() {
    if (kept_) return;
    std::error_code ignored;
    fs::remove_all(target_, ignored);
    if (set_aside_) fs::rename(aside_, target_, ignored);
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  void keep() { kept_ = true; }

 private:
  fs::path target_;
  fs::path aside_;
  bool set_aside_ = false;
  bool kept_ = false;
};

void refuse_links_above(const fs::path& root, const RepoPath& path) {
  fs::path folder = root;
  for (const auto& part : fs::path(path.text()).parent_path()) {
    folder /= part;
    const auto status = status_of(folder);
    if (status && status->type != FileStatus::Type::folder)
      throw Error(ErrorKind::not_allowed, "'{}' is no folder: nothing is written below it",
                  folder.lexically_relative(root).string())
          .hint("choose another place");
  }
}

}  // namespace

std::vector<Tracked> import_data(Repository& repository, ImportOptions options, Progress& progress,
                                 const std::stop_token& stop) {
  const auto target = options.to.under(repository.root());
  if (status_of(target) && !options.replace)
    throw Error(ErrorKind::conflict, "'{}' is there already", options.to.text())
        .hint("choose another place, or replace it: --force");
  refuse_links_above(repository.root(), options.to);
  // Before anything is fetched: `track` would refuse it after hours.
  refuse_project_files(repository.root(), options.to);
  TrackedPaths(repository.root(), read_lock_file(repository.root()).data).add(options.to);
  const TemporaryFolder folder(repository.folder() / "tmp", repository.world());
  const auto fetched = folder.path() / "fetched";
  auto origin = is_web(options.from) ? fetch_web(options, fetched, progress, stop)
                                     : fetch_path(options, fetched);
  check_expected(options, fetched);
  throw_if_stopped(stop);
  origin.set("time", repository.world().now().text());
  if (options.tracking.source.empty()) options.tracking.source = origin.at("url").as_string();
  options.tracking.paths = {options.to};
  options.tracking.imported = std::move(origin);
  fs::create_directories(target.parent_path());
  Replacement replacement(target, folder.path() / "aside");
  fs::rename(fetched, target);
  sync_folder(target.parent_path());
  auto tracked = track(repository, options.tracking, progress, stop);
  replacement.keep();
  return tracked;
}

}  // namespace mlo::workspace
