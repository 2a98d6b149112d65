#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "dist/inspection.hpp"
#include "dist/policy.hpp"

namespace packhouse::dist {

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
  std::string fix;    ///< what to do; empty where passed
  bool operator==(const CheckResult&) const = default;
};

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

/// What an upload form claims of its file; unset where the form did not say. Each claim must agree with the
/// file, which is the truth.
struct FormClaims {
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> filetype;  ///< "bdist_wheel" or "sdist"
  std::optional<std::string> metadata_version;
  std::optional<std::string> pyversion;  ///< of a wheel its Python tags, e.g. "py3"; of an sdist "source"
  std::optional<std::string> sha256;
  std::optional<std::string> blake2b_256;
  std::optional<std::string> md5;
  /// The digests of the received bytes that the claimed ones must equal. The receiver computed them in the
  /// pass in which it wrote the file, so the checks need not read it again.
  std::optional<HashValues> received;
};

/// All named checks on one wheel or sdist. Reads every member once; memory stays bounded (some megabytes and
/// the metadata) whatever the file holds. `filename` is the name it is to be published under, without a
/// folder. Not for the I/O thread: a 50 MB wheel takes about half a second. Throws what ByteSource::read_at
/// throws.
Report check_file(const archive::ByteSource& source, std::string_view filename, const Policy& policy,
                  const std::optional<FormClaims>& form = std::nullopt);

/// The container's rules alone, on any zip or tar.gz, whichever the bytes are.
Report check_archive(const archive::ByteSource& source, std::string_view filename, const Policy& policy);

/// Whether the files of one release (one name and version) agree: a field of the sdist's metadata that is not
/// Dynamic stands unchanged in each wheel (PEP 643), one that is may only be added to (PEP 808); at most one
/// sdist; nothing of another project or version.
std::vector<CheckResult> check_release(std::span<const Inspection* const> files, const Policy& policy);

/// A check as docs/checks.md names it.
struct CheckInfo {
  std::string_view id;
  Severity severity;  ///< unless the policy says otherwise
  bool fixed;         ///< the policy cannot lower it
  std::string_view expected;
  std::string_view fix;
};

/// Every check there is, in the order of a report.
std::span<const CheckInfo> all_checks();

}  // namespace packhouse::dist
