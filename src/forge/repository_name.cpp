#include "forge/repository_name.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::forge {
namespace {

bool is_repository_part(std::string_view part) {
  const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '-' || c == '_' || c == '.'; };
  return !part.empty() && part.size() <= 100 && part != "." && part != ".." &&
         std::ranges::all_of(part, allowed);
}

}  // namespace

Result<std::string> parse_repository(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() != 2 || !is_repository_part(parts[0]) || !is_repository_part(parts[1]))
    return Error{Errc::invalid_input, "expected a repository as owner/name, found " + quote(text)};
  return std::string(text);
}

Result<std::string> parse_project_path(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() < 2 || !std::ranges::all_of(parts, is_repository_part))
    return Error{Errc::invalid_input, "expected a project's path as group/name, found " + quote(text)};
  return std::string(text);
}

}  // namespace packhouse::forge
