#include "archive/pax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace packhouse::archive {
namespace {

struct Record {
  std::string_view key;
  std::string_view value;
};

// "LENGTH KEY=VALUE\n", where LENGTH counts the whole record. Takes it off `rest`; nothing if malformed.
std::optional<Record> take_record(std::string_view& rest) {
  const auto blank = rest.find(' ');
  if (blank > 10) return std::nullopt;  // npos as well
  const auto length = parse_decimal(rest.substr(0, blank));
  if (!length || *length > rest.size() || *length < blank + 4) return std::nullopt;
  const auto record = rest.substr(blank + 1, static_cast<std::size_t>(*length) - blank - 1);
  const auto equals = record.find('=');
  if (record.back() != '\n' || equals == std::string_view::npos || equals == 0) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(*length));
  return Record{record.substr(0, equals), record.substr(equals + 1, record.size() - equals - 2)};
}

bool is_one_of(std::string_view key, std::span<const std::string_view> keys) {
  return std::ranges::find(keys, key) != keys.end();
}

constexpr std::array<std::string_view, 3> times{"mtime", "atime", "ctime"};
constexpr std::array<std::string_view, 2> owners{"uid", "gid"};
constexpr std::array<std::string_view, 3> remarks{"uname", "gname", "comment"};
// What star and libarchive write for files with holes, beside GNU.sparse.*.
constexpr std::array<std::string_view, 2> holes{"SCHILY.realsize", "SUN.holesdata"};

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= 18 && std::ranges::all_of(text, is_ascii_digit);
}

bool is_time(std::string_view value) {
  if (value.starts_with('-')) value.remove_prefix(1);
  const auto point = value.find('.');
  if (!is_digits(value.substr(0, point))) return false;
  return point == std::string_view::npos || std::ranges::all_of(value.substr(point + 1), is_ascii_digit);
}

// Times, owners and remarks change nothing about what is unpacked; nor do vendors' attributes. But readers
// fail in different ways at a malformed number.
bool is_harmless(const Record& record) {
  if (is_one_of(record.key, times)) return is_time(record.value);
  if (is_one_of(record.key, owners)) return is_digits(record.value);
  const bool vendor = record.key.contains('.') && !record.key.starts_with("GNU.");
  return vendor || is_one_of(record.key, remarks);
}

bool apply(const Record& record, bool global, PaxHeader& header, Violations& violations) {
  const bool is_name = record.key == "path" || record.key == "linkpath";
  if (record.key.starts_with("GNU.sparse.") || is_one_of(record.key, holes)) {
    violations.add(Rule::tar_sparse, "a pax record " + quote(record.key));
    return false;
  }
  if (is_name && !global && !record.value.empty()) {
    (record.key == "path" ? header.path : header.link_path) = std::string{record.value};
    return true;
  }
  if (is_harmless(record)) return true;
  violations.add(Rule::tar_pax, fmt::format("a {} record {}", global ? "global" : "pax", quote(record.key)));
  return false;
}

}  // namespace

bool read_pax(std::string_view bytes, bool global, PaxHeader& header, Violations& violations) {
  std::vector<std::string_view> seen;
  bool good = true;
  while (!bytes.empty()) {
    const auto record = take_record(bytes);
    if (!record) {
      violations.add(Rule::tar_pax, "a malformed record");
      return false;
    }
    good = apply(*record, global, header, violations) && good;
    seen.push_back(record->key);
  }
  std::ranges::sort(seen);
  if (const auto twice = std::ranges::adjacent_find(seen); twice != seen.end()) {
    violations.add(Rule::tar_pax, quote(*twice) + " twice");
    return false;
  }
  return good;
}

}  // namespace packhouse::archive
