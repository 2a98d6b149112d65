#include "pep/entry_points.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

bool is_script_name(std::string_view name) {
  for (std::size_t position = 0; position < name.size();) {
    const auto point = unicode::decode(name, position);
    if (point.value != '.' && point.value != '-' && !unicode::is_word(point.value)) return false;
    position += point.length;
  }
  return !name.empty();
}

// What str.splitlines() takes for the end of a line beside LF and CR: it would end one for importlib.metadata
// alone, also within a comment.
std::string_view find_separator(std::string_view line) {
  for (std::size_t position = 0; position < line.size();) {
    const auto point = unicode::decode(line, position);
    const char32_t c = point.value;
    if (c == 0x0b || c == 0x0c || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029)
      return line.substr(position, point.length);
    position += point.length;
  }
  return {};
}

bool is_dotted_path(std::string_view text) {
  return std::ranges::all_of(split(text, '.'), unicode::is_identifier);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Parsed<std::vector<EntryPoint>> read() {
    if (!is_utf8(bytes_)) {
      std::size_t position = 0;
      while (const auto length = utf8_sequence_length(bytes_.substr(position)))
        position += length;
      return ParseError::at(bytes_, position, "expected UTF-8", 1);
    }
    for (std::size_t start = 0; start < bytes_.size();) {
      // configparser reads a file with universal line ends, others take a CR alone for a character.
      const std::size_t end = std::min(bytes_.find_first_of("\r\n", start), bytes_.size());
      const bool alone = end < bytes_.size() && bytes_[end] == '\r' && bytes_.substr(end + 1, 1) != "\n";
      if (alone) return fault(bytes_.substr(end, 1), "expected lines to end in LF or CR LF");
      if (auto error = take_line(bytes_.substr(start, end - start))) return *std::move(error);
      start = end + 1;
    }
    return std::move(entries_);
  }

 private:
  ParseError fault(std::string_view part, std::string message) const {
    return ParseError::at(bytes_, static_cast<std::size_t>(part.data() - bytes_.data()), std::move(message),
                          part.size());
  }

  std::optional<ParseError> take_line(std::string_view line) {
    const auto content = unicode::trim(line);
    if (const auto separator = find_separator(content); !separator.empty())
      return fault(separator, "expected no line separator but LF and CR LF");
    if (content.empty() || content.starts_with('#')) return std::nullopt;
    if (content.starts_with(';')) return fault(content, "expected comments to begin with '#'");
    const auto indent = static_cast<std::size_t>(content.data() - line.data());
    if (has_option_ && indent > indent_)
      return fault(content, "expected no line indented more than the one before");
    indent_ = indent;
    return content.starts_with('[') ? take_group(content) : take_entry(content);
  }

  std::optional<ParseError> take_group(std::string_view content) {
    const auto name = content.substr(1, content.size() - 2);
    if (!content.ends_with(']') || name.empty() || name.find_first_of("[]") != std::string_view::npos) {
      return fault(content, "expected a group in brackets, such as [console_scripts]");
    }
    if (name == "DEFAULT") return fault(content, "expected no group called DEFAULT");
    if (!groups_.insert(name).second) return fault(content, "expected each group once");
    group_ = name;
    names_.clear();
    has_option_ = false;
    return std::nullopt;
  }

  std::optional<ParseError> take_entry(std::string_view content) {
    if (group_.empty())
      return fault(content, "expected a group, such as [console_scripts], before the first entry");
    const auto equals = content.find('=');
    if (equals == std::string_view::npos) return fault(content, "expected name = module:object");
    const auto name = unicode::trim(content.substr(0, equals));
    const auto value = unicode::trim(content.substr(equals + 1));
    if (name.empty()) return fault(content, "expected a name before '='");
    const bool is_script = group_ == "console_scripts" || group_ == "gui_scripts";
    if (is_script && !is_script_name(name)) {
      return fault(name, "expected only letters, digits, '_', '.' and '-' in the name of a script");
    }
    if (!names_.insert(name).second) return fault(name, "expected each name once in its group");
    has_option_ = true;
    return take_reference(name, value);
  }

  // module [":" attribute] ["[" extras "]"]
  std::optional<ParseError> take_reference(std::string_view name, std::string_view value) {
    EntryPoint entry{std::string(group_), std::string(name), {}, {}, {}};
    auto reference = value;
    if (const auto bracket = value.find('['); bracket != std::string_view::npos) {
      if (!value.ends_with(']')) return fault(value, "expected ']' at the end of the extras");
      if (!take_extras(value.substr(bracket + 1, value.size() - bracket - 2), entry)) {
        return fault(value, "expected names of extras between '[' and ']'");
      }
      reference = unicode::trim_right(value.substr(0, bracket));
    }
    const auto colon = reference.find(':');
    const auto module = unicode::trim_right(reference.substr(0, colon));
    if (!is_dotted_path(module)) return fault(value, "expected module:object");
    entry.module = module;
    if (colon != std::string_view::npos) {
      const auto attribute = unicode::trim_left(reference.substr(colon + 1));
      if (!is_dotted_path(attribute)) return fault(value, "expected module:object");
      entry.attribute = attribute;
    }
    entries_.push_back(std::move(entry));
    return std::nullopt;
  }

  static bool take_extras(std::string_view list, EntryPoint& entry) {
    if (unicode::trim(list).empty()) return true;
    for (const auto part : split(list, ',')) {
      const auto extra = unicode::trim(part);
      if (!ProjectName::read(extra).ok()) return false;
      entry.extras.emplace_back(extra);
    }
    return true;
  }

  std::string_view bytes_;
  std::string_view group_;
  std::set<std::string_view> groups_;
  std::set<std::string_view> names_;  // of the present group
  std::size_t indent_ = 0;
  bool has_option_ = false;  // the line before may be continued
  std::vector<EntryPoint> entries_;
};

}  // namespace

Parsed<std::vector<EntryPoint>> read_entry_points(std::string_view bytes) {
  return Reader(bytes).read();
}

Result<std::vector<EntryPoint>> parse_entry_points(std::string_view bytes) {
  return read_entry_points(bytes).to_result();
}

}  // namespace packhouse
