#include "mlo/core/progress.h"

namespace mlo {
namespace {

class NoProgress final : public Progress {
 public:
  void say(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view /*line*/) override {}
};

}  // namespace

Progress& no_progress() {
  static NoProgress none;
  return none;
}

}  // namespace mlo
