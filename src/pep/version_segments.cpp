#include "pep/version_segments.hpp"

#include <algorithm>

namespace packhouse {
namespace {

// Cuts `text` before `mark`; what follows the mark, or nothing if it does not occur.
std::string_view cut_from(std::string_view& text, std::string_view mark) {
  const auto position = text.find(mark);
  if (position == std::string_view::npos) return {};
  const auto rest = text.substr(position + mark.size());
  text = text.substr(0, position);
  return rest;
}

}  // namespace

std::string_view next_part(std::string_view& rest, char separator) noexcept {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

VersionSegments VersionSegments::split(std::string_view text) noexcept {
  VersionSegments segments;
  segments.local = cut_from(text, "+");
  segments.dev = cut_from(text, ".dev");
  segments.post = cut_from(text, ".post");
  segments.epoch = text.contains('!') ? next_part(text, '!') : "0";
  if (const auto letter = text.find_first_of("abr"); letter != std::string_view::npos) {
    const auto number = text.find_first_of("0123456789", letter);
    segments.pre_kind = text.substr(letter, number - letter);
    segments.pre_number = text.substr(number);
    text = text.substr(0, letter);
  }
  segments.release = text;
  return segments;
}

}  // namespace packhouse
