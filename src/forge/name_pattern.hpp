#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::forge {

/// Names of artifacts, jobs or branches: a text as it is, or with one `*` for any text that is not empty, and
/// with one "{attempt}" for the number of an attempt. Nothing else in it has a meaning.
class NamePattern {
 public:
  struct Match {
    std::string slot;       ///< the name, with the attempt's number as "{attempt}"
    std::string_view star;  ///< what `*` stands for
  };

  /// invalid_input for an empty text, a second mark of either kind, or an "{attempt}" beside a digit or
  /// beside `*`: where its number ends could not be told.
  static Result<NamePattern> parse(std::string_view text);

  /// nullopt for another name. `attempts`: how many a run has had, so that no other number counts.
  std::optional<Match> match(std::string_view name, std::int64_t attempts) const;
  /// Of a name without attempts.
  bool matches(std::string_view name) const { return match(name, 0).has_value(); }

  bool has_star() const noexcept { return text_.find('*') != std::string::npos; }
  bool names_the_attempt() const noexcept;
  /// Whether it is one name and no other.
  bool is_exact() const noexcept { return !has_star() && !names_the_attempt(); }
  const std::string& str() const noexcept { return text_; }
  bool operator==(const NamePattern&) const = default;

 private:
  explicit NamePattern(std::string_view text) : text_(text) {}

  std::string text_;
};

/// The same for the name of a branch, where `*` stands for no '/', as in a forge's own patterns.
bool matches_branch(const NamePattern& pattern, std::string_view branch);

/// The jobs that make what is released.
using BuildJobs = std::vector<NamePattern>;
bool is_build_job(const BuildJobs& jobs, std::string_view name);

}  // namespace packhouse::forge
