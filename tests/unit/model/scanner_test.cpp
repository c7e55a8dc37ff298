#include "model/scanners/scanner.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "model/scanners/protobuf.h"

using namespace mlo;
using namespace mlo::model;
namespace fs = std::filesystem;

namespace {

const fs::path kModels = fs::path(MLO_TEST_SUPPORT) / "models";

/// Findings of a file with this content, as if it were named `name`.
std::vector<Finding> scan_text(std::string_view content, const char* name) {
  const auto world = system_world();
  const TemporaryFolder folder(fs::temp_directory_path(), world);
  write_durably(folder.path() / "object", bytes_of(content), world, "test");
  return scan_model(folder.path() / "object", name);
}

bool all_passed(const std::vector<Finding>& findings) {
  return std::ranges::all_of(findings, &Finding::passed);
}

}  // namespace

TEST_CASE("an honest model passes the scan", "[scanner]") {
  CHECK(all_passed(scan_model(kModels / "sum.onnx", "model.onnx")));
}

TEST_CASE("weights outside of the file and unknown operators are found", "[scanner]") {
  const auto external = scan_model(kModels / "external.onnx", "model.onnx");
  CHECK(std::ranges::any_of(external, [](const Finding& one) {
    return !one.passed && one.message.find("../../secret") != std::string::npos;
  }));
  const auto custom = scan_model(kModels / "custom.onnx", "model.onnx");
  CHECK(std::ranges::any_of(custom, [](const Finding& one) {
    return !one.passed && one.message.find("com.example.evil") != std::string::npos;
  }));
}

TEST_CASE("a pickle is refused under its own name and under another", "[scanner]") {
  CHECK_FALSE(all_passed(scan_text("\x80\x04.", "model.pkl")));
  CHECK_FALSE(all_passed(scan_text("\x80\x04\x95\x10", "model.onnx")));
}

TEST_CASE("a file of a kind that nobody knows is not called safe", "[scanner]") {
  CHECK_FALSE(all_passed(scan_text("x", "model.xyz")));
}

TEST_CASE("every prefix of a model is refused or read to its end, never past it", "[scanner]") {
  const auto content = read_file(kModels / "sum.onnx");
  for (std::size_t length = 0; length < content.size(); ++length)
    CHECK_NOTHROW(scan_text(content.substr(0, length), "model.onnx"));
}

TEST_CASE("a length beyond the message is refused before it is used", "[scanner]") {
  const auto text =
      GENERATE(as<std::string>(), "\x0a\xff\xff\xff\xff\x07", "\x0a\x05x", "\x08\xff", "\x09x",
               std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "\x0b", "\x02");
  ProtobufReader reader(text);
  CHECK_THROWS_AS(
      [&] {
        while (reader.next()) {
        }
      }(),
      Error);
}

TEST_CASE("graphs nested without end are refused", "[scanner]") {
  std::string inner;
  const auto wrap = [](char key, const std::string& body) {
    std::string out(1, key);
    auto length = body.size();
    for (; length >= 0x80; length >>= 7U) out += static_cast<char>((length & 0x7FU) | 0x80U);
    return out + static_cast<char>(length) + body;
  };
  // graph → node → attribute → graph …
  for (int i = 0; i < 200; ++i) inner = wrap(0x0a, wrap(0x2a, wrap(0x32, inner)));
  CHECK_FALSE(all_passed(scan_text(wrap(0x3a, inner), "model.onnx")));
}
