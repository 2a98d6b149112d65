#pragma once

#include <toml++/toml.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace packhouse::app {

/// One table of a configuration file, read key by key; remembers all that is wrong. Whatever was not asked
/// for is unknown, and an error that names the place and the key that was probably meant.
class TomlReader {
 public:
  /// `file` is what messages call the file, `where` names the table: "in [tool.packhouse]". The table and the
  /// text of `file` outlive the reader.
  TomlReader(const toml::table& table, std::string_view file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  TomlReader& boolean(std::string_view key, bool& target);
  TomlReader& text(std::string_view key, std::string& target);
  TomlReader& texts(std::string_view key, std::vector<std::string>& target);
  /// A positive number.
  template <typename Integer>
  TomlReader& integer(std::string_view key, Integer& target) {
    return with(key, "a positive integer", [&](const toml::node& node) {
      const auto value = node.value_exact<std::int64_t>();
      if (!value || *value < 1 ||
          static_cast<std::uint64_t>(*value) >
              static_cast<std::uint64_t>(std::numeric_limits<Integer>::max()))
        return false;
      target = static_cast<Integer>(*value);
      return true;
    });
  }
  /// A positive number of seconds.
  TomlReader& seconds(std::string_view key, std::chrono::seconds& target);
  /// One of a few words; `expected` lists them.
  template <typename Value, std::size_t Count>
  TomlReader& choice(std::string_view key, std::string_view expected,
                     const std::array<std::pair<std::string_view, Value>, Count>& words, Value& target) {
    return with(key, expected, [&](const toml::node& node) {
      const auto value = node.value_exact<std::string>();
      for (const auto& [word, meaning] : words) {
        if (value != word) continue;
        target = meaning;
        return true;
      }
      return false;
    });
  }
  /// `accept` takes the text or says what is wrong with it.
  template <typename Accept>
  TomlReader& text_with(std::string_view key, const Accept& accept) {
    return with(key, "a string", [&](const toml::node& node) {
      const auto value = node.value_exact<std::string>();
      if (!value) return false;
      if (const Status status = accept(*value); !status.ok()) fail(node, status.error());
      return true;
    });
  }
  template <typename Visit>
  TomlReader& table(std::string_view key, const Visit& visit) {
    return with(key, "a table", [&](const toml::node& node) {
      const auto* inner = node.as_table();
      if (inner == nullptr) return false;
      if (const Status status = visit(*inner); !status.ok()) errors_.push_back(status.error());
      return true;
    });
  }
  /// `take` looks at the node and says whether it has the right type.
  template <typename Take>
  TomlReader& with(std::string_view key, std::string_view expected, const Take& take) {
    if (const auto* node = begin(key); node != nullptr && !take(*node)) wrong_type(*node, key, expected);
    return *this;
  }

  /// All that was wrong, unknown keys too, as one error: see combined().
  Status finish();

 private:
  const toml::node* begin(std::string_view key);
  void wrong_type(const toml::node& node, std::string_view key, std::string_view expected);
  void fail(const toml::node& node, const Error& error);
  std::string place(const toml::source_region& source) const;

  const toml::table& table_;
  std::string_view file_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::vector<Error> errors_;
};

/// The error itself where there is one; of several the messages, each with its hint, a line each. At least
/// one.
Error combined(const std::vector<Error>& errors);

/// An array of texts, none of them empty and at least one; false for anything else.
bool take_texts(const toml::node& node, std::vector<std::string>& texts);

/// At most 1 MiB; invalid_input with "FILE:LINE:COLUMN: …" for what is no TOML.
Result<toml::table> parse_toml(std::string_view text, std::string_view file);

/// "did you mean …?", or which words are known.
std::string suggest(std::string_view word, std::span<const std::string_view> known);

}  // namespace packhouse::app
