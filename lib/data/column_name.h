#pragma once

#include <string>

namespace mlo::data {

/// True for names that say "this tells rows apart": id, uuid, guid, key, and what ends in _id and
/// so on; in any case of letters.
bool is_identifier_name(std::string name);

}  // namespace mlo::data
