#include "pep/tags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

using Members = std::vector<std::string_view>;

}  // namespace

std::string Tag::str() const {
  return fmt::format("{}-{}-{}", interpreter, abi, platform);
}

Parsed<std::vector<Tag>> expand_tags(std::string_view text) {
  std::vector<Members> fields;
  std::size_t count = 1;
  for (const auto field : split(text, '-')) {
    fields.push_back(split(field, '.'));
    for (const auto member : fields.back()) {
      if (!member.empty()) continue;
      return ParseError::at(text, static_cast<std::size_t>(member.data() - text.data()),
                            "expected a tag to have no empty part");
    }
    if (fields.size() <= 3) count *= std::min(fields.back().size(), max_tags + 1);
  }
  if (fields.size() != 3) {
    return ParseError::at(text, 0, "expected a tag of three parts, such as py3-none-any", text.size());
  }
  for (const auto member : fields[0]) {
    if (unicode::is_identifier(member)) continue;
    return ParseError::at(text, static_cast<std::size_t>(member.data() - text.data()),
                          "expected the interpreter of a tag to be an identifier", member.size());
  }
  if (count > max_tags) {
    return ParseError::at(text, 0,
                          fmt::format("expected a compressed tag set to stand for at most {} tags", max_tags),
                          text.size());
  }
  std::vector<Tag> tags;
  tags.reserve(count);
  for (const auto interpreter : fields[0]) {
    for (const auto abi : fields[1]) {
      for (const auto platform : fields[2]) {
        tags.push_back({unicode::lower(interpreter), unicode::lower(abi), unicode::lower(platform)});
      }
    }
  }
  std::ranges::sort(tags);
  const auto repeated = std::ranges::unique(tags);
  tags.erase(repeated.begin(), repeated.end());
  return tags;
}

bool tags_are_sorted(std::string_view text) {
  return std::ranges::all_of(split(text, '-'),
                             [](auto field) { return std::ranges::is_sorted(split(field, '.')); });
}

}  // namespace packhouse
