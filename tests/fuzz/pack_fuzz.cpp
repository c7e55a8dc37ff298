#include <filesystem>

#include <fcntl.h>

#include "fuzz/target.h"
#include "mlo/core/file.h"
#include "mlo/core/progress.h"
#include "mlo/core/world.h"
#include "mlo/store/maintenance.h"
#include "store/pack.h"

namespace {

/// A store whose only pack is what is fed.
struct Place {
  mlo::World world = mlo::system_world();
  mlo::TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  std::filesystem::path pack = folder.path() / "fuzz.pack";

  void write(std::string_view content) const {
    auto file = mlo::File::open(pack, O_WRONLY | O_CREAT | O_TRUNC);
    file.write_all(mlo::bytes_of(content));
  }
};

}  // namespace

MLO_FUZZ_TARGET(pack) {
  using namespace mlo::store;
  constexpr std::uint64_t kMostBytes = 4U << 20U;
  static const Place place;
  place.write(input);
  const ObjectStore store(place.folder.path(), place.world);
  static_cast<void>(verify(store, mlo::no_progress(), {}));
  const Pack pack(place.pack);
  for (std::uint64_t i = 0; i < pack.count(); ++i) {
    mlo::fuzz::attempt([&] {
      const auto entry = pack.at(i);
      static_cast<void>(pack.find(entry.header.digest));
      if (entry.header.encoding != Encoding::chunks) static_cast<void>(pack.content(entry));
      const auto content = store.read(entry.header.digest, kMostBytes);
      mlo::invariant(mlo::Digest::of(mlo::bytes_of(content)) == entry.header.digest,
                     "what is read has the name it was asked by");
    });
  }
}
