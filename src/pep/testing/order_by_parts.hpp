#pragma once

#include <algorithm>
#include <compare>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "pep/version.hpp"

namespace packhouse::testing {

/// The order of two numbers of any size without leading zeros.
inline std::strong_ordering order_of_numbers(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() <=> b.size() : a.compare(b) <=> 0;
}

/// Release numbers, the shorter release padded with zeros.
inline std::strong_ordering order_of_releases(const Version& a, const Version& b) {
  auto left = a.release();
  auto right = b.release();
  left.resize(std::max(left.size(), right.size()), "0");
  right.resize(left.size(), "0");
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const auto order = order_of_numbers(left[i], right[i]); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

/// "dev" < "pre" < "final": where a version stands among those of its release, without its numbers.
inline int stage_of(const Version& version) {
  if (version.pre()) return 1;
  return version.dev() && !version.post() ? 0 : 2;
}

inline std::strong_ordering order_of_suffixes(const Version& a, const Version& b) {
  if (const auto order = stage_of(a) <=> stage_of(b); order != 0) return order;
  const auto left = a.pre().value_or(Version::Pre{});
  const auto right = b.pre().value_or(Version::Pre{});
  if (const auto order = left.kind.compare(right.kind) <=> 0; order != 0) return order;
  if (const auto order = order_of_numbers(left.number, right.number); order != 0) return order;
  // A missing post-release, as the empty text, is before all others.
  if (const auto order = order_of_numbers(a.post().value_or(""), b.post().value_or("")); order != 0)
    return order;
  if (a.dev().has_value() != b.dev().has_value()) return b.dev().has_value() <=> a.dev().has_value();
  return order_of_numbers(a.dev().value_or(""), b.dev().value_or(""));
}

inline std::strong_ordering order_of_locals(const Version& a, const Version& b) {
  if (a.has_local() != b.has_local()) return a.has_local() <=> b.has_local();
  const auto left_text = a.local().value_or("");
  const auto right_text = b.local().value_or("");
  const auto left = split(left_text, '.');
  const auto right = split(right_text, '.');
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const bool left_number = std::ranges::all_of(left[i], is_ascii_digit);
    const bool right_number = std::ranges::all_of(right[i], is_ascii_digit);
    if (left_number != right_number) return left_number <=> right_number;
    const auto order = left_number ? order_of_numbers(left[i], right[i]) : left[i].compare(right[i]) <=> 0;
    if (order != 0) return order;
  }
  return left.size() <=> right.size();
}

/// PEP 440's order by the parts of both versions alone, without a key: what Version's order is held against.
inline std::strong_ordering order_by_parts(const Version& a, const Version& b) {
  if (const auto order = order_of_numbers(a.epoch(), b.epoch()); order != 0) return order;
  if (const auto order = order_of_releases(a, b); order != 0) return order;
  if (const auto order = order_of_suffixes(a, b); order != 0) return order;
  return order_of_locals(a, b);
}

}  // namespace packhouse::testing
