#pragma once

#include <optional>
#include <span>

#include "dist/check_result.hpp"
#include "dist/checks/findings.hpp"
#include "dist/inspected_file.hpp"

// The tables of named checks, one a file of this folder. A check is one small function that reads the
// gathered facts and notes what is wrong; what that means is decided by the table and the policy. A new
// check: write the function in the file of its table, add a row there, add its section to docs/checks.md, and
// test it in dist/check_test.cpp.

namespace packhouse::dist {

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

using CheckFunction = void (*)(const InspectedFile&, Findings&);

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
std::span<const Check> installed_checks();
std::span<const Check> sdist_checks();
std::span<const Check> content_checks();
std::span<const Check> form_checks();
/// Checks that look at several files; they have no function here. See release_checks.hpp and Artifact.
std::span<const CheckInfo> release_check_infos();
std::span<const CheckInfo> artifact_check_infos();

}  // namespace packhouse::dist
