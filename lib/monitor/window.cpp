#include "monitor/window.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/model/features.h"
#include "mlo/model/stored_table.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kWindowsLookedAt = 3'000;
constexpr std::size_t kWaitingBytes = 1U << 20U;
constexpr auto kFeatureFile = "window.csv";

std::string csv_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? csv_name(value.as_string()) : value.dump();
}

/// Both sides of a comparison are read alike, whatever their files look like.
data::ReadOptions reading_features(const ledger::ModelVersion& version) {
  auto options = model::reading_for(version);
  for (const auto& feature : model::features_of(version))
    options.types.emplace(feature, data::ColumnType::number);
  return options;
}

}  // namespace

std::vector<ledger::MonitorWindow> windows_of(ledger::Ledger& ledger, const std::string& model,
                                              const std::string& stage) {
  auto windows = ledger::monitor_windows(ledger, model, kWindowsLookedAt);
  std::erase_if(windows,
                [&](const auto& window) { return !stage.empty() && window.stage != stage; });
  return windows;
}

std::optional<ledger::MonitorWindow> last_window(ledger::Ledger& ledger, const std::string& model,
                                                 const std::string& stage) {
  const auto windows = windows_of(ledger, model, stage);
  const auto last = std::ranges::max_element(windows, {}, &ledger::MonitorWindow::to);
  return last == windows.end() ? std::nullopt : std::optional(*last);
}

FeatureFile::FeatureFile(workspace::Repository& repository, const ledger::ModelVersion& version)
    : version_(version),
      features_(model::features_of(version)),
      folder_(repository.folder() / "tmp", repository.world()),
      file_(File::open(folder_.path() / kFeatureFile, O_WRONLY | O_CREAT | O_EXCL, 0600)) {
  for (const auto& feature : features_)
    waiting_ += (waiting_.empty() ? "" : ",") + csv_name(feature);
  waiting_ += '\n';
}

void FeatureFile::add(const InferenceRecord& record) {
  for (std::size_t i = 0; i < features_.size(); ++i)
    waiting_ += (i == 0 ? "" : ",") + csv_value(record.features[features_[i]]);
  waiting_ += '\n';
  if (waiting_.size() > kWaitingBytes) flush();
}

void FeatureFile::flush() {
  file_.write_all(bytes_of(waiting_));
  waiting_.clear();
}

data::Table FeatureFile::table() {
  flush();
  return data::Table::open(folder_.path() / kFeatureFile, reading_features(version_));
}

data::Table reference_table(workspace::Repository& repository, const std::string& path,
                            const ledger::ModelVersion& version) {
  auto options = reading_features(version);
  options.columns = model::features_of(version);
  return std::move(model::open_stored_table(repository, path, options).table);
}

}  // namespace mlo::monitor
