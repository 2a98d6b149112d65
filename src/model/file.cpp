#include "model/file.hpp"

namespace packhouse {

std::string_view to_string(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::wheel:
      return "wheel";
    case FileKind::sdist:
      return "sdist";
  }
  return "unknown";
}

Result<FileKind> parse_file_kind(std::string_view text) {
  if (text == "wheel") return FileKind::wheel;
  if (text == "sdist") return FileKind::sdist;
  return Error{Errc::invalid_input, "expected \"wheel\" or \"sdist\", found " + quote(text, 40)};
}

}  // namespace packhouse
