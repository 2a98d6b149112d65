#include "model/project.hpp"

#include <algorithm>

namespace packhouse {

const Release* ProjectDetail::find_release(const Version& version) const {
  const auto found = std::ranges::find(releases, version, &Release::version);
  return found == releases.end() ? nullptr : &*found;
}

}  // namespace packhouse
