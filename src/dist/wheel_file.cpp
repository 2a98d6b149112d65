#include "dist/wheel_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

// Installers take the first of two, others the last.
Status set_once(std::optional<std::string>& field, std::string_view key, std::string_view value) {
  if (field) return Error{Errc::invalid_input, fmt::format("expected {} once, found it twice", key)};
  field = std::string{value};
  return success();
}

Status set_field(WheelFile& file, std::string_view key, std::string_view value) {
  if (iequals(key, "Tag")) {
    if (!value.empty()) file.tags.emplace_back(value);
    return success();
  }
  if (iequals(key, "Wheel-Version")) return set_once(file.wheel_version, key, value);
  if (iequals(key, "Root-Is-Purelib")) return set_once(file.root_is_purelib, key, value);
  if (iequals(key, "Build")) return set_once(file.build, key, value);
  return success();
}

// As Python's email package takes the name of a field: visible ASCII before a colon. At any other line it
// ends the fields, and what follows counts for line-by-line readers alone.
bool has_key(std::string_view line) {
  const auto end = std::ranges::find_if(line, [](char c) { return c <= ' ' || c > '~' || c == ':'; });
  return end != line.begin() && end != line.end() && *end == ':';
}

}  // namespace

Result<WheelFile> parse_wheel_file(std::string_view bytes) {
  if (!is_utf8(bytes)) return Error{Errc::invalid_input, "expected UTF-8, found other bytes"};
  WheelFile file;
  bool ended = false;
  for (auto line : split(bytes, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.contains('\r'))
      return Error{Errc::invalid_input, "expected LF or CR LF, found a CR alone in " + quote(line)};
    ended = ended || line.empty();
    if (trim(line).empty()) continue;
    if (ended)
      return Error{Errc::invalid_input, "expected nothing after an empty line, found " + quote(line)};
    if (!has_key(line)) return Error{Errc::invalid_input, "expected \"Key: value\", found " + quote(line)};
    const auto colon = line.find(':');
    CHECK_OK(set_field(file, trim(line.substr(0, colon)), trim(line.substr(colon + 1))));
  }
  return file;
}

}  // namespace packhouse::dist
