#include "dist/wheel_file.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

Status set_once(std::string& field, std::string_view key, std::string_view value) {
  if (!field.empty()) return Error{Errc::invalid_input, fmt::format("expected {} once, found it twice", key)};
  field = value;
  return success();
}

Status set_field(WheelFile& file, std::string_view key, std::string_view value) {
  if (value.empty()) return success();
  if (iequals(key, "Tag")) {
    file.tags.emplace_back(value);
  } else if (iequals(key, "Wheel-Version")) {
    return set_once(file.wheel_version, key, value);
  } else if (iequals(key, "Generator")) {
    return set_once(file.generator, key, value);
  } else if (iequals(key, "Root-Is-Purelib")) {
    return set_once(file.root_is_purelib, key, value);
  } else if (iequals(key, "Build")) {
    if (file.build) return Error{Errc::invalid_input, "expected Build once, found it twice"};
    file.build = std::string{value};
  }
  return success();
}

}  // namespace

Result<WheelFile> parse_wheel_file(std::string_view bytes) {
  if (!is_utf8(bytes)) return Error{Errc::invalid_input, "expected UTF-8, found other bytes"};
  WheelFile file;
  for (auto line : split(bytes, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim(line).empty()) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' || line.front() == '\t') {
      return Error{Errc::invalid_input, "expected \"Key: value\", found " + quote(line)};
    }
    CHECK_OK(set_field(file, trim(line.substr(0, colon)), trim(line.substr(colon + 1))));
  }
  return file;
}

}  // namespace packhouse::dist
