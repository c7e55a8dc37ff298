#include "mlo/workspace/track.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/git_ignore.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string reason;
  std::string source;
  std::string license;
  std::string from;
  std::string sha256;
  bool dry_run = false;
  bool force = false;
};

Json optional(const std::optional<std::int64_t>& value) {
  return value ? Json(*value) : Json();
}

Json row(const workspace::Tracked& tracked) {
  const auto& version = tracked.version;
  return Json::object(
      {{"path", version.path},
       {"version", version.number},
       {"digest", version.digest.text()},
       {"changed", tracked.changed},
       {"files", version.files},
       {"size_bytes", version.size_bytes},
       {"rows", optional(version.rows)},
       {"columns", optional(version.columns)},
       {"schema", tracked.schema_file.empty() ? Json() : Json(tracked.schema_file)},
       {"schema_written", tracked.schema_written},
       {"profiled", !tracked.too_large && tracked.unreadable.empty()},
       {"unreadable", tracked.unreadable.empty() ? Json() : Json(tracked.unreadable)},
       {"imported", version.imported}});
}

std::string headline(const std::vector<workspace::Tracked>& all, bool dry_run) {
  std::size_t changed = 0;
  for (const auto& tracked : all) changed += tracked.changed ? 1 : 0;
  if (changed == 0) return "Nothing has changed: the versions are recorded already";
  return fmt::format("{} {} of {} as a new version", dry_run ? "Would record" : "Recorded", changed,
                     all.size());
}

/// Tables that were too large to be looked into by the way.
std::vector<std::string> next_commands(const std::vector<workspace::Tracked>& all,
                                       const std::filesystem::path& root) {
  std::vector<std::string> next;
  for (const auto& tracked : all)
    if (tracked.too_large)
      for (const auto* command : {"mlo profile", "mlo schema infer"})
        next.push_back(
            fmt::format("{} {}", command, workspace::from_here(root, tracked.version.path)));
  return next;
}

/// One word of a shell.
std::string as_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  return fmt::format("'{}'", join(split(text, '\''), "'\\''"));
}

/// The command that keeps git from taking what mlo keeps.
std::vector<std::string> leave_to_mlo(const std::vector<workspace::Tracked>& all,
                                      Session& session) {
  const auto& repository = session.repository();
  auto lines = workspace::lines_to_ignore(repository, all);
  if (lines.empty()) return {};
  const auto file = workspace::file_from_here(repository.root(), ".gitignore");
  for (auto& line : lines) line = as_word(line);
  // `echo` may do something of its own with a backslash.
  const bool is_plain = lines.size() == 1 && lines.front().front() != '\'';
  return {fmt::format("{} {} >> {}  # else git keeps it too", is_plain ? "echo" : "printf '%s\\n'",
                      join(lines, " "), as_word(file))};
}

ui::View view(const std::vector<workspace::Tracked>& all, bool dry_run,
              const std::filesystem::path& root) {
  Json rows = Json::array();
  for (const auto& tracked : all) rows.add(row(tracked));
  return {.shape = "track/1",
          .headline = headline(all, dry_run),
          .fields = {{"dry_run", "", dry_run},
                     {"datasets",
                      "Datasets",
                      std::move(rows),
                      ui::Format::plain,
                      {{"path", "Path"},
                       {"version", "Version"},
                       {"digest", "Digest", ui::Format::digest},
                       {"files", "Files", ui::Format::count},
                       {"size_bytes", "Size", ui::Format::bytes},
                       {"rows", "Rows", ui::Format::count},
                       {"columns", "Columns", ui::Format::count},
                       {"schema", "Contract"}}}},
          .next = next_commands(all, root)};
}

workspace::TrackOptions tracking(const Options& options) {
  return {
      .paths = {}, .reason = options.reason, .source = options.source, .license = options.license};
}

/// Of what is recorded now.
ui::View recorded_view(const std::vector<workspace::Tracked>& all, Session& session) {
  auto answer = view(all, false, session.repository().root());
  std::ranges::move(leave_to_mlo(all, session), std::back_inserter(answer.next));
  return answer;
}

ui::View fetch(const Options& options, Session& session) {
  if (options.paths.size() != 1)
    throw Error(ErrorKind::usage, "--from takes one place in the workspace, {} are named",
                options.paths.size())
        .hint("mlo track --from {} data/name.csv", options.from);
  std::optional<Digest> expected;
  if (!options.sha256.empty()) expected = Digest::parse(options.sha256);
  const auto all = workspace::import_data(session.repository(),
                                          {.from = options.from,
                                           .folder = session.folder(),
                                           .to = session.path_in_workspace(options.paths.front()),
                                           .expected = expected,
                                           .replace = options.force,
                                           .tracking = tracking(options)},
                                          session.progress(), session.stop());
  return recorded_view(all, session);
}

ui::View track(const Options& options, Session& session) {
  auto wanted = tracking(options);
  for (const auto& path : options.paths) wanted.paths.push_back(session.path_in_workspace(path));
  auto& repository = session.repository();
  if (options.dry_run)
    return view(workspace::preview_track(repository, wanted, session.stop()), true,
                repository.root());
  return recorded_view(workspace::track(repository, wanted, session.progress(), session.stop()),
                       session);
}

}  // namespace

void add_track(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("track", "Record dataset versions and where they came from");
  command->add_option("path", options->paths, "Files or folders to record")->required();
  command->add_option("-m,--message", options->reason, "Why: kept in the ledger");
  command->add_option("--source", options->source, "Where the data came from");
  command->add_option("--license", options->license, "Licence of the data");
  auto* dry =
      command->add_flag("--dry-run", options->dry_run, "Say what would be recorded; write nothing");
  auto* from = command
                   ->add_option("--from", options->from,
                                "Fetch PATH from this http(s) URL, file or folder first")
                   ->type_name("URL")
                   ->excludes(dry);
  command->add_option("--sha256", options->sha256, "What the fetched file must be")
      ->type_name("DIGEST")
      ->needs(from);
  command->add_flag("--force", options->force, "Replace what is at PATH")->needs(from);
  command->callback([options, &session] {
    session.show(options->from.empty() ? track(*options, session) : fetch(*options, session));
  });
}

}  // namespace mlo::cmd
