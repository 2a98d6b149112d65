#pragma once

#include <string>
#include <string_view>

namespace packhouse::dist {

/// What a check that finds something does.
enum class Severity { off, warn, refuse };

std::string_view to_string(Severity severity) noexcept;

enum class Outcome {
  passed,
  warned,
  refused,
  skipped,  ///< could not be looked at, because of something that was refused
};

std::string_view to_string(Outcome outcome) noexcept;

/// What one named check says of one file. A check that finds several things gives as many results.
struct CheckResult {
  std::string id;  ///< stable; docs/checks.md has a page for each
  Outcome outcome = Outcome::passed;
  std::string expected;
  std::string found;  ///< empty where passed; outside bytes in it went through quote()
  std::string hint;   ///< what to do; empty where passed
  bool operator==(const CheckResult&) const = default;
};

/// A check as docs/checks.md names it.
struct CheckInfo {
  std::string_view id;
  Severity severity;  ///< unless the policy says otherwise
  bool fixed;         ///< the policy cannot lower it
  std::string_view expected;
  std::string_view hint;  ///< what to do
};

}  // namespace packhouse::dist
