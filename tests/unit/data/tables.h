#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "data/engine.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/data/table.h"

/// A folder for table files.
struct Folder {
  mlo::World world = mlo::system_world();
  mlo::TemporaryFolder folder{std::filesystem::temp_directory_path(), world};

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    const auto path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return folder.path(); }

  /// A Parquet file of what `select` answers, as columns of `types` ("a BIGINT, b DATE").
  [[nodiscard]] std::filesystem::path parquet(const std::string& select,
                                              const std::string& types) const {
    const auto path = folder.path() / "table.parquet";
    mlo::data::Engine engine(1);
    engine.run("CREATE TABLE made (" + types + ")");
    engine.run("INSERT INTO made " + select);
    engine.run("COPY made TO " + mlo::data::sql_text(path.string()) + " (FORMAT parquet)");
    return path;
  }

  mlo::data::Table table(std::string_view csv, const mlo::data::ReadOptions& options = {}) const {
    return mlo::data::Table::open(write("table.csv", csv), options);
  }
};

/// What `work` threw, for a look at message and hint.
template <typename Work>
mlo::Error error_of(Work&& work) {
  try {
    work();
  } catch (const mlo::Error& error) {
    return error;
  }
  return {mlo::ErrorKind::usage, "nothing was thrown"};
}
