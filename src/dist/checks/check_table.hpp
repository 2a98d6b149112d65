#pragma once

#include <span>
#include <string>
#include <vector>

#include "dist/check.hpp"
#include "dist/policy.hpp"
#include "dist/subject.hpp"

// The tables of named checks. A check is one small function that reads the gathered facts and notes what is
// wrong; what that means is decided by the table and the policy. A new check: write the function, add a row,
// add its section to docs/checks.md, and test it.

namespace packhouse::dist {

/// What a check found wrong.
class Findings {
 public:
  /// Of each check the first few are kept and the rest counted.
  static constexpr std::size_t kept_limit = 8;

  struct Finding {
    std::string found;
    std::string expected;  ///< empty: the table's words
  };

  void add(std::string found) { add(std::move(found), {}); }
  void add(std::string found, std::string expected) {
    if (++count_ <= kept_limit) kept_.push_back({std::move(found), std::move(expected)});
  }

  const std::vector<Finding>& kept() const noexcept { return kept_; }
  std::size_t count() const noexcept { return count_; }

 private:
  std::vector<Finding> kept_;
  std::size_t count_ = 0;
};

/// What must be there before a check can say anything.
enum class Need {
  nothing,
  filename,        ///< it could be read
  contents,        ///< the archive was read to its end
  named_contents,  ///< and the filename could be read
  metadata_bytes,  ///< METADATA or PKG-INFO is there
  metadata,        ///< and could be read
  identity,        ///< metadata and filename
  record,
  wheel_file,
};

using CheckFunction = void (*)(const Subject&, Findings&);

struct Check {
  CheckInfo info;
  std::optional<Kind> only;  ///< unset: both kinds
  Need need;
  CheckFunction run;
};

std::span<const Check> file_checks();
std::span<const Check> metadata_checks();
std::span<const Check> wheel_checks();
std::span<const Check> record_checks();
std::span<const Check> sdist_checks();
std::span<const Check> content_checks();
std::span<const Check> form_checks();
/// Checks that look at several files; they have no function here. See check_release() and Artifact.
std::span<const CheckInfo> release_check_infos();
std::span<const CheckInfo> artifact_check_infos();

/// The results of one finding list under the policy; nothing if the policy switched the check off.
void append_results(const CheckInfo& check, const Findings& findings, const Policy& policy,
                    std::vector<CheckResult>& results);
/// The results of the container's rules. A rule that nobody broke in an archive that was not read to its end
/// (`complete`) was perhaps not looked at: it is skipped, not passed.
void append_container_results(const archive::Violations& violations, std::optional<archive::Scope> scope,
                              bool complete, const Policy& policy, std::vector<CheckResult>& results);
/// Null if there is none of that name.
const CheckInfo* find_check(std::string_view id);

}  // namespace packhouse::dist
