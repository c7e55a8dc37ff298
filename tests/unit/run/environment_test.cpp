#include "run/environment.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "mlo/core/file.h"

namespace mlo::run {
namespace fs = std::filesystem;

namespace {

void make_program(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "#!/bin/sh\n";
  fs::permissions(path, fs::perms::owner_all);
}

}  // namespace

TEST_CASE("the Python of a command is found as the shell would", "[environment]") {
  const TemporaryFolder folder(fs::temp_directory_path(), system_world());
  const auto& root = folder.path();
  make_program(root / "bin/python3");
  make_program(root / "bin/python3.11");
  make_program(root / ".venv/bin/python");
  const auto search = "/nowhere:" + (root / "bin").string();
  CHECK(python_of("python3 fit.py", root, search) == root / "bin/python3");
  CHECK(python_of("cd x && PYTHONHASHSEED=0 python3.11 fit.py", root, search) ==
        root / "bin/python3.11");
  CHECK(python_of(".venv/bin/python fit.py", root, search) == root / ".venv/bin/python");
  CHECK_FALSE(python_of("python fit.py", root, search));
  CHECK_FALSE(python_of("sh pythonic.sh", root, search));
  CHECK_FALSE(python_of("", root, search));
}

}  // namespace mlo::run
