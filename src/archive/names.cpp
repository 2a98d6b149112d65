#include "archive/names.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/control_characters.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace packhouse::archive {
namespace {

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

// Normalises with the given utf8proc options; the text itself where that fails (not UTF-8).
std::string map_unicode(std::string_view text, int options) {
  utf8proc_uint8_t* raw = nullptr;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = utf8proc_map(bytes, static_cast<utf8proc_ssize_t>(text.size()), &raw,
                                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner{raw};
  if (length < 0) return std::string{text};
  return {owner.get(), owner.get() + length};
}

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// CON, CON.txt, con .tar: Windows opens the device whatever follows the first dot.
bool is_windows_device(std::string_view segment) {
  static constexpr std::array<std::string_view, 6> plain{"con", "prn", "aux", "nul", "conin$", "conout$"};
  const auto stem = ascii_lower(trim(segment.substr(0, segment.find('.')), " "));
  if (std::ranges::find(plain, stem) != plain.end()) return true;
  if (!stem.starts_with("com") && !stem.starts_with("lpt")) return false;
  const auto number = std::string_view{stem}.substr(3);
  // Windows also takes the superscript digits one to three.
  return (number.size() == 1 && number[0] >= '1' && number[0] <= '9') || number == "\u00b9" ||
         number == "\u00b2" || number == "\u00b3";
}

void check_segment(std::string_view segment, std::string_view name, Violations& violations) {
  if (segment.empty() || segment == ".") {
    violations.add(Rule::path_segment, quote(name));
  } else if (segment == "..") {
    violations.add(Rule::path_traversal, quote(name));
  } else if (segment.back() == '.' || segment.back() == ' ') {
    violations.add(Rule::path_trailing, quote(name));
  }
  if (is_windows_device(segment)) violations.add(Rule::path_device, quote(name));
  if (segment.size() > 255) {
    violations.add(Rule::path_length,
                   fmt::format("a segment of {} bytes in {}", segment.size(), quote(name)));
  }
}

struct Item {
  std::string key;
  const Member* member;
};

std::string_view without_slash(std::string_view name) noexcept {
  return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
}

void compare_neighbours(const Item& a, const Item& b, Violations& violations) {
  const auto left = without_slash(a.member->name);
  const auto right = without_slash(b.member->name);
  const auto both = [&] { return quote(a.member->name) + " and " + quote(b.member->name); };
  if (a.key != b.key) {
    const bool inside = b.key.size() > a.key.size() && b.key.starts_with(a.key) && b.key[a.key.size()] == '/';
    if (inside && a.member->type != MemberType::directory) {
      violations.add(Rule::name_file_and_directory, both());
    }
    return;
  }
  const bool one_is_folder =
      (a.member->type == MemberType::directory) != (b.member->type == MemberType::directory);
  if (one_is_folder) violations.add(Rule::name_file_and_directory, both());
  if (left == right) {
    if (!one_is_folder) violations.add(Rule::name_duplicate, quote(left) + " more than once");
  } else if (map_unicode(left, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE) ==
             map_unicode(right, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE)) {
    violations.add(Rule::name_unicode_clash, both());
  } else {
    violations.add(Rule::name_case_clash, both());
  }
}

}  // namespace

void check_path(std::string_view name, const Limits& limits, Violations& violations) {
  if (name.size() > limits.name_bytes) {
    violations.add(Rule::path_length,
                   fmt::format("{} bytes (limit {}): {}", name.size(), limits.name_bytes, quote(name)));
  }
  if (!is_utf8(name)) violations.add(Rule::name_encoding, "not UTF-8: " + quote(name));
  if (name.starts_with('/')) violations.add(Rule::path_absolute, quote(name));
  if (name.contains('\\')) violations.add(Rule::path_backslash, quote(name));
  if (name.contains(':')) violations.add(Rule::path_drive, quote(name));
  if (holds_control(name)) violations.add(Rule::path_control_character, quote(name));
  if (name.empty()) {
    violations.add(Rule::path_segment, "an empty name");
    return;
  }
  // The first slash of an absolute path was reported as such.
  auto rest = without_slash(name);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  for (const auto segment : split(rest, '/'))
    check_segment(segment, name, violations);
}

bool path_less(std::string_view a, std::string_view b) noexcept {
  return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
    return rank(x) < rank(y);
  });
}

std::string folded_name(std::string_view name) {
  if (is_ascii(name)) return ascii_lower(name);
  return map_unicode(
      name, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

void check_clashes(std::span<const Member* const> members, Violations& violations) {
  std::vector<Item> items;
  items.reserve(members.size());
  for (const Member* member : members)
    items.push_back({folded_name(without_slash(member->name)), member});
  std::ranges::sort(items, [](const Item& a, const Item& b) { return path_less(a.key, b.key); });
  for (std::size_t i = 1; i < items.size(); ++i)
    compare_neighbours(items[i - 1], items[i], violations);
}

}  // namespace packhouse::archive
