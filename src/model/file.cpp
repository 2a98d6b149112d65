#include "model/file.hpp"

#include <fmt/format.h>

#include "pep/filename.hpp"

namespace packhouse {
namespace {

std::string described(const WheelFilename& wheel) {
  std::string text = fmt::format("wheel {} {}", wheel.name.str(), wheel.version.identity());
  text += wheel.build ? fmt::format(" {}-{}", wheel.build->number, wheel.build->suffix) : " ";
  for (const auto& tag : wheel.tags)  // sorted, each once
    text += " " + tag.str();
  return text;
}

/// Whatever its format: pip takes any one of a release's sdists.
std::string described(const SdistFilename& sdist) {
  return fmt::format("sdist {} {}", sdist.name.str(), sdist.version.identity());
}

std::string described(std::string_view filename) {
  if (const auto wheel = WheelFilename::parse(filename); wheel.ok()) return described(*wheel);
  if (const auto sdist = SdistFilename::parse(filename); sdist.ok()) return described(*sdist);
  return fmt::format("file {}", filename);
}

}  // namespace

std::string identity_of(std::string_view filename) {
  return Sha256::of(described(filename)).hex();
}

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
