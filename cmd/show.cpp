#include "mlo/workspace/show.h"

#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string reference;
  std::string inner;
  bool tree = false;
};

Json list(const std::vector<std::string>& texts) {
  return {Json::Array(texts.begin(), texts.end())};
}

template <typename T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::string_view name_of(store::TreeEntry::Mode mode) {
  switch (mode) {
    case store::TreeEntry::Mode::executable: return "executable";
    case store::TreeEntry::Mode::link: return "link";
    case store::TreeEntry::Mode::folder: return "folder";
    case store::TreeEntry::Mode::file: break;
  }
  return "file";
}

/// What a recorded version knows beyond its content; for people only what is there.
void add_version(std::vector<ui::Field>& fields, const ledger::DatasetVersion& version) {
  const auto add = [&](std::string key, std::string label, Json value,
                       ui::Format format = ui::Format::plain) {
    const bool empty = value.is_null() || value == Json("");
    fields.push_back({std::move(key), empty ? "" : std::move(label), std::move(value), format});
  };
  add("path", "", version.path);
  add("version", "", version.number);
  add("files", "Files", version.files, ui::Format::count);
  add("rows", "Rows", optional(version.rows), ui::Format::count);
  add("columns", "Columns", optional(version.columns), ui::Format::count);
  add("source", "Source", version.source);
  add("license", "License", version.license);
  add("imported", "", version.imported);
  add("recorded_at", "Recorded", version.origin.at.text(), ui::Format::time);
  add("actor", "By", version.origin.actor);
  add("reason", "Why", version.origin.reason);
  add("entry", "Entry", version.origin.entry);
  add("parent", "Version before", version.parent ? Json(version.parent->text()) : Json(),
      ui::Format::digest);
}

ui::Field files_field(const std::vector<workspace::StoredFile>& files) {
  Json rows = Json::array();
  for (const auto& file : files)
    rows.add(Json::object({{"path", printable(file.path)},
                           {"mode", name_of(file.mode)},
                           {"size_bytes", file.size_bytes},
                           {"digest", file.digest.text()}}));
  return {"tree",
          "Files",
          std::move(rows),
          ui::Format::plain,
          {{"path", "Path"},
           {"mode", "Mode"},
           {"size_bytes", "Size", ui::Format::bytes},
           {"digest", "Digest", ui::Format::digest}}};
}

ui::View view(const workspace::Shown& shown) {
  ui::View view{.shape = "show/1",
                .headline = fmt::format("{} {}", shown.kind, shown.name),
                .fields = {{"name", "", shown.name},
                           {"kind", "", shown.kind},
                           {"digest", "Digest", shown.digest.text()},
                           {"folder", "", shown.folder},
                           {"size_bytes", shown.size_bytes ? "Size" : "",
                            optional(shown.size_bytes), ui::Format::bytes},
                           {"content", "Content", shown.content},
                           {"tags", shown.tags.empty() ? "" : "Tags", list(shown.tags)},
                           {"facts", "", list(shown.facts)}}};
  if (shown.version) add_version(view.fields, *shown.version);
  if (!shown.facts.empty()) view.fields.push_back({"", "Known", join(shown.facts, "; ")});
  return view;
}

}  // namespace

void add_show(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* show = mlo.add_subcommand("show", "Show a dataset version, model, run or object");
  show->add_option("ref", options->reference,
                   "PATH[@v3|@latest|@TAG|@DIGEST|@git:REV], MODEL[@VERSION|@STAGE], run, digest")
      ->required();
  auto* content =
      show->add_option("--content", options->inner, "Print the file, or FILE of a folder, as it is")
          ->expected(0, 1)
          ->type_name("[FILE]");
  show->add_flag("--tree", options->tree, "List the files")->excludes(content);
  show->callback([options, content, &session] {
    auto& repository = session.repository();
    const auto shown = workspace::show(repository, session.typed(options->reference));
    if (content->count() > 0)
      return session.print_bytes(workspace::content_of(repository, shown, options->inner));
    auto answer = view(shown);
    if (options->tree) answer.fields.push_back(files_field(workspace::files_of(repository, shown)));
    session.show(answer);
  });
}

}  // namespace mlo::cmd
