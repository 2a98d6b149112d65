#include "index/context.hpp"

#include <fmt/format.h>

namespace packhouse::index {

std::string subject_of(std::string_view index, const File& file) {
  return fmt::format("{}/{}/{}/{}", index, file.project, file.version, file.filename);
}

}  // namespace packhouse::index
