#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace packhouse::smoke {

/// What a smoke check's command must print on its standard output.
struct Expectation {
  enum class Kind : std::uint8_t {
    contains,  ///< `text`, as it is
    matches,   ///< the regular expression `text`, anywhere (RE2's syntax)
    json       ///< a JSON document with something at the path `text`: "$.commands[0].name"
  };
  Kind kind = Kind::contains;
  std::string text;
  /// For json: what must be there; unset: anything but null.
  std::optional<json::Value> equals = std::nullopt;
};

/// invalid_input for a text that is empty, a pattern that RE2 does not take or that would need more than 1
/// MiB, and a path that is none or has more than 32 steps.
Status check_expectation(const Expectation& expectation);

/// "`nqctl` in its output"
std::string describe(const Expectation& expectation);

/// Whether that output is as expected. The time it takes is linear in the output's length, whatever the
/// pattern: the package that is tried decides what is printed, and must not be able to hang the desk.
bool is_met(const Expectation& expectation, std::string_view output);

/// For the digest of what a release is tried by.
json::Value to_json(const Expectation& expectation);

}  // namespace packhouse::smoke
