#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mlo {

/// The kinds of one interface that `mlo.yaml` can name; each adds itself from its own file.
template <typename Kind>
class Registry {
 public:
  bool add(std::string name, Kind kind) {
    return kinds_.emplace(std::move(name), std::move(kind)).second;
  }
  [[nodiscard]] const Kind* find(std::string_view name) const {
    const auto found = kinds_.find(name);
    return found == kinds_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, kind] : kinds_) all.push_back(name);
    return all;
  }

 private:
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace mlo
