#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace packhouse::app {

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

/// The longest line that is looked at.
inline constexpr std::size_t max_inspect_line = std::size_t{64} << 20U;

/// Answers one line of JSON with one line of JSON, without a newline: {"ok":true,"value":…} or
/// {"ok":false,"error":"…"}. Never throws for what the line holds. docs/inspect.md lists each kind's value.
std::string inspect_line(InspectKind kind, std::string_view line);

/// inspect_line() for a stream of lines that arrives in pieces. Holds one line at most; of a longer one than
/// `max_line` only the refusal is kept. An empty line is a line.
class InspectStream {
 public:
  explicit InspectStream(InspectKind kind, std::size_t max_line = max_inspect_line)
      : kind_(kind), max_line_(max_line) {}

  /// The answers to the lines that are complete by now, each with a newline.
  std::string feed(std::string_view chunk);
  /// The answer to a last line without a newline, if there is one. Call once.
  std::string finish();

 private:
  void hold(std::string_view part);
  std::string answer();

  InspectKind kind_;
  std::size_t max_line_;
  std::string held_;
  bool too_long_ = false;
};

}  // namespace packhouse::app
