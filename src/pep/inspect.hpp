#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace packhouse {

/// What `packhouse inspect` can look at.
enum class InspectKind : std::uint8_t {
  version,
  compare,
  specifier,
  requirement,
  marker,
  name,
  wheel_filename,
  sdist_filename,
  metadata,
  license,
};

/// "wheel-filename" and so on; nullopt for any other word.
std::optional<InspectKind> parse_inspect_kind(std::string_view word) noexcept;
/// All the words, in the order of the enumeration.
std::span<const std::string_view> inspect_kind_words() noexcept;

/// Answers one line of JSON with one line of JSON, without a newline: {"ok":true,"value":…} or
/// {"ok":false,"error":"…"}. Never throws for what the line holds. docs/inspect.md lists each kind's value.
std::string inspect_line(InspectKind kind, std::string_view line);

}  // namespace packhouse
