#include "mlo/monitor/inference_log.h"

#include <algorithm>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/digest.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::monitor {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPieceBytes = 1U << 18U;
constexpr std::uint64_t kMaxLineBytes = 64U << 20U;  // a request has at most 16 MiB

Json to_json(const InferenceRecord& record) {
  Json line = Json::object({{"at", record.at.text()},
                            {"id", record.id},
                            {"version", record.version},
                            {"latency_ms", record.latency_ms},
                            {"features", record.features},
                            {"outputs", record.outputs}});
  if (!record.error.empty()) line.set("error", record.error);
  if (record.lost > 0) line.set("lost", record.lost);
  return line;
}

InferenceRecord from_json(const Json& line, std::string_view model) {
  return {.at = Timestamp::parse(line.at("at").as_string()),
          .id = line.string_or("id", ""),
          .model = std::string(model),
          .version = line.at("version").as_integer(),
          .latency_ms = line.at("latency_ms").as_number(),
          .features = line.at("features"),
          .outputs = line.at("outputs"),
          .error = line.string_or("error", ""),
          .lost = line["lost"].is_integer() ? line["lost"].as_integer() : 0};
}

constexpr std::size_t kDayLetters = 10;
constexpr std::size_t kNameDigits = 16;  // of a source's digest: among those of one day

std::string day_of(Timestamp moment) {
  return moment.text().substr(0, kDayLetters);
}

/// The day that a file is of, whoever wrote it.
std::string day_of(const fs::path& file) {
  return file.filename().string().substr(0, kDayLetters);
}

/// A model's name as one folder's name: a request must not choose where we write.
std::string folder_name(std::string_view model) {
  const bool plain =
      !model.empty() && model.front() != '.' && std::ranges::all_of(model, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
      });
  if (!plain) throw Error(ErrorKind::bad_input, "'{}' is no model's name", printable(model));
  return std::string(model);
}

/// Calls `use` with each whole line of a file and its number. A line without its end is still being
/// written, or was torn by a crash: it was never answered for.
template <typename Use>
void each_line(const fs::path& path, Use&& use) {
  auto file = File::open(path, O_RDONLY);
  std::string piece(kPieceBytes, '\0');
  std::string held;  // the beginning of a line whose end is not read yet
  std::int64_t number = 0;
  while (const auto count = file.read(std::as_writable_bytes(std::span(piece)))) {
    auto rest = std::string_view(piece).substr(0, count);
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      held += rest.substr(0, end);
      rest.remove_prefix(end + 1);
      use(std::string_view(held), ++number);
      held.clear();
    }
    held += rest;
    if (held.size() > kMaxLineBytes)
      throw Error(ErrorKind::bad_input, "'{}', line {}: longer than {}", path.filename().string(),
                  number + 1, format_bytes(kMaxLineBytes));
  }
}

void read_day(const fs::path& file, std::string_view model, Timestamp from, Timestamp to,
              const std::function<void(const InferenceRecord&)>& use) {
  each_line(file, [&](std::string_view line, std::int64_t number) {
    const auto record =
        in_context(fmt::format("reading '{}', line {}", file.filename().string(), number),
                   [&] { return from_json(Json::parse(line), model); });
    if (record.at >= from && record.at < to) use(record);
  });
}

fs::path file_of(const fs::path& repository_folder, const InferenceRecord& record) {
  return inference_folder(repository_folder, record.model) / (day_of(record.at) + ".jsonl");
}

/// A file of `StagedInference` that is whole and safe from a power cut.
struct StagedDay {
  fs::path file;
  fs::path target;
  std::int64_t records = 0;
};

StagedDay seal(const fs::path& file, std::int64_t records, const fs::path& repository_folder) {
  File::open(file, O_RDONLY).sync();
  const auto name = fmt::format("{}-{}.jsonl", file.stem().string(),
                                Digest::of_file(file).hex().substr(0, kNameDigits));
  const auto model = file.parent_path().filename().string();
  return {file, inference_folder(repository_folder, model) / name, records};
}

}  // namespace

fs::path inference_folder(const fs::path& repository_folder, std::string_view model) {
  return repository_folder / "inference" / folder_name(model);
}

void append_inference(const fs::path& repository_folder, std::span<const InferenceRecord> records) {
  std::map<fs::path, std::string> lines;
  for (const auto& record : records)
    lines[file_of(repository_folder, record)] += to_json(record).dump() + '\n';
  for (const auto& [file, text] : lines) {
    fs::create_directories(file.parent_path());
    // One write of whole lines to a file opened for appending: writers do not mix.
    File::open(file, O_WRONLY | O_CREAT | O_APPEND, 0600).write_all(bytes_of(text));
  }
}

StagedInference::StagedInference(const fs::path& repository_folder, const World& world)
    : repository_folder_(repository_folder),
      world_(world),
      folder_(repository_folder / "tmp", world) {}

void StagedInference::add(std::size_t source, std::span<const InferenceRecord> records) {
  const auto place = folder_.path() / std::to_string(source);
  append_inference(place, records);
  for (const auto& record : records) ++records_[file_of(place, record)];
}

std::int64_t StagedInference::publish(Timestamp now) {
  std::vector<StagedDay> days;
  for (const auto& [file, records] : records_)
    days.push_back(seal(file, records, repository_folder_));
  // Last the day of records without a time: taken in again they would be others, so that a process
  // that is killed before it has left none of them.
  std::stable_partition(days.begin(), days.end(),
                        [&](const StagedDay& day) { return day_of(day.file) != day_of(now); });
  std::int64_t fresh = 0;
  for (const auto& day : days) {
    if (status_of(day.target)) continue;
    fs::create_directories(day.target.parent_path());
    world_.before_step("ingest.rename");
    fs::rename(day.file, day.target);
    sync_folder(day.target.parent_path());
    fresh += day.records;
  }
  return fresh;
}

void each_inference(const fs::path& repository_folder, std::string_view model, Timestamp from,
                    Timestamp to, const std::function<void(const InferenceRecord&)>& use) {
  std::vector<fs::path> days;
  const auto folder = inference_folder(repository_folder, model);
  if (!status_of(folder)) return;
  for (const auto& file : fs::directory_iterator(folder)) {
    const auto day = day_of(file.path());
    if (file.path().extension() == ".jsonl" && day >= day_of(from) && day <= day_of(to))
      days.push_back(file.path());
  }
  std::ranges::sort(days);
  for (const auto& day : days) read_day(day, model, from, to, use);
}

std::vector<InferenceRecord> read_inference(const fs::path& repository_folder,
                                            std::string_view model, Timestamp from, Timestamp to) {
  std::vector<InferenceRecord> records;
  each_inference(repository_folder, model, from, to,
                 [&](const InferenceRecord& record) { records.push_back(record); });
  std::ranges::stable_sort(records, {}, &InferenceRecord::at);
  return records;
}

}  // namespace mlo::monitor
