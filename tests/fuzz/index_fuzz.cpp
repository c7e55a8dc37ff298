#include <filesystem>

#include <fcntl.h>

#include "fuzz/target.h"
#include "mlo/core/file.h"
#include "workspace/file_index.h"

namespace {

struct Place {
  mlo::World world = mlo::system_world();
  mlo::TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  std::filesystem::path index = folder.path() / "index";

  void write(std::string_view content) const {
    auto file = mlo::File::open(index, O_WRONLY | O_CREAT | O_TRUNC);
    file.write_all(mlo::bytes_of(content));
    // The digest is no secret: what stands behind it has to hold by itself.
    file.write_all(mlo::Digest::of(mlo::bytes_of(content)).bytes());
  }
};

}  // namespace

MLO_FUZZ_TARGET(index) {
  using namespace mlo::workspace;
  static const Place place;
  place.write(input);
  FileIndex index(place.index);
  for (const std::string_view path : {"", "data", "data/inner"}) {
    const auto known = index.find(path);
    if (!known) continue;
    static_cast<void>(known->folder());
    for (std::size_t i = 0; i < known->count(); ++i)
      mlo::invariant(known->find(known->at(i).name).has_value(), "every entry is found by name");
  }
  // Saving carries over all that was known.
  index.put_file("data", {.name = "fresh"});
  index.save(place.world);
  const auto data = index.find("data");
  mlo::invariant(data && data->find("fresh"), "what was put is known after saving");
}
