#include "source/differences.hpp"

#include <fmt/format.h>

namespace packhouse::source {

std::string describe(const std::vector<Difference>& fields) {
  std::string text;
  for (const Difference& field : fields) {
    if (field.equal) continue;
    text +=
        fmt::format("{}{} was {} and is {}", text.empty() ? "" : "; ", field.name, field.before, field.now);
  }
  return text;
}

}  // namespace packhouse::source
