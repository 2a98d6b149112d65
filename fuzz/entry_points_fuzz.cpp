// An entry_points.txt that is read has the entries that importlib.metadata finds in it, and can be written
// down again from them. A fault lies within the text.
#include "pep/entry_points.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "pep/unicode.hpp"

using packhouse::EntryPoint;
namespace unicode = packhouse::unicode;

namespace {

struct Line {
  std::string group;
  std::string name;
  bool operator==(const Line&) const = default;
};

void require(bool holds) {
  if (!holds) std::abort();
}

// str.splitlines()
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t position = 0; position < text.size();) {
    const auto point = unicode::decode(text, position);
    const char32_t c = point.value;
    if ((c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029) {
      lines.push_back(text.substr(start, position - start));
      start = position + point.length;
    }
    position += point.length;
  }
  lines.push_back(text.substr(start));
  return lines;
}

// As importlib.metadata's Sectioned and Pair read a text that was accepted.
std::vector<Line> read_line_by_line(std::string_view text) {
  std::vector<Line> found;
  std::string group;
  for (const auto each : split_lines(text)) {
    const auto line = unicode::trim(each);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      group = line.substr(1, line.size() - 2);
    } else {
      found.push_back({group, std::string(unicode::trim(line.substr(0, line.find('='))))});
    }
  }
  return found;
}

std::vector<Line> lines_of(const std::vector<EntryPoint>& entries) {
  std::vector<Line> lines;
  for (const auto& entry : entries)
    lines.push_back({entry.group, entry.name});
  return lines;
}

std::string written(const std::vector<EntryPoint>& entries) {
  std::string text;
  std::string_view group;
  for (const auto& entry : entries) {
    if (group != entry.group) text += "[" + entry.group + "]\n";
    group = entry.group;
    text += entry.name + " = " + entry.module;
    if (!entry.attribute.empty()) text += ":" + entry.attribute;
    text += " [" + packhouse::join(entry.extras, ", ") + "]\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entries = packhouse::read_entry_points(bytes);
  if (!entries.ok()) {
    require(entries.error().position <= size && !entries.error().caret().empty());
    return 0;
  }
  require(lines_of(*entries) == read_line_by_line(bytes));
  const auto again = packhouse::read_entry_points(written(*entries));
  require(again.ok() && *again == *entries);
  return 0;
}
