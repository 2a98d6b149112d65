#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace packhouse {

/// The rules of one index. Set by the configuration when the server starts, kept in the database so that
/// commands on the data folder obey them too; no request changes them.
struct IndexPolicy {
  bool immutable = false;                   ///< no file is ever deleted
  bool uploads = true;                      ///< false: releases are only copied from other indexes
  std::vector<std::string> copy_from = {};  ///< the indexes that releases may be copied from
  /// Settings of dist::Policy by name, as strings: what each check does, limits.
  std::map<std::string, std::string, std::less<>> checks = {};
  /// How long a release that is uploaded file by file takes files, from its first one. Unset: 14 days, or an
  /// hour where the index is immutable.
  std::optional<std::chrono::seconds> closes_after = {};

  /// `closes_after` or its default.
  std::chrono::seconds closing() const noexcept;

  json::Object to_json() const;
  /// Reads the result of to_json(); a missing key has its default. invalid_input otherwise.
  static Result<IndexPolicy> parse(const json::Object& object);
  bool operator==(const IndexPolicy&) const = default;
};

/// 1 to 32 of a-z, 0-9 and '-', beginning with a letter; not the first segment of a path of the server.
/// invalid_input otherwise.
Result<std::string> parse_index_name(std::string_view text);

}  // namespace packhouse
