#include "command_description.hpp"

namespace packhouse::app {

std::vector<const CommandDescription*> all_commands(const CommandDescription& top) {
  std::vector<const CommandDescription*> all{&top};
  for (const auto& below : top.below) {
    const auto further = all_commands(below);
    all.insert(all.end(), further.begin(), further.end());
  }
  return all;
}

}  // namespace packhouse::app
