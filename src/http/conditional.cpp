#include "http/conditional.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

std::string_view opaque(std::string_view etag) noexcept {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

/// The entity tag at the start of `list`, quotes included; empty if there is none.
std::string_view leading_tag(std::string_view list) noexcept {
  if (!list.starts_with('"')) return {};
  const std::size_t end = list.find('"', 1);
  return end == std::string_view::npos ? std::string_view{} : list.substr(0, end + 1);
}

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_ascii_digit);
}

/// Digits as a number; a number that does not fit becomes the largest one.
std::uint64_t clamped_decimal(std::string_view digits) noexcept {
  return parse_decimal(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

constexpr ByteRange unsatisfiable{ByteRange::Kind::unsatisfiable, 0, 0};

ByteRange suffix_range(std::uint64_t wanted, std::uint64_t size) noexcept {
  const std::uint64_t length = std::min(wanted, size);
  if (length == 0) return unsatisfiable;
  return {ByteRange::Kind::part, size - length, length};
}

}  // namespace

bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  std::string_view list = trim(if_none_match, " \t");
  if (list == "*") return true;
  const std::string_view wanted = opaque(etag);
  while (!list.empty()) {
    list = opaque(list);
    const std::string_view tag = leading_tag(list);
    if (tag.empty()) return false;
    if (tag == wanted) return true;
    list = trim(list.substr(tag.size()), " \t");
    if (!list.empty() && list[0] != ',') return false;
    while (!list.empty() && (list[0] == ',' || list[0] == ' ' || list[0] == '\t'))
      list.remove_prefix(1);
  }
  return false;
}

ByteRange parse_range(std::string_view range, std::optional<std::string_view> if_range, std::string_view etag,
                      std::uint64_t size) noexcept {
  constexpr std::string_view unit = "bytes=";
  if (if_range && (!if_range->starts_with('"') || *if_range != etag)) return {};
  if (range.size() <= unit.size() || !iequals(range.substr(0, unit.size()), unit)) return {};
  const std::string_view spec = trim(range.substr(unit.size()), " \t");
  if (spec.find(',') != std::string_view::npos) return {};
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = spec.substr(0, dash);
  const std::string_view to = spec.substr(dash + 1);

  if (from.empty()) return all_digits(to) ? suffix_range(clamped_decimal(to), size) : ByteRange{};
  if (!all_digits(from) || (!to.empty() && !all_digits(to))) return {};
  const std::uint64_t first = clamped_decimal(from);
  const std::uint64_t last = to.empty() ? std::numeric_limits<std::uint64_t>::max() : clamped_decimal(to);
  if (last < first) return {};
  if (first >= size) return unsatisfiable;
  return {ByteRange::Kind::part, first, std::min(last, size - 1) - first + 1};
}

}  // namespace packhouse::http
