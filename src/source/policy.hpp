#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "journal/approval.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"

namespace packhouse::source {

/// The number of a CI run, as given on the command line: `^[1-9][0-9]{0,18}$`.
class RunId {
 public:
  static Result<RunId> parse(std::string_view text);
  std::int64_t number() const noexcept { return number_; }
  std::string str() const { return std::to_string(number_); }
  bool operator==(const RunId&) const = default;

 private:
  explicit RunId(std::int64_t number) : number_(number) {}
  std::int64_t number_;
};

/// A version in PEP 440's normal form, exactly: "1.0.0RC1" is refused with the form to use. Without a local
/// part, which no index has to accept.
Result<Version> parse_release_version(std::string_view text);

struct AttestationPolicy {
  enum class Mode : std::uint8_t { off, require };
  Mode mode = Mode::off;
  std::string trusted_root = {};  ///< path of a sigstore trusted_root.json; empty: the built-in one
};

/// What a CI run must show before its artifact may become a release.
struct Policy {
  ProjectName project;
  std::string repository;                                    ///< "owner/name"
  std::optional<std::int64_t> repository_id = std::nullopt;  ///< pinned, where the configuration does
  std::string workflow = ".github/workflows/ci.yml";
  std::string branch = "main";
  /// "{attempt}" in it stands for the attempt of the build job: repeating that job leaves a file of each.
  std::string artifact = "dist";
  std::string build_job = "build";
  std::string event = "push";
  /// Reusable workflows that the run may have called, each "owner/repo/path@ref" exactly.
  std::vector<std::string> referenced_workflows = {};
  /// Enterprise servers before 3.20 state no digest of an artifact.
  bool allow_missing_artifact_digest = false;
  AttestationPolicy attestations = {};
  journal::ApprovalPolicy approvals = {};
};

/// Whether the policy's artifact has a name for each attempt.
bool names_the_attempt(const Policy& policy);
/// Whether `name` is the artifact's in one of the first `attempts` attempts of a run.
bool is_artifact_name(const Policy& policy, std::string_view name, std::int64_t attempts);

/// Of the policy as canonical JSON: names what a release was decided by.
Sha256 digest_of(const Policy& policy);

}  // namespace packhouse::source
