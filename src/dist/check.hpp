#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "dist/check_result.hpp"
#include "dist/form_claims.hpp"
#include "dist/inspection.hpp"
#include "dist/policy.hpp"

namespace packhouse::dist {

struct Report {
  std::string filename;
  /// Set whenever accepted(); also where something was refused but the file still says what it is.
  std::optional<Inspection> inspection;
  /// All results, in the order of the table: container, filename, metadata, content, form.
  std::vector<CheckResult> results;

  /// No result is refused.
  bool accepted() const noexcept;
  /// The first refusal's words in one line, for an answer that has room for one; empty if accepted.
  std::string refusal() const;
};

/// By its end: .tar.gz, and .zip where the policy takes those.
bool is_sdist_name(std::string_view filename, const Policy& policy);
/// The same, or a wheel.
bool is_distribution_name(std::string_view filename, const Policy& policy);

/// All named checks on one wheel or sdist. Reads every member once; memory stays bounded (some megabytes and
/// the metadata) whatever the file holds. `filename` is the name it is to be published under, without a
/// folder. Not for the I/O thread: a 50 MB wheel takes about half a second. Throws what ByteSource::read_at
/// throws.
Report check_file(const archive::ByteSource& source, std::string_view filename, const Policy& policy,
                  const std::optional<FormClaims>& form = std::nullopt);

/// The container's rules alone, on any zip or tar.gz, whichever the bytes are.
Report check_archive(const archive::ByteSource& source, std::string_view filename, const Policy& policy);

}  // namespace packhouse::dist
